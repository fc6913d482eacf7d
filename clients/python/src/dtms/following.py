"""Where a watch stands and what it asks for next, without a connection: one law for both clients."""

from __future__ import annotations

import time

from dtms.errors import DtmsError
from dtms.retry import Backoff
from dtms.seen import Metadata, Seen
from dtms.v1.event_pb2 import TradeEvent
from dtms.v1.system_service_pb2 import GetStatusResponse
from dtms.v1.trade_service_pb2 import (
    Bookmark,
    ResumeToken,
    SnapshotEnd,
    TradeFilter,
    WatchTradesRequest,
    WatchTradesResponse,
)

# The service is never silent for more than 5 s; a connection that is for this long is dead. In seconds.
SILENCE = 8.0


class Following:
    """The course of one watch over all its connections."""

    def __init__(
        self,
        trade_filter: TradeFilter | None,
        resume_after: ResumeToken | None,
        initial_state: bool,
        retry_for: float | None,
        seen: Seen | None = None,
    ) -> None:
        if initial_state and resume_after is not None:
            raise ValueError("a watch begins with the initial state or after a token, not both")
        self._filter = TradeFilter() if trade_filter is None else trade_filter
        self._place = resume_after
        self._initial_state = initial_state
        self._retry_for = retry_for
        self._seen = Seen() if seen is None else seen
        self._said: Metadata = ()
        self._backoff = Backoff()
        self._broken_since: float | None = None

    @property
    def place(self) -> ResumeToken | None:
        return None if self._place is None else ResumeToken.FromString(self._place.SerializeToString())

    @property
    def needs_start(self) -> bool:
        """True while the log's head must be asked for, so that a break loses nothing."""
        return self._place is None and not self._initial_state

    def start(self, status: GetStatusResponse) -> None:
        self._place = ResumeToken(log_epoch=status.log_epoch, revision=status.head_revision)

    def request(self) -> WatchTradesRequest:
        """What the next connection asks for."""
        if self._place is None:
            return WatchTradesRequest(filter=self._filter, send_initial_state=True)
        return WatchTradesRequest(filter=self._filter, resume_after=self._place)

    def saying(self, metadata: Metadata) -> Metadata:
        """The metadata of the next connection: one that goes on from a place names that itself."""
        self._said = self._seen.saying(metadata) if self._place is None else ()
        return self._said or metadata

    def take(self, message: WatchTradesResponse) -> WatchTradesResponse | None:
        """What is new of a message; None when all of it was seen before a break."""
        self._backoff.reset()
        self._broken_since = None
        kind = message.WhichOneof("message")
        if kind is None:
            # Of a kind a later version of the service has.
            return None
        if self._place is None and kind != "snapshot_end":
            # Only a complete initial state is a place to go on from.
            return message
        if kind == "events":
            return self._take_events(message)
        if kind == "bookmark":
            self._reach(message.bookmark)
        elif kind == "snapshot_end":
            self._reach(message.snapshot_end)
        return message

    def _take_events(self, message: WatchTradesResponse) -> WatchTradesResponse | None:
        seen = 0 if self._place is None else self._place.revision
        events = message.events.events
        fresh = [event for event in events if event.revision > seen]
        if not fresh:
            return None
        self._reach(fresh[-1])
        if len(fresh) == len(events):
            return message
        answer = WatchTradesResponse()
        answer.events.revision = message.events.revision
        answer.events.events.extend(fresh)
        return answer

    def _reach(self, place: Bookmark | SnapshotEnd | TradeEvent) -> None:
        if self._place is not None and place.revision < self._place.revision:
            return
        self._seen.note(place)
        self._place = ResumeToken(log_epoch=place.log_epoch, revision=place.revision)
        if place.HasField("recorded_at"):
            self._place.recorded_at.CopyFrom(place.recorded_at)

    def broken(self, error: DtmsError) -> float:
        """How long to wait before the next connection, in seconds; raises what a watch does not survive."""
        if self._seen.refused(error, self._said):
            return 0.0
        if not error.transient:
            raise error
        now = time.monotonic()
        if self._broken_since is None:
            self._broken_since = now
        delay = self._backoff.delay(error)
        if self._retry_for is not None and now - self._broken_since + delay > self._retry_for:
            raise error
        return delay
