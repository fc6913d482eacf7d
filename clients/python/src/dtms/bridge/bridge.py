"""The bridge between DTMS and a broker's terminal: it makes one order of each action it is given, reports what came of it,
and tells what is at the broker. It decides nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from google.protobuf.timestamp_pb2 import Timestamp

from dtms.bridge import return_codes as codes
from dtms.bridge.lease_client import AccountReport, HeldLease, LeaseClient
from dtms.bridge.order_of import AtBroker, entries_of, order_of
from dtms.bridge.snapshot_reader import MINUTE, SnapshotReader, SnapshotReaderOptions
from dtms.bridge.terminal import (
    OrderRequest,
    OrderResult,
    Terminal,
    TerminalAccount,
    TerminalError,
    unsent,
    untraded,
)
from dtms.bridge.wire import action_result, stamp
from dtms.errors import DtmsError
from dtms.v1.account_service_pb2 import ACCOUNT_MODE_OBSERVE, ReconcilePositionsResponse, ReportAccountResponse
from dtms.v1.action_service_pb2 import LeasedAction
from dtms.v1.types_pb2 import ACTION_TYPE_CLOSE_HEDGE, ActionResult

log = logging.getLogger("dtms.bridge")

# After the broker said that programs may not trade: the terminal's own word may lag behind that. In seconds.
_DISABLED_FOR = 60.0
CarriedOut = Literal["reported", "lost", "blind"]


def nobody(_error: Exception) -> None:
    """Hears of errors and does nothing."""


@dataclass(frozen=True)
class BridgeOptions:
    """How a bridge works. Periods in seconds."""

    reader: SnapshotReaderOptions = field(default_factory=SnapshotReaderOptions)
    batch: int = 32
    """Actions leased at once by `drain`, which leases at most `rounds` times."""
    rounds: int = 100
    heartbeat_every: float = 5.0
    reconcile_every: float = 30.0
    reconcile_soon: float = 5.0
    """After a snapshot that was incomplete."""
    look_every: float = 1.0
    """How often the newest deals are looked at for closes of the broker's own."""
    stop_within: float = 60.0
    """How long an order under way may take once the bridge was told to stop."""
    last_reports_within: float = 15.0
    """How long a report is still tried once the bridge was told to stop."""
    last_snapshot_at: int | None = None
    """When an earlier run's last complete snapshot was taken (UTC ms): later deals are still to be told."""
    on_snapshot: Callable[[int], None] | None = None
    """Told when the last complete snapshot that DTMS took was taken (UTC ms)."""
    on_error: Callable[[Exception], None] = nobody
    """Hears of every error, from any thread; the bridge goes on."""


@dataclass(frozen=True)
class _Report:
    lease: HeldLease
    result: ActionResult
    occurred_at: Timestamp | None
    looks: bool
    """Whether positions should be reconciled once it is told."""


class Bridge:
    """One account at one terminal. Each step is a method, for programs with a loop of their own; `dtms.bridge.loop` is
    the loop. Steps raise DtmsError and TerminalError.
    """

    def __init__(
        self, leases: LeaseClient, terminal: Terminal, account: str, options: BridgeOptions | None = None
    ) -> None:
        self.leases = leases
        self.options = BridgeOptions() if options is None else options
        self.look_again = threading.Event()
        """Set when positions should be reconciled at once."""
        self.snapshot_taken = False
        """Whether DTMS took the last snapshot as a complete one."""
        self._terminal = terminal
        self._account = account
        self._reader = SnapshotReader(terminal, self.options.reader)
        # Held by who reads the terminal to act on it or to tell it: no snapshot is taken while an order is out.
        self._lock = threading.RLock()
        self._beat_lock = threading.Lock()
        self._unreported: list[_Report] = []
        self._reconciled_at = self.options.last_snapshot_at
        self._disabled_until = 0.0
        self._last_answer: ReportAccountResponse | None = None

    def heartbeat(self) -> AccountReport:
        """Tells DTMS how the account is."""
        with self._beat_lock:
            account = self._terminal.account()
            offset = account.utc_offset_minutes * MINUTE
            operations = account.operations
            report = AccountReport(
                connected=account.connected,
                trade_allowed=account.trade_allowed and time.monotonic() >= self._disabled_until,
                equity=account.equity,
                balance=account.balance,
                operations=None
                if operations is None
                else [replace(told, time=told.time - offset) for told in operations],
                utc_offset_minutes=account.utc_offset_minutes,
                demo=account.demo,
                login=account.login,
                currency=account.currency,
            )
            self._noted(self.leases.heartbeat(report))
            return report

    def drain(self) -> int:
        """Leases, executes and reports until there is nothing left to do, in the order the actions were leased: how many
        results were reported. Stops early when the broker cannot be seen: what is leased and not begun goes back by
        itself. A result that could not be told is told again by the next drain.
        """
        reported = self.report_again()
        for _ in range(self.options.rounds):
            with self._lock:
                if self._seen() is None:
                    return reported
            leases = self.leases.lease(self.options.batch)
            if not leases:
                return reported
            for lease in leases:
                carried_out = self.carry_out(lease)
                if carried_out == "blind":
                    return reported
                reported += carried_out == "reported"
        return reported

    def carry_out(self, lease: HeldLease) -> CarriedOut:
        """One action, from its lease to its report. "blind": the broker could not be seen, and nothing was begun; the
        lease is as it was. Raises DtmsError where the result could not be told; `report_again` tells it again.
        """
        action = lease.action
        name = action.action.action_id
        if action.account != self._account:
            log.error("[%s] is of account %s: left alone", name, action.account)
            return "lost"
        with self._lock:
            account = self._seen()
            if account is None or self._reader.positions() is None:
                return "blind"
            found = self._reader.result_of(action)
            offset = account.utc_offset_minutes * MINUTE
            occurred: int | None = None
            begun = True
            try:
                if not lease.begin():
                    log.info("[%s] is lost", name)
                    return "lost"
            except DtmsError as error:
                if not error.transient:
                    raise
                log.warning("[%s] not begun: %s", name, error)
                begun = False
            # Asked again: others may have closed or added while DTMS was.
            positions = self._reader.positions()
            if found is not None:
                # Also where nobody knows whether it was begun now: what was done is never told as not done.
                opened = next((p for p in positions or () if p.identifier == found.opened_ticket), None)
                result = replace(found, stop_loss=None if opened is None else opened.stop_loss)
                occurred = result.time
                log.warning("[%s] was done before: deal %s", name, found.deal_ticket)
            elif not begun:
                # If it was recorded, this takes the doubt away: nothing was sent, so it may be tried again.
                result = unsent("BeginAction was not answered")
            elif positions is None:
                result = unsent("the terminal does not show its positions")
            else:
                decision = order_of(action, AtBroker(account.margin_mode, positions))
                result = decision if isinstance(decision, OrderResult) else self._sent(name, decision)
                occurred = None if result.time is None else result.time - offset
            if result.opened_ticket == action.ticket:
                # A netting position that grew is the trade's own.
                result = replace(result, opened_ticket=None)
        if result.code in codes.TRADING_DISABLED:
            self._disable()
        result = self._with_price(action, result)
        at = None if occurred is None else stamp(occurred)
        # What it opened is DTMS's to defend at once.
        looks = "IN" in entries_of(action) or _leaves_doubt(result) or _meddled(action, result)
        self._report(_Report(lease, action_result(result), at, looks))
        return "reported"

    def _with_price(self, action: LeasedAction, result: OrderResult) -> OrderResult:
        """Of a position that somebody else closed, at which price: DTMS ends the trade with what this says."""
        if result.code != codes.POSITION_CLOSED or "OUT" not in entries_of(action):
            return result
        try:
            # The broker's own close first: it says why, too.
            self.look()
        except (DtmsError, TerminalError) as error:
            # That it is gone is reported all the same, and what was not told is told by the next drain.
            self.options.on_error(error)
        gone = action.hedge_ticket if action.action.type == ACTION_TYPE_CLOSE_HEDGE else action.ticket
        close = self._reader.last_close(gone)
        return result if close is None else replace(result, price=close.price)

    def reconcile(self) -> ReconcilePositionsResponse | None:
        """Sends what is at the broker, looks once more for what DTMS misses there, and tells the broker's own closes at
        once. Not connected, it sends nothing and answers None. DTMS's last answer.
        """
        first = self._send_snapshot(())
        if first is None or not first.probe:
            return first
        log.info("probing %s", list(first.probe))
        second = self._send_snapshot(first.probe)
        return first if second is None else second

    def look(self) -> None:
        """Looks at the newest deals, and tells the broker's own closes among them."""
        with self._lock:
            self._seen()
        self._tell_closes()

    def report_again(self) -> int:
        """Tells what DTMS could not be told yet: how many."""
        reports = list(self._unreported)
        for report in reports:
            self._tell(report)
        return len(reports)

    @property
    def unreported(self) -> int:
        """Results that DTMS was not told yet."""
        return len(self._unreported)

    def _seen(self) -> TerminalAccount | None:
        """The account, with every deal up to now known; None while the broker cannot be seen."""
        account = self._terminal.account()
        return account if _is_own(account) and self._reader.look(account) else None

    def _sent(self, name: str, request: OrderRequest) -> OrderResult:
        """Sends an order; a terminal that breaks has perhaps sent it."""
        log.info("[%s] order %s", name, request)
        try:
            result = self._terminal.order(request)
        except TerminalError as error:
            result = unsent(str(error))
        except Exception as error:
            log.exception("[%s] the terminal failed", name)
            result = untraded(codes.TIMEOUT, why=f"the terminal failed: {type(error).__name__}")
        log.info("[%s] answer %s", name, result)
        return result

    def _disable(self) -> None:
        """Says that programs may not trade, before the report: no other action is leased meanwhile."""
        self._disabled_until = time.monotonic() + _DISABLED_FOR
        try:
            self.heartbeat()
        except (DtmsError, TerminalError) as error:
            self.options.on_error(error)

    def _report(self, report: _Report) -> None:
        self._unreported.append(report)
        self._tell(report)

    def _tell(self, report: _Report) -> None:
        name = report.lease.action.action.action_id
        try:
            taken = report.lease.report(report.result, occurred_at=report.occurred_at)
        except DtmsError as error:
            if error.transient:
                raise
            # Refused as it stands: repeating it would be refused again, and a snapshot tells what there is to tell.
            log.error("[%s] the report was refused: %s: %s", name, error, report.result)
            self.look_again.set()
            self._unreported.remove(report)
            raise
        self._unreported.remove(report)
        if report.looks:
            # After the report: a snapshot before it would settle nothing.
            self.look_again.set()
        log.info("[%s] %s", name, "reported" if taken else "reported under a lost lease: kept as evidence")

    def _send_snapshot(self, probed: Iterable[int]) -> ReconcilePositionsResponse | None:
        self.snapshot_taken = False
        with self._lock:
            account = self._terminal.account()
            if not _is_own(account):
                return None
            snapshot = self._reader.snapshot(self._reconciled_at, account, probed)
        self._tell_closes()
        answer = self.leases.reconcile(snapshot)
        for refused in answer.rejected:
            log.error("refused of the snapshot: %s %s", refused.field, refused.description)
        if not snapshot.complete:
            log.warning("the snapshot is incomplete: the terminal could not tell all there is")
        elif not answer.rejected:
            self.snapshot_taken = True
            self._reconciled_at = snapshot.taken_at
            if self.options.on_snapshot is not None:
                self.options.on_snapshot(snapshot.taken_at)
        return answer

    def _tell_closes(self) -> None:
        for deal in self._reader.untold:
            try:
                self.leases.closed(deal)
            except DtmsError as error:
                if not error.transient:
                    # Refused as it stands: a snapshot tells what there is to tell.
                    log.error("the close of %s was refused: %s", deal.position_identifier, error)
                    self.look_again.set()
                    self._reader.told(deal)
                raise
            self._reader.told(deal)

    def _noted(self, answer: ReportAccountResponse) -> None:
        """Says what changed of what DTMS lets the bridge do."""
        last, self._last_answer = self._last_answer, answer
        if last is None or last.obstacle != answer.obstacle:
            log.info("DTMS gives %s", f"no work: {answer.obstacle}" if answer.obstacle else "work")
        if answer.mode == ACCOUNT_MODE_OBSERVE and (last is None or last.mode != answer.mode):
            log.warning(
                "DTMS only observes this account and sends no order: dtms accounts enforce %s", self._account
            )


def _is_own(account: TerminalAccount) -> bool:
    """Whether the terminal shows the account the bridge works for."""
    return account.connected and account.login == ""


def _meddled(action: LeasedAction, result: OrderResult) -> bool:
    """Whether somebody closed or added meanwhile, and DTMS reckons with what it knew."""
    if not entries_of(action):
        return False
    part = result.volume is not None and result.volume != action.action.volume
    return result.code == codes.NO_CHANGES or (result.outcome in (None, "DONE") and part)


def _leaves_doubt(result: OrderResult) -> bool:
    """Whether only what is at the broker shows what came of it, or shows it to be another than it was."""
    if result.outcome is not None:
        return result.outcome == "UNKNOWN"
    return result.code in codes.UNSETTLED or result.code == codes.POSITION_CLOSED
