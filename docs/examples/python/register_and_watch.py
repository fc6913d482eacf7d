"""Registers a trade and prints every change of its account, beginning with the trades as they are.

Repeating it is harmless: the same trade is already registered then. Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import os
import sys

from dtms import DtmsClient, DtmsError
from dtms.v1 import (
    DIRECTION_SELL,
    RegisterTradeRequest,
    TradeFilter,
    TradeSpec,
    TradeState,
    WatchTradesResponse,
)


def show(message: WatchTradesResponse) -> None:
    kind = message.WhichOneof("message")
    if kind == "snapshot_item":
        trade = message.snapshot_item.trade
        print(f"{trade.ticket} is {TradeState.Name(trade.state)}", flush=True)
    elif kind == "snapshot_end":
        print(f"these were all at revision {message.snapshot_end.revision}", flush=True)
    elif kind == "events":
        for event in message.events.events:
            state = TradeState.Name(event.state)
            print(f"{event.revision}: {event.ticket} {event.WhichOneof('change')}, {state}", flush=True)


def run(client: DtmsClient, account: str, number: int) -> None:
    trade = TradeSpec(
        account=account,
        ticket=number,
        symbol="XAUUSDc",
        direction=DIRECTION_SELL,
        entry_price=2650.4,
        volume=0.5,
        stop_loss=2660.0,
    )
    answer = client.register_trade(RegisterTradeRequest(trade=trade))
    outcome = "already registered" if answer.already_registered else "registered"
    print(f"{outcome}: {number} at revision {answer.revision}", flush=True)
    watch = client.watch_trades(
        TradeFilter(account=account),
        initial_state=True,
        on_break=lambda error: print(f"interrupted, resuming: {error}", file=sys.stderr),
    )
    for message in watch:
        show(message)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default="127.0.0.1:50051")
    parser.add_argument("--account", default="demo")
    parser.add_argument("--ticket", type=int, default=44)
    options = parser.parse_args()
    try:
        with DtmsClient(options.server, api_key=os.environ.get("DTMS_API_KEY")) as client:
            run(client, options.account, options.ticket)
    except DtmsError as error:
        print(f"{error.reason or error.code.name}: {error}", file=sys.stderr)
        for violation in error.violations:
            print(f"  {violation.field}: {violation.description}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
