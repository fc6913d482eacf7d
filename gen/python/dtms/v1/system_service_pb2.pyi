import datetime

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

class ServerRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SERVER_ROLE_UNSPECIFIED: _ClassVar[ServerRole]
    SERVER_ROLE_STANDBY: _ClassVar[ServerRole]
    SERVER_ROLE_LEADER: _ClassVar[ServerRole]
    SERVER_ROLE_STOPPING: _ClassVar[ServerRole]
SERVER_ROLE_UNSPECIFIED: ServerRole
SERVER_ROLE_STANDBY: ServerRole
SERVER_ROLE_LEADER: ServerRole
SERVER_ROLE_STOPPING: ServerRole

class GetStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StateCount(_message.Message):
    __slots__ = ("state", "trades")
    STATE_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    state: _types_pb2.TradeState
    trades: int
    def __init__(self, state: _Optional[_Union[_types_pb2.TradeState, str]] = ..., trades: _Optional[int] = ...) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ("version", "role", "started_at", "log_epoch", "head_revision", "compacted_revision", "active_trades", "trades_by_state", "waiting_for_data", "market_views", "evaluations", "watchers", "pending_writes", "database_version")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    LOG_EPOCH_FIELD_NUMBER: _ClassVar[int]
    HEAD_REVISION_FIELD_NUMBER: _ClassVar[int]
    COMPACTED_REVISION_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_TRADES_FIELD_NUMBER: _ClassVar[int]
    TRADES_BY_STATE_FIELD_NUMBER: _ClassVar[int]
    WAITING_FOR_DATA_FIELD_NUMBER: _ClassVar[int]
    MARKET_VIEWS_FIELD_NUMBER: _ClassVar[int]
    EVALUATIONS_FIELD_NUMBER: _ClassVar[int]
    WATCHERS_FIELD_NUMBER: _ClassVar[int]
    PENDING_WRITES_FIELD_NUMBER: _ClassVar[int]
    DATABASE_VERSION_FIELD_NUMBER: _ClassVar[int]
    version: str
    role: ServerRole
    started_at: _timestamp_pb2.Timestamp
    log_epoch: str
    head_revision: int
    compacted_revision: int
    active_trades: int
    trades_by_state: _containers.RepeatedCompositeFieldContainer[StateCount]
    waiting_for_data: int
    market_views: int
    evaluations: int
    watchers: int
    pending_writes: int
    database_version: str
    def __init__(self, version: _Optional[str] = ..., role: _Optional[_Union[ServerRole, str]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., log_epoch: _Optional[str] = ..., head_revision: _Optional[int] = ..., compacted_revision: _Optional[int] = ..., active_trades: _Optional[int] = ..., trades_by_state: _Optional[_Iterable[_Union[StateCount, _Mapping]]] = ..., waiting_for_data: _Optional[int] = ..., market_views: _Optional[int] = ..., evaluations: _Optional[int] = ..., watchers: _Optional[int] = ..., pending_writes: _Optional[int] = ..., database_version: _Optional[str] = ...) -> None: ...
