"""The program as it is started, with the stand-in in the place of the MetaTrader5 package."""

import pathlib
import signal
import subprocess
import sys
import unittest

from .support import LOGIN, SYMBOL, BridgeCase

HERE = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = """
import sys
import tests
from tests.fake_mt5 import FakeMt5
import dtms_mt5_bridge.__main__ as program
mt5 = FakeMt5(trade_allowed=sys.argv.pop() == "allowed")
mt5.tick(0)
program.official_package = lambda: mt5
sys.exit(program.main())
"""


class Program(BridgeCase):
    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        config = self.directory / "bridge.toml"
        config.write_text(
            f'account = "demo"\nserver = "{self.dtms.address}"\n'
            f"[terminal]\nlogin = {LOGIN}\nutc_offset_minutes = 180\n"
            f'[[symbols]]\nname = "{SYMBOL}"\n'
        )
        child = subprocess.Popen(
            [sys.executable, "-B", "-c", PROGRAM, "--config", str(config), *arguments],
            cwd=HERE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(child.kill)
        return child

    @unittest.skipIf(sys.platform == "win32", "Windows has no SIGTERM to catch")
    def test_sigint_and_sigterm_end_it_with_0(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self.dtms.heartbeats.clear()
            child = self.start("allowed")
            self.until(lambda: bool(self.dtms.heartbeats))
            child.send_signal(number)
            _, errors = child.communicate(timeout=30)
            self.assertEqual(child.returncode, 0, errors)

    def test_check_shows_what_it_finds_and_changes_nothing(self) -> None:
        for allowed, code in (("allowed", 0), ("forbidden", 1)):
            child = self.start("--check", allowed)
            output, errors = child.communicate(timeout=30)
            self.assertEqual(child.returncode, code, output + errors)
            self.assertIn("hedging", output)
            self.assertIn("UTC+180 min", output)
            self.assertIn("reached", output)
        self.assertEqual(self.dtms.heartbeats + self.dtms.accounts + self.dtms.snapshots, [])

    def test_a_setting_that_is_wrong_is_said_and_ends_it_with_1(self) -> None:
        child = subprocess.run(
            [sys.executable, "-B", "-c", PROGRAM, "--config", "nowhere.toml", "allowed"],
            cwd=HERE,
            capture_output=True,
            text=True,
            timeout=30,
        )
        self.assertEqual((child.returncode, child.stdout), (1, ""))
        self.assertIn("nowhere.toml", child.stderr)
        self.assertNotIn("Traceback", child.stderr)
