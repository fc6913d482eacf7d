"""Records to messages: server time to UTC, MT5's numbers to DTMS's names."""

from dtms.v1 import account_service_pb2 as accounts
from dtms.v1 import market_data_service_pb2 as market
from dtms.v1 import types_pb2 as types
from google.protobuf.timestamp_pb2 import Timestamp

from . import codes
from .clock import BrokerClock
from .config import SYMBOL
from .records import BalanceOperation, Bar, Deal, Position, SymbolSpec, Tick
from .text import clean

LARGEST_INT64 = 2**63 - 1
COMMENT_LENGTH = 64
TIMEFRAMES = {
    codes.TIMEFRAME_M1: types.TIMEFRAME_M1,
    codes.TIMEFRAME_M5: types.TIMEFRAME_M5,
    codes.TIMEFRAME_M15: types.TIMEFRAME_M15,
}
ENTRIES = {
    codes.DEAL_ENTRY_IN: accounts.DEAL_ENTRY_IN,
    codes.DEAL_ENTRY_OUT: accounts.DEAL_ENTRY_OUT,
    codes.DEAL_ENTRY_OUT_BY: accounts.DEAL_ENTRY_OUT,
    codes.DEAL_ENTRY_INOUT: accounts.DEAL_ENTRY_INOUT,
}
REASONS = {
    codes.DEAL_REASON_SL: accounts.DEAL_REASON_STOP_LOSS,
    codes.DEAL_REASON_TP: accounts.DEAL_REASON_TAKE_PROFIT,
    codes.DEAL_REASON_SO: accounts.DEAL_REASON_STOP_OUT,
}


PAYMENTS = {
    codes.DEAL_TYPE_BALANCE: accounts.BALANCE_OPERATION_KIND_BALANCE,
    codes.DEAL_TYPE_CREDIT: accounts.BALANCE_OPERATION_KIND_CREDIT,
    codes.DEAL_TYPE_CORRECTION: accounts.BALANCE_OPERATION_KIND_CORRECTION,
    codes.DEAL_TYPE_BONUS: accounts.BALANCE_OPERATION_KIND_BONUS,
}


def timestamp(utc_ms: int) -> Timestamp:
    stamp = Timestamp()
    stamp.FromMilliseconds(utc_ms)
    return stamp


def tellable(record: Position | Deal) -> bool:
    """Whether DTMS can know it: a trade of any other symbol or price cannot be registered with it
    either.
    """
    price = record.price if isinstance(record, Deal) else record.price_open
    return SYMBOL.match(record.symbol) is not None and price > 0


def position(
    record: Position, clock: BrokerClock, swap: float | None
) -> accounts.BrokerPosition:
    """`swap` is a price distance; None where it is not known."""
    message = accounts.BrokerPosition(
        identifier=record.identifier,
        ticket=record.ticket,
        symbol=record.symbol,
        direction=_direction(record.type),
        volume=record.volume,
        entry_price=record.price_open,
        magic_number=_magic(record.magic),
        comment=clean(record.comment, COMMENT_LENGTH),
        opened_at=timestamp(clock.to_utc_ms(record.time_msc)),
    )
    if record.sl > 0:
        message.stop_loss = record.sl
    if record.tp > 0:
        message.take_profit = record.tp
    if swap is not None:
        message.swap = swap
    return message


def operation(record: BalanceOperation, offset_minutes: int) -> accounts.BalanceOperation:
    return accounts.BalanceOperation(
        deal=record.ticket,
        kind=PAYMENTS[record.type],
        amount=record.amount,
        time=timestamp(record.time_msc - offset_minutes * 60_000),
    )


def deal(record: Deal, clock: BrokerClock) -> accounts.BrokerDeal:
    return accounts.BrokerDeal(
        deal=record.ticket,
        position_identifier=record.position_id,
        symbol=record.symbol,
        entry=ENTRIES[record.entry],
        direction=_direction(record.type),
        volume=record.volume,
        price=record.price,
        magic_number=_magic(record.magic),
        comment=clean(record.order_comment.strip(), COMMENT_LENGTH),
        reason=REASONS.get(record.reason, accounts.DEAL_REASON_CLIENT),
        time=timestamp(clock.to_utc_ms(record.time_msc)),
    )


def bar(symbol: str, timeframe: int, record: Bar, clock: BrokerClock) -> market.MarketDataItem:
    return market.MarketDataItem(
        bar=market.Bar(
            symbol=symbol,
            timeframe=TIMEFRAMES[timeframe],
            open_time=timestamp(clock.to_utc_ms(record.time * 1000)),
            open=record.open,
            high=record.high,
            low=record.low,
            close=record.close,
            volume=record.tick_volume,
        )
    )


def quote(symbol: str, record: Tick, clock: BrokerClock) -> market.MarketDataItem:
    return market.MarketDataItem(
        quote=market.Quote(
            symbol=symbol,
            time=timestamp(clock.to_utc_ms(record.time_msc)),
            bid=record.bid,
            ask=record.ask,
        )
    )


def instrument(account: str, spec: SymbolSpec, commission_per_lot: float) -> market.Instrument:
    return market.Instrument(
        account=account,
        symbol=spec.name,
        digits=spec.digits,
        tick_size=spec.tick_size,
        volume_min=spec.volume_min,
        volume_step=spec.volume_step,
        volume_max=spec.volume_max,
        stops_level=spec.stops_level,
        freeze_level=spec.freeze_level,
        contract_size=spec.contract_size,
        commission_per_lot=commission_per_lot,
    )


def _direction(kind: int) -> types.Direction:
    """Positions and deals number their sides alike."""
    return types.DIRECTION_BUY if kind == codes.DEAL_TYPE_BUY else types.DIRECTION_SELL


def _magic(number: int) -> int:
    return number if 0 <= number <= LARGEST_INT64 else 0
