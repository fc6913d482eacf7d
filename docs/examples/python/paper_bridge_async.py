"""A bridge in a program with asyncio. The adapter is the one of paper_bridge.py: only what runs it differs.

    python3 docs/examples/python/paper_bridge_async.py --server 127.0.0.1:50051
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from paper_terminal import PaperTerminal

from dtms.aio import AsyncDtmsClient
from dtms.bridge import BridgeOptions, opening_deal, run_bridge_async
from dtms.v1 import DIRECTION_BUY, ClosePositionRequest, Instrument, TradeFilter, TradeSpec

ACCOUNT = "paper-asyncio"
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


def says(error: Exception) -> None:
    print(f"goes on: {error}", file=sys.stderr)


async def order_closed(client: AsyncDtmsClient, terminal: PaperTerminal, ticket: int, price: float) -> None:
    """Registers the position, orders it closed, and waits until the bridge has done it."""
    trades = TradeFilter(account=ACCOUNT, tickets=[ticket])
    watch = client.watch_trades(trades, initial_state=True)
    # The watch stands before anything happens: nothing of it is missed.
    await anext(watch)
    spec = TradeSpec(
        account=ACCOUNT,
        ticket=ticket,
        symbol=SYMBOL,
        direction=DIRECTION_BUY,
        entry_price=price,
        volume=1.0,
        stop_loss=60_000.0,
    )
    await client.protect(spec)
    print(f"registered: {ticket} at {price}", flush=True)
    closing = ClosePositionRequest(account=ACCOUNT, tickets=[ticket], by="ann", reason="the example ends")
    await client.close_position(closing)
    async for _message in watch:
        if not terminal.positions().positions:
            print(f"closed by the bridge: {ticket}", flush=True)
            break
    await watch.aclose()


async def run(server: str) -> int:
    terminal = PaperTerminal(SYMBOL)
    terminal.quote(64_000.0, 64_001.0)
    opened = terminal.order(opening_deal(SYMBOL, "BUY", 1.0, stop_loss=60_000.0))
    if opened.opened_ticket is None or opened.price is None:
        print(f"the broker refused: {opened.message}", file=sys.stderr)
        return 1
    async with AsyncDtmsClient(server) as client:
        bridge = asyncio.create_task(
            run_bridge_async(
                client,
                terminal,
                account=ACCOUNT,
                bridge_id="paper-asyncio",
                kind="PAPER",
                instruments=[INSTRUMENT],
                options=BridgeOptions(on_error=says),
            )
        )
        story = asyncio.create_task(order_closed(client, terminal, opened.opened_ticket, opened.price))
        # A bridge that fails ends it, too.
        await asyncio.wait({bridge, story}, return_when=asyncio.FIRST_COMPLETED)
        # Cancelled, the bridge finishes and reports what is under way first.
        for task in (bridge, story):
            task.cancel()
        await asyncio.gather(bridge, story, return_exceptions=True)
    return 0 if not terminal.positions().positions else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default="127.0.0.1:50051", help="host:port, of several servers a list")
    return asyncio.run(run(parser.parse_args().server))


if __name__ == "__main__":
    sys.exit(main())
