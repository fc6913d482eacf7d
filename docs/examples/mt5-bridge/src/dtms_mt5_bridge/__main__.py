"""The program: `python -m dtms_mt5_bridge --config bridge.toml`, or --check to look and not act."""

import argparse
import logging
import signal
import sys
import time
from pathlib import Path
from types import FrameType

import grpc

from .bridge import Bridge
from .channel import open_channel
from .config import ConfigError, Settings, load
from .terminal import TerminalError, official_package

log = logging.getLogger("dtms_mt5_bridge")

CHECK_SECONDS = 15.0
REACHED_SECONDS = 5.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="dtms-mt5-bridge", description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("bridge.toml"))
    parser.add_argument("--check", action="store_true", help="connect, show what is found, and end")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(threadName)s %(message)s",
    )
    try:
        settings = load(options.config)
        package = official_package()
        with open_channel(settings) as channel:
            bridge = Bridge(settings, package, channel)
            bridge.connect()
            return check(settings, bridge, channel) if options.check else run(bridge)
    except (ConfigError, TerminalError) as error:
        print(error, file=sys.stderr)
        return 1


def run(bridge: Bridge) -> int:
    """Until SIGINT or SIGTERM (on Windows: Ctrl-C or Ctrl-Break)."""

    def stop(number: int, _frame: FrameType | None) -> None:
        log.info("signal %d: stopping", number)
        bridge.request_stop()

    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
    return 0 if bridge.run() else 1


def check(settings: Settings, bridge: Bridge, channel: grpc.Channel) -> int:
    """Shows the account, its symbols and the broker's clock, and whether DTMS is there. Changes
    nothing.
    """
    status = bridge.terminal.status()
    mode = "hedging" if status.hedging else "netting"
    print(f"account {status.login}: {mode}, equity {status.equity}, connected {status.connected}")
    print(f"trading by programs: {'allowed' if status.trade_allowed else 'NOT ALLOWED'}")
    for symbol in settings.symbols:
        print(bridge.terminal.spec(symbol.name))
    deadline = time.monotonic() + CHECK_SECONDS
    while not bridge.clock.settled and time.monotonic() < deadline:
        for symbol in settings.symbols:
            tick = bridge.terminal.tick(symbol.name)
            if tick is not None:
                bridge.clock.observe(symbol.name, tick.time_msc, time.time())
        time.sleep(0.2)
    minutes = bridge.clock.offset_minutes
    found = "confirmed by ticks" if bridge.clock.settled else "no fresh ticks"
    print(f"broker's clock: {'not known' if minutes is None else f'UTC{minutes:+d} min'}, {found}")
    try:
        grpc.channel_ready_future(channel).result(timeout=REACHED_SECONDS)
    except grpc.FutureTimeoutError:
        print(f"DTMS at {settings.server}: NOT REACHED")
        return 1
    print(f"DTMS at {settings.server}: reached")
    return 0 if status.connected and status.trade_allowed else 1


if __name__ == "__main__":
    sys.exit(main())
