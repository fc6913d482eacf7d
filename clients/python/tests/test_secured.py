"""The client against a real server with TLS and API keys: DTMS_TEST_SECURED has its address, its authority's
certificate (a file), a key, and a key that was revoked, separated by spaces.
"""

from __future__ import annotations

import os
import unittest
from pathlib import Path

import grpc

from dtms import DtmsClient, DtmsError
from dtms.aio import AsyncDtmsClient
from dtms.v1 import (
    ERROR_REASON_PERMISSION_DENIED,
    ERROR_REASON_UNAUTHENTICATED,
    GetConfigRequest,
    GetStatusRequest,
    TradeFilter,
)
from tests.test_against_server import registration

SECURED = os.environ.get("DTMS_TEST_SECURED", "").split()


@unittest.skipUnless(len(SECURED) == 4, "needs a server with TLS: DTMS_TEST_SECURED")
class Secured(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.address, authority, self.key, self.revoked = SECURED
        self.trust = grpc.ssl_channel_credentials(Path(authority).read_bytes())

    def client(self, api_key: str | None) -> DtmsClient:
        return self.enterContext(DtmsClient(self.address, api_key=api_key, credentials=self.trust))

    async def test_a_key_over_tls_is_let_in_by_both_clients(self) -> None:
        client = self.client(self.key)
        client.register_trade(registration("secured", 1))
        with client.watch_trades(TradeFilter(account="secured"), initial_state=True) as watch:
            self.assertEqual(next(watch).snapshot_item.trade.ticket, 1)
        # As a list, whose names are looked up before grpc sees them.
        several = [self.address.replace("127.0.0.1", "localhost"), self.address]
        async with AsyncDtmsClient(several, api_key=self.key, credentials=self.trust) as other:
            self.assertTrue((await other.get_status(GetStatusRequest())).version)

    async def test_no_key_a_wrong_one_and_a_revoked_one_are_told_apart_from_what_may_pass(self) -> None:
        for key in (None, self.revoked, self.key[:-1] + ("a" if self.key[-1] != "a" else "b")):
            with self.assertRaises(DtmsError) as caught:
                self.client(key).get_status(GetStatusRequest())
            self.assertTrue(caught.exception.has_reason(ERROR_REASON_UNAUTHENTICATED))
            self.assertFalse(caught.exception.transient)
            self.assertTrue(caught.exception.correlation_id)

    async def test_what_the_key_may_not_is_refused(self) -> None:
        with self.assertRaises(DtmsError) as caught:
            self.client(self.key).get_config(GetConfigRequest())
        self.assertTrue(caught.exception.has_reason(ERROR_REASON_PERMISSION_DENIED))

    async def test_a_server_nobody_vouches_for_and_plain_text_get_no_key(self) -> None:
        for credentials in (grpc.ssl_channel_credentials(), None):
            client = self.enterContext(
                DtmsClient(self.address, api_key=self.key, credentials=credentials, retry_for=0)
            )
            with self.assertRaises(DtmsError) as caught:
                client.get_status(GetStatusRequest(), timeout=5)
            self.assertEqual(caught.exception.code, grpc.StatusCode.UNAVAILABLE)

    async def test_the_key_is_in_no_text(self) -> None:
        client = self.client(self.key)
        with self.assertRaises(DtmsError) as caught:
            client.get_config(GetConfigRequest())
        for text in (repr(client), repr(client._settings), str(caught.exception), repr(caught.exception)):
            self.assertNotIn(self.key, text)
