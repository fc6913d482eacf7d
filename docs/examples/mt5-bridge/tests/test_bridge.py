"""The whole bridge, running, between the stand-in terminal and the strict server."""

import threading

import grpc
from dtms.v1 import account_service_pb2 as accounts
from dtms.v1 import types_pb2 as types

from dtms_mt5_bridge.bridge import Bridge

from .fake_mt5 import BUY, SELL
from .support import SYMBOL, BridgeCase, leased

PARTIAL = types.ACTION_TYPE_PARTIAL_CLOSE
DONE = types.ACTION_STATUS_DONE


class Running(BridgeCase):
    def start(self, bridge: Bridge) -> threading.Thread:
        self.ended: list[bool] = []
        thread = threading.Thread(target=lambda: self.ended.append(bridge.run()))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(bridge.stop)
        return thread

    def plan(self, tag: str = "dtms:ab12") -> object:
        position = self.mt5.open(BUY, 1.0, sl=2640.0)
        planned_ms = int(self.mt5.utc * 1000)
        return self.dtms.plan(leased(PARTIAL, position, tag, volume=0.5, planned_ms=planned_ms))

    def test_it_tells_what_dtms_must_know_and_then_works(self) -> None:
        first = self.plan("dtms:1")
        self.start(self.bridge())
        self.until(lambda: first.status == DONE)
        second = self.plan("dtms:2")
        self.until(lambda: second.status == DONE)
        account = self.dtms.accounts[0]
        self.assertEqual(account.margin_mode, accounts.MARGIN_MODE_HEDGING)
        self.assertFalse(account.hedge_adds_margin)
        self.assertTrue(self.dtms.snapshots[0].complete)
        self.assertEqual(self.mt5.ledger, {"dtms:1": 1, "dtms:2": 1})

    def test_points_become_prices_and_open_symbols_are_told_too(self) -> None:
        self.mt5.symbols["EURUSDc"] = self.mt5.symbols[SYMBOL].__class__(
            name="EURUSDc", digits=5, point=0.00001, trade_tick_size=0.0, trade_stops_level=30
        )
        self.mt5.open(SELL, 0.1, symbol="EURUSDc")
        self.mt5.margin_mode = 0
        bridge = self.bridge()
        bridge.begin_session()
        told = {instrument.symbol: instrument for instrument in self.dtms.instruments}
        gold, euro = told[SYMBOL], told["EURUSDc"]
        self.assertEqual((gold.stops_level, gold.freeze_level), (0.5, 0.1))
        self.assertEqual((gold.commission_per_lot, euro.commission_per_lot), (0.07, 0.0))
        self.assertEqual((euro.tick_size, euro.stops_level), (0.00001, 0.0003))
        self.assertEqual(self.dtms.accounts[0].margin_mode, accounts.MARGIN_MODE_NETTING)
        self.dtms.instruments.clear()
        bridge.instruments.tell()
        self.assertEqual(self.dtms.instruments, [])

    def test_terms_that_are_refused_do_not_count_as_told_and_are_sent_again(self) -> None:
        self.mt5.symbols["EURUSDc"] = self.mt5.symbols[SYMBOL].__class__(name="EURUSDc", point=0.1)
        self.mt5.open(SELL, 0.1, symbol="EURUSDc")
        self.dtms.refused_symbols.add("EURUSDc")
        bridge = self.bridge()
        bridge.begin_session()
        self.assertEqual(bridge.instruments.known, frozenset({SYMBOL}))
        self.dtms.refused_symbols.clear()
        bridge.instruments.tell({"EURUSDc"})
        self.assertEqual([told.symbol for told in self.dtms.instruments], [SYMBOL, "EURUSDc"])

    def test_it_registers_nothing_by_itself(self) -> None:
        # The server has no TradeService: a call of one would fail with UNIMPLEMENTED.
        self.mt5.open(BUY, 1.0)
        self.bridge().begin_session()
        self.assertEqual(len(self.dtms.snapshots[0].positions), 1)

    def test_10027_stops_leasing_before_the_next_order(self) -> None:
        plans = [self.plan(f"dtms:{i}") for i in range(8)]
        send = self.mt5.order_send

        def switched_off(request: dict[str, object]) -> object:
            self.mt5.trade_allowed = False
            return send(request)

        self.mt5.order_send = switched_off
        self.start(self.bridge())
        self.until(lambda: bool(plans[0].reports))
        self.until(lambda: not self.dtms.ready)
        # What was leased already is refused in the same way; nothing more is leased.
        self.assertLessEqual(len(self.mt5.requests), 4)
        self.assertEqual([plan.begins for plan in plans[4:]], [0, 0, 0, 0])
        self.assertEqual(self.mt5.ledger, {})

    def test_a_server_that_goes_away_is_found_again(self) -> None:
        unavailable = grpc.StatusCode.UNAVAILABLE
        for method in ("ReconcilePositions", "LeaseActions"):
            self.dtms.refuse[method] = [unavailable]
        planned = self.plan()
        self.start(self.bridge())
        self.until(lambda: planned.status == DONE)

    def test_stopped_while_an_order_is_under_way_it_finishes_and_reports_it(self) -> None:
        first, second = self.plan("dtms:1"), self.plan("dtms:2")
        bridge = self.bridge()
        under_way, go_on = threading.Event(), threading.Event()
        send = self.mt5.order_send

        def slow(request: dict[str, object]) -> object:
            under_way.set()
            go_on.wait(20)
            return send(request)

        self.mt5.order_send = slow
        thread = self.start(bridge)
        self.assertTrue(under_way.wait(20))
        bridge.request_stop()
        self.until(bridge._stop.is_set)
        go_on.set()
        thread.join(20)
        self.assertEqual(self.ended, [True])
        self.assertEqual((first.status, second.begins), (DONE, 0))
        self.assertEqual(self.mt5.ledger, {"dtms:1": 1})

    def test_a_part_that_breaks_ends_the_bridge_instead_of_half_of_it(self) -> None:
        bridge = self.bridge()
        bridge.feed.poll = lambda: 1 // 0
        self.start(bridge).join(20)
        self.assertEqual(self.ended, [False])

    def test_a_silent_stream_is_noticed(self) -> None:
        bridge = self.bridge()
        bridge.heart.beat()
        bridge.worker._stream = bridge.server.lease()
        self.assertFalse(bridge.worker.silent)
        bridge.worker._heard -= 21
        self.assertTrue(bridge.worker.silent)
        bridge.worker._busy = True
        self.assertFalse(bridge.worker.silent)
        bridge.worker.cancel()

    def test_a_symbol_that_is_opened_later_is_told_with_the_next_snapshot(self) -> None:
        bridge = self.bridge()
        self.start(bridge)
        self.until(lambda: bool(self.dtms.instruments))
        self.mt5.symbols["EURUSDc"] = self.mt5.symbols[SYMBOL].__class__(name="EURUSDc")
        self.mt5.open(SELL, 0.1, symbol="EURUSDc")
        self.mt5.utc += 1
        bridge._look.set()
        self.until(lambda: "EURUSDc" in [i.symbol for i in self.dtms.instruments])
