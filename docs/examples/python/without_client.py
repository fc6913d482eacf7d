"""Registers a trade and prints every change of its account, beginning with the trades as they are.

Repeating it is harmless: the same trade is already registered then. A watch that breaks is resumed after
the last revision it was told, so that nothing is lost and nothing is seen twice.
"""

import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "gen" / "python"))

import grpc  # noqa: E402
from dtms.v1 import (  # noqa: E402
    trade_service_pb2 as service,
    trade_service_pb2_grpc as stubs,
    types_pb2 as types,
)

RESUMABLE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)


def register(trades: stubs.TradeServiceStub, account: str, ticket: int) -> None:
    request = service.RegisterTradeRequest(
        trade=types.TradeSpec(
            account=account,
            ticket=ticket,
            symbol="XAUUSDc",
            direction=types.DIRECTION_SELL,
            entry_price=2650.4,
            volume=0.5,
            stop_loss=2660.0,
        )
    )
    response = trades.RegisterTrade(request, timeout=10)
    outcome = "already registered" if response.already_registered else "registered"
    print(f"{outcome}: {ticket} at revision {response.revision}", flush=True)


def watch(trades: stubs.TradeServiceStub, account: str, deadline: float) -> None:
    """Prints until `deadline` (time.monotonic)."""
    trade_filter = service.TradeFilter(account=account)
    place = None
    while time.monotonic() < deadline:
        request = service.WatchTradesRequest(filter=trade_filter, send_initial_state=place is None)
        if place is not None:
            request.resume_after.CopyFrom(place)
        try:
            for message in trades.WatchTrades(request, timeout=deadline - time.monotonic()):
                place = show(message) or place
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
                return
            if error.code() not in RESUMABLE:
                raise
            print(f"interrupted, resuming: {error.details()}", file=sys.stderr)
            time.sleep(1)


def show(message: service.WatchTradesResponse) -> "service.ResumeToken | None":
    """Prints a message; returns the place in the log it reaches, if it tells one."""
    kind = message.WhichOneof("message")
    if kind == "snapshot_item":
        trade = message.snapshot_item.trade
        print(f"{trade.ticket} is {types.TradeState.Name(trade.state)}", flush=True)
    elif kind == "snapshot_end":
        end = message.snapshot_end
        print(f"these were all at revision {end.revision}", flush=True)
        return service.ResumeToken(log_epoch=end.log_epoch, revision=end.revision)
    elif kind == "events":
        for event in message.events.events:
            state = types.TradeState.Name(event.state)
            print(f"{event.revision}: {event.ticket} {event.WhichOneof('change')}, {state}", flush=True)
        last = message.events.events[-1]
        return service.ResumeToken(log_epoch=last.log_epoch, revision=last.revision)
    elif kind == "bookmark":
        return service.ResumeToken(
            log_epoch=message.bookmark.log_epoch, revision=message.bookmark.revision
        )
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default="127.0.0.1:50051")
    parser.add_argument("--account", default="demo")
    parser.add_argument("--ticket", type=int, default=46)
    parser.add_argument("--seconds", type=float, default=3600.0, help="how long to watch")
    options = parser.parse_args()
    with grpc.insecure_channel(options.server) as channel:
        trades = stubs.TradeServiceStub(channel)
        try:
            register(trades, options.account, options.ticket)
            watch(trades, options.account, time.monotonic() + options.seconds)
        except grpc.RpcError as error:
            sys.exit(f"{error.code().name}: {error.details()}")
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
