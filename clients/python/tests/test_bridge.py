"""A bridge between the paper terminal and a strict server: each action at the broker at most once, whatever gets lost."""

from __future__ import annotations

import logging
import threading
import time
import unittest
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import grpc

from dtms import DtmsClient, DtmsError
from dtms.bridge import (
    Bridge,
    BridgeError,
    BridgeOptions,
    OrderRequest,
    OrderResult,
    PositionsAnswer,
    ServerLeaseClient,
    TerminalError,
    closing_deal,
    opening_deal,
    run_bridge,
)
from dtms.v1 import account_service_pb2 as accounts
from dtms.v1 import action_service_pb2 as work
from dtms.v1 import types_pb2 as types
from tests.paper import SYMBOL, PaperTerminal
from tests.strict_server import StrictServer, Work

PARTIAL, CLOSE_ALL = types.ACTION_TYPE_PARTIAL_CLOSE, types.ACTION_TYPE_CLOSE_ALL
OPEN_HEDGE, TIGHTEN = types.ACTION_TYPE_OPEN_HEDGE, types.ACTION_TYPE_TIGHTEN_SL
DONE, IN_DOUBT = types.ACTION_STATUS_DONE, types.ACTION_STATUS_IN_DOUBT
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
QUICK = BridgeOptions(heartbeat_every=0.05, look_every=0.02, reconcile_soon=0.05, stop_within=20.0)
Send = Callable[[OrderRequest], OrderResult]


class Terminal(PaperTerminal):
    """The paper terminal, with what a test wants to happen at an order, and every order it was sent."""

    def __init__(self) -> None:
        super().__init__(SYMBOL)
        self.quote(100.0, 100.5)
        self.orders: list[OrderRequest] = []
        self.before_order: Callable[[], None] = lambda: None
        self.answer: OrderResult | None = None
        self.blind = 0

    def order(self, request: OrderRequest) -> OrderResult:
        self.orders.append(request)
        self.before_order()
        return super().order(request) if self.answer is None else self.answer

    def stop_out(self, ticket: int, lots: float) -> None:
        """The broker closes a part for want of margin."""
        with self._lock:
            self._reduce(self._positions[ticket], lots, 0, "", "STOP_OUT")

    def positions(self) -> PositionsAnswer:
        answer = super().positions()
        if self.blind == 0:
            return answer
        self.blind -= 1
        return replace(answer, complete=False, positions=())

    def tags(self) -> Counter[str]:
        """How often each order was carried out."""
        return Counter(deal.comment for deal in self.deals(0).deals if deal.comment)


class BridgeCase(unittest.TestCase):
    def setUp(self) -> None:
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        self.server = self.enterContext(StrictServer())
        self.client = self.enterContext(
            DtmsClient(self.server.address, breaker="off", retry_for=0.0, timeout=5.0)
        )
        self.terminal = Terminal()
        opened = self.terminal.order(opening_deal(SYMBOL, "BUY", 1.0, stop_loss=90.0, magic_number=7))
        self.terminal.orders.clear()
        self.ticket = opened.opened_ticket or 0

    def bridge(self, options: BridgeOptions = QUICK) -> Bridge:
        bridge = Bridge(ServerLeaseClient(self.client, "demo", "b1"), self.terminal, "demo", options)
        bridge.heartbeat()
        return bridge

    def plan(self, tag: str = "dtms-1", kind: types.ActionType = PARTIAL, **more: object) -> Work:
        message = work.LeasedAction(
            account="demo",
            ticket=self.ticket,
            position_ticket=self.ticket,
            symbol=SYMBOL,
            direction=types.DIRECTION_BUY,
            magic_number=7,
            tag=tag,
        )
        message.action.action_id = f"demo:{self.ticket}:{tag}"
        message.action.type = kind
        if kind in (PARTIAL, OPEN_HEDGE):
            message.action.volume = 0.25
        if kind == TIGHTEN:
            message.action.stop_loss = 95.0
        return self.server.plan(message)

    def handle(self, bridge: Bridge, planned: Work) -> str:
        return bridge.carry_out(self.client.lease_of(self.server.lease(planned)))

    def lose_begin(self, planned: Work) -> None:
        """Its begin is recorded and not answered, and then its lease is over."""
        self.server.lose["BeginAction"] = 1
        lost = self.server._answer_lost

        def expires(method: str, context: grpc.ServicerContext) -> None:
            if method == "BeginAction":
                self.server.expire(planned)
            lost(method, context)

        self.server._answer_lost = expires  # type: ignore[method-assign]

    def position(self) -> tuple[float, float | None]:
        """Volume and stop of the trade's position."""
        found = next(p for p in self.terminal.positions().positions if p.identifier == self.ticket)
        return found.volume, found.stop_loss

    def until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not holds():
            if time.monotonic() > end:
                self.fail("it did not come about")
            time.sleep(0.005)


class Steps(BridgeCase):
    def test_an_action_is_begun_executed_and_reported_once(self) -> None:
        planned = self.plan()
        seen: list[int] = []
        self.terminal.before_order = lambda: seen.append(planned.status)
        self.assertEqual(self.handle(self.bridge(), planned), "reported")
        # The broker is not touched before BeginAction is answered.
        self.assertEqual(seen, [types.ACTION_STATUS_EXECUTING])
        self.assertEqual((planned.status, planned.begins, len(planned.reports)), (DONE, 1, 1))
        self.assertEqual((planned.reports[0].volume, self.position()), (0.25, (0.75, 90.0)))
        self.assertGreater(planned.reports[0].deal_ticket, 0)

    def test_each_kind_of_action_is_its_order(self) -> None:
        bridge = self.bridge()
        self.handle(bridge, self.plan("dtms-1", TIGHTEN))
        self.assertEqual(self.position(), (1.0, 95.0))
        hedge = self.plan("dtms-2", OPEN_HEDGE)
        self.handle(bridge, hedge)
        opened = hedge.reports[0].opened_ticket
        close = self.plan("dtms-3", types.ACTION_TYPE_CLOSE_HEDGE)
        close.message.hedge_ticket = opened
        self.handle(bridge, close)
        self.handle(bridge, self.plan("dtms-4", CLOSE_ALL))
        self.assertEqual(self.terminal.positions().positions, [])
        self.assertEqual(self.terminal.tags(), {"dtms-2": 1, "dtms-3": 1, "dtms-4": 1})

    def test_a_hedge_is_no_larger_than_what_is_left_of_its_position(self) -> None:
        bridge = self.bridge()
        for tag in ("dtms-1", "dtms-2", "dtms-3"):
            self.handle(bridge, self.plan(tag))
        hedge = self.plan("dtms-4", OPEN_HEDGE)
        hedge.message.action.volume = 1.0
        self.handle(bridge, hedge)
        self.assertEqual((self.position()[0], hedge.reports[0].volume), (0.25, 0.25))

    def test_a_partial_close_leaves_what_it_is_to_leave_whoever_closes_while_it_is_begun(self) -> None:
        bridge = self.bridge()
        # What is open as the order is sent, what it is to leave, and what is closed of a quarter.
        cases = ((1.0, 0.5, 0.25), (0.6, 0.5, 0.1), (0.55, 0.5, 0.0), (0.5, 0.5, 0.0), (0.3, 0.5, 0.0), (1.0, 0.86, 0.1))
        for number, (open_lots, leaves, closed) in enumerate(cases):
            with self.subTest(open_lots=open_lots, leaves=leaves):
                opened = self.terminal.order(opening_deal(SYMBOL, "BUY", 1.0, stop_loss=90.0, magic_number=7))
                self.ticket = opened.opened_ticket or 0
                planned = self.plan(f"dtms-{number}")
                planned.message.leaves, planned.message.volume_min = leaves, 0.1
                planned.message.volume_step = 0.05
                lease = self.client.lease_of(self.server.lease(planned))
                begin, by_hand = lease.begin, round(1.0 - open_lots, 8)

                def meddled(begin: Callable[[], bool] = begin, by_hand: float = by_hand) -> bool:
                    begun = begin()
                    if by_hand > 0:
                        position = next(p for p in self.terminal.positions().positions if p.identifier == self.ticket)
                        self.terminal.order(closing_deal(position, volume=by_hand))
                    return begun

                lease.begin = meddled  # type: ignore[method-assign]
                bridge.look_again.clear()
                self.assertEqual(bridge.carry_out(lease), "reported")
                [report] = planned.reports
                self.assertEqual((planned.status, report.volume), (DONE, closed))
                self.assertEqual(report.code, 10009 if closed else 10025)
                self.assertEqual(self.position()[0], round(open_lots - closed, 8))
                self.assertEqual(bridge.look_again.is_set(), closed != 0.25)

    def test_what_is_not_there_any_more_is_answered_without_an_order(self) -> None:
        bridge = self.bridge()
        loose = self.plan("dtms-1", TIGHTEN)
        loose.message.action.stop_loss = 80.0
        self.handle(bridge, loose)
        self.assertEqual((loose.reports[0].code, loose.reports[0].stop_loss), (10025, 90.0))
        long_tag = self.plan("x" * 32)
        self.handle(bridge, long_tag)
        self.assertEqual(long_tag.reports[0].code, 10013)
        unknown = self.plan("dtms-2", types.ACTION_TYPE_UNSPECIFIED)
        self.handle(bridge, unknown)
        self.assertEqual(unknown.reports[0].code, 10013)
        # A hedge that is not named is not known to be closed.
        unnamed = self.plan("dtms-5", types.ACTION_TYPE_CLOSE_HEDGE)
        self.handle(bridge, unnamed)
        self.assertEqual(unnamed.reports[0].code, 10013)
        self.terminal.quote(89.0, 89.5)
        gone = self.plan("dtms-3")
        self.handle(bridge, gone)
        self.assertEqual((gone.reports[0].code, bridge.look_again.is_set()), (10036, True))
        # At what price, and that it was the stop, is what its deal says.
        self.assertEqual((gone.reports[0].price, self.server.closes[-1].close_price), (89.0, 89.0))
        self.assertEqual(self.terminal.orders, [])

    def test_a_lost_lease_leaves_the_broker_alone(self) -> None:
        planned = self.plan()
        lease = self.client.lease_of(self.server.lease(planned))
        self.server.expire(planned)
        self.assertEqual(self.bridge().carry_out(lease), "lost")
        self.assertEqual((self.terminal.orders, planned.reports), ([], []))

    def test_an_action_of_another_account_is_left_alone(self) -> None:
        planned = self.plan()
        planned.message.account = "other"
        self.assertEqual(self.handle(self.bridge(), planned), "lost")
        self.assertEqual((planned.begins, self.terminal.orders), (0, []))

    def test_a_broker_that_cannot_be_seen_is_not_begun_with(self) -> None:
        planned, bridge = self.plan(), self.bridge()
        self.terminal.blind = 3
        self.assertEqual(self.handle(bridge, planned), "blind")
        self.terminal.connected = False
        self.assertEqual(self.handle(bridge, planned), "blind")
        self.assertEqual((planned.begins, self.terminal.orders), (0, []))

    def test_a_begin_that_is_not_answered_sends_nothing_and_says_so(self) -> None:
        planned, bridge = self.plan(), self.bridge()
        self.lose_begin(planned)
        self.handle(bridge, planned)
        self.assertEqual(self.terminal.orders, [])
        self.assertEqual([r.outcome for r in planned.evidence], [types.ACTION_OUTCOME_RETRYABLE])

    def test_what_was_done_before_is_never_told_as_not_done(self) -> None:
        planned, bridge = self.plan(), self.bridge()
        (position,) = self.terminal.positions().positions
        self.terminal.order(closing_deal(position, volume=0.25, comment="dtms-1"))
        self.terminal.orders.clear()
        self.lose_begin(planned)
        self.handle(bridge, planned)
        self.assertEqual(self.terminal.orders, [])
        self.assertEqual([(r.code, r.outcome) for r in planned.evidence], [(10009, 0)])

    def test_a_report_without_an_answer_is_told_again(self) -> None:
        planned, bridge = self.plan(), self.bridge()
        self.server.lose["ReportAction"] = 1
        with self.assertRaises(DtmsError):
            self.handle(bridge, planned)
        self.assertEqual(bridge.unreported, 1)
        self.assertEqual((bridge.report_again(), bridge.unreported), (1, 0))
        self.assertEqual((planned.status, len(self.terminal.orders)), (DONE, 1))

    def test_a_report_that_is_refused_as_it_stands_is_not_told_for_ever(self) -> None:
        planned, bridge = self.plan(), self.bridge()
        self.server.refuse["ReportAction"] = [grpc.StatusCode.INVALID_ARGUMENT]
        with self.assertRaises(DtmsError):
            self.handle(bridge, planned)
        self.assertEqual((bridge.unreported, bridge.look_again.is_set()), (0, True))

    def test_a_terminal_that_breaks_has_perhaps_sent_it_and_one_that_refuses_has_not(self) -> None:
        def breaks(error: Exception) -> Callable[[], None]:
            def raises() -> None:
                raise error

            return raises

        bridge = self.bridge()
        for number, (error, outcome) in enumerate(
            (
                (RuntimeError("the pipe broke"), types.ACTION_OUTCOME_UNKNOWN),
                (TerminalError("it hangs"), types.ACTION_OUTCOME_RETRYABLE),
            )
        ):
            planned = self.plan(f"dtms-{number}")
            self.terminal.before_order = breaks(error)
            self.handle(bridge, planned)
            self.assertEqual(planned.outcome, outcome)

    def test_an_answer_that_got_lost_is_settled_by_the_next_snapshot_and_not_sent_again(self) -> None:
        planned, bridge = self.plan(), self.bridge()
        self.terminal.loses_next_answer = True
        self.handle(bridge, planned)
        self.assertEqual((planned.status, bridge.look_again.is_set()), (IN_DOUBT, True))
        bridge.reconcile()
        self.assertEqual(planned.status, DONE)
        self.assertEqual(self.terminal.tags(), {"dtms-1": 1})

    def test_killed_between_order_and_report_the_next_run_finds_the_order(self) -> None:
        for kind in (PARTIAL, OPEN_HEDGE):
            planned = self.plan(f"dtms-{kind}", kind)
            self.server.refuse["ReportAction"] = [UNAVAILABLE]
            with self.assertRaises(DtmsError):
                self.handle(self.bridge(), planned)
            self.server.expire(planned)
            self.assertEqual(planned.status, IN_DOUBT)
            again = self.bridge()
            again.reconcile()
            self.assertEqual(planned.status, DONE)
            # A person who says "try again" is not believed over the broker's deals.
            planned.status = types.ACTION_STATUS_PENDING
            self.handle(again, planned)
            self.assertEqual(self.terminal.tags()[f"dtms-{kind}"], 1)
            self.assertEqual(planned.reports[-1].deal_ticket, planned.settled_by_deal)

    def test_10027_is_told_by_a_heartbeat_before_it_is_reported(self) -> None:
        planned, bridge = self.plan(), self.bridge()
        self.assertTrue(self.server.ready)
        self.terminal.answer = OrderResult(10027, "programs may not trade")
        self.handle(bridge, planned)
        self.assertFalse(self.server.ready)
        self.assertEqual(planned.reports[0].code, 10027)


class Snapshots(BridgeCase):
    def test_a_failed_query_is_never_told_as_nothing_open(self) -> None:
        bridge = self.bridge()
        self.server.trades.add(self.ticket)
        self.terminal.blind = 3
        bridge.reconcile()
        self.assertEqual((self.server.snapshots[0].complete, bridge.snapshot_taken), (False, False))
        bridge.reconcile()
        self.assertEqual((self.server.snapshots[1].complete, bridge.snapshot_taken), (True, True))
        self.assertEqual(self.server.closed, set())
        told = self.server.snapshots[1].positions[0]
        self.assertEqual((told.identifier, told.volume, told.stop_loss), (self.ticket, 1.0, 90.0))
        self.assertFalse(told.HasField("take_profit"))

    def test_a_snapshot_of_which_a_part_is_refused_is_no_complete_one(self) -> None:
        bridge = self.bridge()
        self.server.refused_parts = [accounts.RejectedPart(field="positions[0].volume", description="odd")]
        bridge.reconcile()
        self.assertFalse(bridge.snapshot_taken)

    def test_what_dtms_misses_is_looked_for_once_more(self) -> None:
        bridge = self.bridge()
        self.server.trades.add(404)
        bridge.reconcile()
        self.assertEqual(len(self.server.snapshots), 2)

    def test_numbers_rise_and_follow_what_the_service_had(self) -> None:
        bridge = self.bridge()
        bridge.reconcile()
        later = accounts.ReconcilePositionsRequest()
        later.CopyFrom(self.server.snapshots[-1])
        later.sequence += 10_000_000
        self.server.snapshots.append(later)
        with self.assertRaises(DtmsError):
            bridge.reconcile()
        bridge.reconcile()
        self.assertEqual(self.server.snapshots[-1].sequence, later.sequence + 1)

    def test_the_brokers_own_close_is_told_once(self) -> None:
        bridge = self.bridge()
        self.terminal.quote(89.0, 89.5)
        self.server.refuse["CloseTrade"] = [UNAVAILABLE]
        with self.assertRaises(DtmsError):
            bridge.look()
        bridge.look()
        bridge.look()
        told = [(close.ticket, close.reason, close.close_price) for close in self.server.closes]
        self.assertEqual(told, [(self.ticket, types.CLOSE_REASON_STOP_LOSS, 89.0)])

    def test_a_part_that_the_broker_closed_is_no_close(self) -> None:
        bridge = self.bridge()
        bridge.reconcile()
        self.terminal.stop_out(self.ticket, 0.4)
        bridge.look()
        bridge.reconcile()
        self.assertEqual(self.server.closes, [])
        self.terminal.quote(89.0, 89.5)
        bridge.look()
        self.assertEqual([close.ticket for close in self.server.closes], [self.ticket])

    def test_a_stop_that_closes_what_an_order_left_is_told(self) -> None:
        bridge = self.bridge()
        bridge.reconcile()
        # Within one millisecond of the broker's clock.
        now = self.terminal.positions().time
        self.terminal._now = lambda: now
        self.handle(bridge, self.plan())
        self.terminal.quote(89.0, 89.5)
        bridge.look()
        self.assertEqual([close.ticket for close in self.server.closes], [self.ticket])

    def test_a_close_that_is_refused_as_it_stands_holds_up_nothing(self) -> None:
        bridge = self.bridge()
        self.terminal.quote(89.0, 89.5)
        self.server.refuse["CloseTrade"] = [grpc.StatusCode.INVALID_ARGUMENT]
        with self.assertRaises(DtmsError):
            bridge.look()
        self.assertTrue(bridge.look_again.is_set())
        self.assertIsNotNone(bridge.reconcile())
        self.assertEqual(self.server.closes, [])

    def test_without_a_connection_nothing_is_told(self) -> None:
        bridge = self.bridge()
        self.terminal.connected = False
        self.assertIsNone(bridge.reconcile())
        self.assertEqual(self.server.snapshots, [])


class Running(BridgeCase):
    def run_until_stopped(self, options: BridgeOptions) -> None:
        run_bridge(
            self.client, self.terminal, account="demo", bridge_id="b1", stop=self.stop, options=options
        )

    def new_stop(self) -> threading.Event:
        return threading.Event()

    def start(self, options: BridgeOptions = QUICK) -> threading.Event:
        self.stop = self.new_stop()
        self.ended: list[BaseException | None] = []

        def run() -> None:
            try:
                self.run_until_stopped(options)
                self.ended.append(None)
            except BaseException as error:
                self.ended.append(error)

        self.thread = threading.Thread(target=run)
        self.thread.start()
        self.addCleanup(self.thread.join)
        self.addCleanup(self.stop.set)
        return self.stop

    def test_it_tells_what_dtms_must_know_works_and_outlives_failures(self) -> None:
        for method in ("UpsertAccount", "ReportAccount", "ReconcilePositions", "LeaseActions"):
            self.server.refuse[method] = [UNAVAILABLE]
        plans = [self.plan(f"dtms-{number}") for number in range(3)]
        self.server.lose["ReportAction"] = 2
        errors: list[Exception] = []
        self.start(replace(QUICK, on_error=errors.append))
        self.until(lambda: all(planned.status == DONE for planned in plans))
        self.assertEqual(self.server.accounts[0].margin_mode, accounts.MARGIN_MODE_HEDGING)
        self.assertTrue(self.server.snapshots[0].complete)
        self.assertEqual(self.terminal.tags(), {f"dtms-{number}": 1 for number in range(3)})
        self.assertGreaterEqual(len(errors), 6)
        self.stop.set()
        self.thread.join(20)
        self.assertEqual(self.ended, [None])

    def test_an_action_waits_for_a_broker_that_is_away_for_a_moment(self) -> None:
        self.start()
        self.until(lambda: bool(self.server.snapshots))
        planned = self.plan()
        self.terminal.blind = 30
        self.until(lambda: planned.status == DONE)
        self.assertEqual(self.terminal.tags(), {"dtms-1": 1})

    def test_doubt_is_looked_into_at_once(self) -> None:
        planned = self.plan()
        self.terminal.loses_next_answer = True
        self.start(replace(QUICK, reconcile_every=1000.0))
        self.until(lambda: planned.settled_by_deal > 0)

    def test_stopped_while_an_order_is_under_way_it_finishes_and_reports_it(self) -> None:
        first, second = self.plan("dtms-1"), self.plan("dtms-2")
        under_way, go_on = threading.Event(), threading.Event()

        def slow() -> None:
            under_way.set()
            go_on.wait(20)

        self.terminal.before_order = slow
        stop = self.start()
        self.assertTrue(under_way.wait(20))
        stop.set()
        go_on.set()
        self.thread.join(20)
        self.assertEqual(self.ended, [None])
        self.assertEqual((first.status, second.begins), (DONE, 0))

    def test_an_order_that_never_ends_is_told_at_the_end(self) -> None:
        self.plan()
        under_way, go_on = threading.Event(), threading.Event()

        def hangs() -> None:
            under_way.set()
            go_on.wait(20)

        self.addCleanup(go_on.set)
        self.terminal.before_order = hangs
        stop = self.start(replace(QUICK, stop_within=0.2))
        self.assertTrue(under_way.wait(20))
        stop.set()
        self.thread.join(20)
        self.assertIsInstance(self.ended[0], BridgeError)

    def test_a_part_that_breaks_ends_the_bridge_instead_of_half_of_it(self) -> None:
        def broken() -> PositionsAnswer:
            raise ZeroDivisionError

        self.terminal.positions = broken  # type: ignore[method-assign]
        self.start()
        self.thread.join(20)
        self.assertIsInstance(self.ended[0], ZeroDivisionError)

    def test_a_service_that_refuses_the_account_ends_it(self) -> None:
        self.server.refuse["UpsertAccount"] = [grpc.StatusCode.PERMISSION_DENIED]
        self.start()
        self.thread.join(20)
        self.assertIsInstance(self.ended[0], DtmsError)
