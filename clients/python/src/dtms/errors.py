"""The one error a call fails with, read from the status and the details the service sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol, TypeVar

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.message import DecodeError, Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status

from dtms.v1.error_reason_pb2 import (
    ERROR_REASON_DEADLINE_EXCEEDED,
    ERROR_REASON_LOG_EPOCH_CHANGED,
    ERROR_REASON_REVISION_COMPACTED,
    ERROR_REASON_TRADE_CLOSED,
    ERROR_REASON_UNIMPLEMENTED,
    ErrorReason,
)

_DOMAIN = "dtms"
_DETAILS_KEY = "grpc-status-details-bin"
_REASON_PREFIX = "ERROR_REASON_"

_M = TypeVar("_M", bound=Message)


@dataclass(frozen=True)
class Violation:
    """A field of the request that is at fault: its path, such as `trade.volume`, and what is wrong."""

    field: str
    description: str


@dataclass(frozen=True)
class ErrorReport:
    """What is known of a failed call."""

    code: grpc.StatusCode
    message: str
    # As ErrorInfo names it, such as TRADE_NOT_FOUND; None when the error is not the service's own.
    reason: str | None = None
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    violations: tuple[Violation, ...] = ()
    # Seconds; None when the service did not say.
    retry_after: float | None = None
    correlation_id: str | None = None


class DtmsError(Exception):
    """A failed call. `code` is always there; the rest is where the service itself answered."""

    def __init__(self, method: str, report: ErrorReport) -> None:
        super().__init__(report.message or f"{method}: {report.code.name}")
        self.method = method
        self.report = report

    @property
    def code(self) -> grpc.StatusCode:
        return self.report.code

    @property
    def reason(self) -> str | None:
        """Why, for programs, such as `"TRADE_NOT_FOUND"`; see `has_reason`."""
        return self.report.reason

    @property
    def metadata(self) -> Mapping[str, str]:
        """The values the message speaks of, by their field names."""
        return self.report.metadata

    @property
    def violations(self) -> tuple[Violation, ...]:
        return self.report.violations

    @property
    def retry_after(self) -> float | None:
        """In how many seconds it makes sense to try again, where the service said so."""
        return self.report.retry_after

    @property
    def correlation_id(self) -> str | None:
        """What finds the call in the server's log."""
        return self.report.correlation_id

    def has_reason(self, reason: ErrorReason) -> bool:
        """True when the call failed for this reason, such as ERROR_REASON_TRADE_NOT_FOUND."""
        return self.reason == _reason_name(reason)

    @property
    def transient(self) -> bool:
        """True when the same call may succeed a moment later; its outcome may be unknown."""
        if self.retry_after is not None:
            return True
        if self.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
            return True
        # A connection that breaks in the middle of a call is told as INTERNAL or UNKNOWN by the
        # transport; the service itself always gives a reason.
        return self.reason is None and self.code in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)


class CompactedError(DtmsError):
    """A watch's place in the log is not kept any more: take the state anew."""

    @property
    def earliest_revision(self) -> int | None:
        """The earliest revision that is kept, where the service said so."""
        text = self.metadata.get("earliest_revision")
        return None if text is None else int(text)


class EpochChangedError(DtmsError):
    """A watch's place belongs to another history of the log: take the state anew."""


class FailedCall(Protocol):
    """What grpc and grpc.aio tell of a failed call."""

    def code(self) -> grpc.StatusCode: ...

    def details(self) -> str | None: ...

    def trailing_metadata(self) -> Iterable[object] | None: ...


def error_of(method: str, call: FailedCall) -> DtmsError:
    """The error of a failed call; its type says what a watch must be told apart by."""
    report = _report(call)
    if report.reason == _reason_name(ERROR_REASON_REVISION_COMPACTED):
        return CompactedError(method, report)
    if report.reason == _reason_name(ERROR_REASON_LOG_EPOCH_CHANGED):
        return EpochChangedError(method, report)
    return DtmsError(method, report)


def trade_over(method: str, account: str, ticket: int) -> DtmsError:
    """A registration found its trade closed: nothing protects the position, and that is no success."""
    return DtmsError(
        method,
        ErrorReport(
            grpc.StatusCode.FAILED_PRECONDITION,
            f"trade {ticket} of account {account} is closed: nothing protects its position",
            reason=_reason_name(ERROR_REASON_TRADE_CLOSED),
            metadata=MappingProxyType({"account": account, "ticket": str(ticket)}),
        ),
    )


def unavailable(method: str, message: str) -> DtmsError:
    """What a connection that ended without an error is told as."""
    return DtmsError(method, ErrorReport(grpc.StatusCode.UNAVAILABLE, message))


def _reason_name(reason: ErrorReason) -> str:
    return ErrorReason.Name(reason).removeprefix(_REASON_PREFIX)


# Codes the transport answers by itself, without details.
_BARE_REASONS = {
    grpc.StatusCode.DEADLINE_EXCEEDED: _reason_name(ERROR_REASON_DEADLINE_EXCEEDED),
    grpc.StatusCode.UNIMPLEMENTED: _reason_name(ERROR_REASON_UNIMPLEMENTED),
}


def _report(call: FailedCall) -> ErrorReport:
    code = call.code()
    details = _details(call)
    info = _find(details, ErrorInfo)
    if info is not None and info.domain != _DOMAIN:
        info = None
    bad = _find(details, BadRequest)
    retry = _find(details, RetryInfo)
    request = _find(details, RequestInfo)
    return ErrorReport(
        code=code,
        message=call.details() or "",
        reason=_BARE_REASONS.get(code) if info is None else info.reason,
        metadata=MappingProxyType({} if info is None else dict(info.metadata)),
        violations=tuple(
            Violation(violation.field, violation.description)
            for violation in (() if bad is None else bad.field_violations)
        ),
        retry_after=None
        if retry is None
        else retry.retry_delay.seconds + retry.retry_delay.nanos / 1_000_000_000,
        correlation_id=None if request is None else request.request_id,
    )


def _details(call: FailedCall) -> list[Any]:
    for pair in call.trailing_metadata() or ():
        if isinstance(pair, tuple) and pair[0] == _DETAILS_KEY:
            status = _attempt(Status, pair[1])
            return [] if status is None else list(status.details)
    return []


def _find(details: list[Any], kind: type[_M]) -> _M | None:
    for packed in details:
        if packed.TypeName() == kind.DESCRIPTOR.full_name:
            return _attempt(kind, packed.value)
    return None


def _attempt(kind: type[_M], data: bytes) -> _M | None:
    """Details that do not decode are absent: they are told beside an error, never instead of it."""
    try:
        return kind.FromString(data)
    except DecodeError:
        return None
