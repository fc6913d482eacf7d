"""A bridge's work as a loop over leases: it outlives connections and servers, keeps what it was given leased until it is
dealt with, and gives nothing twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from dtms.errors import DtmsError, unavailable
from dtms.methods import LEASE_ACTIONS
from dtms.retry import Backoff
from dtms.v1.action_service_pb2 import (
    BeginActionRequest,
    ExtendLeaseRequest,
    LeaseActionsRequest,
    LeaseActionsResponse,
    LeasedAction,
    ReportActionRequest,
)
from dtms.v1.error_reason_pb2 import (
    ERROR_REASON_ACTION_HELD,
    ERROR_REASON_ACTION_OVERTAKEN,
    ERROR_REASON_BRIDGE_NOT_READY,
    ERROR_REASON_LEASE_LOST,
    ERROR_REASON_TRADING_STATE,
)
from dtms.v1.types_pb2 import ActionResult

# Why an action is the bridge's no more.
_LOST = (
    ERROR_REASON_LEASE_LOST,
    ERROR_REASON_TRADING_STATE,
    ERROR_REASON_ACTION_OVERTAKEN,
    ERROR_REASON_ACTION_HELD,
)
LEASE_SECONDS = 30


class LeaseCalls(Protocol):
    """What a lease asks of the client: each raises DtmsError."""

    def begin(self, request: BeginActionRequest) -> object: ...

    def report(self, request: ReportActionRequest) -> object: ...

    def extend(self, request: ExtendLeaseRequest) -> object: ...

    def stream(self, request: LeaseActionsRequest) -> Iterator[LeaseActionsResponse]: ...


class Lease:
    """One action under lease: one order."""

    def __init__(self, action: LeasedAction, calls: LeaseCalls) -> None:
        self.action = action
        """What is to be done, with all that is needed to make one order of it."""
        self._calls = calls
        self._over = False

    @property
    def over(self) -> bool:
        """True once it was reported, or lost: nothing more may be done of it."""
        return self._over

    def begin(self) -> bool:
        """Says that the broker is about to be touched. False: the lease is lost, leave the broker alone. Raises DtmsError
        when there is no answer: leave the broker alone as well, and report that nothing was sent.
        """
        step = BeginActionRequest(action_id=self._id, token=self._token)
        return self._held(lambda: self._calls.begin(step))

    def report(self, result: ActionResult) -> bool:
        """Reports the broker's answer. False: the lease was lost; what was reported is kept as evidence."""
        step = ReportActionRequest(action_id=self._id, token=self._token, result=result)
        taken = self._held(lambda: self._calls.report(step))
        self._over = True
        return taken

    def extend(self, lease_seconds: int) -> bool:
        """Lengthens it from now on. False: it is lost."""
        step = ExtendLeaseRequest(action_id=self._id, token=self._token, lease_seconds=lease_seconds)
        return self._held(lambda: self._calls.extend(step))

    @property
    def _id(self) -> str:
        return self.action.action.action_id

    @property
    def _token(self) -> int:
        return self.action.action.lease.token

    def _held(self, step: Callable[[], object]) -> bool:
        try:
            step()
        except DtmsError as error:
            if not any(error.has_reason(reason) for reason in _LOST):
                raise
            self._over = True
            return False
        return True


class _Held:
    """What the loop was given and is not done with, extended three times in the time of a lease."""

    def __init__(self, lease_seconds: int) -> None:
        self._leases: dict[tuple[str, int], Lease] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._seconds = lease_seconds
        threading.Thread(target=self._run, name="dtms-leases", daemon=True).start()

    def add(self, lease: Lease) -> bool:
        """False when it is here already: a server that is asked anew tells again what was not begun."""
        with self._lock:
            return self._leases.setdefault(_name(lease), lease) is lease

    def end(self, lease: Lease) -> None:
        with self._lock:
            self._leases.pop(_name(lease), None)

    def close(self) -> None:
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(self._seconds / 3):
            with self._lock:
                leases = [lease for lease in self._leases.values() if not lease.over]
            for lease in leases:
                try:
                    lease.extend(self._seconds)
                except DtmsError:
                    # The next turn tries again; one that ends meanwhile is told by the step that finds it lost.
                    continue


def _name(lease: Lease) -> tuple[str, int]:
    action = lease.action.action
    return action.action_id, action.lease.token


def lease_loop(
    calls: LeaseCalls,
    request: LeaseActionsRequest,
    retry_for: float | None,
    on_break: Callable[[DtmsError], None] | None,
    closed: threading.Event,
) -> Iterator[Lease]:
    """Leases one after the other, in the order the actions are to be executed. The one at hand ends when the loop asks for
    the next; a loop that is left ends all. Raises DtmsError, what the service refuses the work for.
    """
    seconds = request.lease_seconds or LEASE_SECONDS
    asked = LeaseActionsRequest()
    asked.CopyFrom(request)
    asked.lease_seconds = seconds
    held = _Held(seconds)
    backoff = Backoff()
    broken_since: float | None = None
    try:
        while not closed.is_set():
            try:
                for message in calls.stream(asked):
                    backoff.reset()
                    broken_since = None
                    given = (Lease(action, calls) for action in message.actions)
                    for lease in [lease for lease in given if held.add(lease)]:
                        if not lease.over and not closed.is_set():
                            yield lease
                        held.end(lease)
                error = unavailable(LEASE_ACTIONS.path, "the stream ended")
            except DtmsError as failure:
                error = failure
            if closed.is_set():
                return
            if not (error.transient or error.has_reason(ERROR_REASON_BRIDGE_NOT_READY)):
                raise error
            now = time.monotonic()
            broken_since = now if broken_since is None else broken_since
            delay = backoff.delay(error)
            if retry_for is not None and now - broken_since + delay > retry_for:
                raise error
            if on_break is not None:
                on_break(error)
            closed.wait(delay)
    finally:
        held.close()
