"""The program: `dtms-mt5-bridge --config bridge.toml`, or --check to look and not act."""

import argparse
import logging
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from dtms import DtmsClient, DtmsError
from dtms.bridge import BridgeError, TerminalError
from dtms.v1.system_service_pb2 import GetStatusRequest

from .config import ConfigError, Settings, load
from .mt5 import official_package
from .program import Program, open_client

log = logging.getLogger("dtms_mt5_bridge")

CHECK_SECONDS = 15.0
REACHED_SECONDS = 5.0
WATCH_SECONDS = 0.2


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
        with open_client(settings) as client:
            program = Program(settings, package, client)
            program.connect()
            return check(settings, program, client) if options.check else run(program)
    except (ConfigError, TerminalError) as error:
        print(error, file=sys.stderr)
        return 1


def run(program: Program) -> int:
    """Until SIGINT or SIGTERM (on Windows: Ctrl-C or Ctrl-Break)."""
    asked: list[int] = []
    failures: list[BaseException] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        # No more than this: the thread that is interrupted may hold any lock.
        asked.append(number)

    def work() -> None:
        try:
            program.run()
        except BaseException as error:
            failures.append(error)

    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
    worker = threading.Thread(target=work, name="bridge")
    worker.start()
    while worker.is_alive():
        worker.join(WATCH_SECONDS)
        if asked:
            log.info("signal %d: stopping", asked.pop())
            program.stop()
    for error in failures:
        told = isinstance(error, (BridgeError, DtmsError, TerminalError))
        log.error("the bridge ended: %s", error, exc_info=None if told else error)
    return 1 if failures else 0


def check(settings: Settings, program: Program, client: DtmsClient) -> int:
    """Shows the account, its symbols and the broker's clock, and whether DTMS is there. Changes nothing."""
    status = program.mt5.status()
    mode = "hedging" if status.hedging else "netting"
    kind = "demo" if status.demo else "REAL MONEY"
    print(f"account {status.login} ({kind}): {mode}, equity {status.equity}, connected {status.connected}")
    print(f"trading by programs: {'allowed' if status.trade_allowed else 'NOT ALLOWED'}")
    for symbol in settings.symbols:
        print(program.mt5.spec(symbol.name))
    deadline = time.monotonic() + CHECK_SECONDS
    while not program.clock.settled and time.monotonic() < deadline:
        for symbol in settings.symbols:
            tick = program.mt5.tick(symbol.name)
            if tick is not None:
                program.clock.observe(symbol.name, tick.time_msc, time.time())
        time.sleep(0.2)
    minutes = program.clock.offset_minutes
    found = "confirmed by ticks" if program.clock.settled else "no fresh ticks"
    print(f"broker's clock: {'not known' if minutes is None else f'UTC{minutes:+d} min'}, {found}")
    try:
        client.get_status(GetStatusRequest(), timeout=REACHED_SECONDS, retry_for=0)
    except DtmsError as error:
        print(f"DTMS at {settings.server}: NOT REACHED ({error.code.name}: {error})")
        return 1
    print(f"DTMS at {settings.server}: reached")
    return 0 if status.connected and status.trade_allowed else 1


if __name__ == "__main__":
    sys.exit(main())
