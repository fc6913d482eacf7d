"""The one place that touches the MetaTrader5 package: one call at a time, answers as records.

A query that failed raises TerminalError; it is never the same as an empty answer.
"""

import importlib
import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from dtms.bridge import TerminalError

from . import codes
from .config import TerminalSettings
from .records import (
    AccountStatus,
    Answer,
    BalanceOperation,
    Bar,
    Deal,
    Position,
    SymbolSpec,
    Tick,
)

log = logging.getLogger(__name__)

# A call that waits longer than this behind another one gives up: the terminal hangs.
PATIENCE_SECONDS = 20.0
# Right after it is connected a terminal may not have the account's positions yet.
SETTLE_SECONDS = 5.0
PAYMENTS = frozenset(
    {
        codes.DEAL_TYPE_BALANCE,
        codes.DEAL_TYPE_CREDIT,
        codes.DEAL_TYPE_CORRECTION,
        codes.DEAL_TYPE_BONUS,
    }
)
HEDGING = codes.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING
# ACCOUNT_TRADE_MODE_DEMO
DEMO = 0
MARKET = codes.SYMBOL_TRADE_EXECUTION_MARKET


def official_package() -> Any:
    """The MetaTrader5 package. Raises TerminalError where it is not there: it is for Windows only."""
    try:
        return importlib.import_module("MetaTrader5")
    except ImportError as error:
        if sys.platform != "win32":
            raise TerminalError(
                "MetaTrader 5 can be reached on Windows only, on the machine of the terminal: "
                "install and run this bridge there"
            ) from error
        raise TerminalError(
            f"the MetaTrader5 package cannot be imported ({error}): pip install MetaTrader5"
        ) from error


class Mt5:
    """One terminal, logged in to one account. Safe to call from several threads."""

    def __init__(
        self,
        package: Any,
        settings: TerminalSettings,
        settle_seconds: float = SETTLE_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._package = package
        self._settings = settings
        self._settle_seconds = settle_seconds
        self._patience_seconds = patience_seconds
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._connected_since: float | None = None

    def connect(self, symbols: Iterable[str]) -> None:
        """Starts or finds the terminal, logs in, and shows the symbols. Raises TerminalError."""
        wanted = self._settings
        arguments: dict[str, Any] = {"login": wanted.login}
        if wanted.password:
            arguments["password"] = wanted.password
        if wanted.server:
            arguments["server"] = wanted.server
        path = (wanted.path,) if wanted.path else ()
        self._connected_since = None
        if not self._call("initialize", *path, **arguments):
            raise TerminalError(f"the terminal cannot be reached: {self._last_error()}")
        login = arguments.pop("login")
        account = self._call("account_info")
        if (account is None or account.login != login) and not self._call(
            "login", login, **arguments
        ):
            raise TerminalError(f"the login to {login} was refused: {self._last_error()}")
        for symbol in symbols:
            if not self._call("symbol_select", symbol, True):
                log.error("the broker has no symbol %s: %s", symbol, self._last_error())

    def close(self) -> None:
        """Lets go of the terminal; it goes on running."""
        try:
            self._call("shutdown")
        except TerminalError as error:
            log.warning("%s", error)

    def status(self) -> AccountStatus:
        """The account and whether it may trade. Raises TerminalError."""
        terminal = self._asked("terminal_info")
        account = self._asked("account_info")
        connected = bool(terminal.connected) and account.login == self._settings.login
        if not connected:
            self._connected_since = None
        elif self._connected_since is None:
            self._connected_since = self._monotonic()
        allowed = terminal.trade_allowed and not getattr(terminal, "tradeapi_disabled", False)
        return AccountStatus(
            login=int(account.login),
            connected=connected,
            trade_allowed=bool(allowed and account.trade_allowed and account.trade_expert),
            equity=float(account.equity),
            balance=float(account.balance),
            margin=float(account.margin),
            hedging=account.margin_mode == HEDGING,
            fifo=bool(getattr(account, "fifo_close", False)),
            # An unknown mode is taken for real money.
            demo=getattr(account, "trade_mode", None) == DEMO,
            currency=_currency(getattr(account, "currency", "")),
        )

    @property
    def synchronised(self) -> bool:
        """True when the last status() found it connected, and it had been for a while."""
        since = self._connected_since
        return since is not None and self._monotonic() - since >= self._settle_seconds

    def spec(self, symbol: str) -> SymbolSpec:
        """The symbol's contract terms; points become prices here. Raises TerminalError."""
        info = self._asked("symbol_info", symbol)
        point = float(info.point)
        initial = float(getattr(info, "margin_initial", 0.0))
        one_leg = initial if initial > 0 else float(info.trade_contract_size)
        return SymbolSpec(
            name=symbol,
            digits=int(info.digits),
            point=point,
            tick_size=float(info.trade_tick_size) or point,
            volume_min=float(info.volume_min),
            volume_step=float(info.volume_step),
            volume_max=float(info.volume_max),
            stops_level=round(info.trade_stops_level * point, info.digits),
            freeze_level=round(info.trade_freeze_level * point, info.digits),
            contract_size=float(info.trade_contract_size),
            filling_mode=int(info.filling_mode),
            market_execution=info.trade_exemode == MARKET,
            tick_value=float(getattr(info, "trade_tick_value", 0.0)),
            profit_currency=_currency(getattr(info, "currency_profit", "")),
            hedge_adds_margin=float(getattr(info, "margin_hedged", 0.0)) > one_leg,
        )

    def tick(self, symbol: str) -> Tick | None:
        """The last quote; None before the first of the day. Raises TerminalError."""
        tick = self._asked("symbol_info_tick", symbol)
        if tick.bid <= 0 or tick.ask < tick.bid:
            return None
        return Tick(bid=float(tick.bid), ask=float(tick.ask), time_msc=int(tick.time_msc))

    def positions(self) -> tuple[Position, ...]:
        """Every open position. Raises TerminalError: None from the package is a failed query."""
        return tuple(_position(raw) for raw in self._asked("positions_get"))

    def working_comments(self) -> frozenset[str]:
        """The comments of orders that the broker has and has not filled. Raises TerminalError."""
        return frozenset(order.comment for order in self._asked("orders_get"))

    def is_working(self, order: int) -> bool:
        """Whether the broker still has an order at work. Raises TerminalError."""
        return any(int(working.ticket) == order for working in self._asked("orders_get"))

    def deals(self, from_seconds: int, to_seconds: int) -> tuple[Deal, ...]:
        """Trades of a time (server seconds) with their orders' comments. Raises TerminalError."""
        orders = self._asked("history_orders_get", from_seconds, to_seconds)
        return _deals(self._asked("history_deals_get", from_seconds, to_seconds), orders)

    def deals_of_position(self, identifier: int) -> tuple[Deal, ...]:
        """Every trade of a position, whenever it was. Raises TerminalError."""
        orders = self._asked("history_orders_get", position=identifier)
        return _deals(self._asked("history_deals_get", position=identifier), orders)

    def deals_of_order(self, order: int) -> tuple[Deal, ...]:
        """The trades that an order made. Raises TerminalError."""
        return _deals(self._asked("history_deals_get", ticket=order), ())

    def ledger(
        self, from_seconds: int, to_seconds: int
    ) -> tuple[float, tuple[BalanceOperation, ...]]:
        """By how much all deals of a time (server seconds) moved the balance, and the balance
        operations among them, oldest first. Raises TerminalError.
        """
        deals = self._asked("history_deals_get", from_seconds, to_seconds)
        # Credit is part of the equity, not of the balance.
        moved = sum(_money(raw) for raw in deals if raw.type != codes.DEAL_TYPE_CREDIT)
        operations = [
            BalanceOperation(
                ticket=int(raw.ticket),
                type=int(raw.type),
                amount=float(raw.profit),
                time_msc=int(raw.time_msc),
            )
            for raw in deals
            if raw.type in PAYMENTS
        ]
        return moved, tuple(sorted(operations, key=lambda one: (one.time_msc, one.ticket)))

    def bars(self, symbol: str, timeframe: int, count: int) -> tuple[tuple[Bar, ...], int]:
        """The last closed bars, oldest first, and when the forming one opened (server seconds).

        Position 0 is the forming bar; the package puts it last. Raises TerminalError.
        """
        rates = self._asked("copy_rates_from_pos", symbol, timeframe, 0, count + 1)
        bars = [
            Bar(
                time=int(rate["time"]),
                open=float(rate["open"]),
                high=float(rate["high"]),
                low=float(rate["low"]),
                close=float(rate["close"]),
                tick_volume=float(rate["tick_volume"]),
            )
            for rate in rates
        ]
        if not bars:
            raise TerminalError(f"the terminal has no bars of {symbol} yet")
        return tuple(bars[:-1]), bars[-1].time

    def check(self, request: dict[str, Any]) -> Answer:
        """What the terminal thinks of a request; nothing is sent. Raises TerminalError."""
        return _answer(self._asked("order_check", request))

    def send(self, request: dict[str, Any]) -> Answer | None:
        """Sends an order. None: it is not known whether the broker has it.

        Raises TerminalError only when it surely was not sent.
        """
        if not self._lock.acquire(timeout=self._patience_seconds):
            raise TerminalError("the terminal hangs in another call")
        try:
            answer = self._package.order_send(request)
            if answer is None:
                log.error("order_send did not answer: %s", self._package.last_error())
                return None
            return _answer(answer)
        except Exception:
            log.exception("order_send broke off")
            return None
        finally:
            self._lock.release()

    def _asked(self, name: str, *arguments: Any, **named: Any) -> Any:
        """An answer that is not None; an empty one is an answer."""
        answer = self._call(name, *arguments, **named)
        if answer is None:
            raise TerminalError(f"{name} failed: {self._last_error()}")
        return answer

    def _call(self, name: str, *arguments: Any, **named: Any) -> Any:
        if not self._lock.acquire(timeout=self._patience_seconds):
            raise TerminalError(f"{name}: the terminal hangs in another call")
        try:
            return getattr(self._package, name)(*arguments, **named)
        except Exception as error:
            raise TerminalError(f"{name} broke off: {error}") from error
        finally:
            self._lock.release()

    def _last_error(self) -> str:
        try:
            return str(self._call("last_error"))
        except TerminalError as error:
            return str(error)


def _position(raw: Any) -> Position:
    return Position(
        ticket=int(raw.ticket),
        identifier=int(raw.identifier),
        symbol=str(raw.symbol),
        type=int(raw.type),
        volume=float(raw.volume),
        price_open=float(raw.price_open),
        sl=float(raw.sl),
        tp=float(raw.tp),
        magic=int(raw.magic),
        comment=str(raw.comment),
        time_msc=int(raw.time_msc),
        swap=float(raw.swap),
    )


def _deals(raw_deals: Any, raw_orders: Any) -> tuple[Deal, ...]:
    """Buys and sells only: balance, credit and commission entries are no trades."""
    comments = {int(order.ticket): str(order.comment) for order in raw_orders}
    return tuple(
        Deal(
            ticket=int(raw.ticket),
            order=int(raw.order),
            position_id=int(raw.position_id),
            symbol=str(raw.symbol),
            type=int(raw.type),
            entry=int(raw.entry),
            reason=int(raw.reason),
            volume=float(raw.volume),
            price=float(raw.price),
            magic=int(raw.magic),
            order_comment=comments.get(int(raw.order)) or str(raw.comment),
            time_msc=int(raw.time_msc),
            profit=float(raw.profit),
            commission=float(raw.commission),
            swap=float(raw.swap),
            fee=_fee(raw),
        )
        for raw in raw_deals
        if raw.type in (codes.DEAL_TYPE_BUY, codes.DEAL_TYPE_SELL) and raw.volume > 0
    )


def _money(raw: Any) -> float:
    """What a deal did to the balance."""
    return float(raw.profit + raw.swap + raw.commission + _fee(raw))


def _fee(raw: Any) -> float:
    """Not every build of the terminal knows fees."""
    return float(getattr(raw, "fee", 0.0))


def _answer(raw: Any) -> Answer:
    return Answer(
        retcode=int(raw.retcode),
        comment=str(raw.comment),
        deal=int(getattr(raw, "deal", 0)),
        order=int(getattr(raw, "order", 0)),
        volume=float(getattr(raw, "volume", 0.0)),
        price=float(getattr(raw, "price", 0.0)),
    )


def _currency(name: str) -> str:
    """A currency's name as DTMS takes it; empty where it does not."""
    return name if re.fullmatch("[A-Z]{3,5}", name) else ""
