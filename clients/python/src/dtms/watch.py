"""A watch for programs with threads: an iterator that outlives connections and servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType

import grpc

from dtms.connecting import Stream
from dtms.errors import DtmsError, unavailable
from dtms.following import Following
from dtms.heard import heard
from dtms.methods import WATCH_TRADES
from dtms.v1.system_service_pb2 import GetStatusResponse
from dtms.v1.trade_service_pb2 import ResumeToken, WatchTradesRequest, WatchTradesResponse


class Watch(Iterator[WatchTradesResponse]):
    """Messages of the log. One thread reads them; any may `cancel`.

    Nothing is read ahead of the reader beyond the connection's window. A break before the initial state is
    complete starts it anew.
    """

    def __init__(
        self,
        channel: grpc.Channel,
        metadata: tuple[tuple[str, str], ...],
        following: Following,
        head: Callable[[], GetStatusResponse],
        closed: threading.Event,
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
        self._closed = closed
        self._on_break = on_break
        self._cancelled = threading.Event()
        self._call: Stream[WatchTradesResponse] | None = None
        self._messages = self._follow()

    def __iter__(self) -> Watch:
        return self

    def __next__(self) -> WatchTradesResponse:
        return next(self._messages)

    @property
    def resume_token(self) -> ResumeToken | None:
        """The place after the last message that was read: kept once that is dealt with, it lets another
        process go on from there. None before the initial state is complete."""
        return self._following.place

    def cancel(self) -> None:
        """Ends the watch quietly, also while another thread waits for a message."""
        self._cancelled.set()
        if self._call is not None:
            self._call.cancel()

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel()

    @property
    def _ended(self) -> bool:
        return self._cancelled.is_set() or self._closed.is_set()

    def _follow(self) -> Iterator[WatchTradesResponse]:
        while not self._ended:
            try:
                if self._following.needs_start:
                    self._following.start(self._head())
                for message in self._connection():
                    fresh = self._following.take(message)
                    if fresh is not None:
                        yield fresh
                error = unavailable(WATCH_TRADES.path, "the stream ended")
            except DtmsError as failure:
                error = failure
            if self._ended:
                return
            delay = self._following.broken(error)
            if self._on_break is not None:
                self._on_break(error)
            self._pause(delay)

    def _pause(self, delay: float) -> None:
        """Waits for the delay, or until the watch or its client ends."""
        until = time.monotonic() + delay
        while not self._ended and time.monotonic() < until:
            self._cancelled.wait(min(0.1, max(0.0, until - time.monotonic())))

    def _connection(self) -> Iterator[WatchTradesResponse]:
        """Messages of one connection; DtmsError when it breaks."""
        call = self._open(self._following.request(), metadata=self._following.saying(self._metadata))
        self._call = call
        if self._cancelled.is_set():
            call.cancel()
        yield from heard(WATCH_TRADES.path, call)
