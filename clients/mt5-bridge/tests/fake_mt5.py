"""A scripted stand-in for the MetaTrader5 module, its terminal and its broker.

The functions, field names and result codes are the official package's, and so are the quirks that
matter: None for a failed query and () for none, position identifiers beside tickets, server time
passed off as UTC, comments cut off at 31 characters, a close without a position that opens a new
one, netting. What a test wants to go wrong it appends to `script`. The broker outlives a bridge:
two bridges in turn may use the same instance.
"""

import time
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

AccountInfo = namedtuple(
    "AccountInfo",
    "login trade_allowed trade_expert trade_mode margin_mode fifo_close balance equity margin server currency",
)
TerminalInfo = namedtuple("TerminalInfo", "connected trade_allowed tradeapi_disabled")
TickInfo = namedtuple("TickInfo", "time bid ask last volume time_msc flags volume_real")
OrderSendResult = namedtuple(
    "OrderSendResult",
    "retcode deal order volume price bid ask comment request_id retcode_external request",
)
OrderCheckResult = namedtuple(
    "OrderCheckResult",
    "retcode balance equity profit margin margin_free margin_level comment request",
)
TradeOrder = namedtuple("TradeOrder", "ticket symbol type magic comment state position_id")

BUY, SELL = 0, 1
SPREAD_POINTS = 20


@dataclass
class SymbolInfo:
    name: str = "XAUUSDc"
    digits: int = 2
    point: float = 0.01
    trade_tick_size: float = 0.01
    volume_min: float = 0.01
    volume_step: float = 0.01
    volume_max: float = 50.0
    trade_stops_level: int = 50
    trade_freeze_level: int = 10
    trade_contract_size: float = 100.0
    filling_mode: int = 3
    trade_exemode: int = 2
    margin_initial: float = 0.0
    margin_hedged: float = 100.0
    trade_tick_value: float = 1.0


@dataclass
class TradePosition:
    ticket: int
    identifier: int
    symbol: str
    type: int
    volume: float
    price_open: float
    sl: float
    tp: float
    magic: int
    comment: str
    time_msc: int
    swap: float = 0.0


@dataclass
class TradeDeal:
    ticket: int
    order: int
    position_id: int
    symbol: str
    type: int
    entry: int
    reason: int
    volume: float
    price: float
    magic: int
    comment: str
    time_msc: int
    profit: float = 0.0
    swap: float = 0.0
    commission: float = 0.0
    fee: float = 0.0


@dataclass
class Fault:
    """What becomes of one order_send. `code` None answers None; `fills` says whether the order is
    executed.
    """

    code: int | None
    fills: bool = False
    raises: bool = False
    # The share of the volume that is filled, rounded down to hundredths of a lot.
    part: float = 1.0


class Rates(list[Any]):
    """Like a numpy array: its truth is not asked for, its rows are read by field name."""

    def __bool__(self) -> bool:
        raise ValueError("the truth value of an array with more than one element is ambiguous")


@dataclass
class FakeMt5:
    """One terminal with one account. `utc` is the true time in seconds; the broker's is offset from
    it.
    """

    login_number: int = 12345678
    margin_mode: int = 2
    # 0 is a demo account, 1 a contest, 2 a real one; None one that no version knows.
    trade_mode: int | None = 0
    offset_minutes: int = 180
    utc: float = field(default_factory=time.time)
    bid: float = 2650.00
    symbols: dict[str, SymbolInfo] = field(default_factory=lambda: {"XAUUSDc": SymbolInfo()})
    connected: bool = True
    trade_allowed: bool = True
    equity: float = 10_000.0
    # Refusals by order_check: a retcode per filling mode, or for all of them.
    check_codes: dict[int, int] = field(default_factory=dict)
    # Names of functions whose next calls fail, with how often.
    failing: dict[str, int] = field(default_factory=dict)
    script: list[Fault] = field(default_factory=list)
    # Every request that reached order_send.
    requests: list[dict[str, Any]] = field(default_factory=list)
    # Executions per comment: what a test proves to be at most one.
    ledger: dict[str, int] = field(default_factory=dict)
    positions: list[TradePosition] = field(default_factory=list)
    deals: list[TradeDeal] = field(default_factory=list)
    orders: list[TradeOrder] = field(default_factory=list)
    working: list[TradeOrder] = field(default_factory=list)
    bars: dict[tuple[str, int], list[dict[str, float]]] = field(default_factory=dict)
    # Some brokers put the comment on the order only.
    deals_have_comments: bool = True
    # Right after its start a terminal knows the account's money before its positions.
    hides_positions: bool = False
    # What happens right after an order was executed.
    after_order: Callable[[], None] = lambda: None
    # Deals that the terminal's history does not show yet: it lags so many queries behind.
    history_lag: int = 0
    tick_ms: int = 0
    _next: int = 5_000_000
    _error: tuple[int, str] = (1, "Success")

    # -- the broker, for the test that scripts it

    def server_ms(self) -> int:
        return int(self.utc * 1000) + self.offset_minutes * 60_000

    def tick(self, seconds: float = 1.0, bid: float | None = None) -> None:
        """Time passes and a quote arrives."""
        self.utc += seconds
        self.bid = self.bid if bid is None else bid
        self.tick_ms = self.server_ms()

    @property
    def ask(self) -> float:
        return round(self.bid + SPREAD_POINTS * 0.01, 2)

    def open(
        self,
        kind: int,
        volume: float,
        sl: float = 0.0,
        tp: float = 0.0,
        magic: int = 7,
        **more: Any,
    ) -> TradePosition:
        """A position that was there before, opened by somebody."""
        ticket = self._number()
        position = TradePosition(
            ticket=ticket,
            identifier=ticket,
            symbol=more.get("symbol", "XAUUSDc"),
            type=kind,
            volume=volume,
            price_open=self.ask if kind == BUY else self.bid,
            sl=sl,
            tp=tp,
            magic=magic,
            comment=more.get("comment", "strategy"),
            time_msc=self.server_ms(),
        )
        self.positions.append(position)
        self._deal(ticket, position, kind, 0, volume, position.price_open, position.comment, magic)
        return position

    def hit_stop(self, position: TradePosition) -> TradeDeal:
        """The broker closes a position at its stop; the deal carries the position's comment."""
        self.positions.remove(position)
        return self._deal(
            self._number(),
            position,
            1 - position.type,
            1,
            position.volume,
            position.sl,
            position.comment,
            position.magic,
            reason=4,
        )

    def close_part(self, position: TradePosition, volume: float) -> TradeDeal:
        """Somebody closes so many lots of a position."""
        position.volume = round(position.volume - volume, 2)
        if position.volume == 0:
            self.positions.remove(position)
        return self._deal(
            self._number(), position, 1 - position.type, 1, volume, self.bid, position.comment, position.magic
        )

    def fill_rest(self) -> None:
        """The broker fills what is left of a close that is at work."""
        order = self.working.pop()
        position = next(p for p in self.positions if p.identifier == order.position_id)
        self.positions.remove(position)
        price, volume = self.bid, position.volume
        self._deal(order.ticket, position, order.type, 1, volume, price, order.comment, order.magic)

    def pay(self, amount: float, kind: int = 2) -> TradeDeal:
        """Money is paid in or out: a deal of no position and no symbol."""
        self.equity += amount
        ticket = self._number()
        deal = TradeDeal(
            ticket=ticket,
            order=0,
            position_id=0,
            symbol="",
            type=kind,
            entry=0,
            reason=0,
            volume=0.0,
            price=0.0,
            magic=0,
            comment="deposit",
            time_msc=self.server_ms(),
            profit=amount,
        )
        self.deals.append(deal)
        return deal

    # -- the module's functions

    def initialize(self, *path: str, **arguments: Any) -> bool:
        return not self._fails("initialize") and (
            arguments.get("login") == self.login_number or "password" not in arguments
        )

    def login(self, login: int, **arguments: Any) -> bool:
        return not self._fails("login") and login == self.login_number

    def shutdown(self) -> None:
        return None

    def last_error(self) -> tuple[int, str]:
        return self._error

    def account_info(self) -> AccountInfo | None:
        if self._fails("account_info"):
            return None
        margin = sum(position.volume for position in self.positions) * 100
        return AccountInfo(
            login=self.login_number,
            trade_allowed=True,
            trade_expert=True,
            trade_mode=self.trade_mode,
            margin_mode=self.margin_mode,
            fifo_close=False,
            balance=self.equity,
            equity=self.equity,
            margin=margin,
            server="Broker-Demo",
            currency="USD",
        )

    def terminal_info(self) -> TerminalInfo | None:
        if self._fails("terminal_info"):
            return None
        return TerminalInfo(self.connected, self.trade_allowed, False)

    def symbol_select(self, symbol: str, enable: bool = True) -> bool:
        return symbol in self.symbols

    def symbol_info(self, symbol: str) -> SymbolInfo | None:
        return None if self._fails("symbol_info") else self.symbols.get(symbol)

    def symbol_info_tick(self, symbol: str) -> TickInfo | None:
        if self._fails("symbol_info_tick") or symbol not in self.symbols:
            return None
        return TickInfo(self.tick_ms // 1000, self.bid, self.ask, 0.0, 0, self.tick_ms, 6, 0.0)

    def positions_get(self, **arguments: Any) -> tuple[TradePosition, ...] | None:
        if self._fails("positions_get"):
            return None
        if self.hides_positions:
            return ()
        return tuple(TradePosition(**vars(position)) for position in self.positions)

    def orders_get(self, **arguments: Any) -> tuple[TradeOrder, ...] | None:
        return None if self._fails("orders_get") else tuple(self.working)

    def history_orders_get(self, *span: int, **arguments: int) -> tuple[TradeOrder, ...] | None:
        return None if self._fails("history_orders_get") else tuple(self.orders)

    def history_deals_get(self, *span: int, **arguments: int) -> tuple[TradeDeal, ...] | None:
        if self._fails("history_deals_get"):
            return None
        deals = [TradeDeal(**vars(deal)) for deal in self.deals]
        if self.history_lag > 0:
            self.history_lag -= 1
            deals = deals[:-1]
        if "position" in arguments:
            return tuple(d for d in deals if d.position_id == arguments["position"])
        if "ticket" in arguments:
            return tuple(d for d in deals if d.order == arguments["ticket"])
        low, high = span
        return tuple(d for d in deals if low * 1000 <= d.time_msc <= high * 1000)

    def copy_rates_from_pos(
        self, symbol: str, timeframe: int, start: int, count: int
    ) -> Rates | None:
        if self._fails("copy_rates_from_pos"):
            return None
        bars = self.bars.get((symbol, timeframe), [])
        end = len(bars) - start
        return Rates(bars[max(0, end - count) : end])

    def order_check(self, request: dict[str, Any]) -> OrderCheckResult | None:
        if self._fails("order_check"):
            return None
        allowed = self.symbols[request["symbol"]].filling_mode
        flag = {0: 1, 1: 2}.get(request["type_filling"], 0)
        code = self.check_codes.get(request["type_filling"], 0 if flag & allowed else 10030)
        return OrderCheckResult(code, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, f"check {code}", request)

    def order_send(self, request: dict[str, Any]) -> OrderSendResult | None:
        self.requests.append(dict(request))
        if not self.trade_allowed:
            return self._result(10027, request, "AutoTrading disabled by client")
        fault = self.script.pop(0) if self.script else None
        if fault is not None and not fault.fills:
            return self._broken(fault, None, request)
        result = self._execute(request, 1.0 if fault is None else fault.part)
        self.after_order()
        return result if fault is None else self._broken(fault, result, request)

    # -- inside

    def _broken(
        self, fault: Fault, result: OrderSendResult | None, request: dict[str, Any]
    ) -> OrderSendResult | None:
        if fault.raises:
            raise OSError("the pipe to the terminal broke")
        if fault.code is None:
            self._error = (-10005, "Internal timeout")
            return None
        if fault.code in (10008, 10009, 10010) and result is not None:
            return result._replace(retcode=fault.code)
        return self._result(fault.code, request, f"refused {fault.code}")

    def _execute(self, request: dict[str, Any], part: float) -> OrderSendResult:
        if request["action"] == 6:
            return self._modify(request)
        if request["action"] == 8:
            return self._remove(request)
        price = self.ask if request["type"] == BUY else self.bid
        wanted = request["volume"]
        volume = wanted if part == 1.0 else int(wanted * part * 100) / 100
        named = [p for p in self.positions if p.ticket == request.get("position")]
        if "position" in request and not named:
            return self._result(10036, request, "Position closed")
        if "sl" in request and self._too_near(request["type"], request["sl"]):
            return self._result(10016, request, "Invalid stops")
        comment = request["comment"][:31]
        self.ledger[comment] = self.ledger.get(comment, 0) + 1
        order = self._number()
        netted = [p for p in self.positions if p.symbol == request["symbol"]]
        if self.margin_mode != 2 and netted and not named:
            named = netted if netted[0].type != request["type"] else []
            if not named:
                deal = self._add(netted[0], order, request, volume, price)
                return self._result(10009, request, "Done", deal.ticket, order, volume, price)
        if named:
            deal = self._reduce(named[0], order, request, volume, price)
        else:
            # Also what a close without its position comes to.
            deal = self._open_by(order, request, volume, price)
        code = 10009 if volume == wanted else 10010
        if code == 10010 and request.get("type_filling") == 2:
            rest = (request["symbol"], request["type"], request["magic"], comment, 3)
            self.working.append(TradeOrder(order, *rest, deal.position_id))
        return self._result(code, request, "Request executed", deal.ticket, order, volume, price)

    def _remove(self, request: dict[str, Any]) -> OrderSendResult:
        left = [order for order in self.working if order.ticket != request["order"]]
        if len(left) == len(self.working):
            return self._result(10013, request, "Invalid request")
        self.working = left
        return self._result(10009, request, "Request executed")

    def _modify(self, request: dict[str, Any]) -> OrderSendResult:
        position = next((p for p in self.positions if p.ticket == request["position"]), None)
        if position is None:
            return self._result(10036, request, "Position closed")
        if (position.sl, position.tp) == (request["sl"], request["tp"]):
            return self._result(10025, request, "No changes")
        if self._too_near(position.type, request["sl"]):
            return self._result(10016, request, "Invalid stops")
        position.sl, position.tp = request["sl"], request["tp"]
        comment = request["comment"]
        self.ledger[comment] = self.ledger.get(comment, 0) + 1
        return self._result(10009, request, "Request executed")

    def _too_near(self, kind: int, stop: float) -> bool:
        distance = self.bid - stop if kind == BUY else stop - self.ask
        return stop > 0 and distance < 50 * 0.01

    def _open_by(
        self, order: int, request: dict[str, Any], volume: float, price: float
    ) -> TradeDeal:
        position = TradePosition(
            ticket=order,
            identifier=order,
            symbol=request["symbol"],
            type=request["type"],
            volume=volume,
            price_open=price,
            sl=request.get("sl", 0.0),
            tp=request.get("tp", 0.0),
            magic=request["magic"],
            comment=request["comment"][:31],
            time_msc=self.server_ms(),
        )
        self.positions.append(position)
        return self._dealt(order, position, request, 0, volume, price)

    def _add(
        self,
        position: TradePosition,
        order: int,
        request: dict[str, Any],
        volume: float,
        price: float,
    ) -> TradeDeal:
        position.volume = round(position.volume + volume, 2)
        position.sl = request.get("sl", position.sl)
        position.tp = request.get("tp", 0.0)
        return self._dealt(order, position, request, 0, volume, price)

    def _reduce(
        self,
        position: TradePosition,
        order: int,
        request: dict[str, Any],
        volume: float,
        price: float,
    ) -> TradeDeal:
        left = round(position.volume - volume, 2)
        if left > 0:
            position.volume = left
        else:
            self.positions.remove(position)
        return self._dealt(order, position, request, 1 if left >= 0 else 2, volume, price)

    def _dealt(
        self,
        order: int,
        position: TradePosition,
        request: dict[str, Any],
        entry: int,
        volume: float,
        price: float,
    ) -> TradeDeal:
        comment, magic = request["comment"][:31], request["magic"]
        self.orders.append(
            TradeOrder(
                order, request["symbol"], request["type"], magic, comment, 4, position.identifier
            )
        )
        return self._deal(order, position, request["type"], entry, volume, price, comment, magic)

    def _deal(
        self,
        order: int,
        position: TradePosition,
        kind: int,
        entry: int,
        volume: float,
        price: float,
        comment: str,
        magic: int,
        reason: int = 3,
    ) -> TradeDeal:
        deal = TradeDeal(
            ticket=self._number(),
            order=order,
            position_id=position.identifier,
            symbol=position.symbol,
            type=kind,
            entry=entry,
            reason=reason,
            volume=volume,
            price=price,
            magic=magic,
            comment=comment if self.deals_have_comments else "",
            time_msc=self.server_ms(),
        )
        self.deals.append(deal)
        return deal

    def _result(
        self,
        code: int,
        request: dict[str, Any],
        comment: str,
        deal: int = 0,
        order: int = 0,
        volume: float = 0.0,
        price: float = 0.0,
    ) -> OrderSendResult:
        return OrderSendResult(
            code, deal, order, volume, price, self.bid, self.ask, comment, 1, 0, request
        )

    def _number(self) -> int:
        self._next += 1
        return self._next

    def _fails(self, name: str) -> bool:
        left = self.failing.get(name, 0)
        if left == 0:
            return False
        self.failing[name] = left - 1
        self._error = (-10004, "No IPC connection")
        return True
