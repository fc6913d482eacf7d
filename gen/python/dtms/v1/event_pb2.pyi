import datetime

from dtms.v1 import types_pb2 as _types_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MonitoringTrigger(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MONITORING_TRIGGER_UNSPECIFIED: _ClassVar[MonitoringTrigger]
    MONITORING_TRIGGER_PROFIT: _ClassVar[MonitoringTrigger]
    MONITORING_TRIGGER_AGE: _ClassVar[MonitoringTrigger]
    MONITORING_TRIGGER_LOSS: _ClassVar[MonitoringTrigger]

class Drift(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DRIFT_UNSPECIFIED: _ClassVar[Drift]
    DRIFT_POSITION_DIFFERS: _ClassVar[Drift]
    DRIFT_POSITION_MISSING: _ClassVar[Drift]
    DRIFT_POSITION_FOUND: _ClassVar[Drift]
    DRIFT_HEDGE_MISSING: _ClassVar[Drift]
    DRIFT_HEDGE_DIFFERS: _ClassVar[Drift]
    DRIFT_HEDGE_FOUND: _ClassVar[Drift]
    DRIFT_CLOSED_BUT_OPEN: _ClassVar[Drift]
    DRIFT_UNEXPLAINED: _ClassVar[Drift]

class OwnershipStep(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OWNERSHIP_STEP_UNSPECIFIED: _ClassVar[OwnershipStep]
    OWNERSHIP_STEP_GRANTED: _ClassVar[OwnershipStep]
    OWNERSHIP_STEP_COMMITTED: _ClassVar[OwnershipStep]
    OWNERSHIP_STEP_RELEASED: _ClassVar[OwnershipStep]
    OWNERSHIP_STEP_LOST: _ClassVar[OwnershipStep]
MONITORING_TRIGGER_UNSPECIFIED: MonitoringTrigger
MONITORING_TRIGGER_PROFIT: MonitoringTrigger
MONITORING_TRIGGER_AGE: MonitoringTrigger
MONITORING_TRIGGER_LOSS: MonitoringTrigger
DRIFT_UNSPECIFIED: Drift
DRIFT_POSITION_DIFFERS: Drift
DRIFT_POSITION_MISSING: Drift
DRIFT_POSITION_FOUND: Drift
DRIFT_HEDGE_MISSING: Drift
DRIFT_HEDGE_DIFFERS: Drift
DRIFT_HEDGE_FOUND: Drift
DRIFT_CLOSED_BUT_OPEN: Drift
DRIFT_UNEXPLAINED: Drift
OWNERSHIP_STEP_UNSPECIFIED: OwnershipStep
OWNERSHIP_STEP_GRANTED: OwnershipStep
OWNERSHIP_STEP_COMMITTED: OwnershipStep
OWNERSHIP_STEP_RELEASED: OwnershipStep
OWNERSHIP_STEP_LOST: OwnershipStep

class TradeEvent(_message.Message):
    __slots__ = ("revision", "log_epoch", "previous_revision", "trade_version", "account", "ticket", "symbol", "state", "occurred_at", "recorded_at", "registered", "monitoring_started", "risk_estimated", "state_changed", "updated", "paused", "resumed", "action_changed", "reconciled", "ownership_changed", "action_planned", "reopened", "policy_assigned", "actor", "policy")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    LOG_EPOCH_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_REVISION_FIELD_NUMBER: _ClassVar[int]
    TRADE_VERSION_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    REGISTERED_FIELD_NUMBER: _ClassVar[int]
    MONITORING_STARTED_FIELD_NUMBER: _ClassVar[int]
    RISK_ESTIMATED_FIELD_NUMBER: _ClassVar[int]
    STATE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    UPDATED_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    RESUMED_FIELD_NUMBER: _ClassVar[int]
    ACTION_CHANGED_FIELD_NUMBER: _ClassVar[int]
    RECONCILED_FIELD_NUMBER: _ClassVar[int]
    OWNERSHIP_CHANGED_FIELD_NUMBER: _ClassVar[int]
    ACTION_PLANNED_FIELD_NUMBER: _ClassVar[int]
    REOPENED_FIELD_NUMBER: _ClassVar[int]
    POLICY_ASSIGNED_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    revision: int
    log_epoch: str
    previous_revision: int
    trade_version: int
    account: str
    ticket: int
    symbol: str
    state: _types_pb2.TradeState
    occurred_at: _timestamp_pb2.Timestamp
    recorded_at: _timestamp_pb2.Timestamp
    registered: TradeRegistered
    monitoring_started: MonitoringStarted
    risk_estimated: RiskEstimated
    state_changed: StateChanged
    updated: TradeUpdated
    paused: TradePaused
    resumed: TradeResumed
    action_changed: ActionChanged
    reconciled: Reconciled
    ownership_changed: OwnershipChanged
    action_planned: ActionPlanned
    reopened: TradeReopened
    policy_assigned: PolicyAssigned
    actor: str
    policy: _types_pb2.PolicyRef
    def __init__(self, revision: _Optional[int] = ..., log_epoch: _Optional[str] = ..., previous_revision: _Optional[int] = ..., trade_version: _Optional[int] = ..., account: _Optional[str] = ..., ticket: _Optional[int] = ..., symbol: _Optional[str] = ..., state: _Optional[_Union[_types_pb2.TradeState, str]] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., registered: _Optional[_Union[TradeRegistered, _Mapping]] = ..., monitoring_started: _Optional[_Union[MonitoringStarted, _Mapping]] = ..., risk_estimated: _Optional[_Union[RiskEstimated, _Mapping]] = ..., state_changed: _Optional[_Union[StateChanged, _Mapping]] = ..., updated: _Optional[_Union[TradeUpdated, _Mapping]] = ..., paused: _Optional[_Union[TradePaused, _Mapping]] = ..., resumed: _Optional[_Union[TradeResumed, _Mapping]] = ..., action_changed: _Optional[_Union[ActionChanged, _Mapping]] = ..., reconciled: _Optional[_Union[Reconciled, _Mapping]] = ..., ownership_changed: _Optional[_Union[OwnershipChanged, _Mapping]] = ..., action_planned: _Optional[_Union[ActionPlanned, _Mapping]] = ..., reopened: _Optional[_Union[TradeReopened, _Mapping]] = ..., policy_assigned: _Optional[_Union[PolicyAssigned, _Mapping]] = ..., actor: _Optional[str] = ..., policy: _Optional[_Union[_types_pb2.PolicyRef, _Mapping]] = ...) -> None: ...

class TradeRegistered(_message.Message):
    __slots__ = ("spec", "instrument", "risk_distance", "origin", "parent_ticket", "adopted", "observing")
    SPEC_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    RISK_DISTANCE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    PARENT_TICKET_FIELD_NUMBER: _ClassVar[int]
    ADOPTED_FIELD_NUMBER: _ClassVar[int]
    OBSERVING_FIELD_NUMBER: _ClassVar[int]
    spec: _types_pb2.TradeSpec
    instrument: str
    risk_distance: float
    origin: _types_pb2.TradeOrigin
    parent_ticket: int
    adopted: bool
    observing: _containers.RepeatedCompositeFieldContainer[_types_pb2.PolicyRef]
    def __init__(self, spec: _Optional[_Union[_types_pb2.TradeSpec, _Mapping]] = ..., instrument: _Optional[str] = ..., risk_distance: _Optional[float] = ..., origin: _Optional[_Union[_types_pb2.TradeOrigin, str]] = ..., parent_ticket: _Optional[int] = ..., adopted: bool = ..., observing: _Optional[_Iterable[_Union[_types_pb2.PolicyRef, _Mapping]]] = ...) -> None: ...

class MonitoringStarted(_message.Message):
    __slots__ = ("trigger", "price")
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    trigger: MonitoringTrigger
    price: float
    def __init__(self, trigger: _Optional[_Union[MonitoringTrigger, str]] = ..., price: _Optional[float] = ...) -> None: ...

class RiskEstimated(_message.Message):
    __slots__ = ("risk_distance",)
    RISK_DISTANCE_FIELD_NUMBER: _ClassVar[int]
    risk_distance: float
    def __init__(self, risk_distance: _Optional[float] = ...) -> None: ...

class StateChanged(_message.Message):
    __slots__ = ("to", "cause", "evaluation", "price", "planned", "suppressed", "flat_timer_ends_at", "recovery_timer_ends_at", "close_reason", "close_price", "withdrawn_action_ids")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    PLANNED_FIELD_NUMBER: _ClassVar[int]
    SUPPRESSED_FIELD_NUMBER: _ClassVar[int]
    FLAT_TIMER_ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    RECOVERY_TIMER_ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSE_REASON_FIELD_NUMBER: _ClassVar[int]
    CLOSE_PRICE_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_ACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    to: _types_pb2.TradeState
    cause: _types_pb2.TransitionCause
    evaluation: _types_pb2.Evaluation
    price: float
    planned: _containers.RepeatedCompositeFieldContainer[_types_pb2.Action]
    suppressed: _containers.RepeatedCompositeFieldContainer[_types_pb2.SuppressedAction]
    flat_timer_ends_at: _timestamp_pb2.Timestamp
    recovery_timer_ends_at: _timestamp_pb2.Timestamp
    close_reason: _types_pb2.CloseReason
    close_price: float
    withdrawn_action_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, to: _Optional[_Union[_types_pb2.TradeState, str]] = ..., cause: _Optional[_Union[_types_pb2.TransitionCause, str]] = ..., evaluation: _Optional[_Union[_types_pb2.Evaluation, _Mapping]] = ..., price: _Optional[float] = ..., planned: _Optional[_Iterable[_Union[_types_pb2.Action, _Mapping]]] = ..., suppressed: _Optional[_Iterable[_Union[_types_pb2.SuppressedAction, _Mapping]]] = ..., flat_timer_ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recovery_timer_ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., close_reason: _Optional[_Union[_types_pb2.CloseReason, str]] = ..., close_price: _Optional[float] = ..., withdrawn_action_ids: _Optional[_Iterable[str]] = ..., **kwargs) -> None: ...

class PositionNow(_message.Message):
    __slots__ = ("volume", "stop_loss", "take_profit", "hedge", "position_ticket", "entry_price")
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    STOP_LOSS_FIELD_NUMBER: _ClassVar[int]
    TAKE_PROFIT_FIELD_NUMBER: _ClassVar[int]
    HEDGE_FIELD_NUMBER: _ClassVar[int]
    POSITION_TICKET_FIELD_NUMBER: _ClassVar[int]
    ENTRY_PRICE_FIELD_NUMBER: _ClassVar[int]
    volume: float
    stop_loss: float
    take_profit: float
    hedge: _types_pb2.HedgeLeg
    position_ticket: int
    entry_price: float
    def __init__(self, volume: _Optional[float] = ..., stop_loss: _Optional[float] = ..., take_profit: _Optional[float] = ..., hedge: _Optional[_Union[_types_pb2.HedgeLeg, _Mapping]] = ..., position_ticket: _Optional[int] = ..., entry_price: _Optional[float] = ...) -> None: ...

class TradeUpdated(_message.Message):
    __slots__ = ("changed_fields", "position", "withdrawn_action_ids", "manager", "flat_timer_ends_at", "recovery_timer_ends_at")
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_ACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    MANAGER_FIELD_NUMBER: _ClassVar[int]
    FLAT_TIMER_ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    RECOVERY_TIMER_ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    changed_fields: _containers.RepeatedScalarFieldContainer[str]
    position: PositionNow
    withdrawn_action_ids: _containers.RepeatedScalarFieldContainer[str]
    manager: str
    flat_timer_ends_at: _timestamp_pb2.Timestamp
    recovery_timer_ends_at: _timestamp_pb2.Timestamp
    def __init__(self, changed_fields: _Optional[_Iterable[str]] = ..., position: _Optional[_Union[PositionNow, _Mapping]] = ..., withdrawn_action_ids: _Optional[_Iterable[str]] = ..., manager: _Optional[str] = ..., flat_timer_ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recovery_timer_ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ActionChanged(_message.Message):
    __slots__ = ("action", "changed_fields", "position", "evidence", "by", "withdrawn_action_ids")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_ACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    action: _types_pb2.Action
    changed_fields: _containers.RepeatedScalarFieldContainer[str]
    position: PositionNow
    evidence: bool
    by: str
    withdrawn_action_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, action: _Optional[_Union[_types_pb2.Action, _Mapping]] = ..., changed_fields: _Optional[_Iterable[str]] = ..., position: _Optional[_Union[PositionNow, _Mapping]] = ..., evidence: bool = ..., by: _Optional[str] = ..., withdrawn_action_ids: _Optional[_Iterable[str]] = ..., **kwargs) -> None: ...

class Reconciled(_message.Message):
    __slots__ = ("drift", "changed_fields", "position", "note", "withdrawn_action_ids", "exit_price")
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_ACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    EXIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    drift: Drift
    changed_fields: _containers.RepeatedScalarFieldContainer[str]
    position: PositionNow
    note: str
    withdrawn_action_ids: _containers.RepeatedScalarFieldContainer[str]
    exit_price: float
    def __init__(self, drift: _Optional[_Union[Drift, str]] = ..., changed_fields: _Optional[_Iterable[str]] = ..., position: _Optional[_Union[PositionNow, _Mapping]] = ..., note: _Optional[str] = ..., withdrawn_action_ids: _Optional[_Iterable[str]] = ..., exit_price: _Optional[float] = ...) -> None: ...

class OwnershipChanged(_message.Message):
    __slots__ = ("field", "step", "manager", "token", "value", "owner", "note")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    MANAGER_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    field: _types_pb2.TradeField
    step: OwnershipStep
    manager: str
    token: int
    value: float
    owner: str
    note: str
    def __init__(self, field: _Optional[_Union[_types_pb2.TradeField, str]] = ..., step: _Optional[_Union[OwnershipStep, str]] = ..., manager: _Optional[str] = ..., token: _Optional[int] = ..., value: _Optional[float] = ..., owner: _Optional[str] = ..., note: _Optional[str] = ...) -> None: ...

class ActionPlanned(_message.Message):
    __slots__ = ("cause", "planned", "suppressed", "withdrawn_action_ids")
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    PLANNED_FIELD_NUMBER: _ClassVar[int]
    SUPPRESSED_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_ACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    cause: str
    planned: _containers.RepeatedCompositeFieldContainer[_types_pb2.Action]
    suppressed: _containers.RepeatedCompositeFieldContainer[_types_pb2.SuppressedAction]
    withdrawn_action_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, cause: _Optional[str] = ..., planned: _Optional[_Iterable[_Union[_types_pb2.Action, _Mapping]]] = ..., suppressed: _Optional[_Iterable[_Union[_types_pb2.SuppressedAction, _Mapping]]] = ..., withdrawn_action_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class PolicyAssigned(_message.Message):
    __slots__ = ("to", "reason", "withdrawn_action_ids")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_ACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    to: _types_pb2.PolicyRef
    reason: str
    withdrawn_action_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, to: _Optional[_Union[_types_pb2.PolicyRef, _Mapping]] = ..., reason: _Optional[str] = ..., withdrawn_action_ids: _Optional[_Iterable[str]] = ..., **kwargs) -> None: ...

class TradePaused(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class TradeResumed(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class TradeReopened(_message.Message):
    __slots__ = ("note", "position")
    NOTE_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    note: str
    position: PositionNow
    def __init__(self, note: _Optional[str] = ..., position: _Optional[_Union[PositionNow, _Mapping]] = ...) -> None: ...
