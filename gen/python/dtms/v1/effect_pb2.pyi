import datetime

from buf.validate import validate_pb2 as _validate_pb2
from dtms.v1 import types_pb2 as _types_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EffectStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EFFECT_STATUS_UNSPECIFIED: _ClassVar[EffectStatus]
    EFFECT_STATUS_FOLLOWED: _ClassVar[EffectStatus]
    EFFECT_STATUS_TOLD: _ClassVar[EffectStatus]
    EFFECT_STATUS_APART: _ClassVar[EffectStatus]

class ApartReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    APART_REASON_UNSPECIFIED: _ClassVar[ApartReason]
    APART_REASON_R_UNKNOWN: _ClassVar[ApartReason]
    APART_REASON_RESULT_UNKNOWN: _ClassVar[ApartReason]
    APART_REASON_CHANGED_BY_OTHERS: _ClassVar[ApartReason]
    APART_REASON_HISTORY_GONE: _ClassVar[ApartReason]
    APART_REASON_PRICES_MISSING: _ClassVar[ApartReason]
    APART_REASON_PLAN_NOT_FOLLOWED: _ClassVar[ApartReason]
    APART_REASON_POLICY_GONE: _ClassVar[ApartReason]

class AloneEnd(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALONE_END_UNSPECIFIED: _ClassVar[AloneEnd]
    ALONE_END_TOGETHER: _ClassVar[AloneEnd]
    ALONE_END_STOP_LOSS: _ClassVar[AloneEnd]
    ALONE_END_TAKE_PROFIT: _ClassVar[AloneEnd]
    ALONE_END_HORIZON: _ClassVar[AloneEnd]
    ALONE_END_RULE: _ClassVar[AloneEnd]
EFFECT_STATUS_UNSPECIFIED: EffectStatus
EFFECT_STATUS_FOLLOWED: EffectStatus
EFFECT_STATUS_TOLD: EffectStatus
EFFECT_STATUS_APART: EffectStatus
APART_REASON_UNSPECIFIED: ApartReason
APART_REASON_R_UNKNOWN: ApartReason
APART_REASON_RESULT_UNKNOWN: ApartReason
APART_REASON_CHANGED_BY_OTHERS: ApartReason
APART_REASON_HISTORY_GONE: ApartReason
APART_REASON_PRICES_MISSING: ApartReason
APART_REASON_PLAN_NOT_FOLLOWED: ApartReason
APART_REASON_POLICY_GONE: ApartReason
ALONE_END_UNSPECIFIED: AloneEnd
ALONE_END_TOGETHER: AloneEnd
ALONE_END_STOP_LOSS: AloneEnd
ALONE_END_TAKE_PROFIT: AloneEnd
ALONE_END_HORIZON: AloneEnd
ALONE_END_RULE: AloneEnd

class EffectFilter(_message.Message):
    __slots__ = ("account", "symbols", "policies", "tickets", "start_time", "end_time")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    POLICIES_FIELD_NUMBER: _ClassVar[int]
    TICKETS_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    account: str
    symbols: _containers.RepeatedScalarFieldContainer[str]
    policies: _containers.RepeatedScalarFieldContainer[str]
    tickets: _containers.RepeatedScalarFieldContainer[int]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, account: _Optional[str] = ..., symbols: _Optional[_Iterable[str]] = ..., policies: _Optional[_Iterable[str]] = ..., tickets: _Optional[_Iterable[int]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class EffectFigures(_message.Message):
    __slots__ = ("trades", "touched", "helped", "hurt", "with_r", "without_r", "difference_r", "mean_difference_r", "mean_low_r", "mean_high_r", "too_few", "followed", "apart")
    TRADES_FIELD_NUMBER: _ClassVar[int]
    TOUCHED_FIELD_NUMBER: _ClassVar[int]
    HELPED_FIELD_NUMBER: _ClassVar[int]
    HURT_FIELD_NUMBER: _ClassVar[int]
    WITH_R_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_R_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_R_FIELD_NUMBER: _ClassVar[int]
    MEAN_DIFFERENCE_R_FIELD_NUMBER: _ClassVar[int]
    MEAN_LOW_R_FIELD_NUMBER: _ClassVar[int]
    MEAN_HIGH_R_FIELD_NUMBER: _ClassVar[int]
    TOO_FEW_FIELD_NUMBER: _ClassVar[int]
    FOLLOWED_FIELD_NUMBER: _ClassVar[int]
    APART_FIELD_NUMBER: _ClassVar[int]
    trades: int
    touched: int
    helped: int
    hurt: int
    with_r: float
    without_r: float
    difference_r: float
    mean_difference_r: float
    mean_low_r: float
    mean_high_r: float
    too_few: bool
    followed: int
    apart: _containers.RepeatedCompositeFieldContainer[ApartCount]
    def __init__(self, trades: _Optional[int] = ..., touched: _Optional[int] = ..., helped: _Optional[int] = ..., hurt: _Optional[int] = ..., with_r: _Optional[float] = ..., without_r: _Optional[float] = ..., difference_r: _Optional[float] = ..., mean_difference_r: _Optional[float] = ..., mean_low_r: _Optional[float] = ..., mean_high_r: _Optional[float] = ..., too_few: bool = ..., followed: _Optional[int] = ..., apart: _Optional[_Iterable[_Union[ApartCount, _Mapping]]] = ...) -> None: ...

class ApartCount(_message.Message):
    __slots__ = ("reason", "trades")
    REASON_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    reason: ApartReason
    trades: int
    def __init__(self, reason: _Optional[_Union[ApartReason, str]] = ..., trades: _Optional[int] = ...) -> None: ...

class NamedEffect(_message.Message):
    __slots__ = ("name", "figures")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    name: str
    figures: EffectFigures
    def __init__(self, name: _Optional[str] = ..., figures: _Optional[_Union[EffectFigures, _Mapping]] = ...) -> None: ...

class TradeEffect(_message.Message):
    __slots__ = ("account", "ticket", "symbol", "policy", "opened_at", "closed_at", "status", "apart", "touched", "with_r", "without_r", "difference_r", "alone_end", "alone_ended_at", "seen_until", "horizon_at", "observed")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    APART_FIELD_NUMBER: _ClassVar[int]
    TOUCHED_FIELD_NUMBER: _ClassVar[int]
    WITH_R_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_R_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_R_FIELD_NUMBER: _ClassVar[int]
    ALONE_END_FIELD_NUMBER: _ClassVar[int]
    ALONE_ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    SEEN_UNTIL_FIELD_NUMBER: _ClassVar[int]
    HORIZON_AT_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    symbol: str
    policy: str
    opened_at: _timestamp_pb2.Timestamp
    closed_at: _timestamp_pb2.Timestamp
    status: EffectStatus
    apart: ApartReason
    touched: bool
    with_r: float
    without_r: float
    difference_r: float
    alone_end: AloneEnd
    alone_ended_at: _timestamp_pb2.Timestamp
    seen_until: _timestamp_pb2.Timestamp
    horizon_at: _timestamp_pb2.Timestamp
    observed: _containers.RepeatedCompositeFieldContainer[ObservedEffect]
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., symbol: _Optional[str] = ..., policy: _Optional[str] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., status: _Optional[_Union[EffectStatus, str]] = ..., apart: _Optional[_Union[ApartReason, str]] = ..., touched: bool = ..., with_r: _Optional[float] = ..., without_r: _Optional[float] = ..., difference_r: _Optional[float] = ..., alone_end: _Optional[_Union[AloneEnd, str]] = ..., alone_ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., seen_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., horizon_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., observed: _Optional[_Iterable[_Union[ObservedEffect, _Mapping]]] = ...) -> None: ...

class ObservedEffect(_message.Message):
    __slots__ = ("policy", "status", "apart", "r", "difference_r", "end", "ended_at")
    POLICY_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    APART_FIELD_NUMBER: _ClassVar[int]
    R_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_R_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    policy: _types_pb2.PolicyRef
    status: EffectStatus
    apart: ApartReason
    r: float
    difference_r: float
    end: AloneEnd
    ended_at: _timestamp_pb2.Timestamp
    def __init__(self, policy: _Optional[_Union[_types_pb2.PolicyRef, _Mapping]] = ..., status: _Optional[_Union[EffectStatus, str]] = ..., apart: _Optional[_Union[ApartReason, str]] = ..., r: _Optional[float] = ..., difference_r: _Optional[float] = ..., end: _Optional[_Union[AloneEnd, str]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
