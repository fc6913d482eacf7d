"""A gRPC server that answers as it is told, for failures a healthy server does not show on demand."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent import futures
from dataclasses import dataclass, field
from types import TracebackType
from typing import NoReturn

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status


@dataclass(frozen=True)
class Failure:
    """A status with its details."""

    code: grpc.StatusCode
    message: str = ""
    details: tuple[Message, ...] = ()
    raw_details: bytes | None = None


def reason(name: str, domain: str = "dtms", **metadata: str) -> ErrorInfo:
    return ErrorInfo(reason=name, domain=domain, metadata=metadata)


def retry_after(seconds: float) -> RetryInfo:
    delay = Duration()
    delay.FromNanoseconds(round(seconds * 1_000_000_000))
    return RetryInfo(retry_delay=delay)


def correlation(correlation_id: str) -> RequestInfo:
    return RequestInfo(request_id=correlation_id)


def violation(path: str, description: str) -> BadRequest:
    return BadRequest(field_violations=[BadRequest.FieldViolation(field=path, description=description)])


@dataclass
class ScriptedServer:
    """Each call takes the next answer of its method; without one it is UNIMPLEMENTED."""

    answers: dict[str, deque[Message | Failure]] = field(default_factory=dict)
    # Method, request and authorization, in the order of the calls.
    calls: list[tuple[str, bytes, str | None]] = field(default_factory=list)
    # What each of them said of the log.
    seen: list[str | None] = field(default_factory=list)

    def __enter__(self) -> ScriptedServer:
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
        self._server.add_generic_rpc_handlers((_Handlers(self),))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.stop(grace=None).wait()

    def will(self, method: str, *answers: Message | Failure) -> None:
        self.answers.setdefault(method, deque()).extend(answers)

    def stream(self, method: str, request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        """The answers up to the next failure, or all of them."""
        yield self.answer(method, request, context)
        queue = self.answers.get(method, deque())
        while queue:
            answer = queue.popleft()
            if isinstance(answer, Failure):
                _fail(answer, context)
            yield answer.SerializeToString()

    def answer(self, method: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        metadata = {key: str(value) for key, value in context.invocation_metadata()}
        self.calls.append((method, request, metadata.get("authorization")))
        self.seen.append(metadata.get("dtms-min-revision"))
        queue = self.answers.get(method)
        answer = queue.popleft() if queue else Failure(grpc.StatusCode.UNIMPLEMENTED)
        if isinstance(answer, Message):
            return answer.SerializeToString()
        _fail(answer, context)


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, server: ScriptedServer) -> None:
        self._server = server

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        method = details.method

        if method.endswith("/LeaseActions"):

            def each(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
                return self._server.stream(method.rpartition("/")[2], request, context)

            return grpc.unary_stream_rpc_method_handler(each)

        def handle(request: bytes, context: grpc.ServicerContext) -> bytes:
            return self._server.answer(method.rpartition("/")[2], request, context)

        return grpc.unary_unary_rpc_method_handler(handle)


def _fail(failure: Failure, context: grpc.ServicerContext) -> NoReturn:
    packed = []
    for detail in failure.details:
        holder = Any()
        holder.Pack(detail)
        packed.append(holder)
    encoded = failure.raw_details
    if encoded is None and packed:
        encoded = Status(
            code=failure.code.value[0], message=failure.message, details=packed
        ).SerializeToString()
    if encoded is not None:
        context.set_trailing_metadata((("grpc-status-details-bin", encoded),))
    context.abort(failure.code, failure.message)
