"""What a bridge asks of a client. DtmsClient is one; each call raises DtmsError."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from dtms.bridge.lease_client import HeldLease, Work
from dtms.errors import DtmsError
from dtms.v1.account_service_pb2 import (
    ReconcilePositionsRequest,
    ReconcilePositionsResponse,
    ReportAccountRequest,
    ReportAccountResponse,
    UpsertAccountRequest,
)
from dtms.v1.action_service_pb2 import LeaseActionsRequest, LeaseActionsResponse, LeasedAction
from dtms.v1.market_data_service_pb2 import UpsertInstrumentsRequest
from dtms.v1.trade_service_pb2 import CloseTradeRequest


class BridgeCalls(Protocol):
    """The calls of one bridge. Timeouts and patience in seconds."""

    def leases(
        self, *, account: str, bridge_id: str, max_leases: int, on_break: Callable[[DtmsError], None]
    ) -> AbstractContextManager[Work]: ...

    def lease_of(self, action: LeasedAction) -> HeldLease: ...

    def drain_leases(self, request: LeaseActionsRequest) -> LeaseActionsResponse: ...

    def report_account(self, request: ReportAccountRequest, *, retry_for: float) -> ReportAccountResponse: ...

    def reconcile_positions(
        self, request: ReconcilePositionsRequest, *, timeout: float
    ) -> ReconcilePositionsResponse: ...

    def close_trade(self, request: CloseTradeRequest) -> object: ...

    def upsert_account(self, request: UpsertAccountRequest) -> object: ...

    def upsert_instruments(self, request: UpsertInstrumentsRequest) -> object: ...
