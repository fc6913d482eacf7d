"""The law of leases, without a connection: one for both clients. Which refusals mean that an action is the bridge's no
more, what becomes of a step without an answer, and when a broken stream is opened again.
"""

from __future__ import annotations

import time
import uuid

from google.protobuf.timestamp_pb2 import Timestamp

from dtms.errors import DtmsError
from dtms.retry import Attempts, Backoff
from dtms.v1.action_service_pb2 import (
    BeginActionRequest,
    ExtendLeaseRequest,
    LeaseActionsRequest,
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

_LOST = (
    ERROR_REASON_LEASE_LOST,
    ERROR_REASON_TRADING_STATE,
    ERROR_REASON_ACTION_OVERTAKEN,
    ERROR_REASON_ACTION_HELD,
)
LEASE_SECONDS = 30
# All attempts to begin end well within a lease, in seconds.
BEGIN_FOR = 10.0


def lease_lost(error: DtmsError) -> bool:
    """True when a step of a lease failed because the action is the bridge's no more."""
    return any(error.has_reason(reason) for reason in _LOST)


class HeldAction:
    """An action under lease, and the requests of its steps."""

    def __init__(self, action: LeasedAction) -> None:
        self.action = action
        """What is to be done, with all that is needed to make one order of it."""
        self._over = False

    @property
    def over(self) -> bool:
        """True once it was reported, or lost: nothing more may be done of it."""
        return self._over

    @property
    def name(self) -> tuple[str, int]:
        """Names the lease among all of all times: the action and the lease's token."""
        action = self.action.action
        return action.action_id, action.lease.token

    def begin_request(self) -> BeginActionRequest:
        # Named, so that a repeat is answered as the same call.
        action_id, token = self.name
        return BeginActionRequest(action_id=action_id, token=token, request_id=str(uuid.uuid4()))

    def extend_request(self, lease_seconds: int) -> ExtendLeaseRequest:
        action_id, token = self.name
        return ExtendLeaseRequest(action_id=action_id, token=token, lease_seconds=lease_seconds)

    def report_request(self, result: ActionResult, occurred_at: Timestamp | None) -> ReportActionRequest:
        action_id, token = self.name
        return ReportActionRequest(action_id=action_id, token=token, result=result, occurred_at=occurred_at)

    def reported(self) -> None:
        self._over = True

    def refused(self, error: DtmsError) -> bool:
        """False: the lease is lost, which ends it. Raises every other error."""
        if not lease_lost(error):
            raise error
        self._over = True
        return False


class Beginning:
    """The attempts of one BeginAction. An answer that got lost may have begun the action, so that a refusal after it
    does not say that nothing was begun."""

    def __init__(self, held: HeldAction) -> None:
        self._held = held
        self._attempts = Attempts(BEGIN_FOR)
        self._unanswered: DtmsError | None = None

    def failed(self, error: DtmsError) -> float | None:
        """How long to wait before the next attempt, in seconds; None: the lease is lost, and nothing was begun. Raises
        what the attempts end with where that is not known."""
        if lease_lost(error):
            self._held.refused(error)
            if self._unanswered is not None:
                raise self._unanswered from error
            return None
        delay = self._attempts.delay(error)
        self._unanswered = error
        return delay


class LeaseCourse:
    """The course of one loop over all its connections."""

    def __init__(
        self, account: str, bridge_id: str, max_leases: int, lease_seconds: int, retry_for: float | None
    ) -> None:
        if lease_seconds <= 0:
            raise ValueError("lease_seconds must be above 0")
        self.request = LeaseActionsRequest(
            account=account, bridge_id=bridge_id, max_leases=max_leases, lease_seconds=lease_seconds
        )
        self.lease_seconds = lease_seconds
        self.extended_every = lease_seconds / 3
        """In seconds: three times in the time of a lease."""
        self._retry_for = retry_for
        self._backoff = Backoff()
        self._broken_since: float | None = None

    def heard(self) -> None:
        """A message came."""
        self._backoff.reset()
        self._broken_since = None

    def broken(self, error: DtmsError) -> float:
        """How long to wait before the next connection, in seconds; raises what the loop does not survive."""
        if not (error.transient or error.has_reason(ERROR_REASON_BRIDGE_NOT_READY)):
            raise error
        now = time.monotonic()
        if self._broken_since is None:
            self._broken_since = now
        delay = self._backoff.delay(error)
        if self._retry_for is not None and now - self._broken_since + delay > self._retry_for:
            raise error
        return delay
