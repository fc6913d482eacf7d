"""Heartbeats: what stops work, and that money is never made up."""

import grpc
from dtms.v1 import account_service_pb2 as accounts

from .support import BridgeCase


class Heartbeats(BridgeCase):
    @property
    def last(self) -> accounts.ReportAccountRequest:
        return self.dtms.heartbeats[-1]

    def test_a_healthy_terminal_may_trade(self) -> None:
        self.bridge().heart.beat()
        self.assertTrue(self.dtms.ready)
        self.assertEqual((self.last.equity, self.last.utc_offset_minutes), (10_000.0, 180))
        self.assertEqual(self.last.terminal_account, "demo")

    def test_autotrading_switched_off_says_trade_allowed_false(self) -> None:
        self.mt5.trade_allowed = False
        self.bridge().heart.beat()
        self.assertTrue(self.last.connected)
        self.assertFalse(self.last.trade_allowed)

    def test_after_10027_trading_is_not_allowed_for_a_while_even_if_the_terminal_says_so(
        self,
    ) -> None:
        bridge = self.bridge()
        bridge.heart.disable()
        bridge.heart.beat()
        self.assertFalse(self.last.trade_allowed)

    def test_without_the_brokers_clock_trading_is_not_allowed(self) -> None:
        self.bridge(utc_offset_minutes=None).heart.beat()
        self.assertFalse(self.last.trade_allowed)

    def test_another_login_is_named_and_gets_no_work(self) -> None:
        bridge = self.bridge()
        self.mt5.login_number = 999
        bridge.heart.beat()
        self.assertEqual((self.last.terminal_account, self.dtms.ready), ("999", False))

    def test_a_lost_terminal_is_told_with_the_last_known_money_and_found_again(self) -> None:
        bridge = self.bridge()
        self.assertTrue(bridge.heart.beat())
        self.mt5.failing = {"account_info": 1}
        self.mt5.equity = 0.0
        self.assertFalse(bridge.heart.beat())
        self.assertEqual((self.last.connected, self.last.equity), (False, 10_000.0))
        self.mt5.equity = 9_900.0
        self.assertTrue(bridge.heart.beat())
        self.assertEqual((self.last.connected, self.last.equity), (True, 9_900.0))

    def test_a_balance_that_is_not_there_yet_is_not_told_as_nothing(self) -> None:
        self.mt5.equity = 0.0
        bridge = self.bridge()
        bridge.heart.beat()
        self.assertEqual(self.dtms.heartbeats, [])
        self.mt5.equity = 10_000.0
        bridge.heart.beat()
        self.mt5.equity = 0.0
        bridge.heart.beat()
        self.assertEqual((self.last.connected, self.last.equity), (False, 10_000.0))

    def test_a_terminal_without_its_broker_keeps_the_last_known_money(self) -> None:
        bridge = self.bridge()
        bridge.heart.beat()
        self.mt5.connected = False
        self.mt5.equity = 1.0
        bridge.heart.beat()
        self.assertEqual((self.last.connected, self.last.equity), (False, 10_000.0))

    def test_a_server_that_is_away_raises_and_loses_nothing(self) -> None:
        bridge = self.bridge()
        self.dtms.refuse["ReportAccount"] = [grpc.StatusCode.UNAVAILABLE]
        with self.assertRaises(grpc.RpcError):
            bridge.heart.beat()
        bridge.heart.beat()
        self.assertTrue(self.dtms.ready)
