"""Heartbeats: what stops work, and that money is never made up."""

import grpc
from dtms import DtmsError
from dtms.bridge import TerminalError
from dtms.v1 import account_service_pb2 as accounts

from .support import BridgeCase


class Heartbeats(BridgeCase):
    @property
    def last(self) -> accounts.ReportAccountRequest:
        return self.dtms.heartbeats[-1]

    def test_a_healthy_terminal_may_trade(self) -> None:
        self.parts().bridge.heartbeat()
        self.assertTrue(self.dtms.ready)
        self.assertEqual((self.last.equity, self.last.utc_offset_minutes), (10_000.0, 180))
        self.assertEqual(self.last.terminal_account, "demo")

    def test_a_demo_account_is_told_as_one_and_every_other_as_real(self) -> None:
        bridge = self.parts().bridge
        for mode, demo in ((0, True), (2, False), (None, False)):
            self.mt5.trade_mode = mode
            bridge.heartbeat()
            self.assertEqual((self.last.demo, self.last.kind), (demo, accounts.ACCOUNT_KIND_REAL))

    def test_autotrading_switched_off_says_trade_allowed_false(self) -> None:
        self.mt5.trade_allowed = False
        self.parts().bridge.heartbeat()
        self.assertTrue(self.last.connected)
        self.assertFalse(self.last.trade_allowed)

    def test_without_the_brokers_clock_trading_is_not_allowed(self) -> None:
        self.parts(utc_offset_minutes=None).bridge.heartbeat()
        self.assertFalse(self.last.trade_allowed)

    def test_another_login_is_named_and_gets_no_work(self) -> None:
        bridge = self.parts().bridge
        self.mt5.login_number = 999
        bridge.heartbeat()
        self.assertEqual((self.last.terminal_account, self.dtms.ready), ("999", False))

    def test_a_lost_terminal_is_told_with_the_last_known_money_and_found_again(self) -> None:
        bridge = self.parts().bridge
        self.assertTrue(bridge.heartbeat().connected)
        self.mt5.failing = {"account_info": 1}
        self.mt5.equity = 0.0
        self.assertFalse(bridge.heartbeat().connected)
        self.assertEqual((self.last.connected, self.last.equity), (False, 10_000.0))
        self.mt5.equity = 9_900.0
        self.assertTrue(bridge.heartbeat().connected)
        self.assertEqual((self.last.connected, self.last.equity), (True, 9_900.0))

    def test_a_balance_that_is_not_there_yet_is_not_told_as_nothing(self) -> None:
        self.mt5.equity = 0.0
        bridge = self.parts().bridge
        with self.assertRaises(TerminalError):
            bridge.heartbeat()
        self.assertEqual(self.dtms.heartbeats, [])
        self.mt5.equity = 10_000.0
        bridge.heartbeat()
        self.mt5.equity = 0.0
        bridge.heartbeat()
        self.assertEqual((self.last.connected, self.last.equity), (False, 10_000.0))

    def test_a_terminal_without_its_broker_keeps_the_last_known_money(self) -> None:
        bridge = self.parts().bridge
        bridge.heartbeat()
        self.mt5.connected = False
        self.mt5.equity = 1.0
        bridge.heartbeat()
        self.assertEqual((self.last.connected, self.last.equity), (False, 10_000.0))

    def test_a_server_that_is_away_raises_and_loses_nothing(self) -> None:
        bridge = self.parts().bridge
        self.dtms.refuse["ReportAccount"] = [grpc.StatusCode.UNAVAILABLE]
        with self.assertRaises(DtmsError):
            bridge.heartbeat()
        bridge.heartbeat()
        self.assertTrue(self.dtms.ready)


class PaymentsTold(BridgeCase):
    @property
    def told(self) -> list[tuple[int, int, float]]:
        return [(o.deal, o.kind, o.amount) for o in self.dtms.heartbeats[-1].operations]

    def test_money_paid_out_is_told_with_its_deal_kind_and_time(self) -> None:
        bridge = self.parts().bridge
        bridge.heartbeat()
        deal = self.mt5.pay(-500.0)
        bonus = self.mt5.pay(50.0, kind=6)
        bridge.heartbeat()
        self.assertEqual(
            self.told,
            [
                (deal.ticket, accounts.BALANCE_OPERATION_KIND_BALANCE, -500.0),
                (bonus.ticket, accounts.BALANCE_OPERATION_KIND_BONUS, 50.0),
            ],
        )
        last = self.dtms.heartbeats[-1]
        self.assertTrue(last.tells_operations)
        self.assertEqual(last.equity, 9_550.0)
        self.assertAlmostEqual(
            last.operations[0].time.ToMilliseconds() / 1000, self.mt5.utc, places=2
        )

    def test_without_the_brokers_clock_none_are_told_because_nobody_knows_their_age(self) -> None:
        self.mt5.pay(-500.0)
        self.parts(utc_offset_minutes=None).bridge.heartbeat()
        self.assertEqual((self.dtms.heartbeats[-1].tells_operations, self.told), (False, []))

    def test_a_charge_is_a_cost_and_so_a_result(self) -> None:
        bridge = self.parts().bridge
        bridge.heartbeat()
        self.mt5.pay(-20.0, kind=4)
        bridge.heartbeat()
        self.assertEqual(self.told, [])

    def test_trades_are_results_and_not_told(self) -> None:
        self.mt5.open(0, 1.0)
        self.parts().bridge.heartbeat()
        self.assertEqual(self.told, [])

    def test_a_history_that_lags_behind_the_balance_is_asked_again(self) -> None:
        bridge = self.parts().bridge
        bridge.heartbeat()
        deal = self.mt5.pay(-500.0)
        self.mt5.history_lag = 1
        bridge.heartbeat()
        self.assertEqual([told[0] for told in self.told], [deal.ticket])

    def test_a_balance_that_nothing_explains_is_told_all_the_same(self) -> None:
        bridge = self.parts().bridge
        bridge.heartbeat()
        self.mt5.equity = 9_000.0
        bridge.heartbeat()
        self.assertEqual((self.dtms.heartbeats[-1].equity, self.told), (9_000.0, []))

    def test_a_history_that_does_not_answer_is_a_terminal_that_does_not(self) -> None:
        bridge = self.parts().bridge
        bridge.heartbeat()
        self.mt5.pay(-500.0)
        self.mt5.failing = {"history_deals_get": 1}
        bridge.heartbeat()
        self.assertEqual(
            (self.dtms.heartbeats[-1].connected, self.dtms.heartbeats[-1].equity), (False, 10_000.0)
        )
