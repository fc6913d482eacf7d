import datetime

from buf.validate import validate_pb2 as _validate_pb2
from dtms.v1 import access_pb2 as _access_pb2
from dtms.v1 import effect_pb2 as _effect_pb2
from dtms.v1 import error_reason_pb2 as _error_reason_pb2
from dtms.v1 import event_pb2 as _event_pb2
from dtms.v1 import lists_pb2 as _lists_pb2
from dtms.v1 import results_pb2 as _results_pb2
from dtms.v1 import types_pb2 as _types_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RegisterTradeRequest(_message.Message):
    __slots__ = ("trade", "request_id")
    TRADE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    trade: _types_pb2.TradeSpec
    request_id: str
    def __init__(self, trade: _Optional[_Union[_types_pb2.TradeSpec, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RegisterTradeResponse(_message.Message):
    __slots__ = ("trade", "already_registered", "revision", "closed")
    TRADE_FIELD_NUMBER: _ClassVar[int]
    ALREADY_REGISTERED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    trade: _types_pb2.Trade
    already_registered: bool
    revision: int
    closed: bool
    def __init__(self, trade: _Optional[_Union[_types_pb2.Trade, _Mapping]] = ..., already_registered: bool = ..., revision: _Optional[int] = ..., closed: bool = ...) -> None: ...

class BatchRegisterTradesRequest(_message.Message):
    __slots__ = ("trades", "request_id")
    TRADES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    trades: _containers.RepeatedCompositeFieldContainer[_types_pb2.TradeSpec]
    request_id: str
    def __init__(self, trades: _Optional[_Iterable[_Union[_types_pb2.TradeSpec, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...

class BatchRegisterTradesResponse(_message.Message):
    __slots__ = ("results", "revision")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[BatchRegisterTradesResult]
    revision: int
    def __init__(self, results: _Optional[_Iterable[_Union[BatchRegisterTradesResult, _Mapping]]] = ..., revision: _Optional[int] = ...) -> None: ...

class BatchRegisterTradesResult(_message.Message):
    __slots__ = ("account", "ticket", "already_registered", "revision", "trade_version", "error", "closed")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    ALREADY_REGISTERED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    TRADE_VERSION_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    already_registered: bool
    revision: int
    trade_version: int
    error: BatchItemError
    closed: bool
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., already_registered: bool = ..., revision: _Optional[int] = ..., trade_version: _Optional[int] = ..., error: _Optional[_Union[BatchItemError, _Mapping]] = ..., closed: bool = ...) -> None: ...

class BatchItemError(_message.Message):
    __slots__ = ("code", "reason", "message", "fields")
    CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    code: int
    reason: _error_reason_pb2.ErrorReason
    message: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, code: _Optional[int] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ...) -> None: ...

class GetTradeRequest(_message.Message):
    __slots__ = ("account", "ticket", "at_revision")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    AT_REVISION_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    at_revision: int
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., at_revision: _Optional[int] = ...) -> None: ...

class GetTradeResponse(_message.Message):
    __slots__ = ("trade",)
    TRADE_FIELD_NUMBER: _ClassVar[int]
    trade: _types_pb2.Trade
    def __init__(self, trade: _Optional[_Union[_types_pb2.Trade, _Mapping]] = ...) -> None: ...

class BatchGetTradesRequest(_message.Message):
    __slots__ = ("account", "tickets")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKETS_FIELD_NUMBER: _ClassVar[int]
    account: str
    tickets: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, account: _Optional[str] = ..., tickets: _Optional[_Iterable[int]] = ...) -> None: ...

class BatchGetTradesResponse(_message.Message):
    __slots__ = ("trades", "unknown_tickets")
    TRADES_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_TICKETS_FIELD_NUMBER: _ClassVar[int]
    trades: _containers.RepeatedCompositeFieldContainer[_types_pb2.Trade]
    unknown_tickets: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, trades: _Optional[_Iterable[_Union[_types_pb2.Trade, _Mapping]]] = ..., unknown_tickets: _Optional[_Iterable[int]] = ...) -> None: ...

class TradeFilter(_message.Message):
    __slots__ = ("account", "symbols", "states", "tickets")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    TICKETS_FIELD_NUMBER: _ClassVar[int]
    account: str
    symbols: _containers.RepeatedScalarFieldContainer[str]
    states: _containers.RepeatedScalarFieldContainer[_types_pb2.TradeState]
    tickets: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, account: _Optional[str] = ..., symbols: _Optional[_Iterable[str]] = ..., states: _Optional[_Iterable[_Union[_types_pb2.TradeState, str]]] = ..., tickets: _Optional[_Iterable[int]] = ...) -> None: ...

class ListTradesRequest(_message.Message):
    __slots__ = ("filter", "page_size", "page_token", "newest_first")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    NEWEST_FIRST_FIELD_NUMBER: _ClassVar[int]
    filter: TradeFilter
    page_size: int
    page_token: str
    newest_first: bool
    def __init__(self, filter: _Optional[_Union[TradeFilter, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., newest_first: bool = ...) -> None: ...

class ListTradesResponse(_message.Message):
    __slots__ = ("trades", "next_page_token")
    TRADES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    trades: _containers.RepeatedCompositeFieldContainer[_types_pb2.Trade]
    next_page_token: str
    def __init__(self, trades: _Optional[_Iterable[_Union[_types_pb2.Trade, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListTradeResultsRequest(_message.Message):
    __slots__ = ("filter", "page_size", "page_token", "newest_first")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    NEWEST_FIRST_FIELD_NUMBER: _ClassVar[int]
    filter: TradeFilter
    page_size: int
    page_token: str
    newest_first: bool
    def __init__(self, filter: _Optional[_Union[TradeFilter, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., newest_first: bool = ...) -> None: ...

class ListTradeResultsResponse(_message.Message):
    __slots__ = ("results", "next_page_token")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_results_pb2.TradeResult]
    next_page_token: str
    def __init__(self, results: _Optional[_Iterable[_Union[_results_pb2.TradeResult, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListTradeEventsRequest(_message.Message):
    __slots__ = ("filter", "after_revision", "page_size", "page_token")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    AFTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    filter: TradeFilter
    after_revision: int
    page_size: int
    page_token: str
    def __init__(self, filter: _Optional[_Union[TradeFilter, _Mapping]] = ..., after_revision: _Optional[int] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTradeEventsResponse(_message.Message):
    __slots__ = ("events", "next_page_token")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_event_pb2.TradeEvent]
    next_page_token: str
    def __init__(self, events: _Optional[_Iterable[_Union[_event_pb2.TradeEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateTradeRequest(_message.Message):
    __slots__ = ("account", "ticket", "request_id", "volume", "stop_loss", "take_profit", "stop_loss_removed", "take_profit_removed", "hedge", "hedge_gone", "occurred_at", "position_ticket")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    STOP_LOSS_FIELD_NUMBER: _ClassVar[int]
    TAKE_PROFIT_FIELD_NUMBER: _ClassVar[int]
    STOP_LOSS_REMOVED_FIELD_NUMBER: _ClassVar[int]
    TAKE_PROFIT_REMOVED_FIELD_NUMBER: _ClassVar[int]
    HEDGE_FIELD_NUMBER: _ClassVar[int]
    HEDGE_GONE_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    POSITION_TICKET_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    request_id: str
    volume: float
    stop_loss: float
    take_profit: float
    stop_loss_removed: bool
    take_profit_removed: bool
    hedge: _types_pb2.HedgeLeg
    hedge_gone: bool
    occurred_at: _timestamp_pb2.Timestamp
    position_ticket: int
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., request_id: _Optional[str] = ..., volume: _Optional[float] = ..., stop_loss: _Optional[float] = ..., take_profit: _Optional[float] = ..., stop_loss_removed: bool = ..., take_profit_removed: bool = ..., hedge: _Optional[_Union[_types_pb2.HedgeLeg, _Mapping]] = ..., hedge_gone: bool = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., position_ticket: _Optional[int] = ...) -> None: ...

class UpdateTradeResponse(_message.Message):
    __slots__ = ("trade", "revision")
    TRADE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    trade: _types_pb2.Trade
    revision: int
    def __init__(self, trade: _Optional[_Union[_types_pb2.Trade, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class CloseTradeRequest(_message.Message):
    __slots__ = ("account", "ticket", "request_id", "reason", "close_price", "occurred_at")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CLOSE_PRICE_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    request_id: str
    reason: _types_pb2.CloseReason
    close_price: float
    occurred_at: _timestamp_pb2.Timestamp
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., request_id: _Optional[str] = ..., reason: _Optional[_Union[_types_pb2.CloseReason, str]] = ..., close_price: _Optional[float] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CloseTradeResponse(_message.Message):
    __slots__ = ("trade", "revision")
    TRADE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    trade: _types_pb2.Trade
    revision: int
    def __init__(self, trade: _Optional[_Union[_types_pb2.Trade, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class PauseTradeRequest(_message.Message):
    __slots__ = ("account", "ticket", "request_id", "reason")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    request_id: str
    reason: str
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class PauseTradeResponse(_message.Message):
    __slots__ = ("trade", "revision")
    TRADE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    trade: _types_pb2.Trade
    revision: int
    def __init__(self, trade: _Optional[_Union[_types_pb2.Trade, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class ResumeTradeRequest(_message.Message):
    __slots__ = ("account", "ticket", "request_id", "reason")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    request_id: str
    reason: str
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ResumeTradeResponse(_message.Message):
    __slots__ = ("trade", "revision")
    TRADE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    trade: _types_pb2.Trade
    revision: int
    def __init__(self, trade: _Optional[_Union[_types_pb2.Trade, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class EvaluateTradeRequest(_message.Message):
    __slots__ = ("account", "ticket", "at_revision")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    AT_REVISION_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    at_revision: int
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., at_revision: _Optional[int] = ...) -> None: ...

class EvaluateTradeResponse(_message.Message):
    __slots__ = ("trade", "evaluation", "transition", "obstacle")
    TRADE_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_FIELD_NUMBER: _ClassVar[int]
    TRANSITION_FIELD_NUMBER: _ClassVar[int]
    OBSTACLE_FIELD_NUMBER: _ClassVar[int]
    trade: _types_pb2.Trade
    evaluation: _types_pb2.Evaluation
    transition: _event_pb2.StateChanged
    obstacle: str
    def __init__(self, trade: _Optional[_Union[_types_pb2.Trade, _Mapping]] = ..., evaluation: _Optional[_Union[_types_pb2.Evaluation, _Mapping]] = ..., transition: _Optional[_Union[_event_pb2.StateChanged, _Mapping]] = ..., obstacle: _Optional[str] = ...) -> None: ...

class ResumeToken(_message.Message):
    __slots__ = ("log_epoch", "revision", "recorded_at")
    LOG_EPOCH_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    log_epoch: str
    revision: int
    recorded_at: _timestamp_pb2.Timestamp
    def __init__(self, log_epoch: _Optional[str] = ..., revision: _Optional[int] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class WatchTradesRequest(_message.Message):
    __slots__ = ("filter", "resume_after", "send_initial_state")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    RESUME_AFTER_FIELD_NUMBER: _ClassVar[int]
    SEND_INITIAL_STATE_FIELD_NUMBER: _ClassVar[int]
    filter: TradeFilter
    resume_after: ResumeToken
    send_initial_state: bool
    def __init__(self, filter: _Optional[_Union[TradeFilter, _Mapping]] = ..., resume_after: _Optional[_Union[ResumeToken, _Mapping]] = ..., send_initial_state: bool = ...) -> None: ...

class WatchTradesResponse(_message.Message):
    __slots__ = ("snapshot_item", "snapshot_end", "events", "bookmark", "caught_up", "fell_behind")
    SNAPSHOT_ITEM_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_END_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    BOOKMARK_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    FELL_BEHIND_FIELD_NUMBER: _ClassVar[int]
    snapshot_item: SnapshotItem
    snapshot_end: SnapshotEnd
    events: WatchEvents
    bookmark: Bookmark
    caught_up: CaughtUp
    fell_behind: FellBehind
    def __init__(self, snapshot_item: _Optional[_Union[SnapshotItem, _Mapping]] = ..., snapshot_end: _Optional[_Union[SnapshotEnd, _Mapping]] = ..., events: _Optional[_Union[WatchEvents, _Mapping]] = ..., bookmark: _Optional[_Union[Bookmark, _Mapping]] = ..., caught_up: _Optional[_Union[CaughtUp, _Mapping]] = ..., fell_behind: _Optional[_Union[FellBehind, _Mapping]] = ...) -> None: ...

class SnapshotItem(_message.Message):
    __slots__ = ("trade",)
    TRADE_FIELD_NUMBER: _ClassVar[int]
    trade: _types_pb2.Trade
    def __init__(self, trade: _Optional[_Union[_types_pb2.Trade, _Mapping]] = ...) -> None: ...

class SnapshotEnd(_message.Message):
    __slots__ = ("revision", "log_epoch", "items", "recorded_at")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    LOG_EPOCH_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    revision: int
    log_epoch: str
    items: int
    recorded_at: _timestamp_pb2.Timestamp
    def __init__(self, revision: _Optional[int] = ..., log_epoch: _Optional[str] = ..., items: _Optional[int] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class WatchEvents(_message.Message):
    __slots__ = ("revision", "events")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    revision: int
    events: _containers.RepeatedCompositeFieldContainer[_event_pb2.TradeEvent]
    def __init__(self, revision: _Optional[int] = ..., events: _Optional[_Iterable[_Union[_event_pb2.TradeEvent, _Mapping]]] = ...) -> None: ...

class Bookmark(_message.Message):
    __slots__ = ("revision", "log_epoch", "recorded_at")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    LOG_EPOCH_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    revision: int
    log_epoch: str
    recorded_at: _timestamp_pb2.Timestamp
    def __init__(self, revision: _Optional[int] = ..., log_epoch: _Optional[str] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CaughtUp(_message.Message):
    __slots__ = ("revision",)
    REVISION_FIELD_NUMBER: _ClassVar[int]
    revision: int
    def __init__(self, revision: _Optional[int] = ...) -> None: ...

class FellBehind(_message.Message):
    __slots__ = ("revision", "head_revision")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    HEAD_REVISION_FIELD_NUMBER: _ClassVar[int]
    revision: int
    head_revision: int
    def __init__(self, revision: _Optional[int] = ..., head_revision: _Optional[int] = ...) -> None: ...

class ListStateHistoryRequest(_message.Message):
    __slots__ = ("account", "start_time", "end_time", "step_seconds")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    STEP_SECONDS_FIELD_NUMBER: _ClassVar[int]
    account: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    step_seconds: int
    def __init__(self, account: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., step_seconds: _Optional[int] = ...) -> None: ...

class ListStateHistoryResponse(_message.Message):
    __slots__ = ("points",)
    POINTS_FIELD_NUMBER: _ClassVar[int]
    points: _containers.RepeatedCompositeFieldContainer[StateHistoryPoint]
    def __init__(self, points: _Optional[_Iterable[_Union[StateHistoryPoint, _Mapping]]] = ...) -> None: ...

class StateHistoryPoint(_message.Message):
    __slots__ = ("time", "trades_by_state")
    TIME_FIELD_NUMBER: _ClassVar[int]
    TRADES_BY_STATE_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    trades_by_state: _containers.RepeatedCompositeFieldContainer[_types_pb2.StateCount]
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., trades_by_state: _Optional[_Iterable[_Union[_types_pb2.StateCount, _Mapping]]] = ...) -> None: ...

class GetEffectRequest(_message.Message):
    __slots__ = ("filter",)
    FILTER_FIELD_NUMBER: _ClassVar[int]
    filter: _effect_pb2.EffectFilter
    def __init__(self, filter: _Optional[_Union[_effect_pb2.EffectFilter, _Mapping]] = ...) -> None: ...

class GetEffectResponse(_message.Message):
    __slots__ = ("total", "accounts", "symbols", "policies", "least_trades", "least_blocks", "horizon_seconds", "truncated", "observed")
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    POLICIES_FIELD_NUMBER: _ClassVar[int]
    LEAST_TRADES_FIELD_NUMBER: _ClassVar[int]
    LEAST_BLOCKS_FIELD_NUMBER: _ClassVar[int]
    HORIZON_SECONDS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_FIELD_NUMBER: _ClassVar[int]
    total: _effect_pb2.EffectFigures
    accounts: _containers.RepeatedCompositeFieldContainer[_effect_pb2.NamedEffect]
    symbols: _containers.RepeatedCompositeFieldContainer[_effect_pb2.NamedEffect]
    policies: _containers.RepeatedCompositeFieldContainer[_effect_pb2.NamedEffect]
    least_trades: int
    least_blocks: int
    horizon_seconds: int
    truncated: bool
    observed: _containers.RepeatedCompositeFieldContainer[_effect_pb2.NamedEffect]
    def __init__(self, total: _Optional[_Union[_effect_pb2.EffectFigures, _Mapping]] = ..., accounts: _Optional[_Iterable[_Union[_effect_pb2.NamedEffect, _Mapping]]] = ..., symbols: _Optional[_Iterable[_Union[_effect_pb2.NamedEffect, _Mapping]]] = ..., policies: _Optional[_Iterable[_Union[_effect_pb2.NamedEffect, _Mapping]]] = ..., least_trades: _Optional[int] = ..., least_blocks: _Optional[int] = ..., horizon_seconds: _Optional[int] = ..., truncated: bool = ..., observed: _Optional[_Iterable[_Union[_effect_pb2.NamedEffect, _Mapping]]] = ...) -> None: ...

class ListTradeEffectsRequest(_message.Message):
    __slots__ = ("filter", "page_size", "page_token")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    filter: _effect_pb2.EffectFilter
    page_size: int
    page_token: str
    def __init__(self, filter: _Optional[_Union[_effect_pb2.EffectFilter, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTradeEffectsResponse(_message.Message):
    __slots__ = ("effects", "next_page_token")
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    effects: _containers.RepeatedCompositeFieldContainer[_effect_pb2.TradeEffect]
    next_page_token: str
    def __init__(self, effects: _Optional[_Iterable[_Union[_effect_pb2.TradeEffect, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
