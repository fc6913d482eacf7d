"""DTMS as the bridge sees it: the calls it makes, their deadlines, and what their errors mean."""

import enum
import logging
import random
import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Protocol

import grpc
from dtms.v1 import account_service_pb2 as accounts
from dtms.v1 import account_service_pb2_grpc as account_stubs
from dtms.v1 import action_service_pb2 as work
from dtms.v1 import action_service_pb2_grpc as work_stubs
from dtms.v1 import market_data_service_pb2 as market
from dtms.v1 import market_data_service_pb2_grpc as market_stubs
from dtms.v1 import types_pb2 as types

from .wire import timestamp

log = logging.getLogger(__name__)

CALL_SECONDS = 10.0
# All tries together end well within a lease.
BEGIN_TRIES = 3
BEGIN_SECONDS = 5.0
MAX_LEASES = 4
LEASE_SECONDS = 30
# The call was refused as it stands: repeating it would be refused again.
FINAL = frozenset(
    {
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)


class Begun(enum.Enum):
    """What BeginAction came to."""

    YES = enum.auto()
    # The lease is lost: the action is somebody else's.
    NO = enum.auto()
    # No answer: it may have been recorded. The broker must not be touched.
    UNSURE = enum.auto()


class Reported(enum.Enum):
    """What ReportAction came to."""

    YES = enum.auto()
    # Refused; what it said of an execution was kept as evidence.
    REFUSED = enum.auto()
    # No answer: report it again.
    UNSURE = enum.auto()


class LeaseStream(Protocol):
    """A running LeaseActions call."""

    def __iter__(self) -> Iterator[work.LeaseActionsResponse]: ...

    def cancel(self) -> bool: ...


class Backoff:
    """Waits that grow to a limit, each with full jitter: many bridges must not return at once."""

    def __init__(self, first: float = 0.5, longest: float = 30.0) -> None:
        self._first = first
        self._longest = longest
        self._tries = 0

    def reset(self) -> None:
        self._tries = 0

    def next(self) -> float:
        """Seconds to wait now."""
        ceiling = min(self._longest, self._first * 2 ** min(self._tries, 16))
        self._tries += 1
        return random.uniform(self._first / 5, ceiling)


class Server:
    """The server's side of one bridge. Every call raises grpc.RpcError unless it says otherwise."""

    def __init__(self, channel: grpc.Channel, account: str, bridge_id: str, feed: str) -> None:
        self._account = account
        self._bridge_id = bridge_id
        self._feed = feed
        self._work = work_stubs.ActionServiceStub(channel)
        self._accounts = account_stubs.AccountServiceStub(channel)
        self._market = market_stubs.MarketDataServiceStub(channel)

    def lease(self) -> LeaseStream:
        """The stream of leased work; it is as long as the server likes."""
        request = work.LeaseActionsRequest(
            account=self._account,
            bridge_id=self._bridge_id,
            max_leases=MAX_LEASES,
            lease_seconds=LEASE_SECONDS,
        )
        return self._work.LeaseActions(request)

    def begin(self, action: types.Action) -> Begun:
        """Asks whether the broker may be touched; repeats a call without answer. Does not raise."""
        request = work.BeginActionRequest(
            action_id=action.action_id, token=action.lease.token, request_id=str(uuid.uuid4())
        )
        backoff = Backoff(longest=2.0)
        for attempt in range(BEGIN_TRIES):
            if attempt > 0:
                time.sleep(backoff.next())
            try:
                self._work.BeginAction(request, timeout=BEGIN_SECONDS)
                return Begun.YES
            except grpc.RpcError as error:
                log.warning("[%s] not begun: %s", action.action_id, explained(error))
                if error.code() in FINAL:
                    # After a call without an answer, a refusal does not say what that one did.
                    return Begun.NO if attempt == 0 else Begun.UNSURE
        return Begun.UNSURE

    def report(
        self, action: types.Action, result: types.ActionResult, occurred_at_ms: int | None
    ) -> Reported:
        """Reports once. Does not raise."""
        request = work.ReportActionRequest(
            action_id=action.action_id, token=action.lease.token, result=result
        )
        if occurred_at_ms is not None:
            request.occurred_at.CopyFrom(timestamp(occurred_at_ms))
        try:
            self._work.ReportAction(request, timeout=CALL_SECONDS)
            return Reported.YES
        except grpc.RpcError as error:
            log.warning("[%s] not reported: %s", action.action_id, explained(error))
            return Reported.REFUSED if error.code() in FINAL else Reported.UNSURE

    def extend(self, action: types.Action) -> bool:
        """Asks for a new end of the lease. False: it is lost. Does not raise."""
        request = work.ExtendLeaseRequest(
            action_id=action.action_id, token=action.lease.token, lease_seconds=LEASE_SECONDS
        )
        try:
            self._work.ExtendLease(request, timeout=CALL_SECONDS)
            return True
        except grpc.RpcError as error:
            log.warning("[%s] lease not extended: %s", action.action_id, explained(error))
            return error.code() not in FINAL

    def upsert_account(self, request: accounts.UpsertAccountRequest) -> None:
        request.account = self._account
        self._accounts.UpsertAccount(request, timeout=CALL_SECONDS)

    def heartbeat(self, request: accounts.ReportAccountRequest) -> accounts.ReportAccountResponse:
        request.account = self._account
        request.bridge_id = self._bridge_id
        return self._accounts.ReportAccount(request, timeout=CALL_SECONDS)

    def reconcile(
        self, request: accounts.ReconcilePositionsRequest
    ) -> accounts.ReconcilePositionsResponse:
        request.account = self._account
        request.bridge_id = self._bridge_id
        return self._accounts.ReconcilePositions(request, timeout=3 * CALL_SECONDS)

    def upsert_instruments(
        self, instruments: Iterable[market.Instrument]
    ) -> market.UpsertInstrumentsResponse:
        request = market.UpsertInstrumentsRequest(instruments=instruments)
        return self._market.UpsertInstruments(request, timeout=CALL_SECONDS)

    def push(self, items: Iterable[market.MarketDataItem]) -> market.PushMarketDataResponse:
        request = market.PushMarketDataRequest(feed=self._feed, items=items)
        return self._market.PushMarketData(request, timeout=3 * CALL_SECONDS)


def explained(error: grpc.RpcError) -> str:
    """The status of a failed call, for the log."""
    return f"{error.code().name} {error.details()}"
