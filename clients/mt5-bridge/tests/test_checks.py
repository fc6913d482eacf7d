"""The ten checks that every adapter passes, on a terminal that keeps MetaTrader 5's rules."""

from dtms.bridge_checks import TERMINAL_CHECKS, TerminalStage

from .fake_mt5 import Fault
from .support import SYMBOL, BridgeCase


class Checks(BridgeCase):
    def stage(self) -> TerminalStage:
        return TerminalStage(
            self.parts().program.terminal,
            SYMBOL,
            volume=0.5,
            loose_stop=2640.0,
            tight_stop=2645.0,
            lose_answer=lambda: self.mt5.script.append(Fault(None, fills=True)),
            disconnect=lambda: setattr(self.mt5, "connected", False),
        )

    def test_the_adapter_passes_all_ten(self) -> None:
        for each in TERMINAL_CHECKS:
            with self.subTest(each.name):
                each.check(self.stage())
        self.assertEqual(self.mt5.positions, [])

    def test_it_passes_where_comments_are_on_orders_only(self) -> None:
        self.mt5.deals_have_comments = False
        for each in TERMINAL_CHECKS:
            with self.subTest(each.name):
                each.check(self.stage())
