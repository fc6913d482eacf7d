"""Running a bridge as a program does: an adapter for the broker's terminal is all that differs between brokers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from dtms.bridge.bridge import Bridge, BridgeOptions
from dtms.bridge.bridge_calls import BridgeCalls
from dtms.bridge.loop import run_loop
from dtms.bridge.server_lease_client import AccountKind, ServerLeaseClient
from dtms.bridge.terminal import Terminal, TerminalError
from dtms.errors import DtmsError, unavailable
from dtms.methods import UPSERT_ACCOUNT
from dtms.retry import Backoff
from dtms.v1.account_service_pb2 import MARGIN_MODE_HEDGING, MARGIN_MODE_NETTING, UpsertAccountRequest
from dtms.v1.market_data_service_pb2 import Instrument, UpsertInstrumentsRequest


@dataclass(frozen=True)
class AccountTerms:
    """How an account works, beside its margin mode, which the terminal tells."""

    fifo: bool = False
    """True when the broker closes the oldest position of a symbol first."""
    hedge_adds_margin: bool = False
    """True when an opposite position of the same volume needs margin of its own."""
    feeds: Sequence[str] = ()
    """The feeds its trades follow; none means that they follow any."""


def run_bridge(
    client: BridgeCalls,
    terminal: Terminal,
    *,
    account: str,
    bridge_id: str,
    stop: threading.Event,
    kind: AccountKind = "REAL",
    terms: AccountTerms | None = None,
    instruments: Sequence[Instrument] = (),
    options: BridgeOptions | None = None,
) -> None:
    """Tells DTMS of the account, then works until `stop` is set: leases, executes and reports, beats and reconciles. Servers
    that come and go and a terminal without a connection are waited for (`options.on_error` hears of them).

    ```python
    client = DtmsClient(["dtms-1:50051", "dtms-2:50051"], api_key=key)
    run_bridge(client, MyTerminal(), account="demo", bridge_id="bridge-1", stop=threading.Event())
    ```

    In a program with asyncio, `run_bridge_async` does the same. `bridge_id` is one per running bridge. `kind` is whose money the account holds. `terms` and `instruments` are told where
    they are given. The client stays the caller's.

    Raises DtmsError when the service refuses what it is told of the account, BridgeError when an order is under way longer
    than `options.stop_within` after the stop, and what the adapter raises that is no TerminalError.
    """
    wanted = BridgeOptions() if options is None else options
    _declare(client, terminal, account, stop, terms or AccountTerms(), instruments, wanted)
    if not stop.is_set():
        leases = ServerLeaseClient(client, account, bridge_id, kind)
        run_loop(Bridge(leases, terminal, account, wanted), stop)


def _declare(
    client: BridgeCalls,
    terminal: Terminal,
    account: str,
    stop: threading.Event,
    terms: AccountTerms,
    instruments: Sequence[Instrument],
    options: BridgeOptions,
) -> None:
    backoff = Backoff()
    while not stop.is_set():
        try:
            at = terminal.account()
            if not at.connected:
                raise TerminalError("the terminal is not connected: how the account works is not known yet")
            if instruments:
                client.upsert_instruments(UpsertInstrumentsRequest(instruments=instruments))
            client.upsert_account(
                UpsertAccountRequest(
                    account=account,
                    margin_mode=MARGIN_MODE_NETTING if at.margin_mode == "netting" else MARGIN_MODE_HEDGING,
                    fifo=terms.fifo,
                    hedge_adds_margin=terms.hedge_adds_margin,
                    feeds=terms.feeds,
                )
            )
            return
        except TerminalError as error:
            options.on_error(error)
            stop.wait(backoff.delay(unavailable(UPSERT_ACCOUNT.path, str(error))))
        except DtmsError as error:
            if not error.transient:
                raise
            options.on_error(error)
            stop.wait(backoff.delay(error))
