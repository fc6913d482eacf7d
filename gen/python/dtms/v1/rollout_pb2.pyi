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

class RolloutStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLLOUT_STATUS_UNSPECIFIED: _ClassVar[RolloutStatus]
    ROLLOUT_STATUS_RUNNING: _ClassVar[RolloutStatus]
    ROLLOUT_STATUS_PAUSED: _ClassVar[RolloutStatus]
    ROLLOUT_STATUS_ROLLING_BACK: _ClassVar[RolloutStatus]
    ROLLOUT_STATUS_DONE: _ClassVar[RolloutStatus]
    ROLLOUT_STATUS_ROLLED_BACK: _ClassVar[RolloutStatus]

class RolloutVerdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLLOUT_VERDICT_UNSPECIFIED: _ClassVar[RolloutVerdict]
    ROLLOUT_VERDICT_GOOD: _ClassVar[RolloutVerdict]
    ROLLOUT_VERDICT_BAD: _ClassVar[RolloutVerdict]
    ROLLOUT_VERDICT_UNPROVEN: _ClassVar[RolloutVerdict]
ROLLOUT_STATUS_UNSPECIFIED: RolloutStatus
ROLLOUT_STATUS_RUNNING: RolloutStatus
ROLLOUT_STATUS_PAUSED: RolloutStatus
ROLLOUT_STATUS_ROLLING_BACK: RolloutStatus
ROLLOUT_STATUS_DONE: RolloutStatus
ROLLOUT_STATUS_ROLLED_BACK: RolloutStatus
ROLLOUT_VERDICT_UNSPECIFIED: RolloutVerdict
ROLLOUT_VERDICT_GOOD: RolloutVerdict
ROLLOUT_VERDICT_BAD: RolloutVerdict
ROLLOUT_VERDICT_UNPROVEN: RolloutVerdict

class RolloutStep(_message.Message):
    __slots__ = ("kind", "text", "percent", "watch_ms")
    KIND_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    WATCH_MS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    text: str
    percent: int
    watch_ms: int
    def __init__(self, kind: _Optional[str] = ..., text: _Optional[str] = ..., percent: _Optional[int] = ..., watch_ms: _Optional[int] = ...) -> None: ...

class RolloutServer(_message.Message):
    __slots__ = ("name", "address", "is_new")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    IS_NEW_FIELD_NUMBER: _ClassVar[int]
    name: str
    address: str
    is_new: bool
    def __init__(self, name: _Optional[str] = ..., address: _Optional[str] = ..., is_new: bool = ...) -> None: ...

class RolloutFinding(_message.Message):
    __slots__ = ("rule", "verdict", "text")
    RULE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    rule: str
    verdict: RolloutVerdict
    text: str
    def __init__(self, rule: _Optional[str] = ..., verdict: _Optional[_Union[RolloutVerdict, str]] = ..., text: _Optional[str] = ...) -> None: ...

class RolloutTransition(_message.Message):
    __slots__ = ("number", "at", "decider", "by", "what", "findings")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    DECIDER_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    number: int
    at: _timestamp_pb2.Timestamp
    decider: str
    by: str
    what: str
    findings: _containers.RepeatedCompositeFieldContainer[RolloutFinding]
    def __init__(self, number: _Optional[int] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., decider: _Optional[str] = ..., by: _Optional[str] = ..., what: _Optional[str] = ..., findings: _Optional[_Iterable[_Union[RolloutFinding, _Mapping]]] = ...) -> None: ...

class Rollout(_message.Message):
    __slots__ = ("rollout_id", "status", "step", "watching", "since", "reason", "new_percent", "started_at", "ended_at", "steps", "servers", "looked_at")
    ROLLOUT_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    WATCHING_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NEW_PERCENT_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    SERVERS_FIELD_NUMBER: _ClassVar[int]
    LOOKED_AT_FIELD_NUMBER: _ClassVar[int]
    rollout_id: int
    status: RolloutStatus
    step: int
    watching: bool
    since: _timestamp_pb2.Timestamp
    reason: str
    new_percent: int
    started_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    steps: _containers.RepeatedCompositeFieldContainer[RolloutStep]
    servers: _containers.RepeatedCompositeFieldContainer[RolloutServer]
    looked_at: _timestamp_pb2.Timestamp
    def __init__(self, rollout_id: _Optional[int] = ..., status: _Optional[_Union[RolloutStatus, str]] = ..., step: _Optional[int] = ..., watching: bool = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ..., new_percent: _Optional[int] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., steps: _Optional[_Iterable[_Union[RolloutStep, _Mapping]]] = ..., servers: _Optional[_Iterable[_Union[RolloutServer, _Mapping]]] = ..., looked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListRolloutsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRolloutsResponse(_message.Message):
    __slots__ = ("rollouts", "next_page_token")
    ROLLOUTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    rollouts: _containers.RepeatedCompositeFieldContainer[Rollout]
    next_page_token: str
    def __init__(self, rollouts: _Optional[_Iterable[_Union[Rollout, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetRolloutRequest(_message.Message):
    __slots__ = ("rollout_id",)
    ROLLOUT_ID_FIELD_NUMBER: _ClassVar[int]
    rollout_id: int
    def __init__(self, rollout_id: _Optional[int] = ...) -> None: ...

class GetRolloutResponse(_message.Message):
    __slots__ = ("rollout", "findings", "timeline")
    ROLLOUT_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    TIMELINE_FIELD_NUMBER: _ClassVar[int]
    rollout: Rollout
    findings: _containers.RepeatedCompositeFieldContainer[RolloutFinding]
    timeline: _containers.RepeatedCompositeFieldContainer[RolloutTransition]
    def __init__(self, rollout: _Optional[_Union[Rollout, _Mapping]] = ..., findings: _Optional[_Iterable[_Union[RolloutFinding, _Mapping]]] = ..., timeline: _Optional[_Iterable[_Union[RolloutTransition, _Mapping]]] = ...) -> None: ...
