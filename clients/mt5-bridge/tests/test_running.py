"""The whole program, running, between the stand-in terminal and the strict server."""

import threading
from unittest import mock

import grpc
from dtms.v1 import account_service_pb2 as accounts
from dtms.v1 import types_pb2 as types

from dtms_mt5_bridge import program as module
from dtms_mt5_bridge.state import StateFile

from .fake_mt5 import BUY, SELL, Fault
from .support import SYMBOL, BridgeCase, Parts, leased

PARTIAL = types.ACTION_TYPE_PARTIAL_CLOSE
DONE = types.ACTION_STATUS_DONE


class Running(BridgeCase):
    def setUp(self) -> None:
        super().setUp()
        for name in ("LOOK_SECONDS", "DEALS_SECONDS"):
            self.enterContext(mock.patch.object(module, name, 0.02))

    def start(self, parts: Parts) -> threading.Thread:
        self.ended: list[BaseException | None] = []

        def run() -> None:
            try:
                parts.program.run()
                self.ended.append(None)
            except BaseException as error:
                self.ended.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(parts.program.stop)
        return thread

    def plan(self, tag: str = "dtms:ab12") -> "object":
        position = self.mt5.open(BUY, 1.0, sl=2640.0)
        return self.dtms.plan(leased(PARTIAL, position, tag, volume=0.5))

    def test_it_tells_what_dtms_must_know_and_then_works(self) -> None:
        first = self.plan("dtms:1")
        parts = self.parts()
        self.start(parts)
        self.until(lambda: first.status == DONE)
        second = self.plan("dtms:2")
        self.until(lambda: second.status == DONE)
        account = self.dtms.accounts[0]
        self.assertEqual(account.margin_mode, accounts.MARGIN_MODE_HEDGING)
        self.assertFalse(account.hedge_adds_margin)
        self.assertTrue(self.dtms.snapshots[0].complete)
        self.assertEqual(self.mt5.ledger, {"dtms:1": 1, "dtms:2": 1})
        kept = StateFile(self.directory / "state.json").memory
        self.assertIsNotNone(kept.reconciled_at_ms)

    def test_points_become_prices_and_open_symbols_are_told_also_later(self) -> None:
        kind = self.mt5.symbols[SYMBOL].__class__
        self.mt5.symbols["EURUSDc"] = kind(
            name="EURUSDc", digits=5, point=0.00001, trade_tick_size=0.0, trade_stops_level=30
        )
        self.mt5.margin_mode = 0
        parts = self.parts()
        self.start(parts)
        self.until(lambda: len(self.dtms.instruments) == 1 and bool(self.dtms.snapshots))
        self.mt5.open(SELL, 0.1, symbol="EURUSDc")
        # With the next snapshot.
        parts.program.terminal.positions()
        self.until(lambda: len(self.dtms.instruments) == 2)
        gold, euro = self.dtms.instruments
        self.assertEqual((gold.stops_level, gold.freeze_level), (0.5, 0.1))
        self.assertEqual((gold.commission_per_lot, euro.commission_per_lot), (0.07, 0.0))
        self.assertEqual((euro.tick_size, euro.stops_level), (0.00001, 0.0003))
        self.assertEqual(self.dtms.accounts[0].margin_mode, accounts.MARGIN_MODE_NETTING)

    def test_terms_that_are_refused_do_not_count_as_told_and_are_sent_again(self) -> None:
        parts = self.parts()
        self.dtms.refused_symbols.add(SYMBOL)
        parts.program.instruments.tell()
        self.assertEqual(parts.program.instruments.known, frozenset())
        self.dtms.refused_symbols.clear()
        parts.program.instruments.tell()
        parts.program.instruments.tell()
        self.assertEqual([told.symbol for told in self.dtms.instruments], [SYMBOL])

    def test_10027_stops_leasing_before_the_next_order(self) -> None:
        plans = [self.plan(f"dtms:{i}") for i in range(8)]
        send = self.mt5.order_send

        def switched_off(request: dict[str, object]) -> object:
            self.mt5.trade_allowed = False
            return send(request)

        self.mt5.order_send = switched_off
        self.start(self.parts())
        self.until(lambda: bool(plans[0].reports))
        self.until(lambda: not self.dtms.ready)
        # What was leased already is refused in the same way; nothing more is leased.
        self.assertLessEqual(len(self.mt5.requests), 4)
        self.assertEqual([plan.begins for plan in plans[4:]], [0, 0, 0, 0])
        self.assertEqual(self.mt5.ledger, {})

    def test_a_server_that_goes_away_is_found_again(self) -> None:
        for method in ("UpsertAccount", "UpsertInstruments", "ReconcilePositions", "LeaseActions"):
            self.dtms.refuse[method] = [grpc.StatusCode.UNAVAILABLE]
        planned = self.plan()
        self.start(self.parts())
        self.until(lambda: planned.status == DONE)

    def test_an_answer_that_got_lost_is_settled_by_the_deal_and_never_sent_again(self) -> None:
        planned = self.plan()
        self.mt5.script.append(Fault(None, fills=True))
        self.start(self.parts())
        self.until(lambda: planned.settled_by_deal > 0)
        self.assertEqual((planned.status, self.mt5.ledger), (DONE, {"dtms:ab12": 1}))

    def test_stopped_while_an_order_is_under_way_it_finishes_and_reports_it(self) -> None:
        first, second = self.plan("dtms:1"), self.plan("dtms:2")
        parts = self.parts()
        under_way, go_on = threading.Event(), threading.Event()
        send = self.mt5.order_send

        def slow(request: dict[str, object]) -> object:
            under_way.set()
            go_on.wait(20)
            return send(request)

        self.mt5.order_send = slow
        thread = self.start(parts)
        self.assertTrue(under_way.wait(20))
        parts.program.stop()
        go_on.set()
        thread.join(20)
        self.assertEqual(self.ended, [None])
        self.assertEqual((first.status, second.begins), (DONE, 0))
        self.assertEqual(self.mt5.ledger, {"dtms:1": 1})

    def test_a_part_that_breaks_ends_the_bridge_instead_of_half_of_it(self) -> None:
        parts = self.parts()
        parts.program.feed.poll = lambda: 1 // 0  # type: ignore
        self.start(parts).join(20)
        self.assertIsInstance(self.ended[0], ZeroDivisionError)

    def test_it_registers_nothing_by_itself(self) -> None:
        # The server knows no RegisterTrade: a call of it would be an error.
        self.mt5.open(BUY, 1.0)
        parts = self.parts()
        parts.bridge.heartbeat()
        parts.bridge.reconcile()
        self.assertEqual(len(self.dtms.snapshots[0].positions), 1)
