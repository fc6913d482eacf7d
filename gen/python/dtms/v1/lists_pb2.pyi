from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor
LIST_FIELD_NUMBER: _ClassVar[int]
list: _descriptor.FieldDescriptor

class ListRules(_message.Message):
    __slots__ = ("item_by_item", "may_be_emptied")
    ITEM_BY_ITEM_FIELD_NUMBER: _ClassVar[int]
    MAY_BE_EMPTIED_FIELD_NUMBER: _ClassVar[int]
    item_by_item: bool
    may_be_emptied: bool
    def __init__(self, item_by_item: bool = ..., may_be_emptied: bool = ...) -> None: ...
