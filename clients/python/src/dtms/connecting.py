"""What both clients need to connect: defaults, channel options, and the key on every call."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from dtms.seen import Seen

_Received = TypeVar("_Received", covariant=True)

# For each attempt, in seconds.
DEFAULT_TIMEOUT = 10.0
# How long after its start a call that failed transiently is still tried again, in seconds.
DEFAULT_RETRY_FOR = 10.0

# For each attempt to begin an action, in seconds: several must fit in a lease.
BEGIN_TIMEOUT = 5.0

ChannelOptions = tuple[tuple[str, int | str], ...]

_OPTIONS: ChannelOptions = (
    # A page of 1,000 trades with their evaluations is larger than the default of 4 MiB.
    ("grpc.max_receive_message_length", 32 * 1024 * 1024),
    # A server that restarts is found again at once, not after the two minutes that are the default.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)
_OF_ONE: ChannelOptions = (
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # A name may have several addresses.
    ("grpc.lb_policy_name", "round_robin"),
)
_OF_SEVERAL: ChannelOptions = (
    # One that stands still is noticed, because another may lead by then.
    ("grpc.keepalive_time_ms", 1_000),
    ("grpc.keepalive_timeout_ms", 3_000),
    ("grpc.http2.max_pings_without_data", 0),
    # Any of them serves every call: calls take turns among those that say by their health that they serve.
    (
        "grpc.service_config",
        json.dumps(
            {
                "loadBalancingConfig": [{"round_robin": {}}],
                "healthCheckConfig": {"serviceName": ""},
            }
        ),
    ),
)


def connection(address: str | Sequence[str]) -> tuple[str, ChannelOptions]:
    """What grpc connects to, and how. Names in a list are looked up now, and with TLS all servers of it must have a
    certificate for the first; a name such as dns:///dtms:50051 is looked up again. Raises ValueError and OSError.
    """
    text = address if isinstance(address, str) else ",".join(address)
    if text.startswith("dns:") or (text.startswith(("ipv4:", "ipv6:")) and "," in text):
        return text, _OPTIONS + _OF_SEVERAL
    servers = [server.strip() for server in text.split(",") if server.strip()]
    if not servers:
        raise ValueError("a client needs the address of a server")
    for server in servers:
        if server.lower().startswith(("http:", "https:")):
            raise ValueError(
                f"{server} is no address of gRPC: write host:port, without http://; TLS is the argument credentials"
            )
    if len(servers) == 1:
        return servers[0], _OPTIONS + _OF_ONE
    found = [_looked_up(*_parts(server)) for server in servers]
    for scheme, places in (("ipv4", 0), ("ipv6", 1)):
        if all(each[places] for each in found):
            target = f"{scheme}:{','.join(each[places] for each in found)}"
            name: ChannelOptions = (("grpc.ssl_target_name_override", _parts(servers[0])[0]),)
            return target, _OPTIONS + _OF_SEVERAL + name
    raise ValueError("servers of a list need addresses of one kind, IPv4 or IPv6")


def _parts(server: str) -> tuple[str, int]:
    host, _, port = server.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(f"{server!r} is no host:port")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _looked_up(host: str, port: int) -> tuple[str, str]:
    """An IPv4 and an IPv6 address, empty where there is none."""
    four = six = ""
    for family, _, _, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if family == socket.AF_INET and not four:
            four = f"{place[0]}:{port}"
        elif family == socket.AF_INET6 and not six:
            six = f"[{place[0]}]:{port}"
    return four, six


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
    seen: Seen = field(repr=False, compare=False)

    @staticmethod
    def of(api_key: str | None, timeout: float, retry_for: float) -> Settings:
        metadata = () if api_key is None else (("authorization", f"Bearer {api_key}"),)
        return Settings(timeout, retry_for, metadata, Seen())
