"""How a method may be repeated: as it is, by a request_id, or not at all."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Generic, TypeVar

from google.protobuf.message import Message

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)


_REQUEST_ID = "request_id"


@dataclass(frozen=True)
class Method(Generic[Request, Response]):
    """A method that may be repeated."""

    path: str
    request: type[Request]
    response: type[Response]

    @property
    def repeatable(self) -> bool:
        return True

    def prepared(self, request: Request) -> Request:
        """The request as it is sent, the same in every attempt."""
        return request


class Change(Method[Request, Response]):
    """A change that has one effect however often it is repeated, because a request_id names it."""

    def prepared(self, request: Request) -> Request:
        if getattr(request, _REQUEST_ID):
            return request
        named = self.request()
        named.CopyFrom(request)
        setattr(named, _REQUEST_ID, str(uuid.uuid4()))
        return named


class Once(Method[Request, Response]):
    """A method that is never repeated: a second attempt would have a second effect."""

    @property
    def repeatable(self) -> bool:
        return False
