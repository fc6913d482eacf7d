"""Tickets and times as the service means them."""

from __future__ import annotations

from datetime import datetime, timezone

from google.protobuf.timestamp_pb2 import Timestamp

_LARGEST_TICKET = 2**63 - 1


def ticket(value: int | str) -> int:
    """A ticket given as a number or as text. Raises ValueError for what no ticket can be."""
    number = int(value)
    if not 0 < number <= _LARGEST_TICKET:
        raise ValueError(f"a ticket is 1 to {_LARGEST_TICKET}, not {value!r}")
    return number


def timestamp(time: datetime) -> Timestamp:
    """A time for a request. Raises ValueError for a time without a time zone: nobody could know which."""
    if time.tzinfo is None:
        raise ValueError("the time has no time zone; give it one, such as datetime.now(timezone.utc)")
    message = Timestamp()
    message.FromDatetime(time)
    return message


def utc(time: Timestamp) -> datetime:
    """A time of an answer, in UTC, to the microsecond. Ask `HasField` first whether it is there."""
    return time.ToDatetime(tzinfo=timezone.utc)
