"""A bridge's loop over leases: what becomes of it when connections break, and of what it does not finish."""

from __future__ import annotations

import asyncio
import unittest
from collections import Counter

import grpc

from dtms import DtmsClient, DtmsError, Leases
from dtms.aio import AsyncDtmsClient
from dtms.v1 import (
    ActionResult,
    BeginActionRequest,
    BeginActionResponse,
    LeaseActionsRequest,
    LeaseActionsResponse,
    ReportActionResponse,
    action_service_pb2,
)
from tests.scripted_server import Failure, ScriptedServer, reason

AWAY = Failure(grpc.StatusCode.UNAVAILABLE)
NOT_READY = Failure(grpc.StatusCode.FAILED_PRECONDITION, details=(reason("BRIDGE_NOT_READY"),))
LOST = Failure(grpc.StatusCode.ABORTED, details=(reason("LEASE_LOST"),))
DENIED = Failure(grpc.StatusCode.PERMISSION_DENIED, details=(reason("PERMISSION_DENIED"),))


def told(*ids: str) -> LeaseActionsResponse:
    message = LeaseActionsResponse()
    for action_id in ids:
        action = message.actions.add().action
        action.action_id = action_id
        action.lease.token = 7
    return message


class Scripted(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(ScriptedServer())

    def counts(self) -> Counter[str]:
        return Counter(method for method, _, _ in self.server.calls)

    def extends(self, times: int) -> None:
        self.server.will("ExtendLease", *(action_service_pb2.ExtendLeaseResponse() for _ in range(times)))

    def answers_steps(self, times: int) -> None:
        self.server.will("BeginAction", *(BeginActionResponse() for _ in range(times)))
        self.server.will("ReportAction", *(ReportActionResponse() for _ in range(times)))


class LeasesOfThreads(Scripted):
    def setUp(self) -> None:
        super().setUp()
        self.client = self.enterContext(DtmsClient(self.server.address, breaker="off"))

    def leases(self, **more: object) -> Leases:
        return self.enterContext(self.client.leases(account="demo", bridge_id="b1", **more))  # type: ignore[arg-type]

    def test_go_on_after_a_break_and_before_the_bridge_is_ready(self) -> None:
        self.server.will("LeaseActions", NOT_READY, told("a", "b"), AWAY, told("c"))
        self.answers_steps(3)
        breaks: list[DtmsError] = []
        done = []
        for lease in self.leases(on_break=breaks.append, max_leases=4):
            self.assertTrue(lease.begin())
            self.assertTrue(lease.report(ActionResult(code=10009)))
            self.assertTrue(lease.over)
            done.append(lease.action.action.action_id)
            if done[-1] == "c":
                break
        self.assertEqual(done, ["a", "b", "c"])
        self.assertGreaterEqual(len(breaks), 2)
        asked = LeaseActionsRequest.FromString(self.server.calls[0][1])
        self.assertEqual((asked.account, asked.bridge_id), ("demo", "b1"))
        self.assertEqual((asked.max_leases, asked.lease_seconds), (4, 30))

    def test_that_are_lost_are_told_as_lost(self) -> None:
        self.server.will("LeaseActions", told("a"))
        self.server.will("BeginAction", LOST)
        lease = next(self.leases())
        self.assertFalse(lease.begin())
        self.assertTrue(lease.over)

    def test_a_begin_without_an_answer_is_repeated_as_the_same_call(self) -> None:
        self.server.will("LeaseActions", told("a"))
        self.server.will("BeginAction", AWAY, BeginActionResponse())
        self.assertTrue(next(self.leases()).begin())
        begins = [request for method, request, _ in self.server.calls if method == "BeginAction"]
        names = {BeginActionRequest.FromString(request).request_id for request in begins}
        self.assertEqual((len(begins), len(names)), (2, 1))

    def test_a_refusal_after_a_lost_answer_is_not_told_as_nothing_begun(self) -> None:
        self.server.will("LeaseActions", told("a"))
        self.server.will("BeginAction", AWAY, LOST)
        lease = next(self.leases())
        with self.assertRaises(DtmsError) as caught:
            lease.begin()
        self.assertEqual(caught.exception.code, grpc.StatusCode.UNAVAILABLE)
        self.assertTrue(lease.over)

    def test_that_the_service_refuses_end_the_loop(self) -> None:
        self.server.will("LeaseActions", DENIED)
        with self.assertRaises(DtmsError):
            next(self.leases())

    def test_a_service_that_is_away_for_too_long_ends_the_loop(self) -> None:
        self.server.will("LeaseActions", AWAY)
        with self.assertRaises(DtmsError):
            next(self.leases(retry_for=0))

    def test_are_extended_while_they_are_held_and_not_after_the_loop(self) -> None:
        self.server.will("LeaseActions", told("a", "b"))
        self.extends(9)
        leases = self.leases(lease_seconds=1)
        lease = next(leases)
        while self.counts()["ExtendLease"] < 4:
            self.assertFalse(lease.over)
        leases.cancel()
        self.assertEqual(list(leases), [])

    def test_a_loop_that_waits_for_work_is_ended_by_another_thread(self) -> None:
        self.server.will("LeaseActions", *(NOT_READY for _ in range(50)))
        leases: Leases = self.leases(on_break=lambda _: leases.cancel())
        self.assertEqual(list(leases), [])


class LeasesOfTasks(Scripted, unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.client = await self.enterAsyncContext(AsyncDtmsClient(self.server.address, breaker="off"))

    async def test_go_on_after_a_break_and_before_the_bridge_is_ready(self) -> None:
        self.server.will("LeaseActions", NOT_READY, told("a"), AWAY, told("b"))
        self.answers_steps(2)
        breaks: list[DtmsError] = []
        done = []
        async with self.client.leases(account="demo", bridge_id="b1", on_break=breaks.append) as leases:
            async for lease in leases:
                self.assertTrue(await lease.begin())
                self.assertTrue(await lease.report(ActionResult(code=10009)))
                done.append(lease.action.action.action_id)
                if done[-1] == "b":
                    break
        self.assertEqual(done, ["a", "b"])
        self.assertGreaterEqual(len(breaks), 2)

    async def test_that_are_lost_are_told_as_lost(self) -> None:
        self.server.will("LeaseActions", told("a", "b"))
        self.server.will("BeginAction", LOST, AWAY, LOST)
        async with self.client.leases(account="demo", bridge_id="b1") as leases:
            self.assertFalse(await (await anext(leases)).begin())
            with self.assertRaises(DtmsError):
                await (await anext(leases)).begin()

    async def test_that_the_service_refuses_end_the_loop(self) -> None:
        self.server.will("LeaseActions", DENIED)
        async with self.client.leases(account="demo", bridge_id="b1") as leases:
            with self.assertRaises(DtmsError):
                await anext(leases)

    async def test_are_extended_while_they_are_held(self) -> None:
        self.server.will("LeaseActions", told("a", "b"))
        self.extends(9)
        async with self.client.leases(account="demo", bridge_id="b1", lease_seconds=1) as leases:
            lease = await anext(leases)
            while self.counts()["ExtendLease"] < 4:
                await asyncio.sleep(0.01)
            self.assertFalse(lease.over)

    async def test_a_task_that_waits_for_work_can_be_cancelled(self) -> None:
        self.server.will("LeaseActions", *(NOT_READY for _ in range(50)))
        broken = asyncio.Event()

        async def work() -> None:
            async with self.client.leases(
                account="demo", bridge_id="b1", on_break=lambda _: broken.set()
            ) as leases:
                await anext(leases)

        task = asyncio.create_task(work())
        await broken.wait()
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
