"""The connection to DTMS: plain or TLS, and the API key that every call carries."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import grpc

from .config import ConfigError, Settings


class _Details(NamedTuple):
    """A call's details as grpcio reads them, with metadata of ours."""

    method: str
    timeout: float | None
    metadata: list[tuple[str, str]]
    credentials: Any
    wait_for_ready: Any
    compression: Any


class _Key(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Puts the key on every call."""

    def __init__(self, api_key: str) -> None:
        self._metadata = ("x-api-key", api_key)

    def _with_key(self, details: Any) -> _Details:
        return _Details(
            details.method,
            details.timeout,
            [*(details.metadata or ()), self._metadata],
            details.credentials,
            details.wait_for_ready,
            details.compression,
        )

    def intercept_unary_unary(self, proceed: Callable[..., Any], details: Any, request: Any) -> Any:
        return proceed(self._with_key(details), request)

    def intercept_unary_stream(self, proceed: Callable[..., Any], details: Any, request: Any) -> Any:
        return proceed(self._with_key(details), request)

    def intercept_stream_unary(
        self, proceed: Callable[..., Any], details: Any, requests: Iterator[Any]
    ) -> Any:
        return proceed(self._with_key(details), requests)

    def intercept_stream_stream(
        self, proceed: Callable[..., Any], details: Any, requests: Iterator[Any]
    ) -> Any:
        return proceed(self._with_key(details), requests)


def open_channel(settings: Settings) -> grpc.Channel:
    """The channel the settings ask for; the caller closes it. Raises ConfigError."""
    if settings.tls:
        roots = None
        if settings.ca_file is not None:
            try:
                roots = settings.ca_file.read_bytes()
            except OSError as error:
                raise ConfigError(f"ca_file: {error}") from error
        channel = grpc.secure_channel(settings.server, grpc.ssl_channel_credentials(roots))
    else:
        channel = grpc.insecure_channel(settings.server)
    return grpc.intercept_channel(channel, _Key(settings.api_key)) if settings.api_key else channel
