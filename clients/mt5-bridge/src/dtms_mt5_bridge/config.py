"""The bridge's settings: a TOML file, and the environment for what does not belong in a file."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,63}$")
SYMBOL = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,64}\Z")

Number = TypeVar("Number", int, float)


class ConfigError(Exception):
    """A setting is missing or wrong; the text says which."""


@dataclass(frozen=True)
class SymbolSettings:
    name: str
    commission_per_lot: float
    """For opening and closing one lot, as a price distance."""


@dataclass(frozen=True)
class TerminalSettings:
    login: int
    server: str
    password: str
    path: str
    deviation_points: int
    utc_offset_minutes: int | None
    """Set only where it cannot be found from ticks."""


@dataclass(frozen=True)
class Settings:
    account: str
    bridge_id: str
    server: str
    feed: str
    state_file: Path
    terminal: TerminalSettings
    quote_seconds: float
    history_bars: int
    symbols: tuple[SymbolSettings, ...]
    tls: bool = False
    ca_file: Path | None = None
    """Who signed the server's certificate; None means the system's authorities."""
    api_key: str = field(default="", repr=False)


class _Table:
    """A TOML table that is read to its last key: one that nobody asked for is a typing error."""

    def __init__(self, where: str, values: Mapping[str, Any]) -> None:
        self._where = where
        self._left = dict(values)

    def take(self, key: str, kind: type, default: Any = None) -> Any:
        value = self._left.pop(key, default)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if value is None:
            raise ConfigError(f"{self._where}{key} is missing")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ConfigError(f"{self._where}{key} must be of type {kind.__name__}")
        return value

    def optional_int(self, key: str) -> int | None:
        return self.take(key, int) if key in self._left else None

    def end(self) -> None:
        if self._left:
            raise ConfigError(f"{self._where}{next(iter(self._left))} is not a setting")


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Reads the file and the environment (DTMS_BRIDGE_*). Raises ConfigError.

    A relative state_file is beside the file.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    root = _Table("", _with_environment(values, environment))
    terminal = _Table("terminal.", root.take("terminal", dict, {}))
    rates = _Table("feed_rates.", root.take("feed_rates", dict, {}))
    symbols = [_Table(f"symbols[{i}].", s) for i, s in enumerate(root.take("symbols", list, []))]
    settings = Settings(
        account=_named("account", root.take("account", str)),
        bridge_id=_named("bridge_id", root.take("bridge_id", str, "mt5-1")),
        server=root.take("server", str),
        tls=root.take("tls", bool, False),
        ca_file=path.parent / ca_file if (ca_file := root.take("ca_file", str, "")) else None,
        api_key=_secret(environment, "DTMS_API_KEY"),
        feed=_named("feed", root.take("feed", str, "default")),
        state_file=path.parent / root.take("state_file", str, "bridge-state.json"),
        terminal=TerminalSettings(
            login=terminal.take("login", int),
            server=terminal.take("server", str, ""),
            password=terminal.take("password", str, ""),
            path=terminal.take("path", str, ""),
            deviation_points=_within(
                "deviation_points", 0, 10_000, terminal.take("deviation_points", int, 20)
            ),
            utc_offset_minutes=terminal.optional_int("utc_offset_minutes"),
        ),
        quote_seconds=_within("quote_seconds", 0.2, 60.0, rates.take("quote_seconds", float, 1.0)),
        history_bars=_within("history_bars", 1, 1_000, rates.take("history_bars", int, 300)),
        symbols=tuple(
            SymbolSettings(
                name=_symbol(table.take("name", str)),
                commission_per_lot=_within(
                    "commission_per_lot", 0.0, 1e15, table.take("commission_per_lot", float, 0.0)
                ),
            )
            for table in symbols
        ),
    )
    for table in (root, terminal, rates, *symbols):
        table.end()
    if not settings.symbols:
        raise ConfigError("symbols is missing: the broker's clock is found from their ticks")
    if settings.terminal.utc_offset_minutes is not None:
        _within("utc_offset_minutes", -1080, 1080, settings.terminal.utc_offset_minutes)
    return settings


def _with_environment(values: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    merged = dict(values)
    terminal = dict(values.get("terminal", {}))
    for key in ("account", "bridge_id", "server"):
        if name := environment.get(f"DTMS_BRIDGE_{key.upper()}"):
            merged[key] = name
    if password := _secret(environment, "DTMS_BRIDGE_PASSWORD"):
        terminal["password"] = password
    if login := environment.get("DTMS_BRIDGE_LOGIN"):
        if not login.isdigit():
            raise ConfigError("DTMS_BRIDGE_LOGIN must be the account's number")
        terminal["login"] = int(login)
    return merged | {"terminal": terminal}


def _secret(environment: Mapping[str, str], name: str) -> str:
    """A variable's value, or what is in the file that NAME_FILE names."""
    if value := environment.get(name, ""):
        return value
    file = environment.get(f"{name}_FILE", "")
    if not file:
        return ""
    try:
        # Editors of Windows like to put a mark before the text.
        return Path(file).read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}_FILE: {error}") from error


def _named(key: str, value: str) -> str:
    if not NAME.match(value):
        raise ConfigError(f"{key} must be 1 to 64 letters, digits or _.:@-, not {value!r}")
    return value


def _symbol(value: str) -> str:
    if not SYMBOL.match(value):
        raise ConfigError(f"a symbol is 1 to 64 printable characters, not {value!r}")
    return value


def _within(key: str, low: Number, high: Number, value: Number) -> Number:
    if not low <= value <= high:
        raise ConfigError(f"{key} must be within {low} and {high}")
    return value
