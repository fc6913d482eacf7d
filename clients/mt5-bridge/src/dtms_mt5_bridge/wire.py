"""Records to messages: server time to UTC, MT5's numbers to DTMS's names."""

from dtms.v1 import market_data_service_pb2 as market
from dtms.v1 import types_pb2 as types
from google.protobuf.timestamp_pb2 import Timestamp

from . import codes
from .clock import BrokerClock
from .records import Bar, SymbolSpec, Tick

TIMEFRAMES = {
    codes.TIMEFRAME_M1: types.TIMEFRAME_M1,
    codes.TIMEFRAME_M5: types.TIMEFRAME_M5,
    codes.TIMEFRAME_M15: types.TIMEFRAME_M15,
}


def timestamp(utc_ms: int) -> Timestamp:
    stamp = Timestamp()
    stamp.FromMilliseconds(utc_ms)
    return stamp


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
        profit_currency=spec.profit_currency,
    )
