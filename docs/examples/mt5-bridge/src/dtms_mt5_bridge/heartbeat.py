"""Tells DTMS every few seconds that the bridge lives, whether it may trade, and how it stands."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from dtms.v1 import account_service_pb2 as accounts

from . import wire
from .clock import BrokerClock
from .payments import Payments
from .records import AccountStatus, BalanceOperation
from .server import Server
from .terminal import Terminal, TerminalError

log = logging.getLogger(__name__)

# After the broker said that programs may not trade: the terminal's own flags may lag behind that.
DISABLED_SECONDS = 60.0


class Heart:
    """Beats once per `beat`. Also the one that brings a lost terminal back."""

    def __init__(
        self,
        terminal: Terminal,
        clock: BrokerClock,
        server: Server,
        account: str,
        login: int,
        symbols: Iterable[str],
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._terminal = terminal
        self._clock = clock
        self._server = server
        self._account = account
        self._login = login
        self._symbols = tuple(symbols)
        self._now = now
        self._monotonic = monotonic
        self._payments = Payments(terminal, clock, now)
        self._operations: tuple[BalanceOperation, ...] = ()
        self._last: AccountStatus | None = None
        self._disabled_until = 0.0
        self._obstacle = ""
        self._mode = accounts.ACCOUNT_MODE_UNSPECIFIED
        self._lock = threading.Lock()

    def disable(self) -> None:
        """The broker refused an order because programs may not trade: says so from the next beat
        on.
        """
        self._disabled_until = self._monotonic() + DISABLED_SECONDS

    def beat(self) -> bool:
        """True when the terminal has come (back) to the broker since the last beat. Raises
        grpc.RpcError.
        """
        with self._lock:
            return self._beat()

    def _beat(self) -> bool:
        was_connected = self._last is not None and self._last.connected
        status = self._status()
        money = status or self._last
        if money is None:
            # A made-up balance would trip the rails; without a heartbeat no work comes, which is
            # right.
            return False
        connected = status is not None and status.connected
        knows_clock = self._clock.offset_minutes is not None
        offset = self._clock.offset_minutes or 0
        request = accounts.ReportAccountRequest(
            terminal_account=self._account if money.login == self._login else str(money.login),
            connected=connected,
            trade_allowed=connected and self._may_trade(money),
            equity=money.equity,
            balance=money.balance,
            utc_offset_minutes=offset,
            demo=money.demo,
            reported_at=wire.timestamp(int(self._now() * 1000)),
            # Without the broker's clock nobody knows when they were made.
            tells_operations=knows_clock,
            operations=[wire.operation(told, offset) for told in self._operations if knows_clock],
        )
        if status is None and self._last is not None:
            self._last = _disconnected(self._last)
        answer = self._server.heartbeat(request)
        if answer.obstacle != self._obstacle:
            self._obstacle = answer.obstacle
            log.info("DTMS gives %s", f"no work: {answer.obstacle}" if answer.obstacle else "work")
        if answer.mode != self._mode:
            self._mode = answer.mode
            if answer.mode == accounts.ACCOUNT_MODE_OBSERVE:
                log.warning(
                    "DTMS only observes this account and sends no order: dtms accounts enforce %s",
                    self._account,
                )
        return connected and not was_connected

    def _may_trade(self, status: AccountStatus) -> bool:
        if self._clock.offset_minutes is None or self._monotonic() < self._disabled_until:
            return False
        return status.trade_allowed

    def _status(self) -> AccountStatus | None:
        """None when the terminal does not answer, or answers what cannot be the account's money."""
        try:
            status, self._operations = self._payments.status()
        except TerminalError as error:
            log.warning("%s; connecting again", error)
            return self._connected_again()
        if status.connected and status.equity == 0 and status.balance == 0:
            log.warning("the terminal tells no balance yet")
            return None
        if status.connected or self._last is None:
            self._last = status
            return status
        # Not connected, its money may be another account's or none at all.
        self._last = _disconnected(self._last)
        return self._last

    def _connected_again(self) -> AccountStatus | None:
        try:
            self._terminal.connect(self._symbols)
        except TerminalError as error:
            log.warning("%s", error)
        return None


def _disconnected(status: AccountStatus) -> AccountStatus:
    return replace(status, connected=False, trade_allowed=False)
