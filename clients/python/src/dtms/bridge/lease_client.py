"""What a bridge asks of DTMS: it is given leases, says when it begins one, reports what the broker answered, and tells what
is at the broker. Every method raises DtmsError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from dtms.bridge.snapshot_reader import BrokerSnapshot
from dtms.bridge.terminal import BalanceOperation, BrokerDeal
from dtms.errors import DtmsError
from dtms.v1.account_service_pb2 import ReconcilePositionsResponse, ReportAccountResponse
from dtms.v1.action_service_pb2 import LeasedAction
from dtms.v1.types_pb2 import ActionResult


@dataclass(frozen=True)
class AccountReport:
    """How the account is. Money in its currency, times UTC ms."""

    connected: bool
    trade_allowed: bool
    equity: float
    balance: float
    operations: Sequence[BalanceOperation] | None
    """Balance operations in them; None when the terminal does not show them."""
    utc_offset_minutes: int
    """The broker's clock against UTC."""
    demo: bool = False
    login: str = ""
    currency: str = ""
    """Of the money, such as USD; empty where the terminal does not tell."""


class HeldLease(Protocol):
    """What a bridge needs of a lease; `Lease` is one."""

    @property
    def action(self) -> LeasedAction: ...

    @property
    def over(self) -> bool: ...

    def begin(self) -> bool: ...

    def report(self, result: ActionResult, *, occurred_at: Timestamp | None = None) -> bool: ...


class Work(Protocol):
    """Leases as they are given, until any thread cancels it."""

    def __iter__(self) -> Iterator[HeldLease]: ...

    def cancel(self) -> None: ...


class LeaseClient(Protocol):
    """DTMS, as a bridge for one account sees it."""

    def leases(self, on_break: Callable[[DtmsError], None]) -> AbstractContextManager[Work]: ...

    def lease(self, limit: int) -> Sequence[HeldLease]:
        """Leases at most `limit` actions now; none when nothing is to do. Nobody extends them."""

    def heartbeat(self, report: AccountReport) -> ReportAccountResponse: ...

    def reconcile(self, snapshot: BrokerSnapshot) -> ReconcilePositionsResponse: ...

    def closed(self, deal: BrokerDeal) -> None:
        """The broker closed a position for a reason of its own (stop, target)."""
