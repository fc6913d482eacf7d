"""A bridge's work as a loop over leases: it outlives connections and servers, keeps what it was given leased until it is
dealt with, and gives nothing twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from types import TracebackType
from typing import Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from dtms.connecting import Stream
from dtms.errors import DtmsError, unavailable
from dtms.heard import heard
from dtms.lease_course import Beginning, HeldAction, LeaseCourse
from dtms.methods import LEASE_ACTIONS
from dtms.v1.action_service_pb2 import (
    BeginActionRequest,
    ExtendLeaseRequest,
    LeaseActionsRequest,
    LeaseActionsResponse,
    LeasedAction,
    ReportActionRequest,
)
from dtms.v1.types_pb2 import ActionResult


class LeaseCalls(Protocol):
    """What leases ask of the client: each raises DtmsError."""

    def begin(self, request: BeginActionRequest) -> object:
        """One attempt."""

    def report(self, request: ReportActionRequest) -> object: ...

    def extend(self, request: ExtendLeaseRequest) -> object:
        """One attempt."""

    def stream(self, request: LeaseActionsRequest) -> Stream[LeaseActionsResponse]: ...


class Lease(HeldAction):
    """One action under lease: one order. One thread works on it."""

    def __init__(self, action: LeasedAction, calls: LeaseCalls) -> None:
        super().__init__(action)
        self._calls = calls

    def begin(self) -> bool:
        """Says that the broker is about to be touched. False: the lease is lost, leave the broker alone. Raises DtmsError
        when there is no answer within 10 s: leave the broker alone as well, and report that nothing was sent.
        """
        request = self.begin_request()
        beginning = Beginning(self)
        while True:
            try:
                self._calls.begin(request)
                return True
            except DtmsError as error:
                delay = beginning.failed(error)
            if delay is None:
                return False
            time.sleep(delay)

    def report(self, result: ActionResult, *, occurred_at: Timestamp | None = None) -> bool:
        """Reports the broker's answer; `occurred_at` is when the broker did it, where that is known. False: the lease was
        lost; what was reported is kept as evidence. Raises DtmsError when there is no answer: report it again.
        """
        try:
            self._calls.report(self.report_request(result, occurred_at))
        except DtmsError as error:
            return self.refused(error)
        self.reported()
        return True

    def extend(self, lease_seconds: int) -> bool:
        """Lengthens it from now on. False: it is lost. Raises DtmsError."""
        try:
            self._calls.extend(self.extend_request(lease_seconds))
        except DtmsError as error:
            return self.refused(error)
        return True


class _Held:
    """What the loop was given and is not done with, extended by a thread of its own."""

    def __init__(self, course: LeaseCourse) -> None:
        self._leases: dict[tuple[str, int], Lease] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._course = course
        threading.Thread(target=self._run, name="dtms-leases", daemon=True).start()

    def add(self, lease: Lease) -> bool:
        """False when it is here already: a server that is asked anew tells again what was not begun."""
        with self._lock:
            return self._leases.setdefault(lease.name, lease) is lease

    def end(self, lease: Lease) -> None:
        with self._lock:
            self._leases.pop(lease.name, None)

    def close(self) -> None:
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(self._course.extended_every):
            with self._lock:
                leases = [lease for lease in self._leases.values() if not lease.over]
            for lease in leases:
                try:
                    lease.extend(self._course.lease_seconds)
                except DtmsError:
                    # The next turn tries again; one that ends meanwhile is told by the step that finds it lost.
                    continue


class Leases(Iterator[Lease]):
    """Leases one after the other, in the order the actions are to be executed. One thread reads them; any may `cancel`.

    The one at hand ends when the loop asks for the next: what was not begun by then is another's, or given again, once its
    time is over. Leave a loop with `with`, or `cancel()` it: that ends all.
    """

    def __init__(
        self,
        calls: LeaseCalls,
        course: LeaseCourse,
        on_break: Callable[[DtmsError], None] | None,
        closed: threading.Event,
    ) -> None:
        self._calls = calls
        self._course = course
        self._on_break = on_break
        self._closed = closed
        self._cancelled = threading.Event()
        self._call: Stream[LeaseActionsResponse] | None = None
        self._leases = self._follow()

    def __iter__(self) -> Leases:
        return self

    def __next__(self) -> Lease:
        return next(self._leases)

    def cancel(self) -> None:
        """Ends the loop quietly, also while another thread waits for work. The lease at hand can still be reported, and is
        extended until the loop is asked for the next."""
        self._cancelled.set()
        if self._call is not None:
            self._call.cancel()

    def __enter__(self) -> Leases:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel()
        self._leases.close()

    @property
    def _ended(self) -> bool:
        return self._cancelled.is_set() or self._closed.is_set()

    def _follow(self) -> Generator[Lease, None, None]:
        held = _Held(self._course)
        try:
            while not self._ended:
                try:
                    yield from self._connection(held)
                    error = unavailable(LEASE_ACTIONS.path, "the stream ended")
                except DtmsError as failure:
                    error = failure
                if self._ended:
                    return
                delay = self._course.broken(error)
                if self._on_break is not None:
                    self._on_break(error)
                self._pause(delay)
        finally:
            held.close()

    def _connection(self, held: _Held) -> Iterator[Lease]:
        call = self._calls.stream(self._course.request)
        self._call = call
        if self._ended:
            call.cancel()
        for message in heard(LEASE_ACTIONS.path, call):
            self._course.heard()
            given = (Lease(action, self._calls) for action in message.actions)
            for lease in [lease for lease in given if held.add(lease)]:
                if not lease.over and not self._ended:
                    yield lease
                held.end(lease)

    def _pause(self, delay: float) -> None:
        """Waits for the delay, or until the loop or its client ends."""
        until = time.monotonic() + delay
        while not self._ended and time.monotonic() < until:
            self._cancelled.wait(min(0.1, max(0.0, until - time.monotonic())))
