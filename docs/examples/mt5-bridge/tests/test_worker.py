"""Lease, begin, execute, report against a strict server: each action at the broker at most once."""

import contextlib
import threading
import time

import grpc
from dtms.v1 import types_pb2 as types

from dtms_mt5_bridge.bridge import Bridge
from dtms_mt5_bridge.server import Backoff, Begun, Reported
from dtms_mt5_bridge.worker import LeaseKeeper

from .fake_dtms import Work
from .fake_mt5 import BUY, Fault
from .support import BridgeCase, leased

PARTIAL = types.ACTION_TYPE_PARTIAL_CLOSE
OPEN_HEDGE = types.ACTION_TYPE_OPEN_HEDGE
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


class Killed(BaseException):
    """The bridge's process ends here."""


class WorkerCase(BridgeCase):
    def planned(self, kind: "types.ActionType" = PARTIAL, **more: object) -> Work:
        self.position = self.mt5.open(BUY, 1.0, sl=2640.0)
        planned_ms = int(self.mt5.utc * 1000)
        stop = 2656.0 if kind == OPEN_HEDGE else None
        message = leased(
            kind, self.position, volume=0.5, stop_loss=stop, planned_ms=planned_ms, **more
        )
        return self.dtms.plan(message)

    def handle(self, bridge: Bridge, planned: Work) -> None:
        bridge.worker.handle(self.dtms.lease(planned))

    def reconcile(self, bridge: Bridge) -> None:
        self.mt5.utc += 1
        bridge.terminal.status()
        bridge.reconciler.reconcile()


class Protocol(WorkerCase):
    def test_an_action_is_begun_executed_and_reported_once(self) -> None:
        planned = self.planned()
        self.handle(self.bridge(), planned)
        self.assertEqual(planned.status, types.ACTION_STATUS_DONE)
        self.assertEqual((planned.begins, len(planned.reports)), (1, 1))
        self.assertEqual(self.mt5.ledger, {"dtms:ab12": 1})

    def test_the_broker_is_not_touched_before_begin_is_answered(self) -> None:
        planned = self.planned()
        seen = []
        send = self.mt5.order_send

        def watched(request: dict[str, object]) -> object:
            seen.append(planned.status)
            return send(request)

        self.mt5.order_send = watched
        self.handle(self.bridge(), planned)
        self.assertEqual(seen, [types.ACTION_STATUS_EXECUTING])

    def test_a_lost_lease_leaves_the_broker_alone(self) -> None:
        planned = self.planned()
        action = self.dtms.lease(planned)
        self.dtms.expire(planned)
        self.bridge().worker.handle(action)
        self.assertEqual((self.mt5.requests, planned.reports), ([], []))

    def test_a_lease_that_another_bridge_has_now_leaves_the_broker_alone(self) -> None:
        planned = self.planned()
        stale = self.dtms.lease(planned)
        self.dtms.expire(planned)
        self.handle(self.bridge(), planned)
        self.bridge().worker.handle(stale)
        self.assertEqual(self.mt5.ledger, {"dtms:ab12": 1})

    def test_a_begin_whose_answer_got_lost_is_repeated_as_the_same_call(self) -> None:
        planned = self.planned()
        self.dtms.lose["BeginAction"] = 2
        self.handle(self.bridge(), planned)
        self.assertEqual((planned.begins, planned.status), (1, types.ACTION_STATUS_DONE))
        self.assertEqual(self.mt5.ledger, {"dtms:ab12": 1})

    def test_a_lease_lost_while_begin_was_repeated_is_reported_as_not_sent(self) -> None:
        planned = self.planned()
        self.dtms.lose["BeginAction"] = 1
        bridge = self.bridge()
        action = self.dtms.lease(planned)
        lost = self.dtms._answer_lost

        def expires(method: str, context: object) -> None:
            if method == "BeginAction":
                self.dtms.expire(planned)
            lost(method, context)

        self.dtms._answer_lost = expires
        bridge.worker.handle(action)
        self.assertEqual(self.mt5.requests, [])
        self.assertEqual([r.outcome for r in planned.evidence], [types.ACTION_OUTCOME_RETRYABLE])

    def test_an_action_that_another_call_has_begun_is_left_alone(self) -> None:
        planned = self.planned()
        action = self.dtms.lease(planned)
        bridge = self.bridge()
        bridge.worker.handle(action)
        self.assertEqual(bridge.server.begin(action.action), Begun.NO)

    def test_a_begin_that_is_never_answered_sends_nothing_and_says_so(self) -> None:
        planned = self.planned()
        self.dtms.lose["BeginAction"] = 3
        self.handle(self.bridge(), planned)
        self.assertEqual(self.mt5.requests, [])
        self.assertEqual(planned.outcome, types.ACTION_OUTCOME_RETRYABLE)

    def test_a_begin_that_never_arrived_sends_nothing_either(self) -> None:
        planned = self.planned()
        self.dtms.refuse["BeginAction"] = [UNAVAILABLE] * 3
        self.handle(self.bridge(), planned)
        self.assertEqual((self.mt5.requests, planned.reports), ([], []))

    def test_a_report_is_repeated_until_it_is_answered(self) -> None:
        planned = self.planned()
        self.dtms.refuse["ReportAction"] = [UNAVAILABLE]
        self.dtms.lose["ReportAction"] = 1
        self.handle(self.bridge(), planned)
        self.assertEqual(planned.status, types.ACTION_STATUS_DONE)
        self.assertEqual((len(planned.reports), len(self.mt5.requests)), (1, 1))

    def test_a_report_under_a_lost_lease_is_evidence_and_not_tried_again(self) -> None:
        planned = self.planned()
        send = self.mt5.order_send

        def slow(request: dict[str, object]) -> object:
            answer = send(request)
            self.dtms.expire(planned)
            return answer

        self.mt5.order_send = slow
        self.handle(self.bridge(), planned)
        self.assertEqual(planned.status, types.ACTION_STATUS_IN_DOUBT)
        self.assertEqual([result.code for result in planned.evidence], [10009])

    def test_an_action_of_another_account_is_left_alone(self) -> None:
        planned = self.planned()
        action = self.dtms.lease(planned)
        action.account = "other"
        self.bridge().worker.handle(action)
        self.assertEqual((planned.begins, self.mt5.requests), (0, []))

    def test_a_slow_execution_extends_its_lease(self) -> None:
        planned = self.planned()
        action = self.dtms.lease(planned)
        with LeaseKeeper(self.bridge().server, action.action, every=0.01):
            self.until(lambda: planned.extensions >= 3)
        extensions = planned.extensions
        time.sleep(0.05)
        self.assertLessEqual(planned.extensions, extensions + 1)

    def test_a_lease_keeper_ends_when_the_lease_is_lost(self) -> None:
        planned = self.planned()
        action = self.dtms.lease(planned)
        self.dtms.expire(planned)
        keeper = LeaseKeeper(self.bridge().server, action.action, every=0.01)
        with keeper:
            self.until(lambda: "lease-keeper" not in [t.name for t in threading.enumerate()])


class Doubt(WorkerCase):
    def test_killed_between_acceptance_and_report_then_restarted_it_is_not_sent_again(self) -> None:
        for kind in (PARTIAL, OPEN_HEDGE):
            tag = f"dtms:kill{kind}"
            planned = self.planned(kind, tag=tag)
            bridge = self.bridge()

            def killed(*_: object) -> Reported:
                raise Killed

            bridge.server.report = killed
            with self.assertRaises(Killed):
                self.handle(bridge, planned)
            self.dtms.expire(planned)
            self.assertEqual(planned.status, types.ACTION_STATUS_IN_DOUBT)

            again = self.bridge()
            self.reconcile(again)
            self.assertEqual(planned.status, types.ACTION_STATUS_DONE)
            self.assertEqual(planned.settled_by_deal, self.mt5.deals[-1].ticket)

            # A person who says "try again" is not believed over the broker's deals.
            planned.status = types.ACTION_STATUS_PENDING
            self.handle(again, planned)
            self.assertEqual(self.mt5.ledger[tag], 1)
            self.assertEqual(planned.reports[-1].deal_ticket, self.mt5.deals[-1].ticket)

    def test_timeout_but_filled_is_settled_by_the_next_reconciliation(self) -> None:
        for code in (None, 10012):
            planned = self.planned(tag=f"dtms:{code}")
            self.mt5.script.append(Fault(code, fills=True))
            bridge = self.bridge()
            self.handle(bridge, planned)
            self.assertEqual(planned.status, types.ACTION_STATUS_IN_DOUBT)
            self.reconcile(bridge)
            self.assertEqual(planned.status, types.ACTION_STATUS_DONE)
            self.assertEqual(self.mt5.ledger[f"dtms:{code}"], 1)

    def test_a_broker_that_puts_the_comment_on_the_order_only_is_understood(self) -> None:
        self.mt5.deals_have_comments = False
        planned = self.planned()
        self.mt5.script.append(Fault(None, fills=True))
        bridge = self.bridge()
        self.handle(bridge, planned)
        self.reconcile(bridge)
        self.assertEqual(planned.status, types.ACTION_STATUS_DONE)

    def test_timeout_not_filled_stays_in_doubt_and_is_not_sent_again(self) -> None:
        planned = self.planned()
        self.mt5.script.append(Fault(10012))
        bridge = self.bridge()
        self.handle(bridge, planned)
        self.reconcile(bridge)
        self.assertEqual(planned.status, types.ACTION_STATUS_IN_DOUBT)
        self.assertEqual((len(self.mt5.requests), self.mt5.ledger), (1, {}))

    def test_two_bridges_of_one_account_share_the_work_and_double_none_of_it(self) -> None:
        self.bridge().heart.beat()
        plans = [self.planned(tag=f"dtms:{i}") for i in range(20)]
        bridges = [self.bridge(), self.bridge()]

        def follow(bridge: Bridge) -> None:
            with contextlib.suppress(grpc.RpcError):
                bridge.worker.follow(Backoff())

        threads = [threading.Thread(target=follow, args=(bridge,)) for bridge in bridges]
        for thread in threads:
            thread.start()
        done = types.ACTION_STATUS_DONE
        self.until(lambda: all(planned.status == done for planned in plans))
        for bridge in bridges:
            bridge.worker.cancel()
        for thread in threads:
            thread.join()
        self.assertEqual(self.mt5.ledger, {f"dtms:{i}": 1 for i in range(20)})

    def test_a_requote_is_tried_again_only_under_a_new_lease(self) -> None:
        self.dtms.repeats_pending = True
        planned = self.planned()
        self.mt5.script.append(Fault(10004))
        bridge = self.bridge()
        self.handle(bridge, planned)
        self.assertEqual((planned.status, len(self.mt5.requests)), (types.ACTION_STATUS_PENDING, 1))
        self.handle(bridge, planned)
        self.assertEqual(planned.status, types.ACTION_STATUS_DONE)
        self.assertEqual((planned.begins, self.mt5.ledger), (2, {"dtms:ab12": 1}))
