"""A client of several servers: which one a call goes to, and what becomes of it when one is gone."""

from __future__ import annotations

import threading
import time
import unittest
from collections.abc import Callable, Iterator
from concurrent import futures

import grpc

from dtms import DtmsClient
from dtms.connecting import connection
from dtms.v1 import GetStatusRequest, GetStatusResponse

SERVING, NOT_SERVING = 1, 2


class _Server(grpc.GenericRpcHandler):
    """Counts its calls and tells its health."""

    def __init__(self) -> None:
        self.calls = 0
        self.health = SERVING
        self.over = threading.Event()
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
        self._server.add_generic_rpc_handlers((self,))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def stop(self) -> None:
        self.over.set()
        self._server.stop(grace=None).wait()

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        if details.method == "/grpc.health.v1.Health/Watch":
            return grpc.unary_stream_rpc_method_handler(self._tell)
        return grpc.unary_unary_rpc_method_handler(self._answer)

    def _answer(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        self.calls += 1
        return GetStatusResponse().SerializeToString()

    def _tell(self, request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        told = 0
        while context.is_active() and not self.over.is_set():
            if told != self.health:
                told = self.health
                yield bytes([8, told])
            time.sleep(0.01)


class SeveralServers(unittest.TestCase):
    def setUp(self) -> None:
        self.servers = [_Server() for _ in range(3)]
        for server in self.servers:
            self.addCleanup(server.stop)
        self.client = DtmsClient([server.address for server in self.servers])
        self.addCleanup(self.client.close)

    def share(self) -> list[int]:
        before = [server.calls for server in self.servers]
        for _ in range(6):
            self.client.get_status(GetStatusRequest())
        return [server.calls - count for server, count in zip(self.servers, before, strict=True)]

    def until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not is_so():
            self.assertLess(time.monotonic(), deadline)

    def test_calls_take_turns_among_those_that_say_that_they_serve(self) -> None:
        self.until(lambda: self.share() == [2, 2, 2])
        self.servers[0].health = NOT_SERVING
        self.until(lambda: self.share() == [0, 3, 3])
        self.servers[0].health = SERVING
        self.until(lambda: self.share() == [2, 2, 2])

    def test_calls_go_on_at_the_others_when_one_is_gone(self) -> None:
        self.until(lambda: self.share() == [2, 2, 2])
        self.servers[1].stop()
        self.until(lambda: self.share() == [3, 0, 3])


class Addresses(unittest.TestCase):
    def test_are_one_server_a_list_or_a_name(self) -> None:
        self.assertEqual(connection("dtms.example:50051")[0], "dtms.example:50051")
        self.assertEqual(connection(["127.0.0.1:1", "127.0.0.2:2"])[0], "ipv4:127.0.0.1:1,127.0.0.2:2")
        self.assertEqual(connection("[::1]:1, [::2]:2")[0], "ipv6:[::1]:1,[::2]:2")
        self.assertEqual(connection("ipv4:127.0.0.1:1,127.0.0.2:2")[0], "ipv4:127.0.0.1:1,127.0.0.2:2")
        self.assertEqual(connection("dns:///dtms:50051")[0], "dns:///dtms:50051")

    def test_that_are_none_are_refused(self) -> None:
        for address in ("", "a,b", "127.0.0.1:1,[::1]:1", ["127.0.0.1:x", "127.0.0.1:1"], "http://a:1", ["a:1", "HTTPS://b:1"]):
            with self.assertRaises(ValueError):
                connection(address)
