"""Records of the terminal as a bridge knows them: MT5's numbers to names, 0 to none."""

from dtms.bridge import BalanceOperation, BrokerDeal, BrokerPosition, DealMoney, Direction
from dtms.bridge.terminal import DealEntry, DealReason, OperationKind

from . import codes
from .config import SYMBOL
from .records import BalanceOperation as Operation
from .records import Deal, Position

LARGEST_INT64 = 2**63 - 1
ENTRIES: dict[int, DealEntry] = {
    codes.DEAL_ENTRY_IN: "IN",
    codes.DEAL_ENTRY_OUT: "OUT",
    codes.DEAL_ENTRY_OUT_BY: "OUT",
    codes.DEAL_ENTRY_INOUT: "INOUT",
}
REASONS: dict[int, DealReason] = {
    codes.DEAL_REASON_SL: "STOP_LOSS",
    codes.DEAL_REASON_TP: "TAKE_PROFIT",
    codes.DEAL_REASON_SO: "STOP_OUT",
}
PAYMENTS: dict[int, OperationKind] = {
    codes.DEAL_TYPE_BALANCE: "BALANCE",
    codes.DEAL_TYPE_CREDIT: "CREDIT",
    codes.DEAL_TYPE_CORRECTION: "CORRECTION",
    codes.DEAL_TYPE_BONUS: "BONUS",
}


def tellable(record: Position | Deal) -> bool:
    """Whether DTMS can know it: a trade of any other symbol or price cannot be registered with it either."""
    price = record.price if isinstance(record, Deal) else record.price_open
    return SYMBOL.match(record.symbol) is not None and price > 0


def position(raw: Position, opened_at: int, swap: float | None) -> BrokerPosition:
    return BrokerPosition(
        identifier=raw.identifier,
        ticket=raw.ticket,
        symbol=raw.symbol,
        direction=_direction(raw.type),
        volume=raw.volume,
        entry_price=raw.price_open,
        stop_loss=raw.sl if raw.sl > 0 else None,
        take_profit=raw.tp if raw.tp > 0 else None,
        magic_number=_magic(raw.magic),
        comment=raw.comment,
        opened_at=opened_at,
        swap=swap,
    )


def deal(raw: Deal, time: int, money: DealMoney | None) -> BrokerDeal:
    return BrokerDeal(
        deal=raw.ticket,
        position_identifier=raw.position_id,
        symbol=raw.symbol,
        entry=ENTRIES[raw.entry],
        direction=_direction(raw.type),
        volume=raw.volume,
        price=raw.price,
        magic_number=_magic(raw.magic),
        comment=raw.order_comment.strip(),
        reason=REASONS.get(raw.reason, "CLIENT"),
        time=time,
        money=money,
    )


def operation(raw: Operation, time: int) -> BalanceOperation:
    return BalanceOperation(raw.ticket, PAYMENTS[raw.type], raw.amount, time)


def _direction(kind: int) -> Direction:
    """Positions and deals number their sides alike."""
    return "BUY" if kind == codes.DEAL_TYPE_BUY else "SELL"


def _magic(number: int) -> int:
    return number if 0 <= number <= LARGEST_INT64 else 0
