"""A bridge in Python: DTMS decides, the bridge does it at the broker. What is particular to a broker is one adapter; here it
is the paper terminal beside this file. A person orders the position closed, and the bridge closes it.

    python3 docs/examples/python/paper_bridge.py --server 127.0.0.1:50051
"""

from __future__ import annotations

import argparse
import sys
import threading

from paper_terminal import PaperTerminal

from dtms import DtmsClient
from dtms.bridge import BridgeOptions, opening_deal, run_bridge
from dtms.v1 import DIRECTION_BUY, ClosePositionRequest, Instrument, TradeFilter, TradeSpec

ACCOUNT = "paper-python"
SYMBOL = "BTCUSD"
INSTRUMENT = Instrument(
    account=ACCOUNT,
    symbol=SYMBOL,
    digits=2,
    tick_size=0.01,
    volume_min=0.01,
    volume_step=0.01,
    volume_max=100,
    contract_size=1,
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default="127.0.0.1:50051", help="host:port, of several servers a list")
    client = DtmsClient(parser.parse_args().server)
    terminal = PaperTerminal(SYMBOL)
    terminal.quote(64_000.0, 64_001.0)
    opened = terminal.order(opening_deal(SYMBOL, "BUY", 1.0, stop_loss=60_000.0))
    ticket = opened.opened_ticket
    if ticket is None or opened.price is None:
        print(f"the broker refused: {opened.message}", file=sys.stderr)
        return 1
    trades = TradeFilter(account=ACCOUNT, tickets=[ticket])
    stop = threading.Event()
    options = BridgeOptions(on_error=lambda error: print(f"goes on: {error}", file=sys.stderr))

    def work() -> None:
        try:
            run_bridge(
                client,
                terminal,
                account=ACCOUNT,
                bridge_id="paper-python",
                kind="PAPER",
                instruments=[INSTRUMENT],
                stop=stop,
                options=options,
            )
        finally:
            watch.cancel()

    with client, client.watch_trades(trades, initial_state=True) as watch:
        # The watch stands before anything happens: nothing of it is missed.
        next(watch)
        bridge = threading.Thread(target=work)
        bridge.start()
        spec = TradeSpec(
            account=ACCOUNT,
            ticket=ticket,
            symbol=SYMBOL,
            direction=DIRECTION_BUY,
            entry_price=opened.price,
            volume=1.0,
            stop_loss=60_000.0,
        )
        client.protect(spec)
        print(f"registered: {ticket} at {opened.price}", flush=True)
        closing = ClosePositionRequest(account=ACCOUNT, tickets=[ticket], by="ann", reason="the example ends")
        client.close_position(closing)
        for _message in watch:
            if not terminal.positions().positions:
                print(f"closed by the bridge: {ticket}", flush=True)
                break
        stop.set()
        bridge.join()
    return 0 if not terminal.positions().positions else 1


if __name__ == "__main__":
    sys.exit(main())
