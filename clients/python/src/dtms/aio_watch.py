"""A watch for programs with asyncio: an asynchronous iterator that outlives connections and servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

import grpc.aio

from dtms.aio_heard import heard
from dtms.errors import DtmsError, unavailable
from dtms.following import Following
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
        messages = heard(WATCH_TRADES.path, call, WatchTradesResponse)
        try:
            async for message in messages:
                yield message
        finally:
            await messages.aclose()
