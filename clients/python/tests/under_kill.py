"""Registers and watches while somebody kills the server. Ends when standard input does.

Prints JSON: the revisions each of two watches was told of, in order; the revisions the server acknowledged,
by ticket; and how often a watch broke. Calls that failed for good end the program with their error.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time

from dtms import DtmsClient, DtmsError
from dtms.aio import AsyncDtmsClient
from dtms.v1 import GetStatusRequest, RegisterTradeRequest, ResumeToken, TradeFilter
from tests.test_against_server import registration

ACCOUNT = "killed"
MINE = TradeFilter(account=ACCOUNT)
# Longer than any restart, in seconds.
PATIENCE = 120.0


class Course:
    def __init__(self, address: str) -> None:
        self.address = address
        self.client = DtmsClient(address, timeout=2, retry_for=PATIENCE)
        status = self.client.get_status(GetStatusRequest())
        self.start = ResumeToken(log_epoch=status.log_epoch, revision=status.head_revision)
        self.acknowledged: dict[int, int] = {}
        self.told: list[int] = []
        self.told_async: list[int] = []
        self.breaks = 0
        self.over = threading.Event()
        self.last: int | None = None

    def note_break(self, error: DtmsError) -> None:
        self.breaks += 1

    def write(self) -> None:
        ticket = 0
        while not self.over.is_set():
            ticket += 1
            request: RegisterTradeRequest = registration(ACCOUNT, ticket)
            self.acknowledged[ticket] = self.client.register_trade(request).revision
            time.sleep(0.02)
        self.last = self.acknowledged[ticket]

    def complete(self, told: list[int]) -> bool:
        return self.last is not None and bool(told) and told[-1] >= self.last

    def watch(self) -> None:
        watch = self.client.watch_trades(MINE, resume_after=self.start, on_break=self.note_break)
        for message in watch:
            self.told.extend(event.revision for event in message.events.events)
            if self.complete(self.told):
                return

    def watch_async(self) -> None:
        async def follow() -> None:
            async with AsyncDtmsClient(self.address) as client:
                watch = client.watch_trades(MINE, resume_after=self.start, on_break=self.note_break)
                async for message in watch:
                    self.told_async.extend(event.revision for event in message.events.events)
                    if self.complete(self.told_async):
                        await watch.aclose()
                        return

        asyncio.run(follow())


def main() -> None:
    course = Course(sys.argv[1])
    threads = [threading.Thread(target=run) for run in (course.write, course.watch, course.watch_async)]
    for thread in threads:
        thread.start()
    print("running", flush=True)
    sys.stdin.read()
    course.over.set()
    for thread in threads:
        thread.join()
    answer = {
        "acknowledged": course.acknowledged,
        "told": course.told,
        "toldAsync": course.told_async,
        "breaks": course.breaks,
    }
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
