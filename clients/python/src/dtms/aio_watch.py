"""A watch for programs with asyncio: an asynchronous iterator that outlives connections and servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

import grpc
import grpc.aio

from dtms.connecting import AsyncStream
from dtms.errors import DtmsError, error_of, unavailable
from dtms.following import SILENCE, Following
from dtms.methods import WATCH_TRADES
from dtms.v1.system_service_pb2 import GetStatusResponse
from dtms.v1.trade_service_pb2 import ResumeToken, WatchTradesRequest, WatchTradesResponse


class AsyncWatch(AsyncIterator[WatchTradesResponse]):
    """Messages of the log, as Watch gives them."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        metadata: tuple[tuple[str, str], ...],
        following: Following,
        head: Callable[[], Awaitable[GetStatusResponse]],
        on_break: Callable[[DtmsError], None] | None,
    ) -> None:
        self._open = channel.unary_stream(
            WATCH_TRADES.path,
            request_serializer=WatchTradesRequest.SerializeToString,
            response_deserializer=WatchTradesResponse.FromString,
        )
        self._metadata = metadata
        self._following = following
        self._head = head
        self._on_break = on_break
        self._messages = self._follow()

    def __aiter__(self) -> AsyncWatch:
        return self

    async def __anext__(self) -> WatchTradesResponse:
        return await anext(self._messages)

    @property
    def resume_token(self) -> ResumeToken | None:
        """The place after the last message that was read: kept once that is dealt with, it lets another
        process go on from there. None before the initial state is complete."""
        return self._following.place

    async def aclose(self) -> None:
        """Ends the watch and its connection."""
        await self._messages.aclose()

    async def _follow(self) -> AsyncGenerator[WatchTradesResponse, None]:
        while True:
            try:
                if self._following.needs_start:
                    self._following.start(await self._head())
                connection = self._connection()
                try:
                    async for message in connection:
                        fresh = self._following.take(message)
                        if fresh is not None:
                            yield fresh
                finally:
                    await connection.aclose()
                error = unavailable(WATCH_TRADES.path, "the stream ended")
            except DtmsError as failure:
                error = failure
            delay = self._following.broken(error)
            if self._on_break is not None:
                self._on_break(error)
            await asyncio.sleep(delay)

    async def _connection(self) -> AsyncGenerator[WatchTradesResponse, None]:
        """Messages of one connection; DtmsError when it breaks."""
        call = self._open(self._following.request(), metadata=self._following.saying(self._metadata))
        try:
            while True:
                # Not wait_for: before Python 3.12 it loses a cancellation that meets a message.
                watchdog = _Watchdog(call)
                try:
                    message = await call.read()
                except asyncio.CancelledError as error:
                    if not watchdog.bit:
                        raise
                    silence = f"nothing was heard for {SILENCE:.0f} s"
                    raise unavailable(WATCH_TRADES.path, silence) from error
                finally:
                    watchdog.end()
                if not isinstance(message, WatchTradesResponse):
                    return
                yield message
        except grpc.aio.AioRpcError as error:
            raise error_of(WATCH_TRADES.path, error) from error
        finally:
            call.cancel()


class _Watchdog:
    """Cancels a connection whose reader has waited too long for a message."""

    def __init__(self, call: AsyncStream[WatchTradesResponse]) -> None:
        self.bit = False
        self._call = call
        self._timer = asyncio.get_running_loop().call_later(SILENCE, self._bite)

    def _bite(self) -> None:
        self.bit = True
        self._call.cancel()

    def end(self) -> None:
        self._timer.cancel()
