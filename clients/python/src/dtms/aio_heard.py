"""The messages of one connection of a stream for asyncio: one that is silent for long is dead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Protocol, TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

from dtms.errors import error_of, unavailable
from dtms.following import SILENCE

_Message = TypeVar("_Message", bound=Message)


class Readable(Protocol):
    """What grpc.aio gives for a call that answers with a stream."""

    async def read(self) -> object: ...

    def cancel(self) -> object: ...


async def heard(path: str, call: Readable, kind: type[_Message]) -> AsyncGenerator[_Message, None]:
    """Messages as they are asked for; DtmsError when the connection breaks or falls silent."""
    try:
        while True:
            # Not wait_for: before Python 3.12 it loses a cancellation that meets a message.
            watchdog = _Watchdog(call)
            try:
                message = await call.read()
            except asyncio.CancelledError as error:
                if not watchdog.bit:
                    raise
                raise unavailable(path, f"nothing was heard for {SILENCE:.0f} s") from error
            finally:
                watchdog.end()
            if not isinstance(message, kind):
                return
            yield message
    except grpc.aio.AioRpcError as error:
        raise error_of(path, error) from error
    finally:
        call.cancel()


class _Watchdog:
    """Cancels a connection whose reader has waited too long for a message."""

    def __init__(self, call: Readable) -> None:
        self.bit = False
        self._call = call
        self._timer = asyncio.get_running_loop().call_later(SILENCE, self._bite)

    def _bite(self) -> None:
        self.bit = True
        self._call.cancel()

    def end(self) -> None:
        self._timer.cancel()
