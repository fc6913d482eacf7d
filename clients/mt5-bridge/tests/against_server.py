"""The bridge with the stand-in terminal against a real DTMS server, given as HOST:PORT, for the account named after it; a
key is in DTMS_API_KEY. To the broker it is an account of real money.

The stand-in has one open position and a market that rises for days and then, once a line is said to this program, falls. The
bridge tells DTMS of both; DTMS registers the position, sees the fall and plans; the bridge executes. Ends with 0
and one line of JSON once the stop was moved and part of the volume closed, with 1 when that does
not happen.
"""

import json
import math
import os
import pathlib
import sys
import tempfile
import threading
import time
from dataclasses import replace

from dtms_mt5_bridge.config import SymbolSettings
from dtms_mt5_bridge.program import Program, open_client

from .fake_mt5 import BUY, FakeMt5, SymbolInfo
from .support import settings

SYMBOL = "BTCUSDc"
RISING_MINUTES = 4_800
SECONDS = 100.0
# Minutes of the market per step of the script, and how long a step takes.
STEP_SECONDS = 0.25


class Market:
    """Minutes of a price, and the bars that a terminal makes of them."""

    def __init__(self, mt5: FakeMt5) -> None:
        self._mt5 = mt5
        self._price = 60_000.0
        for timeframe in (1, 5, 15):
            mt5.bars[SYMBOL, timeframe] = []

    def minute(self, change: float) -> None:
        """The next minute: the price moves, its bar closes, and the one after it begins with a
        tick.
        """
        before = self._price
        self._price = round(before + change, 2)
        minute = self._mt5.server_ms() // 60_000 * 60
        for timeframe in (1, 5, 15):
            self._into(timeframe, minute // (timeframe * 60) * timeframe * 60, before, self._price)
        self._mt5.tick(60 - self._mt5.utc % 60 + 1, bid=self._price)
        minute += 60
        for timeframe in (1, 5, 15):
            opened = minute // (timeframe * 60) * timeframe * 60
            self._into(timeframe, opened, self._price, self._price)

    def _into(self, timeframe: int, opened: int, first: float, last: float) -> None:
        bars = self._mt5.bars[SYMBOL, timeframe]
        low, high = min(first, last), max(first, last)
        if not bars or bars[-1]["time"] != opened:
            bars.append({"time": opened, "open": first, "high": high, "low": low})
            bars[-1]["tick_volume"] = 0
        bar = bars[-1]
        bar["high"], bar["low"] = max(bar["high"], high), min(bar["low"], low)
        bar["close"] = last
        bar["tick_volume"] += 10


def obey(holds: threading.Event) -> None:
    """The market stands still until the first line of the standard input."""
    sys.stdin.readline()
    holds.clear()


def main(address: str, account: str) -> int:
    holds = threading.Event()
    holds.set()
    threading.Thread(target=obey, args=(holds,), daemon=True).start()
    info = SymbolInfo(name=SYMBOL, trade_contract_size=1.0, margin_hedged=0.0)
    mt5 = FakeMt5(symbols={SYMBOL: info}, trade_mode=2)
    mt5.utc = time.time() // 3600 * 3600 - (RISING_MINUTES + 600) * 60
    market = Market(mt5)
    for minute in range(RISING_MINUTES):
        market.minute(1.0 + 12.0 * math.sin(minute / 40))
    position = mt5.open(BUY, 1.0, sl=mt5.bid - 2_000.0, symbol=SYMBOL)
    opened_stop = position.sl
    with tempfile.TemporaryDirectory() as directory:
        wanted = replace(
            settings(pathlib.Path(directory), address),
            account=account,
            api_key=os.environ.get("DTMS_API_KEY", ""),
            history_bars=300,
            symbols=(SymbolSettings(name=SYMBOL, commission_per_lot=0.0),),
        )
        client = open_client(wanted)
        bridge = Program(wanted, mt5, client, settle_seconds=0.0, now=lambda: mt5.utc)
        bridge.connect()
        running = threading.Thread(target=bridge.run)
        running.start()
        end = time.monotonic() + SECONDS
        done = False
        while running.is_alive() and time.monotonic() < end and not done:
            market.minute(0.0 if holds.is_set() else -25.0)
            time.sleep(STEP_SECONDS)
            done = position.sl > opened_stop and position.volume < 1.0
        bridge.stop()
        running.join()
        client.close()
    print(
        json.dumps(
            {
                "done": done,
                "identifier": str(position.identifier),
                "stop": position.sl,
                "volume": position.volume,
                "ledger": mt5.ledger,
            }
        )
    )
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
