from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Scope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCOPE_UNSPECIFIED: _ClassVar[Scope]
    SCOPE_READ: _ClassVar[Scope]
    SCOPE_REGISTER: _ClassVar[Scope]
    SCOPE_MARKET: _ClassVar[Scope]
    SCOPE_BRIDGE: _ClassVar[Scope]
    SCOPE_MANAGE: _ClassVar[Scope]
    SCOPE_ADMIN: _ClassVar[Scope]

class MethodClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    METHOD_CLASS_UNSPECIFIED: _ClassVar[MethodClass]
    METHOD_CLASS_REGISTRATION: _ClassVar[MethodClass]
    METHOD_CLASS_QUERY: _ClassVar[MethodClass]
    METHOD_CLASS_MARKET_DATA: _ClassVar[MethodClass]
    METHOD_CLASS_COMMAND: _ClassVar[MethodClass]
    METHOD_CLASS_STREAM: _ClassVar[MethodClass]
SCOPE_UNSPECIFIED: Scope
SCOPE_READ: Scope
SCOPE_REGISTER: Scope
SCOPE_MARKET: Scope
SCOPE_BRIDGE: Scope
SCOPE_MANAGE: Scope
SCOPE_ADMIN: Scope
METHOD_CLASS_UNSPECIFIED: MethodClass
METHOD_CLASS_REGISTRATION: MethodClass
METHOD_CLASS_QUERY: MethodClass
METHOD_CLASS_MARKET_DATA: MethodClass
METHOD_CLASS_COMMAND: MethodClass
METHOD_CLASS_STREAM: MethodClass
ACCESS_FIELD_NUMBER: _ClassVar[int]
access: _descriptor.FieldDescriptor

class Access(_message.Message):
    __slots__ = ("scopes", "method_class", "account_fields", "batch", "idempotent", "every_account")
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    METHOD_CLASS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELDS_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENT_FIELD_NUMBER: _ClassVar[int]
    EVERY_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    scopes: _containers.RepeatedScalarFieldContainer[Scope]
    method_class: MethodClass
    account_fields: _containers.RepeatedScalarFieldContainer[str]
    batch: bool
    idempotent: bool
    every_account: bool
    def __init__(self, scopes: _Optional[_Iterable[_Union[Scope, str]]] = ..., method_class: _Optional[_Union[MethodClass, str]] = ..., account_fields: _Optional[_Iterable[str]] = ..., batch: bool = ..., idempotent: bool = ..., every_account: bool = ...) -> None: ...
