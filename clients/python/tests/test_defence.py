"""What an exit manager is told, by a clock of the test's own and a server that comes and goes."""

from __future__ import annotations

import random
import unittest
from collections.abc import Iterable
from typing import get_args

import grpc

from dtms import DtmsClient, DtmsError, Modification
from dtms.aio import AsyncDtmsClient
from dtms.defence import AsyncDefence, Defence
from dtms.errors import ErrorReport
from dtms.v1 import (
    ERROR_REASON_FIELD_OWNED,
    ERROR_REASON_TRADE_NOT_FOUND,
    ERROR_REASON_UNSPECIFIED,
    TRADE_FIELD_STOP_LOSS,
    TRADE_FIELD_TAKE_PROFIT,
    TRADE_FIELD_VOLUME,
    TRADE_STATE_HEALTHY,
    TRADE_STATE_HEDGED,
    TRADE_STATE_UNSPECIFIED,
    TRADE_STATE_WARNING_L2,
    Action,
    BatchGetOwnershipRequest,
    BatchGetOwnershipResponse,
    LeaseActionsRequest,
    LeaseActionsResponse,
    LeasedAction,
    Ownership,
    Permission,
    TradeState,
)
from tests.scripted_server import Failure, ScriptedServer, retry_after

KINDS: tuple[Modification, ...] = get_args(Modification)
FIELDS = {
    "stop_loss": TRADE_FIELD_STOP_LOSS,
    "breakeven": TRADE_FIELD_STOP_LOSS,
    "trailing": TRADE_FIELD_STOP_LOSS,
    "take_profit": TRADE_FIELD_TAKE_PROFIT,
    "volume": TRADE_FIELD_VOLUME,
    "partial_profit": TRADE_FIELD_VOLUME,
}
RISK_OFF = {"breakeven", "partial_profit"}


def ownership(ticket: int, state: TradeState, allowed: Iterable[bool]) -> Ownership:
    fields = (TRADE_FIELD_STOP_LOSS, TRADE_FIELD_TAKE_PROFIT, TRADE_FIELD_VOLUME)
    defensive = state in (TRADE_STATE_WARNING_L2, TRADE_STATE_HEDGED)
    return Ownership(
        account="demo",
        ticket=ticket,
        state=state,
        defensive=defensive,
        permissions=[
            Permission(
                field=field,
                allowed=yes and not defensive,
                owner="" if yes else "other",
                reason=ERROR_REASON_UNSPECIFIED if yes else ERROR_REASON_FIELD_OWNED,
                note="n",
            )
            for field, yes in zip(fields, allowed, strict=True)
        ],
    )


class Model:
    """A server whose trades the test changes, with everything it ever was."""

    def __init__(self) -> None:
        self.now = 0.0
        self.reachable = True
        self.refusal: grpc.StatusCode | None = None
        self.failed_at = float("-inf")
        self.asked = 0
        self.history: dict[int, list[tuple[float, Ownership]]] = {}

    def clock(self) -> float:
        return self.now

    def set(self, ticket: int, state: TradeState, allowed: Iterable[bool] = (True, True, True)) -> None:
        self.now += 0.001
        self.history.setdefault(ticket, []).append((self.now, ownership(ticket, state, allowed)))

    def truth(self, ticket: int, at: float) -> Ownership | None:
        told = [known for since, known in self.history.get(ticket, []) if since <= at + 1e-9]
        return told[-1] if told else None

    def ask(self, request: BatchGetOwnershipRequest) -> BatchGetOwnershipResponse:
        self.asked += 1
        if self.refusal is not None:
            raise DtmsError("m", ErrorReport(self.refusal, "scripted", "PERMISSION_DENIED"))
        if not self.reachable:
            self.failed_at = self.now
            raise DtmsError("m", ErrorReport(grpc.StatusCode.UNAVAILABLE, "scripted"))
        known = [self.truth(ticket, self.now) for ticket in request.tickets]
        return BatchGetOwnershipResponse(ownerships=[one for one in known if one is not None])

    async def ask_async(self, request: BatchGetOwnershipRequest) -> BatchGetOwnershipResponse:
        return self.ask(request)


class Answers(unittest.TestCase):
    def setUp(self) -> None:
        self.model = Model()
        self.defence = Defence(self.model.ask, "demo", "exit", clock=self.model.clock)

    def test_they_go_from_fresh_over_cached_and_last_known_to_conservative_and_back(self) -> None:
        model, defence = self.model, self.defence
        model.set(1, TRADE_STATE_HEALTHY)
        began = model.now
        self.assertEqual(defence.may_modify(1, "trailing").source, "fresh")
        model.reachable = False
        for after, source, allowed in (
            (9.999, "cached", True),
            (10.0, "last_known", True),
            (29.999, "last_known", True),
            (30.0, "conservative", False),
        ):
            model.now = began + after
            answer = defence.may_modify(1, "trailing")
            self.assertEqual((answer.source, bool(answer)), (source, allowed), after)
        self.assertTrue(defence.may_modify(1, "breakeven"))
        self.assertTrue(defence.is_defensive(1))
        model.reachable = True
        self.assertEqual(defence.may_modify(1, "trailing").source, "conservative", "asked again too soon")
        model.now += 1.0
        self.assertEqual(defence.may_modify(1, "trailing").source, "fresh")

    def test_a_trade_dtms_does_not_know_is_nobodys_to_modify_and_not_defended(self) -> None:
        answer = self.defence.may_modify(7, "breakeven")
        self.assertEqual((answer.allowed, answer.reason), (False, ERROR_REASON_TRADE_NOT_FOUND))
        told = self.defence.is_defensive(7)
        self.assertEqual((told.defensive, told.state), (False, TRADE_STATE_UNSPECIFIED))

    def test_refusals_tell_the_owner(self) -> None:
        self.model.set(1, TRADE_STATE_HEALTHY, (False, True, True))
        answer = self.defence.may_modify(1, "stop_loss")
        self.assertEqual((answer.allowed, answer.owner), (False, "other"))
        self.assertTrue(self.defence.may_modify(1, "take_profit"))

    def test_what_waiting_does_not_cure_is_raised(self) -> None:
        self.model.refusal = grpc.StatusCode.PERMISSION_DENIED
        with self.assertRaises(DtmsError):
            self.defence.may_modify(1, "breakeven")

    def test_while_dtms_is_away_it_is_asked_once_a_second(self) -> None:
        self.model.reachable = False
        for step in range(31):
            self.model.now = step * 0.1
            self.defence.is_defensive(step)
        self.assertEqual(self.model.asked, 4)

    def test_an_answer_is_what_dtms_said_at_its_age_or_the_conservative_rule(self) -> None:
        sources = set()
        for seed in range(300):
            chance = random.Random(seed)
            self.setUp()
            model = self.model
            for _ in range(60):
                step = chance.random()
                if step < 0.3:
                    model.now += chance.choice((0.1, 1.0, 5.0, 9.0, 20.0, 31.0))
                elif step < 0.4:
                    model.reachable = chance.random() < 0.5
                elif step < 0.55:
                    state = chance.choice(
                        (TRADE_STATE_HEALTHY, TRADE_STATE_WARNING_L2, TRADE_STATE_HEDGED)
                    )
                    model.set(chance.randint(1, 3), state, [chance.random() < 0.5 for _ in range(3)])
                else:
                    sources.add(self.check(chance.randint(1, 3), chance.choice(KINDS), seed))
        self.assertEqual(sources, {"fresh", "cached", "last_known", "conservative"})

    def check(self, ticket: int, kind: Modification, seed: int) -> str:
        model = self.model
        answer = self.defence.may_modify(ticket, kind)
        age = float("inf") if answer.age is None else answer.age
        away = answer.source in ("last_known", "conservative")
        self.assertEqual(away, model.now - model.failed_at < 1.0 and age >= 10.0, seed)
        if answer.source == "conservative":
            self.assertGreaterEqual(age, 30.0)
            self.assertEqual(answer.allowed, kind in RISK_OFF)
            self.assertTrue(self.defence.is_defensive(ticket).defensive)
            return answer.source
        self.assertLess(age, {"fresh": 0.001, "cached": 10.0, "last_known": 30.0}[answer.source])
        said = model.truth(ticket, model.now - age)
        permitted = said is not None and any(
            known.allowed for known in said.permissions if known.field == FIELDS[kind]
        )
        self.assertEqual(answer.allowed, permitted, seed)
        self.assertEqual(
            self.defence.is_defensive(ticket).defensive, said is not None and said.defensive, seed
        )
        return answer.source


class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_asyncio_is_told_the_same(self) -> None:
        model = Model()
        defence = AsyncDefence(model.ask_async, "demo", "exit", clock=model.clock)
        model.set(1, TRADE_STATE_HEDGED)
        self.assertTrue(await defence.is_defensive(1))
        model.reachable = False
        sources = []
        for after in (9.0, 10.0, 20.0):
            model.now += after
            sources.append((await defence.may_modify(1, "trailing")).source)
        self.assertEqual(sources, ["cached", "last_known", "conservative"])


class InAClient(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(ScriptedServer())

    async def test_both_clients_ask_in_the_managers_name_and_once(self) -> None:
        answer = BatchGetOwnershipResponse(ownerships=[ownership(42, TRADE_STATE_HEALTHY, [True] * 3)])
        self.server.will("BatchGetOwnership", answer, answer, Failure(grpc.StatusCode.UNAVAILABLE))
        client = self.enterContext(DtmsClient(self.server.address))
        self.assertTrue(client.defence("demo", manager="exit").may_modify(42, "trailing"))
        async with AsyncDtmsClient(self.server.address) as other:
            self.assertTrue(await other.defence("demo", manager="exit").may_modify(42, "trailing"))
        self.assertFalse(client.defence("demo", manager="exit").may_modify(42, "trailing"))
        asked = [BatchGetOwnershipRequest.FromString(request) for _, request, _ in self.server.calls]
        self.assertEqual(
            asked, [BatchGetOwnershipRequest(account="demo", tickets=[42], manager="exit")] * 3
        )

    async def test_leases_are_drained_and_asked_for_again_when_an_answer_got_lost(self) -> None:
        def leased(name: str, revision: int) -> LeaseActionsResponse:
            actions = [LeasedAction(action=Action(action_id=name))]
            return LeaseActionsResponse(actions=actions, revision=revision)

        lost = Failure(grpc.StatusCode.UNAVAILABLE, "", (retry_after(0.01),))
        wanted = LeaseActionsRequest(account="demo", bridge_id="mt5-1")
        client = self.enterContext(DtmsClient(self.server.address))
        self.server.will("LeaseActions", leased("a", 1), lost)
        # What came of the first answer is not given twice.
        self.server.will("LeaseActions", leased("a", 1), leased("b", 2))
        # The scripted stream takes all that is left: the first attempt ends with the failure.
        given = client.drain_leases(wanted)
        self.assertEqual([one.action.action_id for one in given.actions], ["a", "b"])
        self.assertEqual(given.revision, 2)
        self.assertFalse(wanted.drain, "the caller's request is left alone")
        for _, request, _ in self.server.calls:
            self.assertTrue(LeaseActionsRequest.FromString(request).drain)
        self.assertEqual(len(self.server.calls), 2)

        self.server.will("LeaseActions", leased("c", 3))
        async with AsyncDtmsClient(self.server.address) as other:
            self.assertEqual((await other.drain_leases(wanted)).revision, 3)
        with self.assertRaises(DtmsError) as refused:
            client.drain_leases(wanted, retry_for=0)
        self.assertEqual(refused.exception.code, grpc.StatusCode.UNIMPLEMENTED)
