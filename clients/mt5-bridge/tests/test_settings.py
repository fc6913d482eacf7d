"""Settings, state file, and the arithmetic of ticks and steps."""

import pathlib
import random
import tempfile
import unittest
from importlib.util import find_spec

from dtms.bridge import TerminalError

from dtms_mt5_bridge.config import ConfigError, load
from dtms_mt5_bridge.mt5 import Mt5, official_package
from dtms_mt5_bridge.state import Memory, StateFile

from .fake_mt5 import FakeMt5, SymbolInfo
from .support import terminal_settings

EXAMPLE = pathlib.Path(__file__).resolve().parents[1] / "bridge.example.toml"
LEAST = """account = "demo"
server = "127.0.0.1:50051"
[[symbols]]
name = "XAUUSD"
[terminal]
login = 1
"""


class InADirectory(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name) / "bridge.toml"


class Settings(InADirectory):
    def test_the_example_is_valid(self) -> None:
        settings = load(EXAMPLE, {})
        self.assertEqual([symbol.name for symbol in settings.symbols], ["XAUUSDc", "EURUSDc"])

    def test_secrets_may_be_in_files(self) -> None:
        self.path.write_text(LEAST)
        key = self.path.with_name("key.txt")
        key.write_bytes(b"\xef\xbb\xbfdtms_a_b\r\n")
        files = {"DTMS_API_KEY_FILE": str(key), "DTMS_BRIDGE_PASSWORD_FILE": str(key)}
        settings = load(self.path, files)
        self.assertEqual((settings.api_key, settings.terminal.password), ("dtms_a_b", "dtms_a_b"))
        with self.assertRaisesRegex(ConfigError, "DTMS_API_KEY_FILE"):
            load(self.path, {"DTMS_API_KEY_FILE": str(key) + ".gone"})

    def test_the_environment_comes_before_the_file(self) -> None:
        self.path.write_text(LEAST)
        environment = {
            "DTMS_BRIDGE_PASSWORD": "secret",
            "DTMS_BRIDGE_SERVER": "dtms:1",
            "DTMS_BRIDGE_LOGIN": "7",
            "DTMS_API_KEY": "dtms_a_b",
        }
        settings = load(self.path, environment)
        self.assertEqual((settings.api_key, settings.tls), ("dtms_a_b", False))
        self.assertNotIn("dtms_a_b", repr(settings))
        self.assertEqual(settings.terminal.password, "secret")
        self.assertEqual((settings.server, settings.terminal.login), ("dtms:1", 7))
        self.assertEqual(settings.state_file, self.path.parent / "bridge-state.json")

    def test_what_is_wrong_is_named(self) -> None:
        for text, named in (
            (LEAST.replace('"demo"', '"a b"'), "account"),
            (LEAST.replace("login = 1", ""), "terminal.login"),
            (LEAST.replace("login = 1", "login = true"), "terminal.login"),
            (LEAST + "deviation = 3\n", "terminal.deviation"),
            (LEAST + "utc_offset_minutes = 9999\n", "utc_offset_minutes"),
            (LEAST + '[[symbols]]\nname = "SP\\u0007500"\n', "a symbol is"),
            (LEAST + f'[[symbols]]\nname = "{"S" * 65}"\n', "a symbol is"),
            (LEAST + "[feed_rates]\nquote_seconds = 0\n", "quote_seconds"),
            (LEAST.replace('[[symbols]]\nname = "XAUUSD"\n', ""), "symbols"),
            ("account = ", "bridge.toml"),
        ):
            self.path.write_text(text)
            with self.assertRaisesRegex(ConfigError, named.replace(".", r"\.")):
                load(self.path, {})


class State(InADirectory):
    def test_what_was_kept_is_read_again(self) -> None:
        file = StateFile(self.path)
        file.keep(utc_offset_minutes=180)
        file.keep(reconciled_at_ms=5)
        self.assertEqual(StateFile(self.path).memory, Memory(180, 5))

    def test_a_broken_file_is_as_good_as_none(self) -> None:
        for text in ("", "{", "[]", '{"utc_offset_minutes": "x"}', '{"other": 1}'):
            self.path.write_text(text)
            self.assertEqual(StateFile(self.path).memory, Memory())


class Arithmetic(unittest.TestCase):
    def test_prices_are_on_ticks_and_volumes_on_steps_at_or_below_what_is_asked(self) -> None:
        chance = random.Random(7)
        for _ in range(2_000):
            digits = chance.randint(0, 5)
            tick = round(10**-digits * chance.choice((1, 5, 25)), digits)
            step = chance.choice((0.01, 0.1, 0.001, 1.0))
            info = SymbolInfo(
                digits=digits, trade_tick_size=tick, volume_step=step, volume_min=step
            )
            spec = Mt5(FakeMt5(symbols={"X": info}), terminal_settings()).spec("X")
            price = chance.uniform(0.5, 5_000)
            ticks = spec.price(price) / tick
            self.assertAlmostEqual(ticks, round(ticks), places=4)
            self.assertLessEqual(abs(spec.price(price) - price), tick / 2 + 1e-9)
            asked = chance.uniform(0, 60)
            volume = spec.volume(asked)
            self.assertAlmostEqual(volume / step, round(volume / step), places=6)
            self.assertLessEqual(volume, min(asked, 50.0) + 1e-8)
            self.assertLess(min(asked, 50.0) - volume, step + 1e-8)

    def test_a_sum_of_steps_in_binary_is_the_step_it_means(self) -> None:
        spec = Mt5(FakeMt5(), terminal_settings()).spec("XAUUSDc")
        self.assertEqual(spec.volume(0.1 + 0.2), 0.3)
        self.assertEqual(spec.volume(0.8 - 0.1), 0.7)
        self.assertEqual(spec.volume(0.009), 0.0)


class Connecting(unittest.TestCase):
    def test_a_terminal_that_is_not_there_or_refuses_the_login_is_said_so(self) -> None:
        mt5 = FakeMt5(failing={"initialize": 1})
        with self.assertRaisesRegex(TerminalError, "cannot be reached"):
            Mt5(mt5, terminal_settings()).connect(())
        mt5 = FakeMt5()
        mt5.initialize = lambda **_: True
        mt5.login_number = 999
        with self.assertRaisesRegex(TerminalError, "login"):
            Mt5(mt5, terminal_settings()).connect(())

    def test_an_order_waits_only_so_long_for_a_terminal_that_hangs(self) -> None:
        terminal = Mt5(FakeMt5(), terminal_settings(), patience_seconds=0.01)
        with terminal._lock, self.assertRaisesRegex(TerminalError, "hangs"):
            terminal.send({})

    @unittest.skipIf(find_spec("MetaTrader5"), "the package is installed here")
    def test_without_the_official_package_it_says_what_is_missing(self) -> None:
        with self.assertRaisesRegex(TerminalError, "MetaTrader ?5"):
            official_package()
