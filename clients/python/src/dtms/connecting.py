"""What both clients need to connect: defaults, channel options, and the key on every call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

_Received = TypeVar("_Received", covariant=True)

# For each attempt, in seconds.
DEFAULT_TIMEOUT = 10.0
# How long after its start a call that failed transiently is still tried again, in seconds.
DEFAULT_RETRY_FOR = 10.0

CHANNEL_OPTIONS: tuple[tuple[str, int | str], ...] = (
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # A page of 1,000 trades with their evaluations is larger than the default of 4 MiB.
    ("grpc.max_receive_message_length", 32 * 1024 * 1024),
    # A server that restarts is found again at once, not after the two minutes that are the default.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    # A name such as dns:///dtms:50051 may stand for several servers, and any of them serves.
    ("grpc.lb_policy_name", "round_robin"),
)


class Stream(Protocol[_Received]):
    """What grpc gives for a call that answers with a stream."""

    def __iter__(self) -> Iterator[_Received]: ...

    def cancel(self) -> object: ...


class AsyncStream(Protocol[_Received]):
    """What grpc.aio gives for a call that answers with a stream."""

    def __aiter__(self) -> AsyncIterator[_Received]: ...

    def cancel(self) -> object: ...


@dataclass(frozen=True)
class Settings:
    """What calls use that do not say otherwise."""

    timeout: float
    retry_for: float
    # The key is not part of the text of anything.
    metadata: tuple[tuple[str, str], ...] = field(repr=False)

    @staticmethod
    def of(api_key: str | None, timeout: float, retry_for: float) -> Settings:
        metadata = () if api_key is None else (("authorization", f"Bearer {api_key}"),)
        return Settings(timeout, retry_for, metadata)
