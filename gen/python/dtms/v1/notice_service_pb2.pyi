import datetime

from buf.validate import validate_pb2 as _validate_pb2
from dtms.v1 import access_pb2 as _access_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NoticeSeverity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTICE_SEVERITY_UNSPECIFIED: _ClassVar[NoticeSeverity]
    NOTICE_SEVERITY_INFO: _ClassVar[NoticeSeverity]
    NOTICE_SEVERITY_WARNING: _ClassVar[NoticeSeverity]
    NOTICE_SEVERITY_CRITICAL: _ClassVar[NoticeSeverity]

class NoticePhase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTICE_PHASE_UNSPECIFIED: _ClassVar[NoticePhase]
    NOTICE_PHASE_EVENT: _ClassVar[NoticePhase]
    NOTICE_PHASE_BEGUN: _ClassVar[NoticePhase]
    NOTICE_PHASE_RESOLVED: _ClassVar[NoticePhase]

class DeliveryStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELIVERY_STATUS_UNSPECIFIED: _ClassVar[DeliveryStatus]
    DELIVERY_STATUS_PENDING: _ClassVar[DeliveryStatus]
    DELIVERY_STATUS_DELIVERED: _ClassVar[DeliveryStatus]
    DELIVERY_STATUS_DEAD: _ClassVar[DeliveryStatus]
    DELIVERY_STATUS_WITHDRAWN: _ClassVar[DeliveryStatus]
NOTICE_SEVERITY_UNSPECIFIED: NoticeSeverity
NOTICE_SEVERITY_INFO: NoticeSeverity
NOTICE_SEVERITY_WARNING: NoticeSeverity
NOTICE_SEVERITY_CRITICAL: NoticeSeverity
NOTICE_PHASE_UNSPECIFIED: NoticePhase
NOTICE_PHASE_EVENT: NoticePhase
NOTICE_PHASE_BEGUN: NoticePhase
NOTICE_PHASE_RESOLVED: NoticePhase
DELIVERY_STATUS_UNSPECIFIED: DeliveryStatus
DELIVERY_STATUS_PENDING: DeliveryStatus
DELIVERY_STATUS_DELIVERED: DeliveryStatus
DELIVERY_STATUS_DEAD: DeliveryStatus
DELIVERY_STATUS_WITHDRAWN: DeliveryStatus

class Notice(_message.Message):
    __slots__ = ("notice_id", "kind", "phase", "severity", "account", "symbol", "ticket", "text", "at")
    NOTICE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    notice_id: int
    kind: str
    phase: NoticePhase
    severity: NoticeSeverity
    account: str
    symbol: str
    ticket: int
    text: str
    at: _timestamp_pb2.Timestamp
    def __init__(self, notice_id: _Optional[int] = ..., kind: _Optional[str] = ..., phase: _Optional[_Union[NoticePhase, str]] = ..., severity: _Optional[_Union[NoticeSeverity, str]] = ..., account: _Optional[str] = ..., symbol: _Optional[str] = ..., ticket: _Optional[int] = ..., text: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListNoticesRequest(_message.Message):
    __slots__ = ("account", "kinds", "page_size", "page_token")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    account: str
    kinds: _containers.RepeatedScalarFieldContainer[str]
    page_size: int
    page_token: str
    def __init__(self, account: _Optional[str] = ..., kinds: _Optional[_Iterable[str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListNoticesResponse(_message.Message):
    __slots__ = ("notices", "next_page_token")
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    notices: _containers.RepeatedCompositeFieldContainer[Notice]
    next_page_token: str
    def __init__(self, notices: _Optional[_Iterable[_Union[Notice, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("delivery_id", "channel", "rule", "status", "tries", "reason", "planned_at", "next_at", "done_at", "notices")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TRIES_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PLANNED_AT_FIELD_NUMBER: _ClassVar[int]
    NEXT_AT_FIELD_NUMBER: _ClassVar[int]
    DONE_AT_FIELD_NUMBER: _ClassVar[int]
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    delivery_id: int
    channel: str
    rule: str
    status: DeliveryStatus
    tries: int
    reason: str
    planned_at: _timestamp_pb2.Timestamp
    next_at: _timestamp_pb2.Timestamp
    done_at: _timestamp_pb2.Timestamp
    notices: _containers.RepeatedCompositeFieldContainer[Notice]
    def __init__(self, delivery_id: _Optional[int] = ..., channel: _Optional[str] = ..., rule: _Optional[str] = ..., status: _Optional[_Union[DeliveryStatus, str]] = ..., tries: _Optional[int] = ..., reason: _Optional[str] = ..., planned_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., done_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., notices: _Optional[_Iterable[_Union[Notice, _Mapping]]] = ...) -> None: ...

class ListDeliveriesRequest(_message.Message):
    __slots__ = ("status", "channel", "page_size", "page_token")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    status: DeliveryStatus
    channel: str
    page_size: int
    page_token: str
    def __init__(self, status: _Optional[_Union[DeliveryStatus, str]] = ..., channel: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDeliveriesResponse(_message.Message):
    __slots__ = ("deliveries", "next_page_token")
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    deliveries: _containers.RepeatedCompositeFieldContainer[Delivery]
    next_page_token: str
    def __init__(self, deliveries: _Optional[_Iterable[_Union[Delivery, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RetryDeliveryRequest(_message.Message):
    __slots__ = ("delivery_id", "by")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    delivery_id: int
    by: str
    def __init__(self, delivery_id: _Optional[int] = ..., by: _Optional[str] = ...) -> None: ...

class RetryDeliveryResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class TestNoticeRequest(_message.Message):
    __slots__ = ("channel",)
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    channel: str
    def __init__(self, channel: _Optional[str] = ...) -> None: ...

class ChannelTest(_message.Message):
    __slots__ = ("channel", "delivered", "reason", "took_ms")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TOOK_MS_FIELD_NUMBER: _ClassVar[int]
    channel: str
    delivered: bool
    reason: str
    took_ms: int
    def __init__(self, channel: _Optional[str] = ..., delivered: bool = ..., reason: _Optional[str] = ..., took_ms: _Optional[int] = ...) -> None: ...

class TestNoticeResponse(_message.Message):
    __slots__ = ("tests",)
    TESTS_FIELD_NUMBER: _ClassVar[int]
    tests: _containers.RepeatedCompositeFieldContainer[ChannelTest]
    def __init__(self, tests: _Optional[_Iterable[_Union[ChannelTest, _Mapping]]] = ...) -> None: ...
