"""What the terminal tells, as plain values. Times are the broker's server time."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from . import codes


@dataclass(frozen=True)
class Position:
    """An open position. `sl` and `tp` are 0 for none, `time_msc` is server time in ms, `swap` is
    money in the account's currency.
    """

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
    swap: float


@dataclass(frozen=True)
class Deal:
    """A deal. `order_comment` is its order's comment, or its own where the order is not known.

    Money is in the account's currency, below 0 where it cost.
    """

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
    order_comment: str
    time_msc: int
    profit: float
    commission: float
    swap: float
    fee: float


@dataclass(frozen=True)
class BalanceOperation:
    """Money paid in (above 0) or out, in the account's currency. `time_msc` is server time in ms."""

    ticket: int
    type: int
    amount: float
    time_msc: int


@dataclass(frozen=True)
class Tick:
    """The last quote of a symbol. `time_msc` is server time in ms."""

    bid: float
    ask: float
    time_msc: int


@dataclass(frozen=True)
class Bar:
    """A bar. `time` is when it opened, server time in seconds."""

    time: int
    open: float
    high: float
    low: float
    close: float
    tick_volume: float


@dataclass(frozen=True)
class AccountStatus:
    """The terminal and the account it is logged in to; money in the account's currency."""

    login: int
    connected: bool
    trade_allowed: bool
    equity: float
    balance: float
    margin: float
    hedging: bool
    fifo: bool
    demo: bool = False
    currency: str = ""
    """Of its money, such as USD; empty where the terminal's name for it is none DTMS takes."""


@dataclass(frozen=True)
class Answer:
    """What order_send or order_check answered. Price and volume are 0 where nothing was filled."""

    retcode: int
    comment: str
    deal: int
    order: int
    volume: float
    price: float


@dataclass(frozen=True)
class SymbolSpec:
    """A symbol's contract terms. Levels are price distances; volumes are in lots."""

    name: str
    digits: int
    point: float
    tick_size: float
    volume_min: float
    volume_step: float
    volume_max: float
    stops_level: float
    freeze_level: float
    contract_size: float
    filling_mode: int
    market_execution: bool
    hedge_adds_margin: bool
    tick_value: float
    """What a tick of one lot is worth, in the account's currency; 0 where it is not known."""
    profit_currency: str = ""
    """The currency results are in before they are converted; empty where it is not known."""

    def swap_distance(self, position: Position) -> float | None:
        """A position's swap as a price distance; None where the money cannot be turned into one."""
        if self.tick_value <= 0 or position.volume <= 0:
            return None
        return position.swap / position.volume / self.tick_value * self.tick_size

    def price(self, value: float) -> float:
        """The nearest price on a tick, with the symbol's digits."""
        tick = Decimal(repr(self.tick_size))
        steps = (Decimal(repr(value)) / tick).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
        return round(float(steps * tick), self.digits)

    def volume(self, value: float) -> float:
        """The largest volume on a step at or below `value` and the maximum; 0 below the minimum."""
        step = Decimal(repr(self.volume_step))
        # A sum of steps in binary may be a hair below the step it means.
        wanted = round(Decimal(repr(min(value, self.volume_max))), 8)
        floored = (wanted / step).quantize(Decimal(1), rounding=ROUND_FLOOR) * step
        return float(floored) if floored >= Decimal(repr(self.volume_min)) else 0.0

    def fillings(self, reduces: bool) -> tuple[int, ...]:
        """The filling modes to try, best first.

        Part of a close is better than none of it; part of a hedge or of a re-entry is not.
        """
        fok = (codes.ORDER_FILLING_FOK,) if self.filling_mode & codes.SYMBOL_FILLING_FOK else ()
        ioc = (codes.ORDER_FILLING_IOC,) if self.filling_mode & codes.SYMBOL_FILLING_IOC else ()
        rest = () if self.market_execution and (fok or ioc) else (codes.ORDER_FILLING_RETURN,)
        return ioc + fok + rest if reduces else fok + ioc + rest
