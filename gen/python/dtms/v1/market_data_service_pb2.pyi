import datetime

from buf.validate import validate_pb2 as _validate_pb2
from dtms.v1 import access_pb2 as _access_pb2
from dtms.v1 import lists_pb2 as _lists_pb2
from dtms.v1 import types_pb2 as _types_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FeedKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FEED_KIND_UNSPECIFIED: _ClassVar[FeedKind]
    FEED_KIND_LIVE: _ClassVar[FeedKind]
    FEED_KIND_RECORDED: _ClassVar[FeedKind]

class MarketDataFault(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MARKET_DATA_FAULT_UNSPECIFIED: _ClassVar[MarketDataFault]
    MARKET_DATA_FAULT_INVALID: _ClassVar[MarketDataFault]
    MARKET_DATA_FAULT_AHEAD: _ClassVar[MarketDataFault]
    MARKET_DATA_FAULT_LATE: _ClassVar[MarketDataFault]
    MARKET_DATA_FAULT_UNUSABLE: _ClassVar[MarketDataFault]
    MARKET_DATA_FAULT_LIMIT: _ClassVar[MarketDataFault]
    MARKET_DATA_FAULT_UNCONFIRMED: _ClassVar[MarketDataFault]

class DataQuality(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DATA_QUALITY_UNSPECIFIED: _ClassVar[DataQuality]
    DATA_QUALITY_FULL: _ClassVar[DataQuality]
    DATA_QUALITY_DEGRADED: _ClassVar[DataQuality]
    DATA_QUALITY_TOO_FEW_BARS: _ClassVar[DataQuality]

class Session(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SESSION_UNSPECIFIED: _ClassVar[Session]
    SESSION_ASIAN: _ClassVar[Session]
    SESSION_LONDON: _ClassVar[Session]
    SESSION_NEW_YORK: _ClassVar[Session]
    SESSION_OVERLAP: _ClassVar[Session]
    SESSION_OFF_HOURS: _ClassVar[Session]

class Volatility(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VOLATILITY_UNSPECIFIED: _ClassVar[Volatility]
    VOLATILITY_LOW: _ClassVar[Volatility]
    VOLATILITY_NORMAL: _ClassVar[Volatility]
    VOLATILITY_HIGH: _ClassVar[Volatility]

class MarketStructure(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MARKET_STRUCTURE_UNSPECIFIED: _ClassVar[MarketStructure]
    MARKET_STRUCTURE_RANGE: _ClassVar[MarketStructure]
    MARKET_STRUCTURE_TREND: _ClassVar[MarketStructure]

class InstrumentKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INSTRUMENT_KIND_UNSPECIFIED: _ClassVar[InstrumentKind]
    INSTRUMENT_KIND_FX: _ClassVar[InstrumentKind]
    INSTRUMENT_KIND_METAL: _ClassVar[InstrumentKind]
    INSTRUMENT_KIND_CRYPTO: _ClassVar[InstrumentKind]
    INSTRUMENT_KIND_INDEX: _ClassVar[InstrumentKind]
    INSTRUMENT_KIND_ENERGY: _ClassVar[InstrumentKind]
    INSTRUMENT_KIND_OTHER: _ClassVar[InstrumentKind]

class HoursSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HOURS_SOURCE_UNSPECIFIED: _ClassVar[HoursSource]
    HOURS_SOURCE_TOLD: _ClassVar[HoursSource]
    HOURS_SOURCE_LISTED: _ClassVar[HoursSource]
    HOURS_SOURCE_ASSUMED: _ClassVar[HoursSource]

class NewsImpact(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NEWS_IMPACT_UNSPECIFIED: _ClassVar[NewsImpact]
    NEWS_IMPACT_LOW: _ClassVar[NewsImpact]
    NEWS_IMPACT_MEDIUM: _ClassVar[NewsImpact]
    NEWS_IMPACT_HIGH: _ClassVar[NewsImpact]
FEED_KIND_UNSPECIFIED: FeedKind
FEED_KIND_LIVE: FeedKind
FEED_KIND_RECORDED: FeedKind
MARKET_DATA_FAULT_UNSPECIFIED: MarketDataFault
MARKET_DATA_FAULT_INVALID: MarketDataFault
MARKET_DATA_FAULT_AHEAD: MarketDataFault
MARKET_DATA_FAULT_LATE: MarketDataFault
MARKET_DATA_FAULT_UNUSABLE: MarketDataFault
MARKET_DATA_FAULT_LIMIT: MarketDataFault
MARKET_DATA_FAULT_UNCONFIRMED: MarketDataFault
DATA_QUALITY_UNSPECIFIED: DataQuality
DATA_QUALITY_FULL: DataQuality
DATA_QUALITY_DEGRADED: DataQuality
DATA_QUALITY_TOO_FEW_BARS: DataQuality
SESSION_UNSPECIFIED: Session
SESSION_ASIAN: Session
SESSION_LONDON: Session
SESSION_NEW_YORK: Session
SESSION_OVERLAP: Session
SESSION_OFF_HOURS: Session
VOLATILITY_UNSPECIFIED: Volatility
VOLATILITY_LOW: Volatility
VOLATILITY_NORMAL: Volatility
VOLATILITY_HIGH: Volatility
MARKET_STRUCTURE_UNSPECIFIED: MarketStructure
MARKET_STRUCTURE_RANGE: MarketStructure
MARKET_STRUCTURE_TREND: MarketStructure
INSTRUMENT_KIND_UNSPECIFIED: InstrumentKind
INSTRUMENT_KIND_FX: InstrumentKind
INSTRUMENT_KIND_METAL: InstrumentKind
INSTRUMENT_KIND_CRYPTO: InstrumentKind
INSTRUMENT_KIND_INDEX: InstrumentKind
INSTRUMENT_KIND_ENERGY: InstrumentKind
INSTRUMENT_KIND_OTHER: InstrumentKind
HOURS_SOURCE_UNSPECIFIED: HoursSource
HOURS_SOURCE_TOLD: HoursSource
HOURS_SOURCE_LISTED: HoursSource
HOURS_SOURCE_ASSUMED: HoursSource
NEWS_IMPACT_UNSPECIFIED: NewsImpact
NEWS_IMPACT_LOW: NewsImpact
NEWS_IMPACT_MEDIUM: NewsImpact
NEWS_IMPACT_HIGH: NewsImpact

class Feed(_message.Message):
    __slots__ = ("name", "kind", "accounts", "confirmed_by", "made_by", "markets", "active_trades", "skew_ms", "as_of", "feed_time", "stale_markets", "refused", "held", "dropped", "last_dropped", "last_dropped_at")
    class RefusedEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_BY_FIELD_NUMBER: _ClassVar[int]
    MADE_BY_FIELD_NUMBER: _ClassVar[int]
    MARKETS_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_TRADES_FIELD_NUMBER: _ClassVar[int]
    SKEW_MS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    FEED_TIME_FIELD_NUMBER: _ClassVar[int]
    STALE_MARKETS_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    DROPPED_FIELD_NUMBER: _ClassVar[int]
    LAST_DROPPED_FIELD_NUMBER: _ClassVar[int]
    LAST_DROPPED_AT_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: FeedKind
    accounts: _containers.RepeatedScalarFieldContainer[str]
    confirmed_by: str
    made_by: str
    markets: int
    active_trades: int
    skew_ms: int
    as_of: _timestamp_pb2.Timestamp
    feed_time: _timestamp_pb2.Timestamp
    stale_markets: int
    refused: _containers.ScalarMap[str, int]
    held: int
    dropped: int
    last_dropped: str
    last_dropped_at: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[_Union[FeedKind, str]] = ..., accounts: _Optional[_Iterable[str]] = ..., confirmed_by: _Optional[str] = ..., made_by: _Optional[str] = ..., markets: _Optional[int] = ..., active_trades: _Optional[int] = ..., skew_ms: _Optional[int] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., feed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stale_markets: _Optional[int] = ..., refused: _Optional[_Mapping[str, int]] = ..., held: _Optional[int] = ..., dropped: _Optional[int] = ..., last_dropped: _Optional[str] = ..., last_dropped_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UpsertFeedRequest(_message.Message):
    __slots__ = ("request_id", "feed", "kind", "accounts", "confirmed_by")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_BY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    feed: str
    kind: FeedKind
    accounts: _containers.RepeatedScalarFieldContainer[str]
    confirmed_by: str
    def __init__(self, request_id: _Optional[str] = ..., feed: _Optional[str] = ..., kind: _Optional[_Union[FeedKind, str]] = ..., accounts: _Optional[_Iterable[str]] = ..., confirmed_by: _Optional[str] = ...) -> None: ...

class UpsertFeedResponse(_message.Message):
    __slots__ = ("feed",)
    FEED_FIELD_NUMBER: _ClassVar[int]
    feed: Feed
    def __init__(self, feed: _Optional[_Union[Feed, _Mapping]] = ...) -> None: ...

class ListFeedsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListFeedsResponse(_message.Message):
    __slots__ = ("feeds", "next_page_token")
    FEEDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    feeds: _containers.RepeatedCompositeFieldContainer[Feed]
    next_page_token: str
    def __init__(self, feeds: _Optional[_Iterable[_Union[Feed, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ResetFeedRequest(_message.Message):
    __slots__ = ("request_id", "feed", "symbol")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    feed: str
    symbol: str
    def __init__(self, request_id: _Optional[str] = ..., feed: _Optional[str] = ..., symbol: _Optional[str] = ...) -> None: ...

class ResetFeedResponse(_message.Message):
    __slots__ = ("markets",)
    MARKETS_FIELD_NUMBER: _ClassVar[int]
    markets: int
    def __init__(self, markets: _Optional[int] = ...) -> None: ...

class DeleteFeedRequest(_message.Message):
    __slots__ = ("request_id", "feed")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    feed: str
    def __init__(self, request_id: _Optional[str] = ..., feed: _Optional[str] = ...) -> None: ...

class DeleteFeedResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DeleteInstrumentsRequest(_message.Message):
    __slots__ = ("request_id", "account", "symbols")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    account: str
    symbols: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, request_id: _Optional[str] = ..., account: _Optional[str] = ..., symbols: _Optional[_Iterable[str]] = ...) -> None: ...

class DeleteInstrumentsResponse(_message.Message):
    __slots__ = ("deleted",)
    DELETED_FIELD_NUMBER: _ClassVar[int]
    deleted: int
    def __init__(self, deleted: _Optional[int] = ...) -> None: ...

class DeleteNewsEventsRequest(_message.Message):
    __slots__ = ("request_id", "event_ids", "end_time")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_IDS_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    event_ids: _containers.RepeatedScalarFieldContainer[str]
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, request_id: _Optional[str] = ..., event_ids: _Optional[_Iterable[str]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DeleteNewsEventsResponse(_message.Message):
    __slots__ = ("deleted",)
    DELETED_FIELD_NUMBER: _ClassVar[int]
    deleted: int
    def __init__(self, deleted: _Optional[int] = ...) -> None: ...

class Bar(_message.Message):
    __slots__ = ("symbol", "timeframe", "open_time", "open", "high", "low", "close", "volume", "forming")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TIMEFRAME_FIELD_NUMBER: _ClassVar[int]
    OPEN_TIME_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    FORMING_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    timeframe: _types_pb2.Timeframe
    open_time: _timestamp_pb2.Timestamp
    open: float
    high: float
    low: float
    close: float
    volume: float
    forming: bool
    def __init__(self, symbol: _Optional[str] = ..., timeframe: _Optional[_Union[_types_pb2.Timeframe, str]] = ..., open_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., open: _Optional[float] = ..., high: _Optional[float] = ..., low: _Optional[float] = ..., close: _Optional[float] = ..., volume: _Optional[float] = ..., forming: bool = ...) -> None: ...

class Quote(_message.Message):
    __slots__ = ("symbol", "time", "bid", "ask")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    BID_FIELD_NUMBER: _ClassVar[int]
    ASK_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    time: _timestamp_pb2.Timestamp
    bid: float
    ask: float
    def __init__(self, symbol: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., bid: _Optional[float] = ..., ask: _Optional[float] = ...) -> None: ...

class OrderFlow(_message.Message):
    __slots__ = ("symbol", "time", "buy_volume", "sell_volume")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    BUY_VOLUME_FIELD_NUMBER: _ClassVar[int]
    SELL_VOLUME_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    time: _timestamp_pb2.Timestamp
    buy_volume: float
    sell_volume: float
    def __init__(self, symbol: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., buy_volume: _Optional[float] = ..., sell_volume: _Optional[float] = ...) -> None: ...

class MarketDataItem(_message.Message):
    __slots__ = ("bar", "quote", "order_flow")
    BAR_FIELD_NUMBER: _ClassVar[int]
    QUOTE_FIELD_NUMBER: _ClassVar[int]
    ORDER_FLOW_FIELD_NUMBER: _ClassVar[int]
    bar: Bar
    quote: Quote
    order_flow: OrderFlow
    def __init__(self, bar: _Optional[_Union[Bar, _Mapping]] = ..., quote: _Optional[_Union[Quote, _Mapping]] = ..., order_flow: _Optional[_Union[OrderFlow, _Mapping]] = ...) -> None: ...

class PushMarketDataRequest(_message.Message):
    __slots__ = ("feed", "items")
    FEED_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    feed: str
    items: _containers.RepeatedCompositeFieldContainer[MarketDataItem]
    def __init__(self, feed: _Optional[str] = ..., items: _Optional[_Iterable[_Union[MarketDataItem, _Mapping]]] = ...) -> None: ...

class PushMarketDataResponse(_message.Message):
    __slots__ = ("accepted", "duplicates", "corrections", "rejected", "events", "revision", "held", "confirmed", "dropped")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    CORRECTIONS_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    DROPPED_FIELD_NUMBER: _ClassVar[int]
    accepted: int
    duplicates: int
    corrections: int
    rejected: _containers.RepeatedCompositeFieldContainer[RejectedItem]
    events: int
    revision: int
    held: _containers.RepeatedCompositeFieldContainer[RejectedItem]
    confirmed: int
    dropped: int
    def __init__(self, accepted: _Optional[int] = ..., duplicates: _Optional[int] = ..., corrections: _Optional[int] = ..., rejected: _Optional[_Iterable[_Union[RejectedItem, _Mapping]]] = ..., events: _Optional[int] = ..., revision: _Optional[int] = ..., held: _Optional[_Iterable[_Union[RejectedItem, _Mapping]]] = ..., confirmed: _Optional[int] = ..., dropped: _Optional[int] = ...) -> None: ...

class RejectedItem(_message.Message):
    __slots__ = ("index", "field", "description", "fault")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    index: int
    field: str
    description: str
    fault: MarketDataFault
    def __init__(self, index: _Optional[int] = ..., field: _Optional[str] = ..., description: _Optional[str] = ..., fault: _Optional[_Union[MarketDataFault, str]] = ...) -> None: ...

class StreamMarketDataRequest(_message.Message):
    __slots__ = ("sequence", "feed", "items")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    feed: str
    items: _containers.RepeatedCompositeFieldContainer[MarketDataItem]
    def __init__(self, sequence: _Optional[int] = ..., feed: _Optional[str] = ..., items: _Optional[_Iterable[_Union[MarketDataItem, _Mapping]]] = ...) -> None: ...

class StreamMarketDataResponse(_message.Message):
    __slots__ = ("sequence", "result", "window")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    result: PushMarketDataResponse
    window: int
    def __init__(self, sequence: _Optional[int] = ..., result: _Optional[_Union[PushMarketDataResponse, _Mapping]] = ..., window: _Optional[int] = ...) -> None: ...

class GetMarketViewRequest(_message.Message):
    __slots__ = ("symbol", "feed")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    feed: str
    def __init__(self, symbol: _Optional[str] = ..., feed: _Optional[str] = ...) -> None: ...

class GetMarketViewResponse(_message.Message):
    __slots__ = ("view",)
    VIEW_FIELD_NUMBER: _ClassVar[int]
    view: MarketView
    def __init__(self, view: _Optional[_Union[MarketView, _Mapping]] = ...) -> None: ...

class MarketView(_message.Message):
    __slots__ = ("feed", "symbol", "instrument", "quality", "as_of", "stale", "fine_bars", "coarse_bars", "last_fine_bar", "last_coarse_bar", "forming_bar", "quote", "median_spread", "rsi", "atr_fine", "atr_coarse", "ema50", "ema200", "macd", "macd_signal", "bollinger_upper", "bollinger_middle", "bollinger_lower", "vwap", "vwap_slope", "vwap_threshold", "swing_high", "swing_low", "delta_z", "session", "volatility", "structure", "buy", "sell", "gaps", "corrections", "feed_time", "skew_ms", "hours_source")
    FEED_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    STALE_FIELD_NUMBER: _ClassVar[int]
    FINE_BARS_FIELD_NUMBER: _ClassVar[int]
    COARSE_BARS_FIELD_NUMBER: _ClassVar[int]
    LAST_FINE_BAR_FIELD_NUMBER: _ClassVar[int]
    LAST_COARSE_BAR_FIELD_NUMBER: _ClassVar[int]
    FORMING_BAR_FIELD_NUMBER: _ClassVar[int]
    QUOTE_FIELD_NUMBER: _ClassVar[int]
    MEDIAN_SPREAD_FIELD_NUMBER: _ClassVar[int]
    RSI_FIELD_NUMBER: _ClassVar[int]
    ATR_FINE_FIELD_NUMBER: _ClassVar[int]
    ATR_COARSE_FIELD_NUMBER: _ClassVar[int]
    EMA50_FIELD_NUMBER: _ClassVar[int]
    EMA200_FIELD_NUMBER: _ClassVar[int]
    MACD_FIELD_NUMBER: _ClassVar[int]
    MACD_SIGNAL_FIELD_NUMBER: _ClassVar[int]
    BOLLINGER_UPPER_FIELD_NUMBER: _ClassVar[int]
    BOLLINGER_MIDDLE_FIELD_NUMBER: _ClassVar[int]
    BOLLINGER_LOWER_FIELD_NUMBER: _ClassVar[int]
    VWAP_FIELD_NUMBER: _ClassVar[int]
    VWAP_SLOPE_FIELD_NUMBER: _ClassVar[int]
    VWAP_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    SWING_HIGH_FIELD_NUMBER: _ClassVar[int]
    SWING_LOW_FIELD_NUMBER: _ClassVar[int]
    DELTA_Z_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    VOLATILITY_FIELD_NUMBER: _ClassVar[int]
    STRUCTURE_FIELD_NUMBER: _ClassVar[int]
    BUY_FIELD_NUMBER: _ClassVar[int]
    SELL_FIELD_NUMBER: _ClassVar[int]
    GAPS_FIELD_NUMBER: _ClassVar[int]
    CORRECTIONS_FIELD_NUMBER: _ClassVar[int]
    FEED_TIME_FIELD_NUMBER: _ClassVar[int]
    SKEW_MS_FIELD_NUMBER: _ClassVar[int]
    HOURS_SOURCE_FIELD_NUMBER: _ClassVar[int]
    feed: str
    symbol: str
    instrument: str
    quality: DataQuality
    as_of: _timestamp_pb2.Timestamp
    stale: bool
    fine_bars: int
    coarse_bars: int
    last_fine_bar: Bar
    last_coarse_bar: Bar
    forming_bar: Bar
    quote: Quote
    median_spread: float
    rsi: float
    atr_fine: float
    atr_coarse: float
    ema50: float
    ema200: float
    macd: float
    macd_signal: float
    bollinger_upper: float
    bollinger_middle: float
    bollinger_lower: float
    vwap: float
    vwap_slope: float
    vwap_threshold: float
    swing_high: float
    swing_low: float
    delta_z: float
    session: Session
    volatility: Volatility
    structure: MarketStructure
    buy: _types_pb2.Evaluation
    sell: _types_pb2.Evaluation
    gaps: int
    corrections: int
    feed_time: _timestamp_pb2.Timestamp
    skew_ms: int
    hours_source: HoursSource
    def __init__(self, feed: _Optional[str] = ..., symbol: _Optional[str] = ..., instrument: _Optional[str] = ..., quality: _Optional[_Union[DataQuality, str]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stale: bool = ..., fine_bars: _Optional[int] = ..., coarse_bars: _Optional[int] = ..., last_fine_bar: _Optional[_Union[Bar, _Mapping]] = ..., last_coarse_bar: _Optional[_Union[Bar, _Mapping]] = ..., forming_bar: _Optional[_Union[Bar, _Mapping]] = ..., quote: _Optional[_Union[Quote, _Mapping]] = ..., median_spread: _Optional[float] = ..., rsi: _Optional[float] = ..., atr_fine: _Optional[float] = ..., atr_coarse: _Optional[float] = ..., ema50: _Optional[float] = ..., ema200: _Optional[float] = ..., macd: _Optional[float] = ..., macd_signal: _Optional[float] = ..., bollinger_upper: _Optional[float] = ..., bollinger_middle: _Optional[float] = ..., bollinger_lower: _Optional[float] = ..., vwap: _Optional[float] = ..., vwap_slope: _Optional[float] = ..., vwap_threshold: _Optional[float] = ..., swing_high: _Optional[float] = ..., swing_low: _Optional[float] = ..., delta_z: _Optional[float] = ..., session: _Optional[_Union[Session, str]] = ..., volatility: _Optional[_Union[Volatility, str]] = ..., structure: _Optional[_Union[MarketStructure, str]] = ..., buy: _Optional[_Union[_types_pb2.Evaluation, _Mapping]] = ..., sell: _Optional[_Union[_types_pb2.Evaluation, _Mapping]] = ..., gaps: _Optional[int] = ..., corrections: _Optional[int] = ..., feed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., skew_ms: _Optional[int] = ..., hours_source: _Optional[_Union[HoursSource, str]] = ...) -> None: ...

class TradingSession(_message.Message):
    __slots__ = ("opens_minute", "closes_minute")
    OPENS_MINUTE_FIELD_NUMBER: _ClassVar[int]
    CLOSES_MINUTE_FIELD_NUMBER: _ClassVar[int]
    opens_minute: int
    closes_minute: int
    def __init__(self, opens_minute: _Optional[int] = ..., closes_minute: _Optional[int] = ...) -> None: ...

class TradingHours(_message.Message):
    __slots__ = ("zone", "utc_offset_minutes", "sessions")
    ZONE_FIELD_NUMBER: _ClassVar[int]
    UTC_OFFSET_MINUTES_FIELD_NUMBER: _ClassVar[int]
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    zone: str
    utc_offset_minutes: int
    sessions: _containers.RepeatedCompositeFieldContainer[TradingSession]
    def __init__(self, zone: _Optional[str] = ..., utc_offset_minutes: _Optional[int] = ..., sessions: _Optional[_Iterable[_Union[TradingSession, _Mapping]]] = ...) -> None: ...

class Instrument(_message.Message):
    __slots__ = ("account", "symbol", "digits", "tick_size", "volume_min", "volume_step", "volume_max", "stops_level", "freeze_level", "contract_size", "commission_per_lot", "swap_long", "swap_short", "kind", "currencies", "alias", "trading_hours", "profit_currency", "tick_value")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    DIGITS_FIELD_NUMBER: _ClassVar[int]
    TICK_SIZE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_MIN_FIELD_NUMBER: _ClassVar[int]
    VOLUME_STEP_FIELD_NUMBER: _ClassVar[int]
    VOLUME_MAX_FIELD_NUMBER: _ClassVar[int]
    STOPS_LEVEL_FIELD_NUMBER: _ClassVar[int]
    FREEZE_LEVEL_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_SIZE_FIELD_NUMBER: _ClassVar[int]
    COMMISSION_PER_LOT_FIELD_NUMBER: _ClassVar[int]
    SWAP_LONG_FIELD_NUMBER: _ClassVar[int]
    SWAP_SHORT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CURRENCIES_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    TRADING_HOURS_FIELD_NUMBER: _ClassVar[int]
    PROFIT_CURRENCY_FIELD_NUMBER: _ClassVar[int]
    TICK_VALUE_FIELD_NUMBER: _ClassVar[int]
    account: str
    symbol: str
    digits: int
    tick_size: float
    volume_min: float
    volume_step: float
    volume_max: float
    stops_level: float
    freeze_level: float
    contract_size: float
    commission_per_lot: float
    swap_long: float
    swap_short: float
    kind: InstrumentKind
    currencies: _containers.RepeatedScalarFieldContainer[str]
    alias: str
    trading_hours: TradingHours
    profit_currency: str
    tick_value: float
    def __init__(self, account: _Optional[str] = ..., symbol: _Optional[str] = ..., digits: _Optional[int] = ..., tick_size: _Optional[float] = ..., volume_min: _Optional[float] = ..., volume_step: _Optional[float] = ..., volume_max: _Optional[float] = ..., stops_level: _Optional[float] = ..., freeze_level: _Optional[float] = ..., contract_size: _Optional[float] = ..., commission_per_lot: _Optional[float] = ..., swap_long: _Optional[float] = ..., swap_short: _Optional[float] = ..., kind: _Optional[_Union[InstrumentKind, str]] = ..., currencies: _Optional[_Iterable[str]] = ..., alias: _Optional[str] = ..., trading_hours: _Optional[_Union[TradingHours, _Mapping]] = ..., profit_currency: _Optional[str] = ..., tick_value: _Optional[float] = ...) -> None: ...

class UpsertInstrumentsRequest(_message.Message):
    __slots__ = ("request_id", "instruments")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    instruments: _containers.RepeatedCompositeFieldContainer[Instrument]
    def __init__(self, request_id: _Optional[str] = ..., instruments: _Optional[_Iterable[_Union[Instrument, _Mapping]]] = ...) -> None: ...

class UpsertInstrumentsResponse(_message.Message):
    __slots__ = ("changed", "rejected")
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    changed: int
    rejected: _containers.RepeatedCompositeFieldContainer[RejectedItem]
    def __init__(self, changed: _Optional[int] = ..., rejected: _Optional[_Iterable[_Union[RejectedItem, _Mapping]]] = ...) -> None: ...

class NewsEvent(_message.Message):
    __slots__ = ("event_id", "currency", "time", "impact", "title")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    IMPACT_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    currency: str
    time: _timestamp_pb2.Timestamp
    impact: NewsImpact
    title: str
    def __init__(self, event_id: _Optional[str] = ..., currency: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., impact: _Optional[_Union[NewsImpact, str]] = ..., title: _Optional[str] = ...) -> None: ...

class UpsertNewsEventsRequest(_message.Message):
    __slots__ = ("request_id", "events")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    events: _containers.RepeatedCompositeFieldContainer[NewsEvent]
    def __init__(self, request_id: _Optional[str] = ..., events: _Optional[_Iterable[_Union[NewsEvent, _Mapping]]] = ...) -> None: ...

class UpsertNewsEventsResponse(_message.Message):
    __slots__ = ("changed", "rejected")
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    changed: int
    rejected: _containers.RepeatedCompositeFieldContainer[RejectedItem]
    def __init__(self, changed: _Optional[int] = ..., rejected: _Optional[_Iterable[_Union[RejectedItem, _Mapping]]] = ...) -> None: ...

class ListMarketViewsRequest(_message.Message):
    __slots__ = ("feed", "page_size", "page_token")
    FEED_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    feed: str
    page_size: int
    page_token: str
    def __init__(self, feed: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListMarketViewsResponse(_message.Message):
    __slots__ = ("markets", "next_page_token")
    MARKETS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    markets: _containers.RepeatedCompositeFieldContainer[MarketSummary]
    next_page_token: str
    def __init__(self, markets: _Optional[_Iterable[_Union[MarketSummary, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class MarketSummary(_message.Message):
    __slots__ = ("feed", "instrument", "quality", "as_of", "stale", "quote", "last_price", "median_spread", "buy_score", "sell_score", "evaluated_at", "active_trades", "feed_time", "skew_ms", "hours_source")
    FEED_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    STALE_FIELD_NUMBER: _ClassVar[int]
    QUOTE_FIELD_NUMBER: _ClassVar[int]
    LAST_PRICE_FIELD_NUMBER: _ClassVar[int]
    MEDIAN_SPREAD_FIELD_NUMBER: _ClassVar[int]
    BUY_SCORE_FIELD_NUMBER: _ClassVar[int]
    SELL_SCORE_FIELD_NUMBER: _ClassVar[int]
    EVALUATED_AT_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_TRADES_FIELD_NUMBER: _ClassVar[int]
    FEED_TIME_FIELD_NUMBER: _ClassVar[int]
    SKEW_MS_FIELD_NUMBER: _ClassVar[int]
    HOURS_SOURCE_FIELD_NUMBER: _ClassVar[int]
    feed: str
    instrument: str
    quality: DataQuality
    as_of: _timestamp_pb2.Timestamp
    stale: bool
    quote: Quote
    last_price: float
    median_spread: float
    buy_score: float
    sell_score: float
    evaluated_at: _timestamp_pb2.Timestamp
    active_trades: int
    feed_time: _timestamp_pb2.Timestamp
    skew_ms: int
    hours_source: HoursSource
    def __init__(self, feed: _Optional[str] = ..., instrument: _Optional[str] = ..., quality: _Optional[_Union[DataQuality, str]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stale: bool = ..., quote: _Optional[_Union[Quote, _Mapping]] = ..., last_price: _Optional[float] = ..., median_spread: _Optional[float] = ..., buy_score: _Optional[float] = ..., sell_score: _Optional[float] = ..., evaluated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., active_trades: _Optional[int] = ..., feed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., skew_ms: _Optional[int] = ..., hours_source: _Optional[_Union[HoursSource, str]] = ...) -> None: ...

class ListBarsRequest(_message.Message):
    __slots__ = ("symbol", "feed", "timeframe", "start_time", "end_time", "limit")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    TIMEFRAME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    feed: str
    timeframe: _types_pb2.Timeframe
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    limit: int
    def __init__(self, symbol: _Optional[str] = ..., feed: _Optional[str] = ..., timeframe: _Optional[_Union[_types_pb2.Timeframe, str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., limit: _Optional[int] = ...) -> None: ...

class ListBarsResponse(_message.Message):
    __slots__ = ("bars", "forming_bar")
    BARS_FIELD_NUMBER: _ClassVar[int]
    FORMING_BAR_FIELD_NUMBER: _ClassVar[int]
    bars: _containers.RepeatedCompositeFieldContainer[Bar]
    forming_bar: Bar
    def __init__(self, bars: _Optional[_Iterable[_Union[Bar, _Mapping]]] = ..., forming_bar: _Optional[_Union[Bar, _Mapping]] = ...) -> None: ...

class ListEvaluationsRequest(_message.Message):
    __slots__ = ("symbol", "feed", "start_time", "end_time", "page_size", "page_token")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    feed: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    def __init__(self, symbol: _Optional[str] = ..., feed: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEvaluationsResponse(_message.Message):
    __slots__ = ("evaluations", "next_page_token")
    EVALUATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    evaluations: _containers.RepeatedCompositeFieldContainer[MarketEvaluation]
    next_page_token: str
    def __init__(self, evaluations: _Optional[_Iterable[_Union[MarketEvaluation, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class MarketEvaluation(_message.Message):
    __slots__ = ("evaluated_at", "buy", "sell")
    EVALUATED_AT_FIELD_NUMBER: _ClassVar[int]
    BUY_FIELD_NUMBER: _ClassVar[int]
    SELL_FIELD_NUMBER: _ClassVar[int]
    evaluated_at: _timestamp_pb2.Timestamp
    buy: _types_pb2.Evaluation
    sell: _types_pb2.Evaluation
    def __init__(self, evaluated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., buy: _Optional[_Union[_types_pb2.Evaluation, _Mapping]] = ..., sell: _Optional[_Union[_types_pb2.Evaluation, _Mapping]] = ...) -> None: ...
