import datetime

from buf.validate import validate_pb2 as _validate_pb2
from dtms.v1 import access_pb2 as _access_pb2
from dtms.v1 import error_reason_pb2 as _error_reason_pb2
from dtms.v1 import types_pb2 as _types_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AcquireModificationRequest(_message.Message):
    __slots__ = ("account", "ticket", "field", "manager", "lease_seconds", "override_reason", "by", "request_id")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    MANAGER_FIELD_NUMBER: _ClassVar[int]
    LEASE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_REASON_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    field: _types_pb2.TradeField
    manager: str
    lease_seconds: int
    override_reason: str
    by: str
    request_id: str
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., field: _Optional[_Union[_types_pb2.TradeField, str]] = ..., manager: _Optional[str] = ..., lease_seconds: _Optional[int] = ..., override_reason: _Optional[str] = ..., by: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class AcquireModificationResponse(_message.Message):
    __slots__ = ("token", "ends_at", "ownership")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    OWNERSHIP_FIELD_NUMBER: _ClassVar[int]
    token: int
    ends_at: _timestamp_pb2.Timestamp
    ownership: Ownership
    def __init__(self, token: _Optional[int] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ownership: _Optional[_Union[Ownership, _Mapping]] = ...) -> None: ...

class CommitModificationRequest(_message.Message):
    __slots__ = ("account", "ticket", "token", "value", "request_id")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    token: int
    value: float
    request_id: str
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., token: _Optional[int] = ..., value: _Optional[float] = ..., request_id: _Optional[str] = ...) -> None: ...

class CommitModificationResponse(_message.Message):
    __slots__ = ("ownership", "revision")
    OWNERSHIP_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    ownership: Ownership
    revision: int
    def __init__(self, ownership: _Optional[_Union[Ownership, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class ReleaseModificationRequest(_message.Message):
    __slots__ = ("account", "ticket", "token", "applied", "give_up", "occurred_at", "request_id")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    GIVE_UP_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    token: int
    applied: bool
    give_up: bool
    occurred_at: _timestamp_pb2.Timestamp
    request_id: str
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., token: _Optional[int] = ..., applied: bool = ..., give_up: bool = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReleaseModificationResponse(_message.Message):
    __slots__ = ("ownership", "revision")
    OWNERSHIP_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    ownership: Ownership
    revision: int
    def __init__(self, ownership: _Optional[_Union[Ownership, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class GetOwnershipRequest(_message.Message):
    __slots__ = ("account", "ticket", "manager")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    MANAGER_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    manager: str
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., manager: _Optional[str] = ...) -> None: ...

class GetOwnershipResponse(_message.Message):
    __slots__ = ("ownership",)
    OWNERSHIP_FIELD_NUMBER: _ClassVar[int]
    ownership: Ownership
    def __init__(self, ownership: _Optional[_Union[Ownership, _Mapping]] = ...) -> None: ...

class BatchGetOwnershipRequest(_message.Message):
    __slots__ = ("account", "tickets", "manager")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKETS_FIELD_NUMBER: _ClassVar[int]
    MANAGER_FIELD_NUMBER: _ClassVar[int]
    account: str
    tickets: _containers.RepeatedScalarFieldContainer[int]
    manager: str
    def __init__(self, account: _Optional[str] = ..., tickets: _Optional[_Iterable[int]] = ..., manager: _Optional[str] = ...) -> None: ...

class BatchGetOwnershipResponse(_message.Message):
    __slots__ = ("ownerships", "unknown_tickets")
    OWNERSHIPS_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_TICKETS_FIELD_NUMBER: _ClassVar[int]
    ownerships: _containers.RepeatedCompositeFieldContainer[Ownership]
    unknown_tickets: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, ownerships: _Optional[_Iterable[_Union[Ownership, _Mapping]]] = ..., unknown_tickets: _Optional[_Iterable[int]] = ...) -> None: ...

class Ownership(_message.Message):
    __slots__ = ("account", "ticket", "state", "defensive", "owners", "permissions", "trade_version")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DEFENSIVE_FIELD_NUMBER: _ClassVar[int]
    OWNERS_FIELD_NUMBER: _ClassVar[int]
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    TRADE_VERSION_FIELD_NUMBER: _ClassVar[int]
    account: str
    ticket: int
    state: _types_pb2.TradeState
    defensive: bool
    owners: _containers.RepeatedCompositeFieldContainer[_types_pb2.FieldOwner]
    permissions: _containers.RepeatedCompositeFieldContainer[Permission]
    trade_version: int
    def __init__(self, account: _Optional[str] = ..., ticket: _Optional[int] = ..., state: _Optional[_Union[_types_pb2.TradeState, str]] = ..., defensive: bool = ..., owners: _Optional[_Iterable[_Union[_types_pb2.FieldOwner, _Mapping]]] = ..., permissions: _Optional[_Iterable[_Union[Permission, _Mapping]]] = ..., trade_version: _Optional[int] = ...) -> None: ...

class Permission(_message.Message):
    __slots__ = ("field", "allowed", "owner", "reason", "note")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    field: _types_pb2.TradeField
    allowed: bool
    owner: str
    reason: _error_reason_pb2.ErrorReason
    note: str
    def __init__(self, field: _Optional[_Union[_types_pb2.TradeField, str]] = ..., allowed: bool = ..., owner: _Optional[str] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., note: _Optional[str] = ...) -> None: ...
