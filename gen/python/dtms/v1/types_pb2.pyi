import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Direction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIRECTION_UNSPECIFIED: _ClassVar[Direction]
    DIRECTION_BUY: _ClassVar[Direction]
    DIRECTION_SELL: _ClassVar[Direction]

class TradeState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRADE_STATE_UNSPECIFIED: _ClassVar[TradeState]
    TRADE_STATE_HEALTHY: _ClassVar[TradeState]
    TRADE_STATE_WARNING_L1: _ClassVar[TradeState]
    TRADE_STATE_WARNING_L2: _ClassVar[TradeState]
    TRADE_STATE_HEDGED: _ClassVar[TradeState]
    TRADE_STATE_RECOVERING: _ClassVar[TradeState]
    TRADE_STATE_CLOSED: _ClassVar[TradeState]

class Monitoring(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MONITORING_UNSPECIFIED: _ClassVar[Monitoring]
    MONITORING_WAITING_FOR_DATA: _ClassVar[Monitoring]
    MONITORING_STANDBY: _ClassVar[Monitoring]
    MONITORING_ACTIVE: _ClassVar[Monitoring]
    MONITORING_STALE_DATA: _ClassVar[Monitoring]
    MONITORING_PAUSED: _ClassVar[Monitoring]
    MONITORING_ENDED: _ClassVar[Monitoring]

class Timeframe(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIMEFRAME_UNSPECIFIED: _ClassVar[Timeframe]
    TIMEFRAME_M1: _ClassVar[Timeframe]
    TIMEFRAME_M5: _ClassVar[Timeframe]
    TIMEFRAME_M15: _ClassVar[Timeframe]

class Signal(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIGNAL_UNSPECIFIED: _ClassVar[Signal]
    SIGNAL_STRUCTURE: _ClassVar[Signal]
    SIGNAL_VWAP_VOLUME: _ClassVar[Signal]
    SIGNAL_MOMENTUM: _ClassVar[Signal]
    SIGNAL_EMA_ALIGNMENT: _ClassVar[Signal]
    SIGNAL_DELTA_PRESSURE: _ClassVar[Signal]
    SIGNAL_CANDLE_CONVICTION: _ClassVar[Signal]

class Confluence(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONFLUENCE_UNSPECIFIED: _ClassVar[Confluence]
    CONFLUENCE_FOR: _ClassVar[Confluence]
    CONFLUENCE_AGAINST: _ClassVar[Confluence]
    CONFLUENCE_MIXED: _ClassVar[Confluence]

class TradeOrigin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRADE_ORIGIN_UNSPECIFIED: _ClassVar[TradeOrigin]
    TRADE_ORIGIN_REGISTERED: _ClassVar[TradeOrigin]
    TRADE_ORIGIN_EXTERNAL: _ClassVar[TradeOrigin]
    TRADE_ORIGIN_RE_ADD: _ClassVar[TradeOrigin]

class TradeField(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRADE_FIELD_UNSPECIFIED: _ClassVar[TradeField]
    TRADE_FIELD_STOP_LOSS: _ClassVar[TradeField]
    TRADE_FIELD_TAKE_PROFIT: _ClassVar[TradeField]
    TRADE_FIELD_VOLUME: _ClassVar[TradeField]

class ActionType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTION_TYPE_UNSPECIFIED: _ClassVar[ActionType]
    ACTION_TYPE_TIGHTEN_SL: _ClassVar[ActionType]
    ACTION_TYPE_TRAIL_SL: _ClassVar[ActionType]
    ACTION_TYPE_MOVE_SL_BREAKEVEN: _ClassVar[ActionType]
    ACTION_TYPE_PARTIAL_CLOSE: _ClassVar[ActionType]
    ACTION_TYPE_OPEN_HEDGE: _ClassVar[ActionType]
    ACTION_TYPE_CLOSE_HEDGE: _ClassVar[ActionType]
    ACTION_TYPE_CLOSE_ALL: _ClassVar[ActionType]
    ACTION_TYPE_RE_ADD: _ClassVar[ActionType]

class SuppressionReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUPPRESSION_REASON_UNSPECIFIED: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_NO_CHANGE: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_WOULD_LOOSEN: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_NOT_LEGAL: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_BELOW_MINIMUM_STEP: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_TOO_SOON: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_COALESCED: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_SPREAD: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_STALE_DATA: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_NEWS: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_BELOW_MINIMUM_VOLUME: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_ACCOUNT_RULES: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_OBSERVE: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_NOT_AVAILABLE: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_NOTHING_TO_DO: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_TRADING_STATE: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_OWNED: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_TERMS_UNKNOWN: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_SWITCHED_OFF: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_POLICY: _ClassVar[SuppressionReason]
    SUPPRESSION_REASON_EXPOSURE: _ClassVar[SuppressionReason]

class TransitionCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSITION_CAUSE_UNSPECIFIED: _ClassVar[TransitionCause]
    TRANSITION_CAUSE_SCORE: _ClassVar[TransitionCause]
    TRANSITION_CAUSE_FLAT_TIMER: _ClassVar[TransitionCause]
    TRANSITION_CAUSE_RECOVERY_TIMER: _ClassVar[TransitionCause]
    TRANSITION_CAUSE_VWAP_VOLUME_FLIP: _ClassVar[TransitionCause]
    TRANSITION_CAUSE_BREAK_OF_STRUCTURE: _ClassVar[TransitionCause]
    TRANSITION_CAUSE_CHANGE_OF_CHARACTER: _ClassVar[TransitionCause]
    TRANSITION_CAUSE_HEDGE_GONE: _ClassVar[TransitionCause]
    TRANSITION_CAUSE_BROKER_CLOSED: _ClassVar[TransitionCause]
    TRANSITION_CAUSE_REQUESTED: _ClassVar[TransitionCause]

class CloseReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLOSE_REASON_UNSPECIFIED: _ClassVar[CloseReason]
    CLOSE_REASON_REQUESTED: _ClassVar[CloseReason]
    CLOSE_REASON_STOP_LOSS: _ClassVar[CloseReason]
    CLOSE_REASON_TAKE_PROFIT: _ClassVar[CloseReason]
    CLOSE_REASON_BROKER_GONE: _ClassVar[CloseReason]
    CLOSE_REASON_DEFENSIVE: _ClassVar[CloseReason]
    CLOSE_REASON_EXPIRED: _ClassVar[CloseReason]

class ActionStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTION_STATUS_UNSPECIFIED: _ClassVar[ActionStatus]
    ACTION_STATUS_PENDING: _ClassVar[ActionStatus]
    ACTION_STATUS_LEASED: _ClassVar[ActionStatus]
    ACTION_STATUS_EXECUTING: _ClassVar[ActionStatus]
    ACTION_STATUS_DONE: _ClassVar[ActionStatus]
    ACTION_STATUS_REJECTED: _ClassVar[ActionStatus]
    ACTION_STATUS_EXPIRED: _ClassVar[ActionStatus]
    ACTION_STATUS_DEAD: _ClassVar[ActionStatus]
    ACTION_STATUS_IN_DOUBT: _ClassVar[ActionStatus]
    ACTION_STATUS_HELD: _ClassVar[ActionStatus]

class HoldReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HOLD_REASON_UNSPECIFIED: _ClassVar[HoldReason]
    HOLD_REASON_MASS_EFFECT: _ClassVar[HoldReason]
    HOLD_REASON_ORDER_VOLUME: _ClassVar[HoldReason]
    HOLD_REASON_ORDER_NOTIONAL: _ClassVar[HoldReason]
    HOLD_REASON_ORDER_RATE: _ClassVar[HoldReason]

class ActionOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTION_OUTCOME_UNSPECIFIED: _ClassVar[ActionOutcome]
    ACTION_OUTCOME_DONE: _ClassVar[ActionOutcome]
    ACTION_OUTCOME_NO_CHANGE: _ClassVar[ActionOutcome]
    ACTION_OUTCOME_RETRYABLE: _ClassVar[ActionOutcome]
    ACTION_OUTCOME_REJECTED: _ClassVar[ActionOutcome]
    ACTION_OUTCOME_MARKET_CLOSED: _ClassVar[ActionOutcome]
    ACTION_OUTCOME_UNKNOWN: _ClassVar[ActionOutcome]
DIRECTION_UNSPECIFIED: Direction
DIRECTION_BUY: Direction
DIRECTION_SELL: Direction
TRADE_STATE_UNSPECIFIED: TradeState
TRADE_STATE_HEALTHY: TradeState
TRADE_STATE_WARNING_L1: TradeState
TRADE_STATE_WARNING_L2: TradeState
TRADE_STATE_HEDGED: TradeState
TRADE_STATE_RECOVERING: TradeState
TRADE_STATE_CLOSED: TradeState
MONITORING_UNSPECIFIED: Monitoring
MONITORING_WAITING_FOR_DATA: Monitoring
MONITORING_STANDBY: Monitoring
MONITORING_ACTIVE: Monitoring
MONITORING_STALE_DATA: Monitoring
MONITORING_PAUSED: Monitoring
MONITORING_ENDED: Monitoring
TIMEFRAME_UNSPECIFIED: Timeframe
TIMEFRAME_M1: Timeframe
TIMEFRAME_M5: Timeframe
TIMEFRAME_M15: Timeframe
SIGNAL_UNSPECIFIED: Signal
SIGNAL_STRUCTURE: Signal
SIGNAL_VWAP_VOLUME: Signal
SIGNAL_MOMENTUM: Signal
SIGNAL_EMA_ALIGNMENT: Signal
SIGNAL_DELTA_PRESSURE: Signal
SIGNAL_CANDLE_CONVICTION: Signal
CONFLUENCE_UNSPECIFIED: Confluence
CONFLUENCE_FOR: Confluence
CONFLUENCE_AGAINST: Confluence
CONFLUENCE_MIXED: Confluence
TRADE_ORIGIN_UNSPECIFIED: TradeOrigin
TRADE_ORIGIN_REGISTERED: TradeOrigin
TRADE_ORIGIN_EXTERNAL: TradeOrigin
TRADE_ORIGIN_RE_ADD: TradeOrigin
TRADE_FIELD_UNSPECIFIED: TradeField
TRADE_FIELD_STOP_LOSS: TradeField
TRADE_FIELD_TAKE_PROFIT: TradeField
TRADE_FIELD_VOLUME: TradeField
ACTION_TYPE_UNSPECIFIED: ActionType
ACTION_TYPE_TIGHTEN_SL: ActionType
ACTION_TYPE_TRAIL_SL: ActionType
ACTION_TYPE_MOVE_SL_BREAKEVEN: ActionType
ACTION_TYPE_PARTIAL_CLOSE: ActionType
ACTION_TYPE_OPEN_HEDGE: ActionType
ACTION_TYPE_CLOSE_HEDGE: ActionType
ACTION_TYPE_CLOSE_ALL: ActionType
ACTION_TYPE_RE_ADD: ActionType
SUPPRESSION_REASON_UNSPECIFIED: SuppressionReason
SUPPRESSION_REASON_NO_CHANGE: SuppressionReason
SUPPRESSION_REASON_WOULD_LOOSEN: SuppressionReason
SUPPRESSION_REASON_NOT_LEGAL: SuppressionReason
SUPPRESSION_REASON_BELOW_MINIMUM_STEP: SuppressionReason
SUPPRESSION_REASON_TOO_SOON: SuppressionReason
SUPPRESSION_REASON_COALESCED: SuppressionReason
SUPPRESSION_REASON_SPREAD: SuppressionReason
SUPPRESSION_REASON_STALE_DATA: SuppressionReason
SUPPRESSION_REASON_NEWS: SuppressionReason
SUPPRESSION_REASON_BELOW_MINIMUM_VOLUME: SuppressionReason
SUPPRESSION_REASON_ACCOUNT_RULES: SuppressionReason
SUPPRESSION_REASON_OBSERVE: SuppressionReason
SUPPRESSION_REASON_NOT_AVAILABLE: SuppressionReason
SUPPRESSION_REASON_NOTHING_TO_DO: SuppressionReason
SUPPRESSION_REASON_TRADING_STATE: SuppressionReason
SUPPRESSION_REASON_OWNED: SuppressionReason
SUPPRESSION_REASON_TERMS_UNKNOWN: SuppressionReason
SUPPRESSION_REASON_SWITCHED_OFF: SuppressionReason
SUPPRESSION_REASON_POLICY: SuppressionReason
SUPPRESSION_REASON_EXPOSURE: SuppressionReason
TRANSITION_CAUSE_UNSPECIFIED: TransitionCause
TRANSITION_CAUSE_SCORE: TransitionCause
TRANSITION_CAUSE_FLAT_TIMER: TransitionCause
TRANSITION_CAUSE_RECOVERY_TIMER: TransitionCause
TRANSITION_CAUSE_VWAP_VOLUME_FLIP: TransitionCause
TRANSITION_CAUSE_BREAK_OF_STRUCTURE: TransitionCause
TRANSITION_CAUSE_CHANGE_OF_CHARACTER: TransitionCause
TRANSITION_CAUSE_HEDGE_GONE: TransitionCause
TRANSITION_CAUSE_BROKER_CLOSED: TransitionCause
TRANSITION_CAUSE_REQUESTED: TransitionCause
CLOSE_REASON_UNSPECIFIED: CloseReason
CLOSE_REASON_REQUESTED: CloseReason
CLOSE_REASON_STOP_LOSS: CloseReason
CLOSE_REASON_TAKE_PROFIT: CloseReason
CLOSE_REASON_BROKER_GONE: CloseReason
CLOSE_REASON_DEFENSIVE: CloseReason
CLOSE_REASON_EXPIRED: CloseReason
ACTION_STATUS_UNSPECIFIED: ActionStatus
ACTION_STATUS_PENDING: ActionStatus
ACTION_STATUS_LEASED: ActionStatus
ACTION_STATUS_EXECUTING: ActionStatus
ACTION_STATUS_DONE: ActionStatus
ACTION_STATUS_REJECTED: ActionStatus
ACTION_STATUS_EXPIRED: ActionStatus
ACTION_STATUS_DEAD: ActionStatus
ACTION_STATUS_IN_DOUBT: ActionStatus
ACTION_STATUS_HELD: ActionStatus
HOLD_REASON_UNSPECIFIED: HoldReason
HOLD_REASON_MASS_EFFECT: HoldReason
HOLD_REASON_ORDER_VOLUME: HoldReason
HOLD_REASON_ORDER_NOTIONAL: HoldReason
HOLD_REASON_ORDER_RATE: HoldReason
ACTION_OUTCOME_UNSPECIFIED: ActionOutcome
ACTION_OUTCOME_DONE: ActionOutcome
ACTION_OUTCOME_NO_CHANGE: ActionOutcome
ACTION_OUTCOME_RETRYABLE: ActionOutcome
ACTION_OUTCOME_REJECTED: ActionOutcome
ACTION_OUTCOME_MARKET_CLOSED: ActionOutcome
ACTION_OUTCOME_UNKNOWN: ActionOutcome

class FieldOwner(_message.Message):
    __slots__ = ("field", "manager", "token", "lease_ends_at", "committed")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    MANAGER_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    LEASE_ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    COMMITTED_FIELD_NUMBER: _ClassVar[int]
    field: TradeField
    manager: str
    token: int
    lease_ends_at: _timestamp_pb2.Timestamp
    committed: bool
    def __init__(self, field: _Optional[_Union[TradeField, str]] = ..., manager: _Optional[str] = ..., token: _Optional[int] = ..., lease_ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., committed: bool = ...) -> None: ...

class TradeSpec(_message.Message):
    __slots__ = ("account", "ticket", "symbol", "direction", "entry_price", "volume", "stop_loss", "take_profit", "opened_at", "feed", "position_ticket", "magic_number", "label", "initial_stop_loss")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    ENTRY_PRICE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    STOP_LOSS_FIELD_NUMBER: _ClassVar[int]
    TAKE_PROFIT_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    POSITION_TICKET_FIELD_NUMBER: _ClassVar[int]
    MAGIC_NUMBER_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    INITIAL_STOP_LOSS_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    symbol: str
    direction: Direction
    entry_price: float
    volume: float
    stop_loss: float
    take_profit: float
    opened_at: _timestamp_pb2.Timestamp
    feed: str
    position_ticket: int
    magic_number: int
    label: str
    initial_stop_loss: float
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., symbol: _Optional[str] = ..., direction: _Optional[_Union[Direction, str]] = ..., entry_price: _Optional[float] = ..., volume: _Optional[float] = ..., stop_loss: _Optional[float] = ..., take_profit: _Optional[float] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., feed: _Optional[str] = ..., position_ticket: _Optional[int] = ..., magic_number: _Optional[int] = ..., label: _Optional[str] = ..., initial_stop_loss: _Optional[float] = ...) -> None: ...

class HedgeLeg(_message.Message):
    __slots__ = ("ticket", "volume", "entry_price", "stop_loss")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    ENTRY_PRICE_FIELD_NUMBER: _ClassVar[int]
    STOP_LOSS_FIELD_NUMBER: _ClassVar[int]
    ticket: int
    volume: float
    entry_price: float
    stop_loss: float
    def __init__(self, ticket: _Optional[int] = ..., volume: _Optional[float] = ..., entry_price: _Optional[float] = ..., stop_loss: _Optional[float] = ...) -> None: ...

class ActionResult(_message.Message):
    __slots__ = ("code", "message", "outcome", "price", "volume", "stop_loss", "opened_ticket", "deal_ticket")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    STOP_LOSS_FIELD_NUMBER: _ClassVar[int]
    OPENED_TICKET_FIELD_NUMBER: _ClassVar[int]
    DEAL_TICKET_FIELD_NUMBER: _ClassVar[int]
    code: int
    message: str
    outcome: ActionOutcome
    price: float
    volume: float
    stop_loss: float
    opened_ticket: int
    deal_ticket: int
    def __init__(self, code: _Optional[int] = ..., message: _Optional[str] = ..., outcome: _Optional[_Union[ActionOutcome, str]] = ..., price: _Optional[float] = ..., volume: _Optional[float] = ..., stop_loss: _Optional[float] = ..., opened_ticket: _Optional[int] = ..., deal_ticket: _Optional[int] = ...) -> None: ...

class ActionLease(_message.Message):
    __slots__ = ("token", "bridge_id", "ends_at")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    BRIDGE_ID_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    token: int
    bridge_id: str
    ends_at: _timestamp_pb2.Timestamp
    def __init__(self, token: _Optional[int] = ..., bridge_id: _Optional[str] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Action(_message.Message):
    __slots__ = ("action_id", "type", "planned_at", "stop_loss", "volume", "reduce_only", "note", "status", "attempts", "not_before", "lease", "begun_at", "settle_by", "result", "reason", "hold", "ordered_by", "rule")
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PLANNED_AT_FIELD_NUMBER: _ClassVar[int]
    STOP_LOSS_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    REDUCE_ONLY_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    NOT_BEFORE_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    BEGUN_AT_FIELD_NUMBER: _ClassVar[int]
    SETTLE_BY_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    HOLD_FIELD_NUMBER: _ClassVar[int]
    ORDERED_BY_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    action_id: str
    type: ActionType
    planned_at: _timestamp_pb2.Timestamp
    stop_loss: float
    volume: float
    reduce_only: bool
    note: str
    status: ActionStatus
    attempts: int
    not_before: _timestamp_pb2.Timestamp
    lease: ActionLease
    begun_at: _timestamp_pb2.Timestamp
    settle_by: _timestamp_pb2.Timestamp
    result: ActionResult
    reason: str
    hold: HoldReason
    ordered_by: str
    rule: str
    def __init__(self, action_id: _Optional[str] = ..., type: _Optional[_Union[ActionType, str]] = ..., planned_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stop_loss: _Optional[float] = ..., volume: _Optional[float] = ..., reduce_only: bool = ..., note: _Optional[str] = ..., status: _Optional[_Union[ActionStatus, str]] = ..., attempts: _Optional[int] = ..., not_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lease: _Optional[_Union[ActionLease, _Mapping]] = ..., begun_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., settle_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., result: _Optional[_Union[ActionResult, _Mapping]] = ..., reason: _Optional[str] = ..., hold: _Optional[_Union[HoldReason, str]] = ..., ordered_by: _Optional[str] = ..., rule: _Optional[str] = ...) -> None: ...

class FlagDecision(_message.Message):
    __slots__ = ("flag", "variant", "reason", "note")
    FLAG_FIELD_NUMBER: _ClassVar[int]
    VARIANT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    flag: str
    variant: str
    reason: str
    note: str
    def __init__(self, flag: _Optional[str] = ..., variant: _Optional[str] = ..., reason: _Optional[str] = ..., note: _Optional[str] = ...) -> None: ...

class SuppressedAction(_message.Message):
    __slots__ = ("type", "reason", "note", "flag")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    FLAG_FIELD_NUMBER: _ClassVar[int]
    type: ActionType
    reason: SuppressionReason
    note: str
    flag: FlagDecision
    def __init__(self, type: _Optional[_Union[ActionType, str]] = ..., reason: _Optional[_Union[SuppressionReason, str]] = ..., note: _Optional[str] = ..., flag: _Optional[_Union[FlagDecision, _Mapping]] = ...) -> None: ...

class SignalContribution(_message.Message):
    __slots__ = ("signal", "available", "raw", "capped", "multiplier", "contribution", "reason", "switched_off")
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    CAPPED_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    CONTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SWITCHED_OFF_FIELD_NUMBER: _ClassVar[int]
    signal: Signal
    available: bool
    raw: float
    capped: float
    multiplier: float
    contribution: float
    reason: str
    switched_off: FlagDecision
    def __init__(self, signal: _Optional[_Union[Signal, str]] = ..., available: bool = ..., raw: _Optional[float] = ..., capped: _Optional[float] = ..., multiplier: _Optional[float] = ..., contribution: _Optional[float] = ..., reason: _Optional[str] = ..., switched_off: _Optional[_Union[FlagDecision, _Mapping]] = ...) -> None: ...

class Evaluation(_message.Message):
    __slots__ = ("evaluated_at", "score", "confluence", "signals", "summary")
    EVALUATED_AT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    CONFLUENCE_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    evaluated_at: _timestamp_pb2.Timestamp
    score: float
    confluence: Confluence
    signals: _containers.RepeatedCompositeFieldContainer[SignalContribution]
    summary: str
    def __init__(self, evaluated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., score: _Optional[float] = ..., confluence: _Optional[_Union[Confluence, str]] = ..., signals: _Optional[_Iterable[_Union[SignalContribution, _Mapping]]] = ..., summary: _Optional[str] = ...) -> None: ...

class SignalWarnings(_message.Message):
    __slots__ = ("signal", "count")
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    signal: Signal
    count: int
    def __init__(self, signal: _Optional[_Union[Signal, str]] = ..., count: _Optional[int] = ...) -> None: ...

class PolicyRef(_message.Message):
    __slots__ = ("name", "version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class Trade(_message.Message):
    __slots__ = ("account", "ticket", "symbol", "instrument", "direction", "entry_price", "initial_volume", "volume", "initial_stop_loss", "stop_loss", "take_profit", "risk_distance", "risk_estimated", "opened_at", "feed", "position_ticket", "magic_number", "label", "state", "state_entered_at", "monitoring", "monitored_since", "evaluation", "evaluations", "warnings", "flat_timer_ends_at", "recovery_timer_ends_at", "hedge", "open_actions", "current_price", "open_result_r", "close_reason", "closed_at", "close_price", "trade_version", "revision", "closed_volume", "origin", "owners", "missing_since", "policy")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    ENTRY_PRICE_FIELD_NUMBER: _ClassVar[int]
    INITIAL_VOLUME_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    INITIAL_STOP_LOSS_FIELD_NUMBER: _ClassVar[int]
    STOP_LOSS_FIELD_NUMBER: _ClassVar[int]
    TAKE_PROFIT_FIELD_NUMBER: _ClassVar[int]
    RISK_DISTANCE_FIELD_NUMBER: _ClassVar[int]
    RISK_ESTIMATED_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    POSITION_TICKET_FIELD_NUMBER: _ClassVar[int]
    MAGIC_NUMBER_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    MONITORING_FIELD_NUMBER: _ClassVar[int]
    MONITORED_SINCE_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_FIELD_NUMBER: _ClassVar[int]
    EVALUATIONS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    FLAT_TIMER_ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    RECOVERY_TIMER_ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    HEDGE_FIELD_NUMBER: _ClassVar[int]
    OPEN_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    CURRENT_PRICE_FIELD_NUMBER: _ClassVar[int]
    OPEN_RESULT_R_FIELD_NUMBER: _ClassVar[int]
    CLOSE_REASON_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSE_PRICE_FIELD_NUMBER: _ClassVar[int]
    TRADE_VERSION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CLOSED_VOLUME_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    OWNERS_FIELD_NUMBER: _ClassVar[int]
    MISSING_SINCE_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    symbol: str
    instrument: str
    direction: Direction
    entry_price: float
    initial_volume: float
    volume: float
    initial_stop_loss: float
    stop_loss: float
    take_profit: float
    risk_distance: float
    risk_estimated: bool
    opened_at: _timestamp_pb2.Timestamp
    feed: str
    position_ticket: int
    magic_number: int
    label: str
    state: TradeState
    state_entered_at: _timestamp_pb2.Timestamp
    monitoring: Monitoring
    monitored_since: _timestamp_pb2.Timestamp
    evaluation: Evaluation
    evaluations: int
    warnings: _containers.RepeatedCompositeFieldContainer[SignalWarnings]
    flat_timer_ends_at: _timestamp_pb2.Timestamp
    recovery_timer_ends_at: _timestamp_pb2.Timestamp
    hedge: HedgeLeg
    open_actions: _containers.RepeatedCompositeFieldContainer[Action]
    current_price: float
    open_result_r: float
    close_reason: CloseReason
    closed_at: _timestamp_pb2.Timestamp
    close_price: float
    trade_version: int
    revision: int
    closed_volume: float
    origin: TradeOrigin
    owners: _containers.RepeatedCompositeFieldContainer[FieldOwner]
    missing_since: _timestamp_pb2.Timestamp
    policy: PolicyRef
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., symbol: _Optional[str] = ..., instrument: _Optional[str] = ..., direction: _Optional[_Union[Direction, str]] = ..., entry_price: _Optional[float] = ..., initial_volume: _Optional[float] = ..., volume: _Optional[float] = ..., initial_stop_loss: _Optional[float] = ..., stop_loss: _Optional[float] = ..., take_profit: _Optional[float] = ..., risk_distance: _Optional[float] = ..., risk_estimated: bool = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., feed: _Optional[str] = ..., position_ticket: _Optional[int] = ..., magic_number: _Optional[int] = ..., label: _Optional[str] = ..., state: _Optional[_Union[TradeState, str]] = ..., state_entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., monitoring: _Optional[_Union[Monitoring, str]] = ..., monitored_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., evaluation: _Optional[_Union[Evaluation, _Mapping]] = ..., evaluations: _Optional[int] = ..., warnings: _Optional[_Iterable[_Union[SignalWarnings, _Mapping]]] = ..., flat_timer_ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recovery_timer_ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., hedge: _Optional[_Union[HedgeLeg, _Mapping]] = ..., open_actions: _Optional[_Iterable[_Union[Action, _Mapping]]] = ..., current_price: _Optional[float] = ..., open_result_r: _Optional[float] = ..., close_reason: _Optional[_Union[CloseReason, str]] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., close_price: _Optional[float] = ..., trade_version: _Optional[int] = ..., revision: _Optional[int] = ..., closed_volume: _Optional[float] = ..., origin: _Optional[_Union[TradeOrigin, str]] = ..., owners: _Optional[_Iterable[_Union[FieldOwner, _Mapping]]] = ..., missing_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., policy: _Optional[_Union[PolicyRef, _Mapping]] = ...) -> None: ...

class StateCount(_message.Message):
    __slots__ = ("state", "trades")
    STATE_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    state: TradeState
    trades: int
    def __init__(self, state: _Optional[_Union[TradeState, str]] = ..., trades: _Optional[int] = ...) -> None: ...
