"""A bridge's loop over leases: what becomes of it when connections break, and of what it does not finish."""

from __future__ import annotations

import unittest
from collections import Counter

import grpc

from dtms import DtmsClient, DtmsError
from dtms.v1 import (
    ActionResult,
    BeginActionResponse,
    LeaseActionsRequest,
    LeaseActionsResponse,
    ReportActionResponse,
    action_service_pb2,
)
from tests.scripted_server import Failure, ScriptedServer, reason

AWAY = Failure(grpc.StatusCode.UNAVAILABLE)
REQUEST = LeaseActionsRequest(account="demo", bridge_id="b1")


def told(*ids: str) -> LeaseActionsResponse:
    message = LeaseActionsResponse()
    for action_id in ids:
        action = message.actions.add().action
        action.action_id = action_id
        action.lease.token = 7
    return message


class Leases(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(ScriptedServer())
        self.client = self.enterContext(DtmsClient(self.server.address, breaker="off"))

    def counts(self) -> Counter[str]:
        return Counter(method for method, _, _ in self.server.calls)

    def test_go_on_after_a_break_and_before_the_bridge_is_ready(self) -> None:
        not_ready = Failure(grpc.StatusCode.FAILED_PRECONDITION, details=(reason("BRIDGE_NOT_READY"),))
        self.server.will("LeaseActions", not_ready, told("a", "b"), AWAY, told("c"))
        self.server.will("BeginAction", *(BeginActionResponse() for _ in range(3)))
        self.server.will("ReportAction", *(ReportActionResponse() for _ in range(3)))
        breaks: list[DtmsError] = []
        done = []
        for lease in self.client.leases(REQUEST, on_break=breaks.append):
            self.assertTrue(lease.begin())
            self.assertTrue(lease.report(ActionResult(code=10009)))
            self.assertTrue(lease.over)
            done.append(lease.action.action.action_id)
            if done[-1] == "c":
                break
        self.assertEqual(done, ["a", "b", "c"])
        self.assertGreaterEqual(len(breaks), 2)

    def test_that_are_lost_are_told_as_lost(self) -> None:
        lost = Failure(grpc.StatusCode.ABORTED, details=(reason("LEASE_LOST"),))
        self.server.will("LeaseActions", told("a"))
        self.server.will("BeginAction", lost)
        lease = next(self.client.leases(REQUEST))
        self.assertFalse(lease.begin())
        self.assertTrue(lease.over)

    def test_that_the_service_refuses_end_the_loop(self) -> None:
        denied = Failure(grpc.StatusCode.PERMISSION_DENIED, details=(reason("PERMISSION_DENIED"),))
        self.server.will("LeaseActions", denied)
        with self.assertRaises(DtmsError):
            next(self.client.leases(REQUEST))

    def test_are_extended_while_they_are_held(self) -> None:
        self.server.will("LeaseActions", told("a", "b"))
        self.server.will("ExtendLease", *(action_service_pb2.ExtendLeaseResponse() for _ in range(9)))
        loop = self.client.leases(LeaseActionsRequest(account="demo", bridge_id="b1", lease_seconds=1))
        lease = next(loop)
        while self.counts()["ExtendLease"] < 4:
            self.assertFalse(lease.over)
        loop.close()  # type: ignore[attr-defined]
