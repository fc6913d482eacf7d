"""The messages of one connection of a stream that is never silent for long: one that is, is dead."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Generic, TypeVar

import grpc

from dtms.connecting import Stream
from dtms.errors import error_of, unavailable
from dtms.following import SILENCE

_SILENCE_CHECK = 1.0
_Message = TypeVar("_Message")


def heard(path: str, call: Stream[_Message]) -> Iterator[_Message]:
    """Messages as they are asked for; DtmsError when the connection breaks or falls silent."""
    messages = iter(call)
    watchdog = _Watchdog(call)
    try:
        while True:
            with watchdog:
                try:
                    message = next(messages)
                except StopIteration:
                    return
            yield message
    except grpc.RpcError as error:
        if watchdog.bit:
            raise unavailable(path, f"nothing was heard for {SILENCE:.0f} s") from error
        raise error_of(path, error) from error
    finally:
        watchdog.end()
        call.cancel()


class _Watchdog(Generic[_Message]):
    """Cancels a connection whose reader has waited for too long. Entered, the reader waits."""

    def __init__(self, call: Stream[_Message]) -> None:
        self.bit = False
        self._call = call
        self._waiting_since: float | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._run, name="dtms-watchdog", daemon=True).start()

    def __enter__(self) -> None:
        self._waiting_since = time.monotonic()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._waiting_since = None

    def end(self) -> None:
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(_SILENCE_CHECK):
            since = self._waiting_since
            if since is not None and time.monotonic() - since > SILENCE:
                self.bit = True
                self._call.cancel()
                return
