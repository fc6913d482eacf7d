"""The circuit breaker by itself, with a clock of the test's own, and within both clients."""

from __future__ import annotations

import random
import unittest

import grpc

from dtms import Breaker, CircuitOpenError, DtmsClient, DtmsError
from dtms.aio import AsyncDtmsClient
from dtms.breaker import Passage
from dtms.errors import ErrorReport
from dtms.v1 import GetStatusRequest, GetStatusResponse
from tests.scripted_server import Failure, ScriptedServer, reason

AWAY = DtmsError("m", ErrorReport(grpc.StatusCode.UNAVAILABLE, "away"))
REFUSED = DtmsError("m", ErrorReport(grpc.StatusCode.NOT_FOUND, "refused"))
UNAVAILABLE = Failure(grpc.StatusCode.UNAVAILABLE, "not now")


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class ByItself(unittest.TestCase):
    def setUp(self) -> None:
        self.time = Time()
        self.breaker = Breaker(3, 2.0, self.time)

    def failing(self, times: int, error: DtmsError = AWAY) -> None:
        for _ in range(times):
            with self.breaker.admit("m") as passage:
                passage.failed(error)

    def refusal(self) -> CircuitOpenError:
        with self.assertRaises(CircuitOpenError) as caught:
            self.breaker.admit("m")
        return caught.exception

    def test_it_opens_after_failures_in_a_row_and_says_for_how_long(self) -> None:
        self.failing(3)
        self.time.now = 0.5
        refusal = self.refusal()
        self.assertEqual(refusal.code, grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(refusal.retry_after, 1.5)
        self.assertTrue(refusal.transient)

    def test_an_answer_between_them_counts_from_the_start_and_so_does_a_refusal(self) -> None:
        self.failing(2)
        with self.breaker.admit("m") as passage:
            passage.answered()
        self.failing(2)
        self.failing(1, REFUSED)
        self.failing(2)
        self.breaker.admit("m")

    def test_one_probe_at_a_time_decides_whether_it_closes(self) -> None:
        self.failing(3)
        self.time.now = 2.0
        with self.breaker.admit("m") as probe:
            self.assertTrue(probe.probe)
            self.refusal()
            probe.failed(AWAY)
        self.refusal()
        self.time.now = 4.0
        with self.breaker.admit("m") as probe:
            probe.answered()
        self.assertFalse(self.breaker.admit("m").probe)

    def test_a_probe_that_was_interrupted_lets_the_next_one_through(self) -> None:
        self.failing(3)
        self.time.now = 2.0
        with self.assertRaises(KeyboardInterrupt), self.breaker.admit("m"):
            raise KeyboardInterrupt
        self.assertTrue(self.breaker.admit("m").probe)

    def test_numbers_that_make_no_sense_are_refused(self) -> None:
        for failures, open_for in ((0, 1.0), (-1, 1.0), (1, 0.0), (1, float("nan"))):
            with self.assertRaises(ValueError):
                Breaker(failures, open_for)

    def test_however_calls_overlap_it_closes_when_the_server_answers(self) -> None:
        for seed in range(300):
            chance = random.Random(seed)
            self.setUp()
            under_way: list[Passage] = []
            for _ in range(60):
                self.time.now += chance.choice((0.0, 0.1, 1.0, 2.0))
                try:
                    under_way.append(self.breaker.admit("m"))
                except CircuitOpenError as error:
                    self.assertTrue(0 < (error.retry_after or 0) <= 2.0, seed)
                self.assertLessEqual(sum(passage.probe for passage in under_way), 1, seed)
                if under_way and chance.random() < 0.7:
                    with under_way.pop(chance.randrange(len(under_way))) as passage:
                        if chance.random() < 0.7:
                            passage.failed(chance.choice((AWAY, REFUSED)))
            for passage in under_way:
                with passage:
                    passage.failed(AWAY)
            self.time.now += 2.0
            with self.breaker.admit("m") as passage:
                passage.answered()
            self.assertFalse(self.breaker.admit("m").probe, seed)


class InAClient(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(ScriptedServer())
        self.time = Time()

    def test_calls_that_find_no_server_stop_being_sent(self) -> None:
        client = self.enterContext(
            DtmsClient(self.server.address, retry_for=0, breaker=Breaker(2, 1.0, self.time))
        )
        self.server.will("GetStatus", UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, GetStatusResponse(version="2"))
        for _ in range(2):
            with self.assertRaises(DtmsError):
                client.get_status(GetStatusRequest())
        with self.assertRaises(CircuitOpenError):
            client.get_status(GetStatusRequest())
        self.assertEqual(len(self.server.calls), 2)
        self.time.now = 1.0
        with self.assertRaises(DtmsError) as probe:
            client.get_status(GetStatusRequest(), retry_for=60)
        self.assertNotIsInstance(probe.exception, CircuitOpenError)
        self.assertEqual(len(self.server.calls), 3, "a probe is not repeated")
        self.time.now = 2.0
        self.assertEqual(client.get_status(GetStatusRequest()).version, "2")

    def test_a_server_that_refuses_is_there(self) -> None:
        client = self.enterContext(DtmsClient(self.server.address, retry_for=0, breaker=Breaker(1, 1.0)))
        refused = Failure(grpc.StatusCode.NOT_FOUND, "no", (reason("TRADE_NOT_FOUND"),))
        self.server.will("GetStatus", refused, refused, GetStatusResponse())
        for _ in range(2):
            with self.assertRaises(DtmsError):
                client.get_status(GetStatusRequest())
        client.get_status(GetStatusRequest())

    def test_it_can_be_switched_off(self) -> None:
        client = self.enterContext(DtmsClient(self.server.address, retry_for=0, breaker="off"))
        self.server.will("GetStatus", *[UNAVAILABLE] * 7)
        for _ in range(7):
            with self.assertRaises(DtmsError):
                client.get_status(GetStatusRequest())
        self.assertEqual(len(self.server.calls), 7)

    async def test_asyncio_has_the_same(self) -> None:
        breaker = Breaker(1, 1.0, self.time)
        async with AsyncDtmsClient(self.server.address, retry_for=0, breaker=breaker) as client:
            self.server.will("GetStatus", UNAVAILABLE, GetStatusResponse(version="2"))
            with self.assertRaises(DtmsError):
                await client.get_status(GetStatusRequest())
            with self.assertRaises(CircuitOpenError):
                await client.get_status(GetStatusRequest())
            self.time.now = 1.0
            self.assertEqual((await client.get_status(GetStatusRequest())).version, "2")
