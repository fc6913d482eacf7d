"""What a bridge asks of a broker's terminal, in the shape of MetaTrader 5's: requests, queries and their answers.

Times in here are whole milliseconds of the trade server's wall clock written as if it were UTC; the account says its offset.
Volumes are in lots, prices in the symbol's quote currency, money in the account's currency. None is none, never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from dtms.bridge.return_codes import code_text

MAXIMUM_COMMENT = 31
"""The longest comment an order may carry, in characters."""

Direction = Literal["BUY", "SELL"]
MarginMode = Literal["hedging", "netting"]
DealEntry = Literal["IN", "OUT", "INOUT"]
DealReason = Literal["CLIENT", "STOP_LOSS", "TAKE_PROFIT", "STOP_OUT"]
OperationKind = Literal["BALANCE", "CREDIT", "CORRECTION", "BONUS"]
Outcome = Literal["DONE", "NO_CHANGE", "RETRYABLE", "MARKET_CLOSED", "REJECTED", "UNKNOWN"]


class TerminalError(Exception):
    """The terminal did not answer, or not usably. Nothing may be concluded, and nothing was ordered."""


def opposite(direction: Direction) -> Direction:
    return "SELL" if direction == "BUY" else "BUY"


@dataclass(frozen=True)
class DealRequest:
    """An order at market."""

    symbol: str
    direction: Direction
    """What is done: to close a BUY is to SELL."""
    volume: float
    position: int | None = None
    """Ticket of the position to close or reduce. Without one a hedging account opens another position, and a netting
    account nets."""
    price: float | None = None
    """The price it was decided at; None takes any."""
    deviation: float = 0.0
    """How far the fill may be from `price` before the broker quotes again, as a price distance."""
    stop_loss: float | None = None
    """Levels of the position it opens. On a netting account they replace those of the position it adds to or turns round:
    None removes them. What it reduces keeps its levels."""
    take_profit: float | None = None
    magic_number: int = 0
    comment: str = ""


@dataclass(frozen=True)
class StopsRequest:
    """Sets both levels of a position; None removes one."""

    symbol: str
    position: int
    stop_loss: float | None
    take_profit: float | None
    magic_number: int = 0
    comment: str = ""


OrderRequest = DealRequest | StopsRequest


@dataclass(frozen=True)
class OrderResult:
    """What the broker answered to one order."""

    code: int
    """A return code; 0 only beside an `outcome`."""
    message: str
    price: float | None = None
    """The fill price; None where nothing was filled."""
    volume: float | None = None
    """The volume that was filled. No more of the order may be at work: what is left is ordered again."""
    stop_loss: float | None = None
    """The stop that is in force after it; None when not known or none."""
    opened_ticket: int | None = None
    """The position identifier of a position that the order opened."""
    deal_ticket: int | None = None
    outcome: Outcome | None = None
    """What it means, where the code does not say it; None leaves it to the code."""
    time: int | None = None
    """When the broker did it, server time in ms; None where it is not known."""


@dataclass(frozen=True)
class BrokerPosition:
    """A position that is open at the broker."""

    identifier: int
    """The stable identifier (POSITION_IDENTIFIER); the ticket may change."""
    ticket: int
    symbol: str
    direction: Direction
    volume: float
    entry_price: float
    stop_loss: float | None
    take_profit: float | None
    magic_number: int
    comment: str
    opened_at: int
    swap: float | None = None
    """What holding it has earned so far, as a price distance; below 0 it cost. None where the terminal does not tell."""


@dataclass(frozen=True)
class DealMoney:
    """What a deal that closed lots did to the balance, in the account's currency; below 0 where it cost.

    Commission and fee are its own, and the share of the deals that opened the lots.
    """

    profit: float
    commission: float
    swap: float
    fee: float


@dataclass(frozen=True)
class BrokerDeal:
    """A trade that the broker made."""

    deal: int
    position_identifier: int
    symbol: str
    entry: DealEntry
    """IN opened or added volume, OUT took it away, INOUT turned a netting position round."""
    direction: Direction
    volume: float
    price: float
    magic_number: int
    comment: str
    """The comment of the order behind it."""
    reason: DealReason
    """Why the broker made it."""
    time: int
    money: DealMoney | None = None
    """None where the terminal does not tell, and of deals that closed nothing."""


@dataclass(frozen=True)
class BalanceOperation:
    """Money paid in (above 0) or out."""

    deal: int
    kind: OperationKind
    amount: float
    time: int


@dataclass(frozen=True)
class PositionsAnswer:
    """What is open now."""

    time: int
    complete: bool
    """False when the query failed as a whole or in part."""
    positions: Sequence[BrokerPosition]


@dataclass(frozen=True)
class DealsAnswer:
    """What was traded since a moment."""

    time: int
    complete: bool
    deals: Sequence[BrokerDeal]


@dataclass(frozen=True)
class TerminalAccount:
    """The account the terminal is logged in to."""

    time: int
    """Server time now."""
    connected: bool
    trade_allowed: bool
    margin_mode: MarginMode
    balance: float
    equity: float
    operations: Sequence[BalanceOperation] | None
    """Every balance operation in them of the last week at least; None where it cannot be asked."""
    utc_offset_minutes: int
    """Server time minus UTC now."""
    demo: bool = False
    """True where the broker says that the account is for trying."""
    login: str = ""
    """The account as the terminal names it, where it is not the one the bridge works for; empty means that it is."""
    currency: str = ""
    """Of its money, such as USD; empty where it is not told."""


class Terminal(Protocol):
    """What a broker's adapter is. It answers, and raises nothing but TerminalError, which `account` does while it has never
    seen the account's money, and `order` where the order was surely not sent. A request without an answer ends in code
    10012 or 10031. Threads call it: orders one at a time, `account` beside them.
    """

    def order(self, request: OrderRequest) -> OrderResult: ...

    def positions(self) -> PositionsAnswer: ...

    def deals(self, since: int) -> DealsAnswer:
        """Deals at or after `since`, server time in ms."""

    def account(self) -> TerminalAccount: ...


@runtime_checkable
class TellsHistory(Protocol):
    """A terminal that finds a position's deals however old they are."""

    def deals_of(self, identifier: int) -> DealsAnswer: ...


def untraded(code: int, stop_loss: float | None = None, why: str = "") -> OrderResult:
    """The answer where nothing was traded; `stop_loss` is the stop in force, `why` is for people."""
    text = code_text(code)
    return OrderResult(code, f"{text}: {why}" if why else text, stop_loss=stop_loss)


def unsent(why: str) -> OrderResult:
    """The answer where nothing reached the broker, for a reason that passes."""
    return OrderResult(0, f"nothing was sent: {why}", outcome="RETRYABLE")


def opening_deal(
    symbol: str,
    direction: Direction,
    volume: float,
    *,
    stop_loss: float | None = None,
    take_profit: float | None = None,
    magic_number: int = 0,
    comment: str = "",
) -> DealRequest:
    """What opens a position at any price: what defends is not held up by a requote."""
    return DealRequest(
        symbol,
        direction,
        volume,
        stop_loss=stop_loss,
        take_profit=take_profit,
        magic_number=magic_number,
        comment=comment,
    )


def closing_deal(
    position: BrokerPosition, *, volume: float | None = None, magic_number: int = 0, comment: str = ""
) -> DealRequest:
    """What closes a position, or as much of it as `volume` says, at any price."""
    return DealRequest(
        position.symbol,
        opposite(position.direction),
        position.volume if volume is None else volume,
        # Always with the position's ticket: without it, it would open another.
        position=position.ticket,
        magic_number=magic_number,
        comment=comment,
    )
