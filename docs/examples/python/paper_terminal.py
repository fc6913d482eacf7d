"""A broker made of code, as a terminal shows it: one hedging account, one symbol, at the prices it is quoted. What an adapter
for a real broker looks like; `dtms.bridge_checks` passes on it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from dtms.bridge import (
    BrokerDeal,
    BrokerPosition,
    DealRequest,
    DealsAnswer,
    Direction,
    OrderRequest,
    OrderResult,
    PositionsAnswer,
    StopsRequest,
    TerminalAccount,
    opposite,
    untraded,
)
from dtms.bridge.return_codes import (
    CONNECTION,
    DONE,
    INVALID_STOPS,
    INVALID_VOLUME,
    NO_CHANGES,
    POSITION_CLOSED,
    PRICE_OFF,
    TIMEOUT,
)
from dtms.bridge.terminal import DealReason


@dataclass(frozen=True)
class Quote:
    bid: float
    ask: float

    def of(self, direction: Direction) -> float:
        """The price at which an order of this direction is filled."""
        return self.ask if direction == "BUY" else self.bid


def _now() -> int:
    return time.time_ns() // 1_000_000


class PaperTerminal:
    """Volumes in lots of one unit, money in the quote currency. Its server's clock is UTC. Threads may share it."""

    def __init__(self, symbol: str, balance: float = 10_000.0, now: Callable[[], int] = _now) -> None:
        """`now` tells UTC in ms."""
        self.connected = True
        self.loses_next_answer = False
        """The next order is carried out, and its answer does not arrive."""
        self._symbol = symbol
        self._balance = balance
        self._now = now
        self._quote: Quote | None = None
        self._positions: dict[int, BrokerPosition] = {}
        self._deals: list[BrokerDeal] = []
        # Over restarts, too, no ticket is given twice.
        self._ticket = now()
        self._lock = threading.RLock()

    def quote(self, bid: float, ask: float) -> None:
        """The market moves: stops and targets that it reaches close their positions."""
        with self._lock:
            self._quote = Quote(bid, ask)
            for position in list(self._positions.values()):
                reason = _reached(position, self._quote.of(opposite(position.direction)))
                if reason is not None:
                    self._reduce(position, position.volume, 0, "", reason)

    # What a bridge asks.

    def order(self, request: OrderRequest) -> OrderResult:
        with self._lock:
            if not self.connected:
                return untraded(CONNECTION)
            result = self._set(request) if isinstance(request, StopsRequest) else self._deal(request)
            if self.loses_next_answer:
                self.loses_next_answer = False
                return untraded(TIMEOUT)
            return result

    def positions(self) -> PositionsAnswer:
        with self._lock:
            return PositionsAnswer(self._now(), self.connected, list(self._positions.values()))

    def deals(self, since: int) -> DealsAnswer:
        with self._lock:
            deals = [deal for deal in self._deals if deal.time >= since]
            return DealsAnswer(self._now(), self.connected, deals)

    def account(self) -> TerminalAccount:
        with self._lock:
            quote = self._quote
            open_result = sum(
                0.0 if quote is None else _result(position, quote.of(opposite(position.direction)))
                for position in self._positions.values()
            )
            return TerminalAccount(
                time=self._now(),
                connected=self.connected,
                trade_allowed=self.connected,
                margin_mode="hedging",
                balance=self._balance,
                equity=self._balance + open_result,
                operations=(),
                utc_offset_minutes=0,
            )

    # What the broker does.

    def _set(self, request: StopsRequest) -> OrderResult:
        position = self._positions.get(request.position)
        if position is None or position.symbol != request.symbol:
            return untraded(POSITION_CLOSED)
        moved = replace(position, stop_loss=request.stop_loss, take_profit=request.take_profit)
        if moved == position:
            return untraded(NO_CHANGES, position.stop_loss)
        if self._quote is None or _reached(moved, self._quote.of(opposite(position.direction))):
            return untraded(INVALID_STOPS, position.stop_loss)
        self._positions[position.ticket] = moved
        return OrderResult(DONE, "done", stop_loss=moved.stop_loss)

    def _deal(self, request: DealRequest) -> OrderResult:
        if self._quote is None or request.symbol != self._symbol:
            return untraded(PRICE_OFF)
        if request.volume < 0.01:
            return untraded(INVALID_VOLUME)
        if request.position is None:
            return self._open(request, self._quote.of(request.direction))
        position = self._positions.get(request.position)
        if position is None:
            return untraded(POSITION_CLOSED)
        if request.direction == position.direction or request.volume > position.volume:
            return untraded(INVALID_VOLUME)
        return self._reduce(position, request.volume, request.magic_number, request.comment, "CLIENT")

    def _open(self, request: DealRequest, price: float) -> OrderResult:
        ticket = self._next()
        position = BrokerPosition(
            identifier=ticket,
            ticket=ticket,
            symbol=request.symbol,
            direction=request.direction,
            volume=request.volume,
            entry_price=price,
            stop_loss=request.stop_loss,
            take_profit=request.take_profit,
            magic_number=request.magic_number,
            comment=request.comment,
            opened_at=self._now(),
        )
        if self._quote is None or _reached(position, self._quote.of(opposite(request.direction))):
            return untraded(INVALID_STOPS)
        self._positions[ticket] = position
        deal = BrokerDeal(
            deal=self._next(),
            position_identifier=ticket,
            symbol=request.symbol,
            entry="IN",
            direction=request.direction,
            volume=request.volume,
            price=price,
            magic_number=request.magic_number,
            comment=request.comment,
            reason="CLIENT",
            time=self._now(),
        )
        self._deals.append(deal)
        return OrderResult(
            DONE, "done", price, request.volume, request.stop_loss, ticket, deal.deal, time=deal.time
        )

    def _reduce(
        self, position: BrokerPosition, volume: float, magic: int, comment: str, reason: DealReason
    ) -> OrderResult:
        quote = self._quote
        if quote is None:
            return untraded(PRICE_OFF)
        price = quote.of(opposite(position.direction))
        left = round(position.volume - volume, 8)
        self._balance += _result(replace(position, volume=volume), price)
        if left > 0:
            self._positions[position.ticket] = replace(position, volume=left)
        else:
            del self._positions[position.ticket]
        deal = BrokerDeal(
            deal=self._next(),
            position_identifier=position.identifier,
            symbol=position.symbol,
            entry="OUT",
            direction=opposite(position.direction),
            volume=volume,
            price=price,
            magic_number=magic,
            comment=comment,
            reason=reason,
            time=self._now(),
        )
        self._deals.append(deal)
        return OrderResult(DONE, "done", price, volume, deal_ticket=deal.deal, time=deal.time)

    def _next(self) -> int:
        self._ticket += 1
        return self._ticket


def _result(position: BrokerPosition, price: float) -> float:
    moved = price - position.entry_price
    return (moved if position.direction == "BUY" else -moved) * position.volume


def _reached(position: BrokerPosition, price: float) -> DealReason | None:
    """Which of a position's levels a price has reached."""
    sign = 1 if position.direction == "BUY" else -1
    if position.stop_loss is not None and (price - position.stop_loss) * sign <= 0:
        return "STOP_LOSS"
    if position.take_profit is not None and (price - position.take_profit) * sign >= 0:
        return "TAKE_PROFIT"
    return None
