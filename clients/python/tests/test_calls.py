"""Calls against a server that fails as it is told: what is repeated, with what, and what is told of it."""

from __future__ import annotations

import asyncio
import time
import unittest
from collections.abc import Callable
from concurrent import futures

import grpc

from dtms import CompactedError, DtmsClient, DtmsError, EpochChangedError, Violation
from dtms.aio import AsyncDtmsClient
from dtms.v1 import (
    ERROR_REASON_INVALID_FIELD,
    ERROR_REASON_TRADE_NOT_FOUND,
    CloseTradeRequest,
    CloseTradeResponse,
    CreateApiKeyRequest,
    CreateApiKeyResponse,
    GetStatusRequest,
    GetStatusResponse,
    RegisterTradeRequest,
    RegisterTradeResponse,
    ResumeToken,
)
from tests.scripted_server import (
    Failure,
    ScriptedServer,
    correlation,
    reason,
    retry_after,
    violation,
)

UNAVAILABLE = Failure(grpc.StatusCode.UNAVAILABLE, "not now")
CLOSE = CloseTradeRequest(account="demo", ticket=42)


class Calls(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(ScriptedServer())
        self.client = self.enterContext(DtmsClient(self.server.address))

    def failed(self, call: Callable[[], object]) -> DtmsError:
        with self.assertRaises(DtmsError) as caught:
            call()
        return caught.exception

    def test_a_change_is_repeated_with_the_same_request_id(self) -> None:
        self.server.will("CloseTrade", UNAVAILABLE, UNAVAILABLE, CloseTradeResponse(revision=7))
        self.assertEqual(self.client.close_trade(CLOSE).revision, 7)
        ids = [CloseTradeRequest.FromString(request).request_id for _, request, _ in self.server.calls]
        self.assertEqual(len(ids), 3)
        self.assertEqual(len(set(ids)), 1)
        self.assertEqual(len(ids[0]), 36)
        self.assertEqual(CLOSE.request_id, "", "the caller's message stays as it is")

    def test_a_request_id_of_the_caller_is_kept_and_two_calls_have_two(self) -> None:
        self.server.will("CloseTrade", *(CloseTradeResponse() for _ in range(3)))
        own = "6e1c2f0e-8f43-4cf2-a6c1-6ab3ac1a7f10"
        self.client.close_trade(CloseTradeRequest(account="demo", ticket=42, request_id=own))
        self.client.close_trade(CLOSE)
        self.client.close_trade(CLOSE)
        ids = [CloseTradeRequest.FromString(request).request_id for _, request, _ in self.server.calls]
        self.assertEqual(ids[0], own)
        self.assertEqual(len(set(ids)), 3)

    def test_a_registration_is_named_by_its_ticket_and_sent_as_it_is(self) -> None:
        request = RegisterTradeRequest()
        request.trade.ticket = 42
        self.server.will("RegisterTrade", UNAVAILABLE, RegisterTradeResponse(already_registered=True))
        self.assertTrue(self.client.register_trade(request).already_registered)
        self.assertEqual({sent for _, sent, _ in self.server.calls}, {request.SerializeToString()})

    def test_what_would_have_a_second_effect_is_not_repeated(self) -> None:
        self.server.will("CreateApiKey", UNAVAILABLE, CreateApiKeyResponse(secret="second"))
        error = self.failed(lambda: self.client.create_api_key(CreateApiKeyRequest(name="x"), retry_for=30))
        self.assertEqual(error.code, grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(len(self.server.calls), 1)

    def test_what_was_seen_is_said_and_forgotten_when_the_log_is_another_one(self) -> None:
        future = Failure(grpc.StatusCode.OUT_OF_RANGE, "restored", (reason("REVISION_IN_FUTURE"),))
        self.server.will(
            "GetStatus",
            GetStatusResponse(head_revision=7),
            GetStatusResponse(head_revision=5),
            future,
            GetStatusResponse(head_revision=2),
            GetStatusResponse(head_revision=2),
        )
        for _ in range(4):
            self.client.get_status(GetStatusRequest())
        self.assertEqual(self.server.seen, [None, "7", "7", None, "2"])

    def test_a_limit_is_waited_for_as_the_server_asks(self) -> None:
        limited = Failure(
            grpc.StatusCode.RESOURCE_EXHAUSTED, "slowly", (reason("RATE_LIMITED"), retry_after(0.25))
        )
        self.server.will("GetStatus", limited, GetStatusResponse(version="x"))
        begun = time.monotonic()
        self.assertEqual(self.client.get_status(GetStatusRequest()).version, "x")
        self.assertGreaterEqual(time.monotonic() - begun, 0.25)

    def test_a_limit_beyond_the_callers_patience_is_not_waited_for(self) -> None:
        limited = Failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "no", (reason("RATE_LIMITED"), retry_after(60)))
        self.server.will("GetStatus", limited)
        begun = time.monotonic()
        error = self.failed(lambda: self.client.get_status(GetStatusRequest(), retry_for=30))
        self.assertEqual(error.retry_after, 60)
        self.assertEqual(len(self.server.calls), 1)
        self.assertLess(time.monotonic() - begun, 30)

    def test_a_limit_without_retry_info_and_a_refusal_are_not_repeated(self) -> None:
        for code in (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.ABORTED):
            self.server.calls.clear()
            self.server.will("GetStatus", Failure(code, "no", (reason("TRADE_NOT_FOUND"),)))
            self.assertEqual(self.failed(lambda: self.client.get_status(GetStatusRequest())).code, code)
            self.assertEqual(len(self.server.calls), 1)

    def test_an_internal_error_of_the_service_is_final_and_one_of_the_transport_is_not(self) -> None:
        internal = grpc.StatusCode.INTERNAL
        self.server.will("GetStatus", Failure(internal, "ours", (reason("INTERNAL"),)))
        self.assertEqual(self.failed(lambda: self.client.get_status(GetStatusRequest())).reason, "INTERNAL")
        self.server.will("GetStatus", Failure(internal, "RST_STREAM"), GetStatusResponse(version="x"))
        self.assertEqual(self.client.get_status(GetStatusRequest()).version, "x")

    def test_retry_for_zero_is_one_attempt(self) -> None:
        self.server.will("GetStatus", UNAVAILABLE, GetStatusResponse())
        error = self.failed(lambda: self.client.get_status(GetStatusRequest(), retry_for=0))
        self.assertTrue(error.transient)
        self.assertEqual(len(self.server.calls), 1)

    def test_an_error_tells_all_the_service_said(self) -> None:
        self.server.will(
            "GetStatus",
            Failure(
                grpc.StatusCode.INVALID_ARGUMENT,
                "trade.volume: must be greater than 0",
                (
                    reason("INVALID_FIELD", account="demo"),
                    correlation("c-1"),
                    violation("trade.volume", "must be greater than 0"),
                ),
            ),
        )
        error = self.failed(lambda: self.client.get_status(GetStatusRequest()))
        self.assertEqual(str(error), "trade.volume: must be greater than 0")
        self.assertEqual(error.method, "/dtms.v1.SystemService/GetStatus")
        self.assertTrue(error.has_reason(ERROR_REASON_INVALID_FIELD))
        self.assertFalse(error.has_reason(ERROR_REASON_TRADE_NOT_FOUND))
        self.assertEqual(dict(error.metadata), {"account": "demo"})
        self.assertEqual(error.violations, (Violation("trade.volume", "must be greater than 0"),))
        self.assertEqual(error.correlation_id, "c-1")
        self.assertIsNone(error.retry_after)

    def test_details_of_others_or_that_do_not_decode_are_absent(self) -> None:
        for failure in (
            Failure(grpc.StatusCode.NOT_FOUND, "no", (reason("TRADE_NOT_FOUND", domain="other.example"),)),
            Failure(grpc.StatusCode.NOT_FOUND, "no", raw_details=b"\xff\xff\xff"),
        ):
            self.server.will("GetStatus", failure)
            error = self.failed(lambda: self.client.get_status(GetStatusRequest()))
            self.assertEqual((error.code, error.reason), (grpc.StatusCode.NOT_FOUND, None))

    def test_the_key_is_sent_and_shown_nowhere(self) -> None:
        key = "dtms_abc_topsecret"
        self.server.will("GetStatus", GetStatusResponse(), Failure(grpc.StatusCode.UNAUTHENTICATED, "no"))
        with DtmsClient(self.server.address, api_key=key) as client:
            client.get_status(GetStatusRequest())
            error = self.failed(lambda: client.get_status(GetStatusRequest()))
            self.assertEqual(self.server.calls[0][2], f"Bearer {key}")
            self.assertNotIn("topsecret", repr(error) + repr(vars(client)) + repr(vars(client.get_status)))

    def test_without_a_server_the_error_is_unavailable(self) -> None:
        with DtmsClient("127.0.0.1:1", retry_for=0) as client:
            error = self.failed(lambda: client.get_status(GetStatusRequest()))
        self.assertEqual((error.code, error.reason), (grpc.StatusCode.UNAVAILABLE, None))

    def test_closing_ends_the_wait_between_attempts(self) -> None:
        self.server.will("GetStatus", Failure(grpc.StatusCode.UNAVAILABLE, "x", (retry_after(3600),)))
        with DtmsClient(self.server.address, retry_for=7200) as client:
            with futures.ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(client.get_status, GetStatusRequest())
                while not self.server.calls:
                    time.sleep(0.01)
                client.close()
                self.assertIsInstance(waiting.exception(timeout=30), DtmsError)


class WatchesRefused(unittest.TestCase):
    def test_compaction_and_another_history_are_errors_of_their_own(self) -> None:
        with ScriptedServer() as server, DtmsClient(server.address) as client:
            compacted = reason("REVISION_COMPACTED", revision="10", earliest_revision="5000")
            server.will("WatchTrades", Failure(grpc.StatusCode.OUT_OF_RANGE, "gone", (compacted,)))
            with self.assertRaises(CompactedError) as caught:
                next(client.watch_trades(resume_after=ResumeToken(log_epoch="a", revision=10)))
            self.assertEqual(caught.exception.earliest_revision, 5000)
            other = reason("LOG_EPOCH_CHANGED", log_epoch="a", current_log_epoch="b")
            server.will("WatchTrades", Failure(grpc.StatusCode.FAILED_PRECONDITION, "other", (other,)))
            with self.assertRaises(EpochChangedError):
                next(client.watch_trades(resume_after=ResumeToken(log_epoch="a", revision=10)))

    def test_a_watch_gives_up_after_its_time(self) -> None:
        with ScriptedServer() as server, DtmsClient(server.address) as client:
            server.will("GetStatus", UNAVAILABLE)
            with self.assertRaises(DtmsError) as caught:
                next(client.watch_trades(retry_for=0))
            self.assertEqual(caught.exception.code, grpc.StatusCode.UNAVAILABLE)


class AsyncCalls(unittest.IsolatedAsyncioTestCase):
    async def test_the_same_rules(self) -> None:
        with ScriptedServer() as server:
            async with AsyncDtmsClient(server.address, api_key="dtms_a_b") as client:
                server.will("CloseTrade", UNAVAILABLE, CloseTradeResponse(revision=7))
                self.assertEqual((await client.close_trade(CLOSE)).revision, 7)
                ids = [CloseTradeRequest.FromString(sent).request_id for _, sent, _ in server.calls]
                self.assertEqual(len(ids), 2)
                self.assertEqual(len(set(ids)), 1)
                self.assertEqual(server.calls[0][2], "Bearer dtms_a_b")

                server.calls.clear()
                server.will("CreateApiKey", UNAVAILABLE)
                with self.assertRaises(DtmsError):
                    await client.create_api_key(CreateApiKeyRequest(name="x"))
                self.assertEqual(len(server.calls), 1)

                not_found = reason("TRADE_NOT_FOUND", ticket="42")
                server.will("CloseTrade", Failure(grpc.StatusCode.NOT_FOUND, "no", (not_found,)))
                with self.assertRaises(DtmsError) as caught:
                    await client.close_trade(CLOSE)
                self.assertEqual(dict(caught.exception.metadata), {"ticket": "42"})

    async def test_cancelling_a_task_ends_its_wait(self) -> None:
        with ScriptedServer() as server:
            server.will("GetStatus", Failure(grpc.StatusCode.UNAVAILABLE, "x", (retry_after(3600),)))
            async with AsyncDtmsClient(server.address, retry_for=7200) as client:
                task = asyncio.create_task(client.get_status(GetStatusRequest()))
                while not server.calls:
                    await asyncio.sleep(0.01)
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
