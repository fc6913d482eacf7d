import datetime

from buf.validate import validate_pb2 as _validate_pb2
from dtms.v1 import access_pb2 as _access_pb2
from dtms.v1 import feature_flag_pb2 as _feature_flag_pb2
from dtms.v1 import rollout_pb2 as _rollout_pb2
from dtms.v1 import types_pb2 as _types_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import struct_pb2 as _struct_pb2
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

class AlarmKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALARM_KIND_UNSPECIFIED: _ClassVar[AlarmKind]
    ALARM_KIND_DATABASE_AWAY: _ClassVar[AlarmKind]
    ALARM_KIND_NO_LEADER: _ClassVar[AlarmKind]
    ALARM_KIND_ACTION_IN_DOUBT: _ClassVar[AlarmKind]
    ALARM_KIND_ACTIONS_HELD: _ClassVar[AlarmKind]
    ALARM_KIND_NO_BRIDGE: _ClassVar[AlarmKind]
    ALARM_KIND_DATA_STALE: _ClassVar[AlarmKind]
    ALARM_KIND_DATA_AHEAD: _ClassVar[AlarmKind]
    ALARM_KIND_RAIL_TRIPPED: _ClassVar[AlarmKind]
    ALARM_KIND_HALTED: _ClassVar[AlarmKind]
    ALARM_KIND_ACTIONS_UNSHOWN: _ClassVar[AlarmKind]
    ALARM_KIND_POSITIONS_UNDEFENDED: _ClassVar[AlarmKind]
    ALARM_KIND_DEAD_LETTERS: _ClassVar[AlarmKind]
    ALARM_KIND_OBSERVING: _ClassVar[AlarmKind]
    ALARM_KIND_ACTION_IN_DOUBT_OVERDUE: _ClassVar[AlarmKind]
    ALARM_KIND_SWITCHED_OFF: _ClassVar[AlarmKind]
    ALARM_KIND_EXPOSURE: _ClassVar[AlarmKind]
    ALARM_KIND_POLICY_OBSERVING: _ClassVar[AlarmKind]

class AlarmUrgency(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALARM_URGENCY_UNSPECIFIED: _ClassVar[AlarmUrgency]
    ALARM_URGENCY_NOW: _ClassVar[AlarmUrgency]
    ALARM_URGENCY_TODAY: _ClassVar[AlarmUrgency]

class StateKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATE_KIND_UNSPECIFIED: _ClassVar[StateKind]
    STATE_KIND_TRADES: _ClassVar[StateKind]
    STATE_KIND_VIEWS: _ClassVar[StateKind]
    STATE_KIND_ACCOUNTS: _ClassVar[StateKind]
    STATE_KIND_FEEDS: _ClassVar[StateKind]
    STATE_KIND_INSTRUMENTS: _ClassVar[StateKind]
    STATE_KIND_NEWS: _ClassVar[StateKind]
    STATE_KIND_FLAGS: _ClassVar[StateKind]
    STATE_KIND_POLICIES: _ClassVar[StateKind]

class ServerVerdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SERVER_VERDICT_UNSPECIFIED: _ClassVar[ServerVerdict]
    SERVER_VERDICT_SAME: _ClassVar[ServerVerdict]
    SERVER_VERDICT_DIFFERS: _ClassVar[ServerVerdict]
    SERVER_VERDICT_NOT_COMPARED: _ClassVar[ServerVerdict]

class CallerKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CALLER_KIND_UNSPECIFIED: _ClassVar[CallerKind]
    CALLER_KIND_KEY: _ClassVar[CallerKind]
    CALLER_KIND_CERTIFICATE: _ClassVar[CallerKind]
    CALLER_KIND_OPEN: _ClassVar[CallerKind]

class LogLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOG_LEVEL_UNSPECIFIED: _ClassVar[LogLevel]
    LOG_LEVEL_DEBUG: _ClassVar[LogLevel]
    LOG_LEVEL_INFO: _ClassVar[LogLevel]
    LOG_LEVEL_WARNING: _ClassVar[LogLevel]
    LOG_LEVEL_ERROR: _ClassVar[LogLevel]
    LOG_LEVEL_CRITICAL: _ClassVar[LogLevel]
SERVER_ROLE_UNSPECIFIED: ServerRole
SERVER_ROLE_STANDBY: ServerRole
SERVER_ROLE_LEADER: ServerRole
SERVER_ROLE_STOPPING: ServerRole
ALARM_KIND_UNSPECIFIED: AlarmKind
ALARM_KIND_DATABASE_AWAY: AlarmKind
ALARM_KIND_NO_LEADER: AlarmKind
ALARM_KIND_ACTION_IN_DOUBT: AlarmKind
ALARM_KIND_ACTIONS_HELD: AlarmKind
ALARM_KIND_NO_BRIDGE: AlarmKind
ALARM_KIND_DATA_STALE: AlarmKind
ALARM_KIND_DATA_AHEAD: AlarmKind
ALARM_KIND_RAIL_TRIPPED: AlarmKind
ALARM_KIND_HALTED: AlarmKind
ALARM_KIND_ACTIONS_UNSHOWN: AlarmKind
ALARM_KIND_POSITIONS_UNDEFENDED: AlarmKind
ALARM_KIND_DEAD_LETTERS: AlarmKind
ALARM_KIND_OBSERVING: AlarmKind
ALARM_KIND_ACTION_IN_DOUBT_OVERDUE: AlarmKind
ALARM_KIND_SWITCHED_OFF: AlarmKind
ALARM_KIND_EXPOSURE: AlarmKind
ALARM_KIND_POLICY_OBSERVING: AlarmKind
ALARM_URGENCY_UNSPECIFIED: AlarmUrgency
ALARM_URGENCY_NOW: AlarmUrgency
ALARM_URGENCY_TODAY: AlarmUrgency
STATE_KIND_UNSPECIFIED: StateKind
STATE_KIND_TRADES: StateKind
STATE_KIND_VIEWS: StateKind
STATE_KIND_ACCOUNTS: StateKind
STATE_KIND_FEEDS: StateKind
STATE_KIND_INSTRUMENTS: StateKind
STATE_KIND_NEWS: StateKind
STATE_KIND_FLAGS: StateKind
STATE_KIND_POLICIES: StateKind
SERVER_VERDICT_UNSPECIFIED: ServerVerdict
SERVER_VERDICT_SAME: ServerVerdict
SERVER_VERDICT_DIFFERS: ServerVerdict
SERVER_VERDICT_NOT_COMPARED: ServerVerdict
CALLER_KIND_UNSPECIFIED: CallerKind
CALLER_KIND_KEY: CallerKind
CALLER_KIND_CERTIFICATE: CallerKind
CALLER_KIND_OPEN: CallerKind
LOG_LEVEL_UNSPECIFIED: LogLevel
LOG_LEVEL_DEBUG: LogLevel
LOG_LEVEL_INFO: LogLevel
LOG_LEVEL_WARNING: LogLevel
LOG_LEVEL_ERROR: LogLevel
LOG_LEVEL_CRITICAL: LogLevel

class GetStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ("version", "role", "started_at", "log_epoch", "head_revision", "compacted_revision", "active_trades", "trades_by_state", "waiting_for_data", "market_views", "evaluations", "watchers", "pending_writes", "database_version", "server_id", "leader_server_id")
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
    SERVER_ID_FIELD_NUMBER: _ClassVar[int]
    LEADER_SERVER_ID_FIELD_NUMBER: _ClassVar[int]
    version: str
    role: ServerRole
    started_at: _timestamp_pb2.Timestamp
    log_epoch: str
    head_revision: int
    compacted_revision: int
    active_trades: int
    trades_by_state: _containers.RepeatedCompositeFieldContainer[_types_pb2.StateCount]
    waiting_for_data: int
    market_views: int
    evaluations: int
    watchers: int
    pending_writes: int
    database_version: str
    server_id: str
    leader_server_id: str
    def __init__(self, version: _Optional[str] = ..., role: _Optional[_Union[ServerRole, str]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., log_epoch: _Optional[str] = ..., head_revision: _Optional[int] = ..., compacted_revision: _Optional[int] = ..., active_trades: _Optional[int] = ..., trades_by_state: _Optional[_Iterable[_Union[_types_pb2.StateCount, _Mapping]]] = ..., waiting_for_data: _Optional[int] = ..., market_views: _Optional[int] = ..., evaluations: _Optional[int] = ..., watchers: _Optional[int] = ..., pending_writes: _Optional[int] = ..., database_version: _Optional[str] = ..., server_id: _Optional[str] = ..., leader_server_id: _Optional[str] = ...) -> None: ...

class ListAlarmsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Alarm(_message.Message):
    __slots__ = ("kind", "urgency", "account", "feed", "ticket", "action_id", "count", "since", "text", "advice", "command", "alert")
    KIND_FIELD_NUMBER: _ClassVar[int]
    URGENCY_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ADVICE_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    ALERT_FIELD_NUMBER: _ClassVar[int]
    kind: AlarmKind
    urgency: AlarmUrgency
    account: str
    feed: str
    ticket: int
    action_id: str
    count: int
    since: _timestamp_pb2.Timestamp
    text: str
    advice: str
    command: str
    alert: str
    def __init__(self, kind: _Optional[_Union[AlarmKind, str]] = ..., urgency: _Optional[_Union[AlarmUrgency, str]] = ..., account: _Optional[str] = ..., feed: _Optional[str] = ..., ticket: _Optional[int] = ..., action_id: _Optional[str] = ..., count: _Optional[int] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., text: _Optional[str] = ..., advice: _Optional[str] = ..., command: _Optional[str] = ..., alert: _Optional[str] = ...) -> None: ...

class ListAlarmsResponse(_message.Message):
    __slots__ = ("alarms", "total", "at")
    ALARMS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    alarms: _containers.RepeatedCompositeFieldContainer[Alarm]
    total: int
    at: _timestamp_pb2.Timestamp
    def __init__(self, alarms: _Optional[_Iterable[_Union[Alarm, _Mapping]]] = ..., total: _Optional[int] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListServersRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Server(_message.Message):
    __slots__ = ("server_id", "version", "role", "grpc_address", "peer_address", "term", "lag_revisions", "lag_ms", "started_at", "seen_at", "silent_ms")
    SERVER_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    GRPC_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    PEER_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    TERM_FIELD_NUMBER: _ClassVar[int]
    LAG_REVISIONS_FIELD_NUMBER: _ClassVar[int]
    LAG_MS_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    SEEN_AT_FIELD_NUMBER: _ClassVar[int]
    SILENT_MS_FIELD_NUMBER: _ClassVar[int]
    server_id: str
    version: str
    role: ServerRole
    grpc_address: str
    peer_address: str
    term: int
    lag_revisions: int
    lag_ms: int
    started_at: _timestamp_pb2.Timestamp
    seen_at: _timestamp_pb2.Timestamp
    silent_ms: int
    def __init__(self, server_id: _Optional[str] = ..., version: _Optional[str] = ..., role: _Optional[_Union[ServerRole, str]] = ..., grpc_address: _Optional[str] = ..., peer_address: _Optional[str] = ..., term: _Optional[int] = ..., lag_revisions: _Optional[int] = ..., lag_ms: _Optional[int] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., seen_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., silent_ms: _Optional[int] = ...) -> None: ...

class ListServersResponse(_message.Message):
    __slots__ = ("servers", "answered_by")
    SERVERS_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_BY_FIELD_NUMBER: _ClassVar[int]
    servers: _containers.RepeatedCompositeFieldContainer[Server]
    answered_by: str
    def __init__(self, servers: _Optional[_Iterable[_Union[Server, _Mapping]]] = ..., answered_by: _Optional[str] = ...) -> None: ...

class DigestStateRequest(_message.Message):
    __slots__ = ("min_commit", "at", "items")
    MIN_COMMIT_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    min_commit: int
    at: _timestamp_pb2.Timestamp
    items: _containers.RepeatedScalarFieldContainer[StateKind]
    def __init__(self, min_commit: _Optional[int] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., items: _Optional[_Iterable[_Union[StateKind, str]]] = ...) -> None: ...

class ItemDigest(_message.Message):
    __slots__ = ("name", "digest")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ...) -> None: ...

class KindDigest(_message.Message):
    __slots__ = ("kind", "count", "digest", "items")
    KIND_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    kind: StateKind
    count: int
    digest: str
    items: _containers.RepeatedCompositeFieldContainer[ItemDigest]
    def __init__(self, kind: _Optional[_Union[StateKind, str]] = ..., count: _Optional[int] = ..., digest: _Optional[str] = ..., items: _Optional[_Iterable[_Union[ItemDigest, _Mapping]]] = ...) -> None: ...

class DigestStateResponse(_message.Message):
    __slots__ = ("server_id", "commit", "revision", "kinds")
    SERVER_ID_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    server_id: str
    commit: int
    revision: int
    kinds: _containers.RepeatedCompositeFieldContainer[KindDigest]
    def __init__(self, server_id: _Optional[str] = ..., commit: _Optional[int] = ..., revision: _Optional[int] = ..., kinds: _Optional[_Iterable[_Union[KindDigest, _Mapping]]] = ...) -> None: ...

class VerifyServersRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StateDifference(_message.Message):
    __slots__ = ("kind", "count", "names")
    KIND_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    kind: StateKind
    count: int
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, kind: _Optional[_Union[StateKind, str]] = ..., count: _Optional[int] = ..., names: _Optional[_Iterable[str]] = ...) -> None: ...

class VerifiedServer(_message.Message):
    __slots__ = ("server_id", "verdict", "commit", "revision", "differences", "problem")
    SERVER_ID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    server_id: str
    verdict: ServerVerdict
    commit: int
    revision: int
    differences: _containers.RepeatedCompositeFieldContainer[StateDifference]
    problem: str
    def __init__(self, server_id: _Optional[str] = ..., verdict: _Optional[_Union[ServerVerdict, str]] = ..., commit: _Optional[int] = ..., revision: _Optional[int] = ..., differences: _Optional[_Iterable[_Union[StateDifference, _Mapping]]] = ..., problem: _Optional[str] = ...) -> None: ...

class VerifyServersResponse(_message.Message):
    __slots__ = ("leader_server_id", "servers", "leader")
    LEADER_SERVER_ID_FIELD_NUMBER: _ClassVar[int]
    SERVERS_FIELD_NUMBER: _ClassVar[int]
    LEADER_FIELD_NUMBER: _ClassVar[int]
    leader_server_id: str
    servers: _containers.RepeatedCompositeFieldContainer[VerifiedServer]
    leader: _containers.RepeatedCompositeFieldContainer[KindDigest]
    def __init__(self, leader_server_id: _Optional[str] = ..., servers: _Optional[_Iterable[_Union[VerifiedServer, _Mapping]]] = ..., leader: _Optional[_Iterable[_Union[KindDigest, _Mapping]]] = ...) -> None: ...

class MoveLeaderRequest(_message.Message):
    __slots__ = ("server_id", "by")
    SERVER_ID_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    server_id: str
    by: str
    def __init__(self, server_id: _Optional[str] = ..., by: _Optional[str] = ...) -> None: ...

class MoveLeaderResponse(_message.Message):
    __slots__ = ("leader_server_id", "took_ms")
    LEADER_SERVER_ID_FIELD_NUMBER: _ClassVar[int]
    TOOK_MS_FIELD_NUMBER: _ClassVar[int]
    leader_server_id: str
    took_ms: int
    def __init__(self, leader_server_id: _Optional[str] = ..., took_ms: _Optional[int] = ...) -> None: ...

class RotateClusterSecretRequest(_message.Message):
    __slots__ = ("by",)
    BY_FIELD_NUMBER: _ClassVar[int]
    by: str
    def __init__(self, by: _Optional[str] = ...) -> None: ...

class RotateClusterSecretResponse(_message.Message):
    __slots__ = ("serial", "overlap_ms", "was_rotating")
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    OVERLAP_MS_FIELD_NUMBER: _ClassVar[int]
    WAS_ROTATING_FIELD_NUMBER: _ClassVar[int]
    serial: int
    overlap_ms: int
    was_rotating: bool
    def __init__(self, serial: _Optional[int] = ..., overlap_ms: _Optional[int] = ..., was_rotating: bool = ...) -> None: ...

class GetConfigRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReloadConfigRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReloadConfigResponse(_message.Message):
    __slots__ = ("revision", "changed", "needs_restart")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    NEEDS_RESTART_FIELD_NUMBER: _ClassVar[int]
    revision: int
    changed: _containers.RepeatedScalarFieldContainer[str]
    needs_restart: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, revision: _Optional[int] = ..., changed: _Optional[_Iterable[str]] = ..., needs_restart: _Optional[_Iterable[str]] = ...) -> None: ...

class GetConfigResponse(_message.Message):
    __slots__ = ("config", "revision", "needs_restart")
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NEEDS_RESTART_FIELD_NUMBER: _ClassVar[int]
    config: _struct_pb2.Struct
    revision: int
    needs_restart: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, config: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., revision: _Optional[int] = ..., needs_restart: _Optional[_Iterable[str]] = ...) -> None: ...

class ListAuditEventsRequest(_message.Message):
    __slots__ = ("account", "actor", "method", "until", "page_size", "page_token", "after_audit_id", "newest_first")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AFTER_AUDIT_ID_FIELD_NUMBER: _ClassVar[int]
    NEWEST_FIRST_FIELD_NUMBER: _ClassVar[int]
    account: str
    actor: str
    method: str
    until: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    after_audit_id: int
    newest_first: bool
    def __init__(self, account: _Optional[str] = ..., actor: _Optional[str] = ..., method: _Optional[str] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., after_audit_id: _Optional[int] = ..., newest_first: bool = ..., **kwargs) -> None: ...

class AuditEvent(_message.Message):
    __slots__ = ("audit_id", "at", "actor", "method", "account", "ticket", "detail", "actor_id", "hash")
    AUDIT_ID_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    audit_id: int
    at: _timestamp_pb2.Timestamp
    actor: str
    method: str
    account: str
    ticket: int
    detail: _struct_pb2.Struct
    actor_id: str
    hash: bytes
    def __init__(self, audit_id: _Optional[int] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., actor: _Optional[str] = ..., method: _Optional[str] = ..., account: _Optional[str] = ..., ticket: _Optional[int] = ..., detail: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., actor_id: _Optional[str] = ..., hash: _Optional[bytes] = ...) -> None: ...

class ListAuditEventsResponse(_message.Message):
    __slots__ = ("events", "next_page_token")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[AuditEvent]
    next_page_token: str
    def __init__(self, events: _Optional[_Iterable[_Union[AuditEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ApiKey(_message.Message):
    __slots__ = ("key_id", "name", "scopes", "accounts", "created_at", "expires_at", "revoked_at", "rotated_to", "overlap_ends_at", "last_used_at", "active", "feeds")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    REVOKED_AT_FIELD_NUMBER: _ClassVar[int]
    ROTATED_TO_FIELD_NUMBER: _ClassVar[int]
    OVERLAP_ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    LAST_USED_AT_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    FEEDS_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    name: str
    scopes: _containers.RepeatedScalarFieldContainer[_access_pb2.Scope]
    accounts: _containers.RepeatedScalarFieldContainer[str]
    created_at: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    revoked_at: _timestamp_pb2.Timestamp
    rotated_to: str
    overlap_ends_at: _timestamp_pb2.Timestamp
    last_used_at: _timestamp_pb2.Timestamp
    active: bool
    feeds: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, key_id: _Optional[str] = ..., name: _Optional[str] = ..., scopes: _Optional[_Iterable[_Union[_access_pb2.Scope, str]]] = ..., accounts: _Optional[_Iterable[str]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., rotated_to: _Optional[str] = ..., overlap_ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_used_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., active: bool = ..., feeds: _Optional[_Iterable[str]] = ...) -> None: ...

class GetCallerRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetCallerResponse(_message.Message):
    __slots__ = ("kind", "name", "scopes", "accounts", "expires_at")
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    kind: CallerKind
    name: str
    scopes: _containers.RepeatedScalarFieldContainer[_access_pb2.Scope]
    accounts: _containers.RepeatedScalarFieldContainer[str]
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, kind: _Optional[_Union[CallerKind, str]] = ..., name: _Optional[str] = ..., scopes: _Optional[_Iterable[_Union[_access_pb2.Scope, str]]] = ..., accounts: _Optional[_Iterable[str]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateApiKeyRequest(_message.Message):
    __slots__ = ("name", "scopes", "accounts", "expires_at", "feeds", "console_token")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    FEEDS_FIELD_NUMBER: _ClassVar[int]
    CONSOLE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    scopes: _containers.RepeatedScalarFieldContainer[_access_pb2.Scope]
    accounts: _containers.RepeatedScalarFieldContainer[str]
    expires_at: _timestamp_pb2.Timestamp
    feeds: _containers.RepeatedScalarFieldContainer[str]
    console_token: str
    def __init__(self, name: _Optional[str] = ..., scopes: _Optional[_Iterable[_Union[_access_pb2.Scope, str]]] = ..., accounts: _Optional[_Iterable[str]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., feeds: _Optional[_Iterable[str]] = ..., console_token: _Optional[str] = ...) -> None: ...

class CreateApiKeyResponse(_message.Message):
    __slots__ = ("key", "secret")
    KEY_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    key: ApiKey
    secret: str
    def __init__(self, key: _Optional[_Union[ApiKey, _Mapping]] = ..., secret: _Optional[str] = ...) -> None: ...

class ListApiKeysRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListApiKeysResponse(_message.Message):
    __slots__ = ("keys", "next_page_token")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[ApiKey]
    next_page_token: str
    def __init__(self, keys: _Optional[_Iterable[_Union[ApiKey, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RotateApiKeyRequest(_message.Message):
    __slots__ = ("key_id", "overlap_seconds", "expires_at")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    OVERLAP_SECONDS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    overlap_seconds: int
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, key_id: _Optional[str] = ..., overlap_seconds: _Optional[int] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RotateApiKeyResponse(_message.Message):
    __slots__ = ("key", "secret", "replaced")
    KEY_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    REPLACED_FIELD_NUMBER: _ClassVar[int]
    key: ApiKey
    secret: str
    replaced: ApiKey
    def __init__(self, key: _Optional[_Union[ApiKey, _Mapping]] = ..., secret: _Optional[str] = ..., replaced: _Optional[_Union[ApiKey, _Mapping]] = ...) -> None: ...

class RevokeApiKeyRequest(_message.Message):
    __slots__ = ("key_id",)
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    def __init__(self, key_id: _Optional[str] = ...) -> None: ...

class RevokeApiKeyResponse(_message.Message):
    __slots__ = ("key",)
    KEY_FIELD_NUMBER: _ClassVar[int]
    key: ApiKey
    def __init__(self, key: _Optional[_Union[ApiKey, _Mapping]] = ...) -> None: ...

class GetPerformanceRequest(_message.Message):
    __slots__ = ("after",)
    AFTER_FIELD_NUMBER: _ClassVar[int]
    after: _timestamp_pb2.Timestamp
    def __init__(self, after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetPerformanceResponse(_message.Message):
    __slots__ = ("samples",)
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    samples: _containers.RepeatedCompositeFieldContainer[PerformanceSample]
    def __init__(self, samples: _Optional[_Iterable[_Union[PerformanceSample, _Mapping]]] = ...) -> None: ...

class PerformanceSample(_message.Message):
    __slots__ = ("time", "seconds", "calls", "refused_calls", "failed_calls", "p50_ms", "p95_ms", "p99_ms", "events", "commits", "transitions", "evaluations", "watchers", "active_trades", "event_loop_delay_p99_ms", "resident_bytes")
    TIME_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    REFUSED_CALLS_FIELD_NUMBER: _ClassVar[int]
    FAILED_CALLS_FIELD_NUMBER: _ClassVar[int]
    P50_MS_FIELD_NUMBER: _ClassVar[int]
    P95_MS_FIELD_NUMBER: _ClassVar[int]
    P99_MS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    COMMITS_FIELD_NUMBER: _ClassVar[int]
    TRANSITIONS_FIELD_NUMBER: _ClassVar[int]
    EVALUATIONS_FIELD_NUMBER: _ClassVar[int]
    WATCHERS_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_TRADES_FIELD_NUMBER: _ClassVar[int]
    EVENT_LOOP_DELAY_P99_MS_FIELD_NUMBER: _ClassVar[int]
    RESIDENT_BYTES_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    seconds: float
    calls: int
    refused_calls: int
    failed_calls: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    events: int
    commits: int
    transitions: int
    evaluations: int
    watchers: int
    active_trades: int
    event_loop_delay_p99_ms: float
    resident_bytes: int
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., seconds: _Optional[float] = ..., calls: _Optional[int] = ..., refused_calls: _Optional[int] = ..., failed_calls: _Optional[int] = ..., p50_ms: _Optional[float] = ..., p95_ms: _Optional[float] = ..., p99_ms: _Optional[float] = ..., events: _Optional[int] = ..., commits: _Optional[int] = ..., transitions: _Optional[int] = ..., evaluations: _Optional[int] = ..., watchers: _Optional[int] = ..., active_trades: _Optional[int] = ..., event_loop_delay_p99_ms: _Optional[float] = ..., resident_bytes: _Optional[int] = ...) -> None: ...

class SetLogLevelRequest(_message.Message):
    __slots__ = ("level", "duration_seconds")
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    level: LogLevel
    duration_seconds: int
    def __init__(self, level: _Optional[_Union[LogLevel, str]] = ..., duration_seconds: _Optional[int] = ...) -> None: ...

class SetLogLevelResponse(_message.Message):
    __slots__ = ("level", "previous_level", "until")
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_LEVEL_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    level: LogLevel
    previous_level: LogLevel
    until: _timestamp_pb2.Timestamp
    def __init__(self, level: _Optional[_Union[LogLevel, str]] = ..., previous_level: _Optional[_Union[LogLevel, str]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
