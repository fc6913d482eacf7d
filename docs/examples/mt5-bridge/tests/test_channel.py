"""The key goes with every kind of call, and a certificate that cannot be read is a wrong setting."""

import dataclasses
import unittest
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc

from dtms_mt5_bridge.channel import open_channel
from dtms_mt5_bridge.config import ConfigError

from . import support

PASS = (lambda data: data, lambda data: data)


class Echo(grpc.GenericRpcHandler):
    """Answers every method with the key it was called with."""

    def service(self, details: Any) -> Any:
        key = dict(details.invocation_metadata).get("x-api-key", "none").encode()
        kinds = {
            "/t/uu": grpc.unary_unary_rpc_method_handler(lambda _request, _context: key),
            "/t/us": grpc.unary_stream_rpc_method_handler(lambda _request, _context: iter([key])),
            "/t/su": grpc.stream_unary_rpc_method_handler(lambda _requests, _context: key),
            "/t/ss": grpc.stream_stream_rpc_method_handler(lambda _requests, _context: iter([key])),
        }
        return kinds[details.method]


class Channel(unittest.TestCase):
    def setUp(self) -> None:
        self.server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
        self.server.add_generic_rpc_handlers((Echo(),))
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        self.addCleanup(self.server.stop, None)

    def answers(self, api_key: str) -> list[bytes]:
        settings = dataclasses.replace(
            support.settings(Path("."), f"127.0.0.1:{self.port}"), api_key=api_key
        )
        with open_channel(settings) as channel:
            return [
                channel.unary_unary("/t/uu")(b"", timeout=5),
                next(channel.unary_stream("/t/us")(b"", timeout=5)),
                channel.stream_unary("/t/su")(iter([b""]), timeout=5),
                next(channel.stream_stream("/t/ss")(iter([b""]), timeout=5)),
            ]

    def test_the_key_goes_with_every_kind_of_call(self) -> None:
        self.assertEqual(self.answers("dtms_a_b"), [b"dtms_a_b"] * 4)

    def test_without_a_key_none_is_sent(self) -> None:
        self.assertEqual(self.answers(""), [b"none"] * 4)

    def test_a_certificate_that_cannot_be_read_is_a_wrong_setting(self) -> None:
        settings = dataclasses.replace(
            support.settings(Path("."), "127.0.0.1:1"), tls=True, ca_file=Path("not there.pem")
        )
        with self.assertRaisesRegex(ConfigError, "ca_file"):
            open_channel(settings)
