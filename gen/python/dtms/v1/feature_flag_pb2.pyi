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

class FlagState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FLAG_STATE_UNSPECIFIED: _ClassVar[FlagState]
    FLAG_STATE_ON: _ClassVar[FlagState]
    FLAG_STATE_OFF: _ClassVar[FlagState]
FLAG_STATE_UNSPECIFIED: FlagState
FLAG_STATE_ON: FlagState
FLAG_STATE_OFF: FlagState

class FlagSetting(_message.Message):
    __slots__ = ("state", "account", "symbol", "percent", "by", "reason", "set_at", "ends_at")
    STATE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SET_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    state: FlagState
    account: str
    symbol: str
    percent: int
    by: str
    reason: str
    set_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    def __init__(self, state: _Optional[_Union[FlagState, str]] = ..., account: _Optional[str] = ..., symbol: _Optional[str] = ..., percent: _Optional[int] = ..., by: _Optional[str] = ..., reason: _Optional[str] = ..., set_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class FeatureFlag(_message.Message):
    __slots__ = ("flag", "means", "state", "decision", "settings", "definition", "subjects")
    FLAG_FIELD_NUMBER: _ClassVar[int]
    MEANS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    flag: str
    means: str
    state: FlagState
    decision: _types_pb2.FlagDecision
    settings: _containers.RepeatedCompositeFieldContainer[FlagSetting]
    definition: str
    subjects: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, flag: _Optional[str] = ..., means: _Optional[str] = ..., state: _Optional[_Union[FlagState, str]] = ..., decision: _Optional[_Union[_types_pb2.FlagDecision, _Mapping]] = ..., settings: _Optional[_Iterable[_Union[FlagSetting, _Mapping]]] = ..., definition: _Optional[str] = ..., subjects: _Optional[_Iterable[str]] = ...) -> None: ...

class ListFeatureFlagsRequest(_message.Message):
    __slots__ = ("account", "symbol")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    account: str
    symbol: str
    def __init__(self, account: _Optional[str] = ..., symbol: _Optional[str] = ...) -> None: ...

class ListFeatureFlagsResponse(_message.Message):
    __slots__ = ("flags", "revision", "build")
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    BUILD_FIELD_NUMBER: _ClassVar[int]
    flags: _containers.RepeatedCompositeFieldContainer[FeatureFlag]
    revision: int
    build: str
    def __init__(self, flags: _Optional[_Iterable[_Union[FeatureFlag, _Mapping]]] = ..., revision: _Optional[int] = ..., build: _Optional[str] = ...) -> None: ...

class SetFeatureFlagRequest(_message.Message):
    __slots__ = ("flag", "state", "account", "symbol", "percent", "by", "reason", "duration_seconds", "request_id")
    FLAG_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    flag: str
    state: FlagState
    account: str
    symbol: str
    percent: int
    by: str
    reason: str
    duration_seconds: int
    request_id: str
    def __init__(self, flag: _Optional[str] = ..., state: _Optional[_Union[FlagState, str]] = ..., account: _Optional[str] = ..., symbol: _Optional[str] = ..., percent: _Optional[int] = ..., by: _Optional[str] = ..., reason: _Optional[str] = ..., duration_seconds: _Optional[int] = ..., request_id: _Optional[str] = ...) -> None: ...

class SetFeatureFlagResponse(_message.Message):
    __slots__ = ("flag",)
    FLAG_FIELD_NUMBER: _ClassVar[int]
    flag: FeatureFlag
    def __init__(self, flag: _Optional[_Union[FeatureFlag, _Mapping]] = ...) -> None: ...

class ClearFeatureFlagRequest(_message.Message):
    __slots__ = ("flag", "account", "symbol", "by", "reason", "request_id")
    FLAG_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    flag: str
    account: str
    symbol: str
    by: str
    reason: str
    request_id: str
    def __init__(self, flag: _Optional[str] = ..., account: _Optional[str] = ..., symbol: _Optional[str] = ..., by: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ClearFeatureFlagResponse(_message.Message):
    __slots__ = ("flag", "cleared")
    FLAG_FIELD_NUMBER: _ClassVar[int]
    CLEARED_FIELD_NUMBER: _ClassVar[int]
    flag: FeatureFlag
    cleared: int
    def __init__(self, flag: _Optional[_Union[FeatureFlag, _Mapping]] = ..., cleared: _Optional[int] = ...) -> None: ...
