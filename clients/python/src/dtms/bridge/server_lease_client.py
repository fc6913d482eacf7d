"""A lease client of a DTMS server: every step is a call, repeated while the server is away where a repeat has one effect."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Literal, TypeVar

from dtms.bridge import wire
from dtms.bridge.bridge_calls import BridgeCalls
from dtms.bridge.lease_client import AccountReport, HeldLease, Work
from dtms.bridge.snapshot_reader import BrokerSnapshot
from dtms.bridge.terminal import BrokerDeal, DealReason
from dtms.errors import DtmsError
from dtms.v1.account_service_pb2 import (
    ACCOUNT_KIND_PAPER,
    ACCOUNT_KIND_REAL,
    ReconcilePositionsResponse,
    ReportAccountResponse,
)
from dtms.v1.action_service_pb2 import LeaseActionsRequest
from dtms.v1.error_reason_pb2 import (
    ERROR_REASON_BRIDGE_NOT_READY,
    ERROR_REASON_SNAPSHOT_TOO_OLD,
    ERROR_REASON_TRADE_NOT_FOUND,
)
from dtms.v1.trade_service_pb2 import CloseTradeRequest
from dtms.v1.types_pb2 import (
    CLOSE_REASON_BROKER_GONE,
    CLOSE_REASON_STOP_LOSS,
    CLOSE_REASON_TAKE_PROFIT,
    CloseReason,
)

AccountKind = Literal["REAL", "PAPER"]
_KINDS = {"REAL": ACCOUNT_KIND_REAL, "PAPER": ACCOUNT_KIND_PAPER}
_CLOSE_REASONS: dict[DealReason, CloseReason] = {
    "CLIENT": CLOSE_REASON_BROKER_GONE,
    "STOP_LOSS": CLOSE_REASON_STOP_LOSS,
    "TAKE_PROFIT": CLOSE_REASON_TAKE_PROFIT,
    "STOP_OUT": CLOSE_REASON_BROKER_GONE,
}
# Orders go out one after the other: what is held waits behind others.
_HELD = 4
# A snapshot may be large, in seconds.
_SNAPSHOT_TIMEOUT = 30.0
_Answer = TypeVar("_Answer")


class ServerLeaseClient:
    """A LeaseClient. The client stays the caller's."""

    def __init__(self, client: BridgeCalls, account: str, bridge_id: str, kind: AccountKind = "REAL") -> None:
        self._client = client
        self._account = account
        self._bridge_id = bridge_id
        self._kind = _KINDS[kind]
        self._last_report: AccountReport | None = None
        # The number of the last snapshot that was sent.
        self._sequence = 0

    def leases(self, on_break: Callable[[DtmsError], None]) -> AbstractContextManager[Work]:
        return self._client.leases(
            account=self._account, bridge_id=self._bridge_id, max_leases=_HELD, on_break=on_break
        )

    def lease(self, limit: int) -> Sequence[HeldLease]:
        request = LeaseActionsRequest(account=self._account, bridge_id=self._bridge_id, max_leases=limit)
        leased = self._heard(lambda: self._client.drain_leases(request))
        return [self._client.lease_of(action) for action in leased.actions]

    def heartbeat(self, report: AccountReport) -> ReportAccountResponse:
        self._last_report = report
        # One attempt: the next beat says it anew.
        told = wire.heartbeat(self._account, self._bridge_id, self._kind, report)
        return self._client.report_account(told, retry_for=0)

    def reconcile(self, snapshot: BrokerSnapshot) -> ReconcilePositionsResponse:
        # It rises over restarts too; after this machine's clock was put back, the service says where it was.
        self._sequence = max(time.time_ns() // 1_000_000, self._sequence + 1)
        sequence = self._sequence
        told = wire.snapshot(self._account, self._bridge_id, sequence, snapshot)
        try:
            return self._heard(lambda: self._client.reconcile_positions(told, timeout=_SNAPSHOT_TIMEOUT))
        except DtmsError as error:
            if not error.has_reason(ERROR_REASON_SNAPSHOT_TOO_OLD):
                raise
            last = int(error.metadata.get("last_sequence", "0"))
            if last == sequence:
                # This very one was taken, and its answer was lost: the next one asks again.
                return ReconcilePositionsResponse()
            self._sequence = last
            raise

    def closed(self, deal: BrokerDeal) -> None:
        request = CloseTradeRequest(
            account=self._account,
            ticket=deal.position_identifier,
            reason=_CLOSE_REASONS[deal.reason],
            close_price=deal.price,
            occurred_at=wire.stamp(deal.time),
        )
        try:
            self._client.close_trade(request)
        except DtmsError as error:
            # A hedge's leg, or somebody else's position: the next reconciliation tells of it.
            if not error.has_reason(ERROR_REASON_TRADE_NOT_FOUND):
                raise

    def _heard(self, call: Callable[[], _Answer]) -> _Answer:
        """Calls what only a bridge may that the server heard of lately: one that was away hears the last report again."""
        try:
            return call()
        except DtmsError as error:
            if not error.has_reason(ERROR_REASON_BRIDGE_NOT_READY) or self._last_report is None:
                raise
        self.heartbeat(self._last_report)
        return call()
