import datetime

from buf.validate import validate_pb2 as _validate_pb2
from dtms.v1 import access_pb2 as _access_pb2
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

class Resolution(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESOLUTION_UNSPECIFIED: _ClassVar[Resolution]
    RESOLUTION_DONE: _ClassVar[Resolution]
    RESOLUTION_RETRY: _ClassVar[Resolution]
    RESOLUTION_GIVE_UP: _ClassVar[Resolution]

class CloseOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLOSE_OUTCOME_UNSPECIFIED: _ClassVar[CloseOutcome]
    CLOSE_OUTCOME_PLANNED: _ClassVar[CloseOutcome]
    CLOSE_OUTCOME_ON_ITS_WAY: _ClassVar[CloseOutcome]
    CLOSE_OUTCOME_CLOSED: _ClassVar[CloseOutcome]
RESOLUTION_UNSPECIFIED: Resolution
RESOLUTION_DONE: Resolution
RESOLUTION_RETRY: Resolution
RESOLUTION_GIVE_UP: Resolution
CLOSE_OUTCOME_UNSPECIFIED: CloseOutcome
CLOSE_OUTCOME_PLANNED: CloseOutcome
CLOSE_OUTCOME_ON_ITS_WAY: CloseOutcome
CLOSE_OUTCOME_CLOSED: CloseOutcome

class LeaseActionsRequest(_message.Message):
    __slots__ = ("account", "bridge_id", "max_leases", "lease_seconds", "drain", "occurred_at")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    BRIDGE_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_LEASES_FIELD_NUMBER: _ClassVar[int]
    LEASE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    account: str
    bridge_id: str
    max_leases: int
    lease_seconds: int
    drain: bool
    occurred_at: _timestamp_pb2.Timestamp
    def __init__(self, account: _Optional[str] = ..., bridge_id: _Optional[str] = ..., max_leases: _Optional[int] = ..., lease_seconds: _Optional[int] = ..., drain: bool = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LeaseActionsResponse(_message.Message):
    __slots__ = ("actions", "revision")
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    actions: _containers.RepeatedCompositeFieldContainer[LeasedAction]
    revision: int
    def __init__(self, actions: _Optional[_Iterable[_Union[LeasedAction, _Mapping]]] = ..., revision: _Optional[int] = ...) -> None: ...

class LeasedAction(_message.Message):
    __slots__ = ("action", "account", "ticket", "position_ticket", "symbol", "direction", "take_profit", "hedge_ticket", "magic_number", "tag", "leaves", "volume_min", "volume_step")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    POSITION_TICKET_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    TAKE_PROFIT_FIELD_NUMBER: _ClassVar[int]
    HEDGE_TICKET_FIELD_NUMBER: _ClassVar[int]
    MAGIC_NUMBER_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    LEAVES_FIELD_NUMBER: _ClassVar[int]
    VOLUME_MIN_FIELD_NUMBER: _ClassVar[int]
    VOLUME_STEP_FIELD_NUMBER: _ClassVar[int]
    action: _types_pb2.Action
    account: str
    ticket: int
    position_ticket: int
    symbol: str
    direction: _types_pb2.Direction
    take_profit: float
    hedge_ticket: int
    magic_number: int
    tag: str
    leaves: float
    volume_min: float
    volume_step: float
    def __init__(self, action: _Optional[_Union[_types_pb2.Action, _Mapping]] = ..., account: _Optional[str] = ..., ticket: _Optional[int] = ..., position_ticket: _Optional[int] = ..., symbol: _Optional[str] = ..., direction: _Optional[_Union[_types_pb2.Direction, str]] = ..., take_profit: _Optional[float] = ..., hedge_ticket: _Optional[int] = ..., magic_number: _Optional[int] = ..., tag: _Optional[str] = ..., leaves: _Optional[float] = ..., volume_min: _Optional[float] = ..., volume_step: _Optional[float] = ...) -> None: ...

class BeginActionRequest(_message.Message):
    __slots__ = ("action_id", "token", "occurred_at", "request_id")
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    action_id: str
    token: int
    occurred_at: _timestamp_pb2.Timestamp
    request_id: str
    def __init__(self, action_id: _Optional[str] = ..., token: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class BeginActionResponse(_message.Message):
    __slots__ = ("action", "revision")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    action: _types_pb2.Action
    revision: int
    def __init__(self, action: _Optional[_Union[_types_pb2.Action, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class ReportActionRequest(_message.Message):
    __slots__ = ("action_id", "token", "result", "occurred_at")
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    action_id: str
    token: int
    result: _types_pb2.ActionResult
    occurred_at: _timestamp_pb2.Timestamp
    def __init__(self, action_id: _Optional[str] = ..., token: _Optional[int] = ..., result: _Optional[_Union[_types_pb2.ActionResult, _Mapping]] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReportActionResponse(_message.Message):
    __slots__ = ("action", "revision")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    action: _types_pb2.Action
    revision: int
    def __init__(self, action: _Optional[_Union[_types_pb2.Action, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class ExtendLeaseRequest(_message.Message):
    __slots__ = ("action_id", "token", "lease_seconds")
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    LEASE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    action_id: str
    token: int
    lease_seconds: int
    def __init__(self, action_id: _Optional[str] = ..., token: _Optional[int] = ..., lease_seconds: _Optional[int] = ...) -> None: ...

class ExtendLeaseResponse(_message.Message):
    __slots__ = ("action",)
    ACTION_FIELD_NUMBER: _ClassVar[int]
    action: _types_pb2.Action
    def __init__(self, action: _Optional[_Union[_types_pb2.Action, _Mapping]] = ...) -> None: ...

class ListActionsRequest(_message.Message):
    __slots__ = ("account", "ticket", "statuses", "page_size", "page_token", "newest_first")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    NEWEST_FIRST_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    statuses: _containers.RepeatedScalarFieldContainer[_types_pb2.ActionStatus]
    page_size: int
    page_token: str
    newest_first: bool
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., statuses: _Optional[_Iterable[_Union[_types_pb2.ActionStatus, str]]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., newest_first: bool = ...) -> None: ...

class ListActionsResponse(_message.Message):
    __slots__ = ("actions", "next_page_token")
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    actions: _containers.RepeatedCompositeFieldContainer[ListedAction]
    next_page_token: str
    def __init__(self, actions: _Optional[_Iterable[_Union[ListedAction, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListedAction(_message.Message):
    __slots__ = ("account", "ticket", "action", "revision")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    action: _types_pb2.Action
    revision: int
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., action: _Optional[_Union[_types_pb2.Action, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class ResolveActionRequest(_message.Message):
    __slots__ = ("action_id", "resolution", "result", "by", "reason", "request_id")
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    action_id: str
    resolution: Resolution
    result: _types_pb2.ActionResult
    by: str
    reason: str
    request_id: str
    def __init__(self, action_id: _Optional[str] = ..., resolution: _Optional[_Union[Resolution, str]] = ..., result: _Optional[_Union[_types_pb2.ActionResult, _Mapping]] = ..., by: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ResolveActionResponse(_message.Message):
    __slots__ = ("action", "revision")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    action: _types_pb2.Action
    revision: int
    def __init__(self, action: _Optional[_Union[_types_pb2.Action, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class ClosePositionRequest(_message.Message):
    __slots__ = ("account", "tickets", "symbols", "direction", "magic_number", "whole_account", "by", "reason", "request_id")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKETS_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    MAGIC_NUMBER_FIELD_NUMBER: _ClassVar[int]
    WHOLE_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    account: str
    tickets: _containers.RepeatedScalarFieldContainer[int]
    symbols: _containers.RepeatedScalarFieldContainer[str]
    direction: _types_pb2.Direction
    magic_number: int
    whole_account: bool
    by: str
    reason: str
    request_id: str
    def __init__(self, account: _Optional[str] = ..., tickets: _Optional[_Iterable[int]] = ..., symbols: _Optional[_Iterable[str]] = ..., direction: _Optional[_Union[_types_pb2.Direction, str]] = ..., magic_number: _Optional[int] = ..., whole_account: bool = ..., by: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class OrderedClose(_message.Message):
    __slots__ = ("ticket", "outcome", "action_id")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    ticket: int
    outcome: CloseOutcome
    action_id: str
    def __init__(self, ticket: _Optional[int] = ..., outcome: _Optional[_Union[CloseOutcome, str]] = ..., action_id: _Optional[str] = ...) -> None: ...

class ClosePositionResponse(_message.Message):
    __slots__ = ("closes", "bridge_ready", "other_positions", "revision")
    CLOSES_FIELD_NUMBER: _ClassVar[int]
    BRIDGE_READY_FIELD_NUMBER: _ClassVar[int]
    OTHER_POSITIONS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    closes: _containers.RepeatedCompositeFieldContainer[OrderedClose]
    bridge_ready: bool
    other_positions: _containers.RepeatedScalarFieldContainer[int]
    revision: int
    def __init__(self, closes: _Optional[_Iterable[_Union[OrderedClose, _Mapping]]] = ..., bridge_ready: bool = ..., other_positions: _Optional[_Iterable[int]] = ..., revision: _Optional[int] = ...) -> None: ...

class ReleaseHeldRequest(_message.Message):
    __slots__ = ("account", "action_ids", "by", "reason", "request_id")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    account: str
    action_ids: _containers.RepeatedScalarFieldContainer[str]
    by: str
    reason: str
    request_id: str
    def __init__(self, account: _Optional[str] = ..., action_ids: _Optional[_Iterable[str]] = ..., by: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReleaseHeldResponse(_message.Message):
    __slots__ = ("action_ids", "revision")
    ACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    action_ids: _containers.RepeatedScalarFieldContainer[str]
    revision: int
    def __init__(self, action_ids: _Optional[_Iterable[str]] = ..., revision: _Optional[int] = ...) -> None: ...

class ReplayActionRequest(_message.Message):
    __slots__ = ("action_id", "by", "reason", "request_id")
    ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    action_id: str
    by: str
    reason: str
    request_id: str
    def __init__(self, action_id: _Optional[str] = ..., by: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReplayActionResponse(_message.Message):
    __slots__ = ("action", "revision")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    action: _types_pb2.Action
    revision: int
    def __init__(self, action: _Optional[_Union[_types_pb2.Action, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...
