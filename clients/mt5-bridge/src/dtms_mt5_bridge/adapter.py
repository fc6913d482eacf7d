"""The terminal as a bridge knows it: one order of each request, answers that say what is not known, times at one offset.

Nothing here tries again. Whether an order is tried again is decided by DTMS, which knows what the answer means.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from dtms.bridge import (
    BalanceOperation,
    BrokerPosition,
    DealRequest,
    DealsAnswer,
    OrderRequest,
    OrderResult,
    PositionsAnswer,
    StopsRequest,
    TerminalAccount,
    TerminalError,
    unsent,
    untraded,
)

from . import codes, convert, orders
from .booked import BookedMoney
from .clock import BrokerClock
from .config import Settings
from .mt5 import Mt5
from .payments import Payments
from .records import AccountStatus, Answer, Deal, Position, SymbolSpec
from .records import BalanceOperation as Operation

log = logging.getLogger(__name__)

MINUTE_MS = 60_000
DAY_SECONDS = 24 * 60 * 60
# Above any change of the offset.
CLOCK_CHANGE_SECONDS = 2 * 60 * 60
# The terminal's history may lag a fill by a moment.
FILL_LOOKS = 5
FILL_WAIT_SECONDS = 0.2


class Mt5Terminal:
    """A `dtms.bridge.Terminal` (and `TellsHistory`). Its times are the server's wall clock at the present offset, also of
    what was before the clock was changed."""

    def __init__(
        self,
        mt5: Mt5,
        clock: BrokerClock,
        settings: Settings,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._mt5 = mt5
        self._clock = clock
        self._login = settings.terminal.login
        self._deviation_points = settings.terminal.deviation_points
        self._names = tuple(symbol.name for symbol in settings.symbols)
        self._now = now
        self._sleep = sleep
        self._payments = Payments(mt5, clock, now)
        self._booked = BookedMoney(mt5.deals_of_position, self._open_lots)
        self._last: AccountStatus | None = None
        self._account_lock = threading.Lock()
        self.symbols: frozenset[str] = frozenset()
        """Of the positions that were open when they were asked for last."""

    def order(self, request: OrderRequest) -> OrderResult:
        try:
            prepared = self._prepared(request)
        except TerminalError as error:
            return unsent(str(error))
        if isinstance(prepared, OrderResult):
            return prepared
        try:
            answer = self._mt5.send(prepared.request)
        except TerminalError as error:
            return unsent(str(error))
        try:
            return self._read(request, prepared, answer)
        except Exception as error:
            # The order is out: whatever failed since, it may have been done.
            log.exception("the answer could not be read")
            why = f"the answer could not be read: {type(error).__name__}"
            return untraded(codes.TRADE_RETCODE_TIMEOUT, why=why)

    def positions(self) -> PositionsAnswer:
        try:
            raw = self._mt5.positions()
            status = self._mt5.status()
            if not status.connected:
                # Perhaps another account's.
                return self._positions_answer((), complete=False)
            # A terminal shows what it last knew, or nothing, until it is in step with the broker.
            in_step = self._mt5.synchronised and (bool(raw) or status.margin <= 0)
            complete = in_step and self._clock.offset_minutes is not None
            if not complete:
                log.warning("the terminal is not in step with the broker, or its clock is not known")
                return self._positions_answer((), complete=False)
            told = [position for position in raw if convert.tellable(position)]
            self.symbols = frozenset(position.symbol for position in told)
            specs = self._specs(self.symbols)
            return self._positions_answer(
                [self._position(position, specs.get(position.symbol)) for position in told], complete=True
            )
        except TerminalError as error:
            log.warning("positions: %s", error)
            return self._positions_answer((), complete=False)

    def deals(self, since: int) -> DealsAnswer:
        def asked() -> Iterable[Deal]:
            from_seconds = self._clock.to_server_seconds(max(0, since - self._offset_ms))
            # Up to a day ahead: a terminal leaves out what is later than it is asked for.
            to_seconds = self._clock.to_server_seconds(int(self._now() * 1000)) + DAY_SECONDS
            # What was before a change of the clock is told at the present offset.
            return self._mt5.deals(max(0, from_seconds - CLOCK_CHANGE_SECONDS), to_seconds)

        return self._deals_answer(asked, since)

    def deals_of(self, identifier: int) -> DealsAnswer:
        return self._deals_answer(lambda: self._mt5.deals_of_position(identifier), 0)

    def account(self) -> TerminalAccount:
        with self._account_lock:
            status, operations = self._status()
            knows_clock = self._clock.offset_minutes is not None
            return TerminalAccount(
                time=self._server_now(),
                connected=status.connected,
                trade_allowed=status.connected and status.trade_allowed and knows_clock,
                margin_mode="hedging" if status.hedging else "netting",
                balance=status.balance,
                equity=status.equity,
                # Without the broker's clock nobody knows when they were made.
                operations=[self._operation(told) for told in operations] if knows_clock else None,
                utc_offset_minutes=self._clock.offset_minutes or 0,
                demo=status.demo,
                currency=status.currency,
                login="" if status.login == self._login else str(status.login),
            )

    def _status(self) -> tuple[AccountStatus, tuple[Operation, ...]]:
        """What the terminal says; the last known money, not connected, where it says nothing or nothing that can be: a
        made-up balance would trip the rails."""
        operations: tuple[Operation, ...] = ()
        try:
            status, operations = self._payments.status()
        except TerminalError as error:
            log.warning("%s; connecting again", error)
            self._connect_again()
            return self._unreachable(str(error)), operations
        if status.connected and status.equity == 0 and status.balance == 0:
            return self._unreachable("the terminal tells no balance yet"), operations
        if status.connected or self._last is None:
            self._last = status
            return status, operations
        return self._unreachable("the terminal is not connected, or logged in to another account"), operations

    def _unreachable(self, why: str) -> AccountStatus:
        if self._last is None:
            raise TerminalError(why)
        self._last = replace(self._last, connected=False, trade_allowed=False)
        return self._last

    def _connect_again(self) -> None:
        try:
            self._mt5.connect(self._names)
        except TerminalError as error:
            log.warning("%s", error)

    # Orders.

    def _prepared(self, request: OrderRequest) -> orders.Order | OrderResult:
        """The order to send, or what there is to report without one. Raises TerminalError: then nothing was sent."""
        if not (request.comment.isascii() and len(request.comment) <= codes.COMMENT_LENGTH):
            why = f"{request.comment!r} cannot be an order's comment"
            return untraded(codes.TRADE_RETCODE_INVALID, why=why)
        if not self._mt5.status().connected:
            raise TerminalError("the terminal is not connected, or logged in to another account")
        if isinstance(request, StopsRequest):
            position = self._named(request, request.position)
            if isinstance(position, OrderResult):
                return position
            return orders.stops(request, position, self._mt5.spec(position.symbol))
        before = self._done_before(request)
        if before is not None:
            return before
        if request.position is not None:
            position = self._named(request, request.position)
            if isinstance(position, OrderResult):
                return position
        spec = self._mt5.spec(request.symbol)
        tick = self._mt5.tick(request.symbol)
        order = orders.deal(request, spec, tick, self._deviation_points)
        if isinstance(order, OrderResult):
            return order
        return self._checked(order, spec.fillings(request.position is not None))

    def _named(self, request: OrderRequest, ticket: int) -> Position | OrderResult:
        """The position that a request is about: a ticket that is somebody else's by now is left alone."""
        position = next((p for p in self._mt5.positions() if p.ticket == ticket), None)
        if position is None:
            return untraded(codes.TRADE_RETCODE_POSITION_CLOSED)
        if orders.concerns(request, position):
            return position
        why = f"{ticket} is of {position.symbol}, or on the other side"
        return untraded(codes.TRADE_RETCODE_INVALID, why=why)

    def _done_before(self, request: DealRequest) -> OrderResult | None:
        """What an earlier attempt did, beside what the bridge finds among the deals: an order at work, a position."""
        tag = request.comment
        if not tag:
            return None
        if tag in self._mt5.working_comments():
            return untraded(codes.TRADE_RETCODE_PLACED, why="an order with this tag is at work at the broker")
        if request.position is not None:
            return None
        side = orders.BUY if request.direction == "BUY" else orders.SELL
        for position in self._mt5.positions():
            same = position.type == side and position.symbol == request.symbol
            if same and position.comment.strip() == tag:
                log.warning("%s was opened before: position %d", tag, position.identifier)
                return OrderResult(
                    codes.TRADE_RETCODE_DONE,
                    "found by its tag",
                    position.price_open,
                    position.volume,
                    position.sl or None,
                    position.identifier,
                )
        return None

    def _checked(self, order: orders.Order, fillings: tuple[int, ...]) -> orders.Order | OrderResult:
        """The order with the first filling mode that the terminal finds nothing wrong with."""
        answer = None
        for filling in fillings:
            request: dict[str, Any] = order.request | {"type_filling": filling}
            answer = self._mt5.check(request)
            if answer.retcode in (codes.CHECKED, codes.TRADE_RETCODE_DONE):
                return orders.Order(request, order.stop_loss)
            if answer.retcode != codes.TRADE_RETCODE_INVALID_FILL:
                break
        if answer is None:
            return untraded(codes.TRADE_RETCODE_INVALID_FILL, why="no filling mode is allowed")
        if answer.retcode in codes.UNSETTLED:
            raise TerminalError(f"order_check answered {answer.retcode} {answer.comment}")
        return untraded(answer.retcode, why=answer.comment)

    def _read(self, request: OrderRequest, order: orders.Order, answer: Answer | None) -> OrderResult:
        if answer is None:
            return untraded(codes.TRADE_RETCODE_TIMEOUT, why="order_send did not answer")
        code, text = answer.retcode, answer.comment
        if code not in codes.TAKEN:
            unchanged = code == codes.TRADE_RETCODE_NO_CHANGES
            return OrderResult(code, text, stop_loss=order.stop_loss if unchanged else None)
        if isinstance(request, StopsRequest):
            return OrderResult(code, text, stop_loss=order.stop_loss)
        if code == codes.TRADE_RETCODE_DONE_PARTIAL and not self._took_back_rest(order, answer):
            return OrderResult(code, f"{text} (the rest may still be filled)", outcome="UNKNOWN")
        fills = self._fills(answer)
        if fills:
            return self._filled(request, order, fills, code, text)
        if code == codes.TRADE_RETCODE_PLACED and answer.deal == 0:
            # Accepted is not filled: only a deal changes the trade.
            return OrderResult(code, f"{text} (accepted, no deal yet)", outcome="UNKNOWN")
        # A fill that the history does not show: what the answer says.
        return OrderResult(
            code, text, answer.price or None, answer.volume or None, order.stop_loss, None, answer.deal or None
        )

    def _took_back_rest(self, order: orders.Order, answer: Answer) -> bool:
        """Whether no more of an order can be filled. RETURN leaves the rest at work, and a rest that is
        planned again beside it would be traded twice."""
        if order.request["type_filling"] != codes.ORDER_FILLING_RETURN:
            return True
        for look in range(FILL_LOOKS):
            if look > 0:
                self._sleep(FILL_WAIT_SECONDS)
            try:
                if not self._mt5.is_working(answer.order):
                    return answer.order != 0
                self._mt5.send({"action": codes.TRADE_ACTION_REMOVE, "order": answer.order})
            except TerminalError as error:
                log.warning("the rest of order %d: %s", answer.order, error)
        return False

    def _fills(self, answer: Answer) -> list[Deal]:
        """The deals of the order, once the terminal's history has them; none if it will not."""
        if answer.order == 0:
            return []
        for look in range(FILL_LOOKS):
            if look > 0:
                self._sleep(FILL_WAIT_SECONDS)
            try:
                fills = list(self._mt5.deals_of_order(answer.order))
            except TerminalError as error:
                log.warning("the order's deals: %s", error)
                continue
            if fills and sum(fill.volume for fill in fills) >= answer.volume - 1e-9:
                return fills
        return []

    def _filled(
        self, request: DealRequest, order: orders.Order, fills: list[Deal], code: int, text: str
    ) -> OrderResult:
        volume = sum(fill.volume for fill in fills)
        last = fills[-1]
        opens = request.position is None and last.entry == codes.DEAL_ENTRY_IN
        return OrderResult(
            code,
            text,
            price=sum(fill.price * fill.volume for fill in fills) / volume,
            volume=round(volume, 8),
            stop_loss=order.stop_loss,
            opened_ticket=last.position_id if opens and last.position_id else None,
            deal_ticket=last.ticket,
            time=self._told(last.time_msc),
        )

    # What is at the broker.

    @property
    def _offset_ms(self) -> int:
        return (self._clock.offset_minutes or 0) * MINUTE_MS

    def _server_now(self) -> int:
        return int(self._now() * 1000) + self._offset_ms

    def _told(self, server_ms: int) -> int:
        """A time as it would be told at the present offset. Raises OffsetUnknown."""
        return self._clock.to_utc_ms(server_ms) + self._offset_ms

    def _positions_answer(self, positions: Iterable[BrokerPosition], *, complete: bool) -> PositionsAnswer:
        return PositionsAnswer(self._server_now(), complete, list(positions))

    def _deals_answer(self, query: Callable[[], Iterable[Deal]], since: int) -> DealsAnswer:
        time_now = self._server_now()
        if self._clock.offset_minutes is None:
            return DealsAnswer(time_now, False, ())
        try:
            raws = [raw for raw in query() if convert.tellable(raw)]
            money = self._booked.money_of(raws)
            told = [convert.deal(raw, self._told(raw.time_msc), money.get(raw.ticket)) for raw in raws]
            connected = self._mt5.status().connected
        except TerminalError as error:
            log.warning("deals: %s", error)
            return DealsAnswer(time_now, False, ())
        deals = [deal for deal in told if deal.time >= since] if connected else []
        return DealsAnswer(time_now, connected, deals)

    def _open_lots(self) -> dict[int, float]:
        return {position.identifier: position.volume for position in self._mt5.positions()}

    def _specs(self, symbols: Iterable[str]) -> dict[str, SymbolSpec]:
        """The terms of these symbols, of those the terminal tells."""
        specs: dict[str, SymbolSpec] = {}
        for symbol in symbols:
            try:
                specs[symbol] = self._mt5.spec(symbol)
            except TerminalError as error:
                log.info("no swap is told of %s: %s", symbol, error)
        return specs

    def _position(self, raw: Position, spec: SymbolSpec | None) -> BrokerPosition:
        swap = None if spec is None else spec.swap_distance(raw)
        return convert.position(raw, self._told(raw.time_msc), swap)

    def _operation(self, raw: Operation) -> BalanceOperation:
        return convert.operation(raw, self._told(raw.time_msc))
