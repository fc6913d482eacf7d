"""One action, one order: requests, results, and each of the broker's quirks by name."""

from dataclasses import dataclass
from typing import Any

from dtms.v1 import types_pb2 as types

from .fake_mt5 import BUY, SELL, Fault, TradeOrder, TradePosition
from .support import BridgeCase, leased, strict_server

outcome_of = strict_server.outcome_of

TIGHTEN = types.ACTION_TYPE_TIGHTEN_SL
PARTIAL = types.ACTION_TYPE_PARTIAL_CLOSE
CLOSE_ALL = types.ACTION_TYPE_CLOSE_ALL
CLOSE_HEDGE = types.ACTION_TYPE_CLOSE_HEDGE
OPEN_HEDGE = types.ACTION_TYPE_OPEN_HEDGE
RE_ADD = types.ACTION_TYPE_RE_ADD


@dataclass
class Execution:
    """What was reported; nothing where the broker could not be seen."""

    how: str
    result: types.ActionResult
    look_again: bool


class ExecutorCase(BridgeCase):
    def setUp(self) -> None:
        super().setUp()
        self.under_test = self.parts()
        self.under_test.bridge.heartbeat()

    def execute(self, kind: "types.ActionType", position: TradePosition, **more: Any) -> Execution:
        bridge = self.under_test.bridge
        bridge.look_again.clear()
        planned = self.dtms.plan(leased(kind, position, **more))
        client = self.under_test.program._client
        how = bridge.carry_out(client.lease_of(self.dtms.lease(planned)))
        reported = planned.reports[-1] if planned.reports else types.ActionResult()
        return Execution(how, reported, bridge.look_again.is_set())


class StopMoves(ExecutorCase):
    def test_a_stop_move_names_the_position_and_keeps_its_present_target(self) -> None:
        position = self.mt5.open(BUY, 1.0, sl=2640.0, tp=2700.0)
        execution = self.execute(TIGHTEN, position, stop_loss=2645.0)
        self.assertEqual(execution.result.code, 10009)
        self.assertEqual(execution.result.stop_loss, 2645.0)
        self.assertEqual((position.sl, position.tp), (2645.0, 2700.0))
        request = self.mt5.requests[0]
        self.assertEqual((request["action"], request["position"]), (6, position.ticket))

    def test_a_stop_is_put_on_a_tick(self) -> None:
        position = self.mt5.open(BUY, 1.0, sl=2640.0)
        self.execute(TIGHTEN, position, stop_loss=2645.0049999)
        self.assertEqual(self.mt5.requests[0]["sl"], 2645.0)

    def test_10016_a_stop_inside_the_stops_level_is_reported_as_the_broker_says(self) -> None:
        position = self.mt5.open(BUY, 1.0, sl=2640.0)
        execution = self.execute(TIGHTEN, position, stop_loss=2649.9)
        self.assertEqual(execution.result.code, 10016)
        self.assertFalse(execution.result.HasField("stop_loss"))
        self.assertEqual(position.sl, 2640.0)

    def test_10025_a_stop_that_is_there_already_is_no_change_and_not_sent(self) -> None:
        position = self.mt5.open(BUY, 1.0, sl=2645.0)
        execution = self.execute(TIGHTEN, position, stop_loss=2645.0)
        self.assertEqual((execution.result.code, execution.result.stop_loss), (10025, 2645.0))
        self.assertEqual(self.mt5.requests, [])

    def test_10025_from_the_broker_is_passed_on(self) -> None:
        position = self.mt5.open(BUY, 1.0, sl=2640.0)
        self.mt5.script.append(Fault(10025))
        execution = self.execute(TIGHTEN, position, stop_loss=2645.0)
        self.assertEqual((execution.result.code, execution.result.outcome), (10025, 0))

    def test_a_stop_is_never_loosened_whatever_the_action_says(self) -> None:
        for kind, present, wanted in ((BUY, 2645.0, 2644.0), (SELL, 2655.0, 2656.0)):
            position = self.mt5.open(kind, 1.0, sl=present)
            execution = self.execute(TIGHTEN, position, stop_loss=wanted)
            self.assertEqual((execution.result.code, execution.result.stop_loss), (10025, present))
        self.assertEqual(self.mt5.requests, [])

    def test_a_position_that_was_opened_again_is_found_by_its_identifier(self) -> None:
        position = self.mt5.open(BUY, 1.0, sl=2640.0)
        action_of = TradePosition(**vars(position))
        position.ticket += 99
        self.execute(TIGHTEN, action_of, stop_loss=2645.0)
        self.assertEqual(self.mt5.requests[0]["position"], position.ticket)
        self.assertEqual(position.sl, 2645.0)


class Closes(ExecutorCase):
    def test_a_partial_close_carries_the_position_and_reports_the_deal(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        execution = self.execute(PARTIAL, position, volume=0.5)
        self.assertEqual(self.mt5.requests[0]["position"], position.ticket)
        self.assertEqual(self.mt5.requests[0]["type"], SELL)
        self.assertEqual(position.volume, 0.5)
        self.assertEqual(execution.result.volume, 0.5)
        self.assertEqual(execution.result.deal_ticket, self.mt5.deals[-1].ticket)

    def test_the_stand_in_opens_a_position_for_a_close_without_one(self) -> None:
        # The trap that the bridge must never step into has to be there to be avoided.
        self.mt5.open(BUY, 1.0)
        request = {"action": 1, "symbol": "XAUUSDc", "volume": 1.0, "type": SELL}
        self.mt5.order_send({**request, "magic": 7, "comment": "x", "price": 2650.0})
        self.assertEqual(len(self.mt5.positions), 2)

    def test_a_close_of_a_position_that_is_gone_sends_nothing(self) -> None:
        position = self.mt5.open(BUY, 1.0, sl=2640.0)
        self.mt5.hit_stop(position)
        for kind in (PARTIAL, CLOSE_ALL):
            execution = self.execute(kind, position, volume=0.5, tag=f"t{kind}")
            self.assertEqual(execution.result.code, 10036)
            self.assertTrue(execution.look_again)
        self.assertEqual(self.mt5.requests, [])

    def test_a_close_is_never_larger_than_the_position(self) -> None:
        position = self.mt5.open(SELL, 0.3)
        self.execute(PARTIAL, position, volume=0.5)
        self.assertEqual(self.mt5.requests[0]["volume"], 0.3)
        self.assertEqual(self.mt5.positions, [])

    def test_a_volume_is_put_on_a_step_downwards(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        self.execute(PARTIAL, position, volume=0.337)
        self.assertEqual(self.mt5.requests[0]["volume"], 0.33)

    def test_a_volume_below_the_minimum_is_10014_and_not_sent(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        execution = self.execute(PARTIAL, position, volume=0.004)
        self.assertEqual(execution.result.code, 10014)
        self.assertEqual(self.mt5.requests, [])

    def test_close_all_takes_what_is_there_and_not_what_was_planned(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        position.volume = 0.4
        self.execute(CLOSE_ALL, position, volume=1.0)
        self.assertEqual(self.mt5.requests[0]["volume"], 0.4)

    def test_10010_reports_the_part_that_was_filled(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        self.mt5.script.append(Fault(10010, fills=True, part=0.5))
        execution = self.execute(CLOSE_ALL, position)
        self.assertEqual((execution.result.code, execution.result.volume), (10010, 0.5))
        self.assertEqual(outcome_of(execution.result), types.ACTION_OUTCOME_DONE)

    def test_the_rest_of_a_part_is_taken_back_where_the_broker_would_go_on_with_it(self) -> None:
        self.mt5.symbols["XAUUSDc"].filling_mode, self.mt5.check_codes = 0, {2: 0}
        for kind in (CLOSE_ALL, PARTIAL, OPEN_HEDGE):
            position = self.mt5.open(BUY, 1.0)
            self.mt5.script.append(Fault(10010, fills=True, part=0.5))
            execution = self.execute(kind, position, volume=0.6, stop_loss=2656.0, tag=f"t{kind}")
            self.assertEqual((execution.result.code, self.mt5.working), (10010, []))
            self.assertEqual(outcome_of(execution.result), types.ACTION_OUTCOME_DONE)
            self.assertEqual(self.mt5.requests[-1]["action"], 8)

    def test_a_rest_that_cannot_be_taken_back_leaves_the_order_in_doubt(self) -> None:
        self.mt5.symbols["XAUUSDc"].filling_mode, self.mt5.check_codes = 0, {2: 0}
        for tag, fault in (("refused", Fault(10018)), ("silent", Fault(None)), ("not shown", None)):
            position = self.mt5.open(BUY, 1.0)
            self.mt5.script[:] = [Fault(10010, fills=True, part=0.5), *([fault] * 9 if fault else [])]
            if fault is None:
                self.mt5.after_order = lambda: self.mt5.failing.update(orders_get=9)
            execution = self.execute(CLOSE_ALL, position, tag=tag)
            self.assertEqual(outcome_of(execution.result), types.ACTION_OUTCOME_UNKNOWN, tag)
            self.assertTrue(execution.look_again)

    def test_a_rest_that_is_filled_meanwhile_is_reported_with_the_part(self) -> None:
        self.mt5.symbols["XAUUSDc"].filling_mode, self.mt5.check_codes = 0, {2: 0}
        position = self.mt5.open(BUY, 1.0)
        self.mt5.script.append(Fault(10010, fills=True, part=0.5))
        self.mt5.after_order = self.mt5.fill_rest
        execution = self.execute(CLOSE_ALL, position)
        self.assertEqual((execution.result.volume, self.mt5.positions), (1.0, []))

    def test_10004_10018_and_other_refusals_are_left_to_their_codes(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        for code in (10004, 10018, 10019, 10021, 10024):
            self.mt5.script.append(Fault(code))
            execution = self.execute(PARTIAL, position, volume=0.5, tag=f"t{code}")
            self.assertEqual((execution.result.code, execution.result.outcome), (code, 0))
        self.assertEqual(position.volume, 1.0)

    def test_a_close_hedge_closes_the_hedge_leg_and_not_the_trade(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        hedge = self.mt5.open(SELL, 1.0, comment="dtms:hedge")
        execution = self.execute(CLOSE_HEDGE, position, hedge_ticket=hedge.identifier)
        self.assertEqual(self.mt5.requests[0]["position"], hedge.ticket)
        self.assertEqual(self.mt5.requests[0]["type"], BUY)
        self.assertEqual(self.mt5.positions, [position])
        self.assertEqual(execution.result.code, 10009)

    def test_a_position_that_was_turned_round_is_left_alone(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        action_of = TradePosition(**vars(position))
        position.type = SELL
        execution = self.execute(CLOSE_ALL, action_of)
        self.assertEqual(execution.result.code, 10036)
        self.assertEqual(self.mt5.requests, [])

    def test_a_netting_account_closes_by_its_position_too(self) -> None:
        self.mt5.margin_mode = 0
        position = self.mt5.open(BUY, 1.0)
        self.execute(PARTIAL, position, volume=0.4)
        self.assertEqual(position.volume, 0.6)


class Opens(ExecutorCase):
    def test_a_hedge_is_the_opposite_order_with_its_stop_and_tag(self) -> None:
        position = self.mt5.open(BUY, 1.0, sl=2640.0)
        execution = self.execute(OPEN_HEDGE, position, volume=1.0, stop_loss=2656.0)
        hedge = self.mt5.positions[1]
        self.assertEqual((hedge.type, hedge.volume, hedge.sl), (SELL, 1.0, 2656.0))
        self.assertEqual((hedge.comment, hedge.magic), ("dtms:ab12", 7))
        self.assertEqual(execution.result.opened_ticket, hedge.identifier)
        self.assertEqual(execution.result.stop_loss, 2656.0)
        self.assertNotIn("position", self.mt5.requests[0])

    def test_a_hedge_on_a_netting_account_is_10046_and_not_sent(self) -> None:
        self.mt5.margin_mode = 0
        position = self.mt5.open(BUY, 1.0)
        execution = self.execute(OPEN_HEDGE, position, volume=1.0, stop_loss=2656.0)
        self.assertEqual(execution.result.code, 10046)
        self.assertEqual((self.mt5.requests, position.volume), ([], 1.0))

    def test_a_hedge_of_a_position_that_is_gone_sends_nothing(self) -> None:
        position = self.mt5.open(BUY, 1.0, sl=2640.0)
        self.mt5.hit_stop(position)
        execution = self.execute(OPEN_HEDGE, position, volume=1.0, stop_loss=2656.0)
        self.assertEqual((execution.result.code, self.mt5.requests), (10036, []))

    def test_a_re_add_has_the_trades_direction_and_stop_and_is_a_position_of_its_own(self) -> None:
        position = self.mt5.open(SELL, 0.5, sl=2655.0)
        execution = self.execute(RE_ADD, position, volume=0.25, stop_loss=2655.0)
        added = self.mt5.positions[1]
        self.assertEqual((added.type, added.volume, added.sl), (SELL, 0.25, 2655.0))
        self.assertEqual(execution.result.opened_ticket, added.identifier)

    def test_a_re_add_on_a_netting_account_keeps_target_and_tighter_stop(self) -> None:
        self.mt5.margin_mode = 0
        position = self.mt5.open(BUY, 0.5, sl=2645.0, tp=2700.0)
        execution = self.execute(RE_ADD, position, volume=0.25, stop_loss=2640.0)
        self.assertEqual((position.volume, position.sl, position.tp), (0.75, 2645.0, 2700.0))
        self.assertEqual(execution.result.opened_ticket, 0)
        self.assertEqual(execution.result.stop_loss, 2645.0)

    def test_a_fill_that_the_history_shows_later_is_waited_for(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        self.mt5.history_lag = 3
        execution = self.execute(OPEN_HEDGE, position, volume=1.0, stop_loss=2656.0)
        self.assertEqual(execution.result.opened_ticket, self.mt5.positions[1].identifier)

    def test_10008_without_a_deal_is_unknown_because_accepted_is_not_filled(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        self.mt5.script.append(Fault(10008))
        execution = self.execute(PARTIAL, position, volume=0.5)
        self.assertEqual(execution.result.code, 10008)
        self.assertEqual(execution.result.outcome, types.ACTION_OUTCOME_UNKNOWN)


class Fillings(ExecutorCase):
    def filling_of(self, kind: "types.ActionType", flags: int, execution_mode: int = 2) -> int:
        self.mt5.symbols["XAUUSDc"].filling_mode = flags
        self.mt5.symbols["XAUUSDc"].trade_exemode = execution_mode
        if not flags:
            self.mt5.check_codes = {2: 0}
        position = self.mt5.open(BUY, 1.0)
        self.execute(kind, position, volume=1.0, stop_loss=2656.0, tag=f"t{len(self.mt5.deals)}")
        return int(self.mt5.requests[-1]["type_filling"])

    def test_the_filling_mode_is_one_the_symbol_allows(self) -> None:
        self.assertEqual(self.filling_of(OPEN_HEDGE, 1), 0)
        self.assertEqual(self.filling_of(OPEN_HEDGE, 2), 1)
        self.assertEqual(self.filling_of(OPEN_HEDGE, 0), 2)

    def test_a_close_takes_a_part_rather_than_nothing_and_a_hedge_does_not(self) -> None:
        self.assertEqual(self.filling_of(CLOSE_ALL, 3), 1)
        self.assertEqual(self.filling_of(OPEN_HEDGE, 3), 0)

    def test_10030_in_the_check_leads_to_the_next_mode_without_an_order(self) -> None:
        self.mt5.check_codes = {1: 10030}
        self.assertEqual(self.filling_of(CLOSE_ALL, 3), 0)
        self.assertEqual(len(self.mt5.requests), 1)

    def test_a_check_that_refuses_is_reported_and_nothing_is_sent(self) -> None:
        self.mt5.check_codes = {0: 10019, 1: 10019}
        position = self.mt5.open(BUY, 1.0)
        execution = self.execute(OPEN_HEDGE, position, volume=1.0, stop_loss=2656.0)
        self.assertEqual((execution.result.code, self.mt5.requests), (10019, []))


class Doubt(ExecutorCase):
    def assert_unknown(self, execution: Execution, code: int) -> None:
        self.assertEqual(outcome_of(execution.result), types.ACTION_OUTCOME_UNKNOWN)
        self.assertEqual(execution.result.code, code)
        self.assertTrue(execution.look_again)
        self.assertEqual(len(self.mt5.requests), 1)

    def test_order_send_returning_none_is_unknown_and_not_sent_again(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        self.mt5.script.append(Fault(None, fills=True))
        self.assert_unknown(self.execute(PARTIAL, position, volume=0.5), 10012)

    def test_order_send_raising_is_unknown_and_not_sent_again(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        self.mt5.script.append(Fault(None, raises=True))
        self.assert_unknown(self.execute(PARTIAL, position, volume=0.5), 10012)

    def test_10012_is_unknown_whether_or_not_it_was_filled(self) -> None:
        for fills in (True, False):
            self.mt5.requests.clear()
            position = self.mt5.open(BUY, 1.0)
            self.mt5.script.append(Fault(10012, fills=fills))
            self.assert_unknown(self.execute(PARTIAL, position, volume=0.5, tag=f"t{fills}"), 10012)

    def test_an_answer_that_cannot_be_read_is_unknown_because_the_order_is_out(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        self.under_test.program.mt5.deals_of_order = lambda _: 1 // 0  # type: ignore
        self.assert_unknown(self.execute(PARTIAL, position, volume=0.5), 10012)


class DoneBefore(ExecutorCase):
    def test_a_close_whose_tag_is_in_the_deals_is_not_sent_again(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        self.mt5.script.append(Fault(10012, fills=True))
        self.execute(PARTIAL, position, volume=0.5)
        again = self.execute(PARTIAL, position, volume=0.5)
        self.assertEqual(len(self.mt5.requests), 1)
        self.assertEqual(self.mt5.ledger, {"dtms:ab12": 1})
        self.assertEqual(again.result.code, 10009)
        self.assertEqual(again.result.deal_ticket, self.mt5.deals[-1].ticket)
        self.assertEqual(again.result.volume, 0.5)

    def test_a_hedge_whose_tag_is_on_a_position_is_not_sent_again(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        self.mt5.script.append(Fault(None, fills=True))
        self.execute(OPEN_HEDGE, position, volume=1.0, stop_loss=2656.0)
        hedge = self.mt5.positions[1]
        for deals in (list(self.mt5.deals), []):
            self.mt5.deals = deals
            again = self.execute(OPEN_HEDGE, position, volume=1.0, stop_loss=2656.0)
            self.assertEqual(again.result.opened_ticket, hedge.identifier)
        self.assertEqual((len(self.mt5.requests), len(self.mt5.positions)), (1, 2))

    def test_the_deal_of_a_stop_that_copied_the_positions_comment_is_not_the_action(self) -> None:
        trade = self.mt5.open(BUY, 1.0)
        hedge = self.mt5.open(SELL, 1.0, sl=2656.0, comment="dtms:ab12")
        self.mt5.hit_stop(hedge)
        del self.mt5.deals[-2]
        self.execute(OPEN_HEDGE, trade, volume=1.0, stop_loss=2656.0)
        self.assertEqual(len(self.mt5.requests), 1)

    def test_an_order_at_work_with_the_tag_is_not_sent_beside_it(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        self.mt5.working.append(TradeOrder(1, "XAUUSDc", SELL, 7, "dtms:ab12", 1, 0))
        execution = self.execute(PARTIAL, position, volume=0.5)
        # Placed: nobody knows whether it is filled.
        self.assertEqual((execution.result.code, execution.look_again), (10008, True))
        self.assertEqual(self.mt5.requests, [])

    def test_a_history_that_cannot_be_asked_postpones_the_order(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        for name in ("history_deals_get", "history_orders_get", "positions_get"):
            self.mt5.failing = {name: 99}
            self.assertEqual(self.execute(PARTIAL, position, volume=0.5).how, "blind", name)
        self.mt5.failing = {"orders_get": 1}
        execution = self.execute(PARTIAL, position, volume=0.5)
        self.assertEqual(execution.result.outcome, types.ACTION_OUTCOME_RETRYABLE)
        self.assertEqual(self.mt5.requests, [])


class Refused(ExecutorCase):
    def test_a_tag_of_32_characters_is_not_sent_because_it_would_be_cut_off(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        execution = self.execute(PARTIAL, position, volume=0.5, tag="x" * 32)
        self.assertEqual((execution.result.code, self.mt5.requests), (10013, []))
        self.execute(PARTIAL, position, volume=0.5, tag="x" * 31)
        self.assertEqual(self.mt5.requests[0]["comment"], "x" * 31)

    def test_10027_says_that_trading_is_disabled_and_may_be_tried_again(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        self.mt5.trade_allowed = False
        execution = self.execute(PARTIAL, position, volume=0.5)
        self.assertEqual(execution.result.code, 10027)
        self.assertFalse(self.dtms.ready)

    def test_no_order_is_sent_to_another_account(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        self.mt5.login_number = 999
        self.assertEqual(self.execute(PARTIAL, position, volume=0.5).how, "blind")
        self.assertEqual(self.mt5.requests, [])

    def test_without_a_quote_nothing_is_sent(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        self.mt5.bid = 0.0
        execution = self.execute(PARTIAL, position, volume=0.5)
        self.assertEqual((execution.result.code, self.mt5.requests), (10021, []))

    def test_an_unknown_kind_of_action_is_refused(self) -> None:
        position = self.mt5.open(BUY, 1.0)
        execution = self.execute(types.ACTION_TYPE_UNSPECIFIED, position, volume=0.5)
        self.assertEqual((execution.result.code, self.mt5.requests), (10013, []))
