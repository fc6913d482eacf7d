"""A DTMS server in this process, strict about leases: tokens, begin before execution, lost leases ABORTED.

It keeps what a test asks about afterwards: every request, every status, and what came in under a lost lease.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import NoReturn

import grpc
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from dtms import methods
from dtms.method import Method
from dtms.v1 import account_service_pb2 as accounts
from dtms.v1 import action_service_pb2 as work
from dtms.v1 import market_data_service_pb2 as market
from dtms.v1 import system_service_pb2 as system
from dtms.v1 import trade_service_pb2 as trades
from dtms.v1 import types_pb2 as types

DONE, NO_CHANGE = types.ACTION_OUTCOME_DONE, types.ACTION_OUTCOME_NO_CHANGE
RETRYABLE, REJECTED = types.ACTION_OUTCOME_RETRYABLE, types.ACTION_OUTCOME_REJECTED
UNKNOWN = types.ACTION_OUTCOME_UNKNOWN
OUTCOMES: dict[int, types.ActionOutcome] = {
    **dict.fromkeys((10008, 10009, 10010), DONE),
    10025: NO_CHANGE,
    **dict.fromkeys((10004, 10020, 10021, 10024, 10026, 10027, 10028), RETRYABLE),
    **dict.fromkeys((0, 10011, 10012, 10031), UNKNOWN),
    10018: types.ACTION_OUTCOME_MARKET_CLOSED,
}
STATUSES = {
    DONE: types.ACTION_STATUS_DONE,
    NO_CHANGE: types.ACTION_STATUS_DONE,
    UNKNOWN: types.ACTION_STATUS_IN_DOUBT,
    REJECTED: types.ACTION_STATUS_REJECTED,
}
PENDING = types.ACTION_STATUS_PENDING
LEASED = types.ACTION_STATUS_LEASED
EXECUTING = types.ACTION_STATUS_EXECUTING
IN_DOUBT = types.ACTION_STATUS_IN_DOUBT


@dataclass
class Work:
    """An action and its history."""

    message: work.LeasedAction
    status: types.ActionStatus = PENDING
    token: int = 0
    ends: float = 0.0
    begins: int = 0
    begun_by: str = ""
    extensions: int = 0
    reports: list[types.ActionResult] = field(default_factory=list)
    evidence: list[types.ActionResult] = field(default_factory=list)
    settled_by_deal: int = 0

    @property
    def outcome(self) -> types.ActionOutcome:
        return outcome_of(self.reports[-1])


def outcome_of(result: types.ActionResult) -> types.ActionOutcome:
    return result.outcome or OUTCOMES.get(result.code, REJECTED)


class StrictServer:
    """Listens on a free port of the loopback interface."""

    def __init__(self) -> None:
        self.work: dict[str, Work] = {}
        self.heartbeats: list[accounts.ReportAccountRequest] = []
        self.accounts: list[accounts.UpsertAccountRequest] = []
        self.snapshots: list[accounts.ReconcilePositionsRequest] = []
        self.instruments: list[market.Instrument] = []
        self.items: list[market.MarketDataItem] = []
        self.closes: list[trades.CloseTradeRequest] = []
        # Positions that DTMS has a trade of, and those it has closed because they were gone.
        self.trades: set[int] = set()
        self.closed: set[int] = set()
        self._missing: set[int] = set()
        # Per method: codes to fail with before anything is done, and answers to lose after it was.
        self.refused_symbols: set[str] = set()
        self.refused_parts: list[accounts.RejectedPart] = []
        self.refuse: dict[str, list[grpc.StatusCode]] = {}
        self.lose: dict[str, int] = {}
        self.repeats_pending = False
        self._token = 0
        self._lock = threading.RLock()
        self._ending = threading.Event()
        self._server = grpc.server(ThreadPoolExecutor(16))
        self._server.add_generic_rpc_handlers((_Handlers(self),))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def __enter__(self) -> StrictServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ending.set()
        self._server.stop(0).wait()

    # -- for the test

    def plan(self, message: work.LeasedAction) -> Work:
        with self._lock:
            planned = self.work[message.action.action_id] = Work(message)
            return planned

    def expire(self, planned: Work) -> None:
        """The lease ends now."""
        with self._lock:
            planned.status = IN_DOUBT if planned.status == EXECUTING else PENDING
            planned.token = 0

    @property
    def ready(self) -> bool:
        """As the last heartbeat has it."""
        last = self.heartbeats[-1] if self.heartbeats else None
        return (
            last is not None
            and last.connected
            and last.trade_allowed
            and last.terminal_account == last.account
        )

    # -- ActionService

    def LeaseActions(
        self, request: work.LeaseActionsRequest, context: grpc.ServicerContext
    ) -> Iterator[work.LeaseActionsResponse]:
        self._scripted("LeaseActions", context)
        while context.is_active() and not self._ending.is_set():
            if not self.ready:
                _fail(context, grpc.StatusCode.FAILED_PRECONDITION, "BRIDGE_NOT_READY")
            yield work.LeaseActionsResponse(actions=self._leased(request))
            self._ending.wait(0.05)

    def _leased(self, request: work.LeaseActionsRequest) -> list[work.LeasedAction]:
        with self._lock:
            held = sum(w.status in (LEASED, EXECUTING) for w in self.work.values())
            leased = []
            for planned in self.work.values():
                if planned.status == LEASED and time.monotonic() > planned.ends:
                    self.expire(planned)
                if planned.status == PENDING and held < (request.max_leases or 16):
                    held += 1
                    leased.append(self.lease(planned, request.lease_seconds))
            return leased

    def lease(self, planned: Work, seconds: float = 30.0) -> work.LeasedAction:
        with self._lock:
            self._token += 1
            planned.token = self._token
            planned.status = LEASED
            planned.ends = time.monotonic() + seconds
            message = work.LeasedAction()
            message.CopyFrom(planned.message)
            message.action.lease.token = planned.token
            return message

    def BeginAction(
        self, request: work.BeginActionRequest, context: grpc.ServicerContext
    ) -> work.BeginActionResponse:
        self._scripted("BeginAction", context)
        with self._lock:
            planned = self.work[request.action_id]
            again = bool(planned.begun_by) and planned.begun_by == request.request_id
            if planned.token != request.token or planned.status != (EXECUTING if again else LEASED):
                self._lost(context)
            planned.status = EXECUTING
            planned.begins += not again
            planned.begun_by = request.request_id
        self._answer_lost("BeginAction", context)
        return work.BeginActionResponse()

    def ReportAction(
        self, request: work.ReportActionRequest, context: grpc.ServicerContext
    ) -> work.ReportActionResponse:
        self._scripted("ReportAction", context)
        with self._lock:
            planned = self.work[request.action_id]
            again = bool(planned.reports) and planned.reports[-1] == request.result
            if not again:
                if planned.status != EXECUTING or planned.token != request.token:
                    planned.evidence.append(request.result)
                    self._lost(context)
                planned.reports.append(request.result)
                status = STATUSES.get(planned.outcome, PENDING)
                # A test looks at one attempt, unless it wants to see the next one, too.
                waits = status == PENDING and not self.repeats_pending
                planned.status = types.ACTION_STATUS_DEAD if waits else status
        self._answer_lost("ReportAction", context)
        return work.ReportActionResponse()

    def ExtendLease(
        self, request: work.ExtendLeaseRequest, context: grpc.ServicerContext
    ) -> work.ExtendLeaseResponse:
        with self._lock:
            planned = self.work[request.action_id]
            if planned.token != request.token:
                self._lost(context)
            planned.extensions += 1
            planned.ends = time.monotonic() + request.lease_seconds
        return work.ExtendLeaseResponse()

    # -- AccountService

    def UpsertAccount(
        self, request: accounts.UpsertAccountRequest, context: grpc.ServicerContext
    ) -> accounts.UpsertAccountResponse:
        self._scripted("UpsertAccount", context)
        self.accounts.append(request)
        return accounts.UpsertAccountResponse()

    def ReportAccount(
        self, request: accounts.ReportAccountRequest, context: grpc.ServicerContext
    ) -> accounts.ReportAccountResponse:
        self._scripted("ReportAccount", context)
        self.heartbeats.append(request)
        obstacle = "" if self.ready else "not connected or not allowed to trade"
        return accounts.ReportAccountResponse(ready=self.ready, obstacle=obstacle)

    def ReconcilePositions(
        self, request: accounts.ReconcilePositionsRequest, context: grpc.ServicerContext
    ) -> accounts.ReconcilePositionsResponse:
        self._scripted("ReconcilePositions", context)
        with self._lock:
            if self.snapshots and not _later(request, self.snapshots[-1]):
                last = {"last_sequence": str(self.snapshots[-1].sequence)}
                _fail(context, grpc.StatusCode.FAILED_PRECONDITION, "SNAPSHOT_TOO_OLD", last)
            self.snapshots.append(request)
            settled = [name for name, w in self.work.items() if self._settled(w, request)]
            probe = self._gone(request) if request.complete else set()
        return accounts.ReconcilePositionsResponse(
            probe=sorted(probe), settled_action_ids=settled, rejected=self.refused_parts
        )

    def _settled(self, planned: Work, request: accounts.ReconcilePositionsRequest) -> bool:
        if planned.status != IN_DOUBT:
            return False
        for deal in request.deals:
            if deal.comment == planned.message.tag:
                planned.status = types.ACTION_STATUS_DONE
                planned.settled_by_deal = deal.deal
                return True
        return False

    def _gone(self, request: accounts.ReconcilePositionsRequest) -> set[int]:
        there = {position.identifier for position in request.positions}
        missing = self.trades - there - self.closed
        self.closed |= missing & self._missing
        probe = missing - self.closed
        self._missing = probe
        return probe

    # -- MarketDataService

    def UpsertInstruments(
        self, request: market.UpsertInstrumentsRequest, context: grpc.ServicerContext
    ) -> market.UpsertInstrumentsResponse:
        self._scripted("UpsertInstruments", context)
        refused = [
            market.RejectedItem(index=index, field="digits", description="is odd")
            for index, told in enumerate(request.instruments)
            if told.symbol in self.refused_symbols
        ]
        taken = [told for told in request.instruments if told.symbol not in self.refused_symbols]
        self.instruments.extend(taken)
        return market.UpsertInstrumentsResponse(changed=len(taken), rejected=refused)

    def PushMarketData(
        self, request: market.PushMarketDataRequest, context: grpc.ServicerContext
    ) -> market.PushMarketDataResponse:
        self._scripted("PushMarketData", context)
        if not 1 <= len(request.items) <= 5_000:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "1 to 5,000 items")
        self.items.extend(request.items)
        return market.PushMarketDataResponse(accepted=len(request.items))

    # -- SystemService

    def GetStatus(
        self, request: system.GetStatusRequest, context: grpc.ServicerContext
    ) -> system.GetStatusResponse:
        self._scripted("GetStatus", context)
        return system.GetStatusResponse()

    # -- TradeService

    def CloseTrade(
        self, request: trades.CloseTradeRequest, context: grpc.ServicerContext
    ) -> trades.CloseTradeResponse:
        self._scripted("CloseTrade", context)
        self.closes.append(request)
        return trades.CloseTradeResponse()

    # -- inside

    def _scripted(self, method: str, context: grpc.ServicerContext) -> None:
        codes = self.refuse.get(method)
        if codes:
            context.abort(codes.pop(0), "scripted")

    def _answer_lost(self, method: str, context: grpc.ServicerContext) -> None:
        """What was asked is done, and the caller does not learn it."""
        if self.lose.get(method, 0) > 0:
            self.lose[method] -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "the answer was lost")

    def _lost(self, context: grpc.ServicerContext) -> NoReturn:
        _fail(context, grpc.StatusCode.ABORTED, "LEASE_LOST")


def _fail(
    context: grpc.ServicerContext, code: grpc.StatusCode, reason: str, metadata: dict[str, str] | None = None
) -> NoReturn:
    packed = Packed()
    packed.Pack(ErrorInfo(reason=reason, domain="dtms", metadata=metadata or {}))
    details = Status(code=code.value[0], details=[packed]).SerializeToString()
    context.set_trailing_metadata((("grpc-status-details-bin", details),))
    context.abort(code, reason)


class _Handlers(grpc.GenericRpcHandler):
    """The server's methods by their names in the table of the client."""

    def __init__(self, server: StrictServer) -> None:
        table = [value for value in vars(methods).values() if isinstance(value, Method)]
        self._methods = {method.path: method for method in table}
        self._server = server

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Message, Message] | None:
        method = self._methods.get(details.method)
        name = details.method.rpartition("/")[2]
        if method is None or not hasattr(self._server, name):
            return None
        answer: Callable[[Message, grpc.ServicerContext], object] = getattr(self._server, name)
        kind = (
            grpc.unary_stream_rpc_method_handler
            if name == "LeaseActions"
            else grpc.unary_unary_rpc_method_handler
        )
        return kind(
            answer,
            request_deserializer=method.request.FromString,
            response_serializer=method.response.SerializeToString,
        )


def _later(
    one: accounts.ReconcilePositionsRequest, other: accounts.ReconcilePositionsRequest
) -> bool:
    return one.sequence > other.sequence
