"""Snapshots: complete or said not to be; a failed query never reads as flat."""

from unittest.mock import patch

import grpc
from dtms import DtmsError
from dtms.v1 import account_service_pb2 as accounts
from dtms.v1 import types_pb2 as types

from .fake_mt5 import BUY, SELL
from .support import BridgeCase

HOUR = 3600.0


class ReconcilerCase(BridgeCase):
    @property
    def last(self) -> accounts.ReconcilePositionsRequest:
        return self.dtms.snapshots[-1]

    def setUp(self) -> None:
        super().setUp()
        self.under_test = self.parts()
        self.under_test.bridge.heartbeat()

    def reconcile(self) -> None:
        self.mt5.utc += 1
        self.under_test.bridge.reconcile()


class Snapshots(ReconcilerCase):
    def test_a_position_is_told_by_identifier_and_ticket_with_its_time_in_utc(self) -> None:
        position = self.mt5.open(SELL, 0.3, sl=2655.0)
        position.ticket += 99
        self.reconcile()
        told = self.last.positions[0]
        self.assertTrue(self.last.complete)
        self.assertEqual((told.identifier, told.ticket), (position.identifier, position.ticket))
        self.assertEqual((told.direction, told.volume), (types.DIRECTION_SELL, 0.3))
        self.assertEqual((told.stop_loss, told.HasField("take_profit")), (2655.0, False))
        self.assertEqual((told.magic_number, told.comment), (7, "strategy"))
        self.assertAlmostEqual(told.opened_at.ToMilliseconds() / 1000, self.mt5.utc - 1, places=2)

    def test_swap_is_told_as_a_price_distance(self) -> None:
        position = self.mt5.open(BUY, 0.5)
        position.swap = -3.0
        self.reconcile()
        # 3 of 0.5 lots are 6 a lot, of which a tick of 0.01 is 1.
        self.assertAlmostEqual(self.last.positions[0].swap, -0.06)

    def test_swap_is_not_told_where_the_worth_of_a_tick_is_not_known(self) -> None:
        self.mt5.open(BUY, 0.5)
        self.mt5.symbols["XAUUSDc"].trade_tick_value = 0.0
        self.reconcile()
        self.assertTrue(self.last.complete)
        self.assertFalse(self.last.positions[0].HasField("swap"))

    def test_what_a_close_earned_is_told_with_its_share_of_what_opening_cost(self) -> None:
        position = self.mt5.open(BUY, 0.3)
        self.mt5.deals[-1].commission = -0.10
        self.mt5.deals[-1].fee = -0.02
        tickets = []
        for _ in range(3):
            deal = self.mt5.close_part(position, 0.1)
            deal.profit, deal.commission, deal.swap, deal.fee = 12.5, -0.05, -0.4, 0.0
            tickets.append(deal.ticket)
        self.reconcile()
        told = {deal.deal: deal for deal in self.last.deals}
        self.assertFalse(told[min(told)].HasField("money"))
        money = [told[ticket].money for ticket in tickets]
        self.assertEqual([(one.profit, one.swap) for one in money], [(12.5, -0.4)] * 3)
        self.assertAlmostEqual(sum(one.commission for one in money), -0.25)
        self.assertEqual([round(one.commission, 4) for one in money], [-0.08, -0.09, -0.08])
        self.assertAlmostEqual(sum(one.fee for one in money), -0.02)

    def test_what_opening_cost_is_looked_up_where_it_was_long_ago(self) -> None:
        position = self.mt5.open(BUY, 0.2, sl=2600.0)
        self.mt5.deals[-1].commission = -1.0
        self.mt5.utc += 30 * 24 * HOUR
        self.mt5.tick()
        deal = self.mt5.hit_stop(position)
        deal.profit = -20.0
        self.reconcile()
        (told,) = self.last.deals
        self.assertEqual((told.money.profit, told.money.commission), (-20.0, -1.0))

    def test_what_could_not_be_looked_up_is_told_with_a_later_snapshot(self) -> None:
        position = self.mt5.open(BUY, 0.2, sl=2600.0)
        self.mt5.utc += 30 * 24 * HOUR
        self.mt5.tick()
        self.mt5.hit_stop(position).profit = -20.0
        looked_up = self.mt5.history_deals_get

        def away(*args: object, **which: int) -> object:
            return None if "position" in which else looked_up(*args, **which)

        with patch.object(self.mt5, "history_deals_get", away):
            self.reconcile()
        self.assertFalse(self.last.deals[0].HasField("money"))
        self.reconcile()
        self.assertEqual(self.last.deals[0].money.profit, -20.0)

    def test_what_is_missing_in_a_history_that_is_still_loading_is_awaited(self) -> None:
        position = self.mt5.open(BUY, 0.4, sl=2600.0)
        self.mt5.deals[-1].commission = -0.4
        first = self.mt5.close_part(position, 0.1)
        self.mt5.open(SELL, 0.1)
        second = self.mt5.close_part(position, 0.1)
        third = self.mt5.hit_stop(position)
        whole = list(self.mt5.deals)
        for missing in (first, second, third):
            self.mt5.deals[:] = [deal for deal in whole if deal is not missing]
            self.under_test = self.parts()
            self.under_test.bridge.heartbeat()
            self.reconcile()
            self.assertEqual([deal.deal for deal in self.last.deals if deal.HasField("money")], [])
        self.mt5.deals[:] = whole
        self.reconcile()
        told = {deal.deal: deal.money.commission for deal in self.last.deals if deal.HasField("money")}
        self.assertEqual(sorted(told), [first.ticket, second.ticket, third.ticket])
        self.assertAlmostEqual(sum(told.values()), -0.4)

    def test_what_an_open_position_has_left_is_in_its_history(self) -> None:
        position = self.mt5.open(BUY, 0.4)
        deal = self.mt5.close_part(position, 0.1)
        deal.profit = 12.5
        position.volume = 0.2
        self.reconcile()
        self.assertFalse(any(one.HasField("money") for one in self.last.deals))
        position.volume = 0.3
        self.reconcile()
        self.assertEqual([one.money.profit for one in self.last.deals if one.HasField("money")], [12.5])

    def test_a_deal_that_the_broker_corrects_is_told_anew(self) -> None:
        position = self.mt5.open(BUY, 0.4, sl=2600.0)
        opening = self.mt5.deals[-1]
        opening.commission = -1.0
        deal = self.mt5.hit_stop(position)
        deal.profit = -20.0
        self.reconcile()
        deal.profit, opening.commission = -19.5, -1.25
        self.reconcile()
        (money,) = [one.money for one in self.last.deals if one.HasField("money")]
        self.assertEqual((money.profit, money.commission), (-19.5, -1.25))

    def test_what_is_not_known_whole_is_not_told(self) -> None:
        position = self.mt5.open(BUY, 0.2, sl=2600.0)
        self.mt5.deals.clear()
        self.mt5.hit_stop(position)
        self.reconcile()
        self.assertFalse(self.last.deals[0].HasField("money"))

    def test_no_open_position_is_an_empty_and_complete_snapshot(self) -> None:
        self.reconcile()
        self.assertTrue(self.last.complete)
        self.assertEqual(len(self.last.positions), 0)

    def test_a_snapshot_of_which_a_part_is_refused_is_no_complete_one(self) -> None:
        self.mt5.open(BUY, 1.0)
        self.dtms.refused_parts = [
            accounts.RejectedPart(field="positions[0].volume", description="is odd")
        ]
        self.under_test.bridge.reconcile()
        self.assertFalse(self.under_test.bridge.snapshot_taken)
        self.dtms.refused_parts = []
        self.mt5.utc += 1
        self.under_test.bridge.reconcile()
        self.assertTrue(self.under_test.bridge.snapshot_taken)

    def test_a_failed_query_never_reads_as_flat(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        self.dtms.trades.add(position.identifier)
        for name in ("positions_get", "history_deals_get", "history_orders_get"):
            self.reconcile()
            query = getattr(self.mt5, name)
            setattr(self.mt5, name, lambda *_, **__: None)
            if name == "history_deals_get":
                # It tells the balance operations, too: the account is not there at all, and nothing is told.
                self.assertIsNone(self.under_test.bridge.reconcile())
            else:
                self.reconcile()
                self.assertFalse(self.last.complete, name)
            setattr(self.mt5, name, query)
            self.reconcile()
            self.assertTrue(self.last.complete, name)
        for name in ("account_info", "terminal_info"):
            self.mt5.failing = {name: 1}
            told = len(self.dtms.snapshots)
            self.assertIsNone(self.under_test.bridge.reconcile(), name)
            self.assertEqual(len(self.dtms.snapshots), told)
        self.assertEqual(self.dtms.closed, set())

    def test_a_terminal_without_its_broker_is_not_believed(self) -> None:
        self.mt5.open(BUY, 1.0)
        self.mt5.connected = False
        self.mt5.hides_positions = True
        self.assertIsNone(self.under_test.bridge.reconcile())
        self.assertEqual(self.dtms.snapshots, [])

    def test_a_broker_that_is_lost_during_the_query_is_not_believed(self) -> None:
        self.mt5.open(BUY, 1.0)
        query = self.mt5.history_deals_get

        def deals(*span: int) -> object:
            self.mt5.connected = False
            return query(*span)

        self.mt5.history_deals_get = deals
        self.reconcile()
        self.assertFalse(self.last.complete)

    def test_a_terminal_that_was_connected_just_now_is_not_believed_yet(self) -> None:
        self.under_test.program.mt5._settle_seconds = 60.0
        self.reconcile()
        self.assertFalse(self.last.complete)

    def test_a_terminal_that_has_margin_but_no_positions_yet_is_not_believed(self) -> None:
        self.mt5.open(BUY, 1.0)
        self.mt5.hides_positions = True
        self.reconcile()
        self.assertFalse(self.last.complete)

    def test_positions_of_another_account_are_not_told(self) -> None:
        self.mt5.open(BUY, 1.0)
        self.mt5.login_number = 999
        self.assertIsNone(self.under_test.bridge.reconcile())
        self.assertEqual(self.dtms.snapshots, [])

    def test_a_position_that_closes_during_the_query_is_in_both_answers_never_in_neither(self) -> None:
        position = self.mt5.open(BUY, 1.0, sl=2640.0)
        query = self.mt5.positions_get
        stops = [position]

        def positions(**arguments: int) -> object:
            answer = query(**arguments)
            if stops:
                self.mt5.hit_stop(stops.pop())
            return answer

        self.mt5.positions_get = positions
        self.reconcile()
        self.assertEqual([told.identifier for told in self.last.positions], [position.identifier])
        self.assertEqual(self.last.deals[-1].reason, accounts.DEAL_REASON_STOP_LOSS)

    def test_a_symbol_that_dtms_cannot_know_is_left_out_and_harms_nothing(self) -> None:
        self.mt5.open(BUY, 1.0, symbol="SP\x07500")
        self.mt5.open(BUY, 1.0, symbol="S" * 65)
        self.mt5.open(BUY, 1.0)
        self.reconcile()
        self.assertTrue(self.last.complete)
        self.assertEqual([p.symbol for p in self.last.positions], ["XAUUSDc"])

    def test_a_symbol_of_any_printable_text_is_told(self) -> None:
        told = ["[SP500]", "S" * 64, "XAUUSDc"]
        for symbol in told:
            self.mt5.open(BUY, 1.0, symbol=symbol)
        self.reconcile()
        self.assertTrue(self.last.complete)
        self.assertEqual([p.symbol for p in self.last.positions], told)

    def test_snapshots_are_numbered_upwards_over_restarts_and_clocks_put_back(self) -> None:
        self.reconcile()
        self.mt5.utc -= HOUR
        self.under_test = self.parts()
        self.under_test.bridge.heartbeat()
        self.reconcile()
        self.reconcile()
        numbers = [snapshot.sequence for snapshot in self.dtms.snapshots]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertGreater(numbers[0], 0)


class Deals(ReconcilerCase):
    def test_a_deal_has_its_orders_comment_reason_and_utc_time(self) -> None:
        position = self.mt5.open(BUY, 1.0, sl=2640.0)
        self.mt5.orders.clear()
        self.mt5.hit_stop(position)
        self.reconcile()
        opened, stopped = self.last.deals
        self.assertEqual((opened.entry, stopped.entry), (1, 2))
        self.assertEqual(stopped.reason, accounts.DEAL_REASON_STOP_LOSS)
        self.assertEqual(stopped.position_identifier, position.identifier)
        self.assertEqual(stopped.direction, types.DIRECTION_SELL)
        self.assertAlmostEqual(stopped.time.ToMilliseconds() / 1000, self.mt5.utc - 1, places=2)

    def test_deals_are_asked_since_the_last_complete_snapshot_minus_an_overlap(self) -> None:
        self.reconcile()
        complete = self.last.taken_at.ToMilliseconds()
        self.mt5.utc += 10 * HOUR
        self.mt5.failing = {"positions_get": 3}
        self.reconcile()
        self.reconcile()
        self.assertEqual(self.last.deals_since.ToMilliseconds(), complete - 2 * 3_600_000)

    def test_deals_of_the_time_the_bridge_was_away_are_told_at_its_next_start(self) -> None:
        position = self.mt5.open(BUY, 1.0, sl=2640.0)
        self.reconcile()
        self.mt5.utc += 30 * 24 * HOUR
        self.mt5.hit_stop(position)
        self.mt5.utc += 20 * 24 * HOUR
        self.under_test = self.parts()
        self.under_test.bridge.heartbeat()
        self.reconcile()
        self.assertEqual(self.last.deals[-1].position_identifier, position.identifier)

    def test_more_deals_than_a_snapshot_holds_move_its_beginning(self) -> None:
        position = self.mt5.open(BUY, 1.0, sl=2640.0)
        for _ in range(5_010):
            self.mt5.utc += 0.001
            self.mt5.hit_stop(position)
            self.mt5.positions.append(position)
        self.reconcile()
        self.assertEqual(len(self.last.deals), 5_000)
        since, first = self.last.deals_since, self.last.deals[0].time
        self.assertLessEqual(since.ToMilliseconds(), first.ToMilliseconds())
        left_out = self.mt5.deals[-5_001].time_msc - 180 * 60_000
        self.assertGreater(since.ToMilliseconds(), left_out)


class Probes(ReconcilerCase):
    def test_a_position_the_server_misses_is_probed_and_told_with_all_its_deals(self) -> None:
        position = self.mt5.open(BUY, 1.0, sl=2640.0)
        self.dtms.trades.add(position.identifier)
        self.reconcile()
        # Its deals are older than the span that is asked for next.
        self.mt5.hit_stop(position)
        for deal in self.mt5.deals:
            deal.time_msc -= 20 * 24 * 3_600_000
        self.reconcile()
        self.assertEqual(len(self.dtms.snapshots), 3)
        told = [deal.position_identifier for deal in self.last.deals]
        self.assertEqual(told, [position.identifier, position.identifier])
        self.assertEqual(self.dtms.closed, {position.identifier})

    def test_a_probe_that_fails_closes_nothing(self) -> None:
        position = self.mt5.open(BUY, 1.0, sl=2640.0)
        self.dtms.trades.add(position.identifier)
        self.mt5.hit_stop(position)
        query = self.mt5.history_deals_get
        self.mt5.history_deals_get = lambda *span, **named: None if named else query(*span)
        self.reconcile()
        self.assertFalse(self.last.complete)
        self.assertEqual(self.dtms.closed, set())

    def test_a_server_that_refuses_leaves_the_span_as_it_was(self) -> None:
        self.reconcile()
        since = self.last.taken_at.ToMilliseconds() - 2 * 3_600_000
        self.dtms.refuse["ReconcilePositions"] = [grpc.StatusCode.UNAVAILABLE]
        with self.assertRaises(DtmsError):
            self.reconcile()
        self.mt5.utc += HOUR
        self.reconcile()
        self.assertEqual(self.last.deals_since.ToMilliseconds(), since)


class UnknownClock(BridgeCase):
    def test_without_the_brokers_clock_a_snapshot_is_incomplete(self) -> None:
        bridge = self.parts(utc_offset_minutes=None).bridge
        bridge.heartbeat()
        self.mt5.open(BUY, 1.0)
        bridge.reconcile()
        self.assertFalse(self.dtms.snapshots[-1].complete)
