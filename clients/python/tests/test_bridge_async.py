"""A bridge in a program with asyncio: every law of the one with threads, and what an event loop adds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace

from dtms.aio import AsyncDtmsClient
from dtms.bridge import Bridge, BridgeOptions, ServerLeaseClient, run_bridge_async
from dtms.bridge.aio import LoopCalls
from tests import test_bridge
from tests.test_bridge import DONE, QUICK, UNAVAILABLE


class _Stop(threading.Event):
    """Its set() returns when the bridge was told, as that of the bridge with threads does."""

    def __init__(self) -> None:
        super().__init__()
        self.told = threading.Event()

    def set(self) -> None:
        super().set()
        self.told.wait(20)


class RunningAsync(test_bridge.Running):
    """The tests of Running, over asyncio."""

    def new_stop(self) -> threading.Event:
        return _Stop()

    def run_until_stopped(self, options: BridgeOptions) -> None:
        async def program() -> None:
            stop = asyncio.Event()
            async with self.client_async() as client:
                bridge = self.begin(client, options, stop)
                while not (self.stop.is_set() or bridge.done()):
                    await asyncio.sleep(0.005)
                stop.set()
                for _ in range(10):
                    await asyncio.sleep(0)
                if isinstance(self.stop, _Stop):
                    self.stop.told.set()
                await bridge

        asyncio.run(program())

    def client_async(self) -> AsyncDtmsClient:
        return AsyncDtmsClient(self.server.address, breaker="off", retry_for=0.0, timeout=5.0)

    def begin(
        self, client: AsyncDtmsClient, options: BridgeOptions, stop: asyncio.Event | None = None
    ) -> asyncio.Task[None]:
        running = run_bridge_async(
            client, self.terminal, account="demo", bridge_id="b1", stop=stop, options=options
        )
        return asyncio.create_task(running)

    @staticmethod
    async def comes(holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                await asyncio.sleep(0.005)

    def test_a_program_that_ends_waits_for_the_order_under_way_and_its_report(self) -> None:
        first, second = self.plan("dtms-1"), self.plan("dtms-2")
        under_way, go_on = threading.Event(), threading.Event()

        def slow() -> None:
            under_way.set()
            go_on.wait(20)

        async def program() -> None:
            async with self.client_async() as client:
                bridge = self.begin(client, QUICK)
                await self.comes(under_way.is_set)
                # As what ends an event loop does: every task, the calls that are out among them; and more than once.
                for _ in range(3):
                    for task in asyncio.all_tasks() - {asyncio.current_task()}:
                        task.cancel()
                    await asyncio.sleep(0.01)
                self.assertFalse(bridge.done())
                go_on.set()
                with self.assertRaises(asyncio.CancelledError):
                    await bridge

        self.terminal.before_order = slow
        asyncio.run(program())
        self.assertEqual((first.status, second.begins), (DONE, 0))
        self.assertEqual(self.terminal.tags(), {"dtms-1": 1})

    def test_the_loop_runs_on_while_the_terminal_blocks_and_hears_of_errors_itself(self) -> None:
        self.server.refuse["ReportAccount"] = [UNAVAILABLE]
        heard: list[int] = []
        under_way, go_on = threading.Event(), threading.Event()

        def slow() -> None:
            under_way.set()
            go_on.wait(20)

        async def program() -> None:
            stop = asyncio.Event()
            options = replace(QUICK, on_error=lambda _error: heard.append(threading.get_ident()))
            async with self.client_async() as client:
                bridge = self.begin(client, options, stop)
                # Both are seen by the loop while the order blocks.
                await self.comes(under_way.is_set)
                go_on.set()
                await self.comes(lambda: planned.status == DONE)
                stop.set()
                await bridge

        self.terminal.before_order = slow
        planned = self.plan()
        asyncio.run(program())
        self.assertEqual(set(heard), {threading.get_ident()})

    def test_a_loop_of_ones_own_takes_the_same_calls(self) -> None:
        planned = self.plan()

        async def program() -> str:
            async with self.client_async() as client:
                calls = LoopCalls(client, asyncio.get_running_loop())
                bridge = Bridge(ServerLeaseClient(calls, "demo", "b1"), self.terminal, "demo", QUICK)
                await asyncio.to_thread(bridge.heartbeat)
                lease = calls.lease_of(self.server.lease(planned))
                return await asyncio.to_thread(bridge.carry_out, lease)

        self.assertEqual(asyncio.run(program()), "reported")
        self.assertEqual((planned.status, self.terminal.tags()), (DONE, {"dtms-1": 1}))
