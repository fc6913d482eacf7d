"""Tells DTMS what is at the broker: every position, and the deals since the last complete snapshot.

What could not be asked is said to be incomplete; a failed query is never told as "nothing is open".
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dtms.v1 import account_service_pb2 as accounts

from . import wire
from .clock import BrokerClock, OffsetUnknown
from .records import Deal, Position, SymbolSpec
from .server import Server
from .state import StateFile
from .terminal import Terminal, TerminalError

log = logging.getLogger(__name__)

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
# Deals are asked from before the last complete snapshot on: clocks differ, and history lags a fill.
OVERLAP_MS = 120 * MINUTE_MS
# Without a last one: longer than a weekend with a holiday.
FIRST_LOOK_MS = 7 * DAY_MS
# The most deals of one snapshot: the message must stay below the server's limit.
MAX_DEALS = 5_000
MAX_POSITIONS = 10_000
# Positions that change while deals are asked for are asked for again.
STEADY_TRIES = 3


@dataclass(frozen=True)
class Looked:
    """What a reconciliation saw; symbols of the open positions."""

    complete: bool
    symbols: frozenset[str]


class Reconciler:
    """Takes snapshots and sends them; one at a time, each later than the one before."""

    def __init__(
        self,
        terminal: Terminal,
        clock: BrokerClock,
        server: Server,
        state: StateFile,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._terminal = terminal
        self._clock = clock
        self._server = server
        self._state = state
        self._now = now
        self._last_taken_ms = 0
        self._lock = threading.Lock()

    def reconcile(self) -> Looked:
        """Sends a snapshot, and a second one when the server wants positions looked at again.

        Raises grpc.RpcError.
        """
        with self._lock:
            snapshot = self._take(())
            answer = self._send(snapshot)
            if answer.probe:
                log.info("probing %s", list(answer.probe))
                snapshot = self._take(answer.probe)
                answer = self._send(snapshot)
            complete = snapshot.complete and not answer.rejected
            if complete:
                self._state.keep(reconciled_at_ms=snapshot.taken_at.ToMilliseconds())
            symbols = frozenset(position.symbol for position in snapshot.positions)
            return Looked(complete, symbols)

    def _send(
        self, snapshot: accounts.ReconcilePositionsRequest
    ) -> accounts.ReconcilePositionsResponse:
        answer = self._server.reconcile(snapshot)
        for refused in answer.rejected:
            log.error("refused of the snapshot: %s %s", refused.field, refused.description)
        for drift in answer.drifts:
            kind = accounts.DESCRIPTOR.pool.FindEnumTypeByName("dtms.v1.Drift").values_by_number
            log.info("ticket %d: %s %s", drift.ticket, kind[drift.drift].name, drift.note)
        for action_id in answer.settled_action_ids:
            log.info("[%s] settled", action_id)
        return answer

    def _take(self, probe: Iterable[int]) -> accounts.ReconcilePositionsRequest:
        taken_ms = max(int(self._now() * 1000), self._last_taken_ms + 1)
        self._last_taken_ms = taken_ms
        sequence = max(taken_ms, (self._state.memory.snapshot_sequence or 0) + 1)
        self._state.keep(snapshot_sequence=sequence)
        snapshot = accounts.ReconcilePositionsRequest(
            taken_at=wire.timestamp(taken_ms), sequence=sequence
        )
        try:
            self._fill(snapshot, taken_ms, probe)
        except (TerminalError, OffsetUnknown) as error:
            log.warning("the snapshot is incomplete: %s", error)
            snapshot.complete = False
        return snapshot

    def _fill(
        self, snapshot: accounts.ReconcilePositionsRequest, taken_ms: int, probe: Iterable[int]
    ) -> None:
        """Raises where something could not be asked, with what was asked before in the snapshot."""
        if not self._terminal.status().connected:
            raise TerminalError("the terminal is not connected, or logged in to another account")
        since_ms = self._since(taken_ms)
        for _ in range(STEADY_TRIES):
            before = self._terminal.positions()
            deals = self._deals(since_ms, taken_ms)
            positions = self._terminal.positions()
            steady = positions == before
            if steady:
                break
        del snapshot.positions[:]
        shown = [position for position in positions if wire.tellable(position)]
        specs = self._specs(position.symbol for position in shown)
        for told in shown[:MAX_POSITIONS]:
            spec = specs.get(told.symbol)
            swap = None if spec is None else spec.swap_distance(told)
            snapshot.positions.append(wire.position(told, self._clock, swap))
        probed = [
            deal for identifier in probe for deal in self._terminal.deals_of_position(identifier)
        ]
        kept, since_ms = _newest(deals, since_ms, self._clock)
        told = {deal.ticket: deal for deal in (*probed, *kept) if wire.tellable(deal)}
        by_time = sorted(told.values(), key=lambda deal: (deal.time_msc, deal.ticket))
        snapshot.deals.extend(wire.deal(deal, self._clock) for deal in by_time)
        snapshot.deals_since.CopyFrom(wire.timestamp(since_ms))
        snapshot.complete = steady and len(shown) <= MAX_POSITIONS and self._trustworthy(positions)
        if not snapshot.complete:
            log.warning("the snapshot is incomplete: the terminal is not in step with the broker")

    def _specs(self, symbols: Iterable[str]) -> dict[str, SymbolSpec]:
        """The terms of these symbols, of those the terminal tells."""
        specs: dict[str, SymbolSpec] = {}
        for symbol in set(symbols):
            try:
                specs[symbol] = self._terminal.spec(symbol)
            except TerminalError as error:
                log.info("no swap is told of %s: %s", symbol, error)
        return specs

    def _since(self, taken_ms: int) -> int:
        last = self._state.memory.reconciled_at_ms
        return taken_ms - FIRST_LOOK_MS if last is None else min(last, taken_ms) - OVERLAP_MS

    def _deals(self, since_ms: int, taken_ms: int) -> tuple[Deal, ...]:
        """Up to a day ahead: a terminal leaves out what is later than it is asked for."""
        from_seconds = self._clock.to_server_seconds(since_ms)
        to_seconds = self._clock.to_server_seconds(taken_ms + DAY_MS)
        return self._terminal.deals(from_seconds, to_seconds)

    def _trustworthy(self, positions: tuple[Position, ...]) -> bool:
        """A terminal shows what it last knew, or nothing, until it is in step with the broker."""
        status = self._terminal.status()
        if not status.connected or not self._terminal.synchronised:
            return False
        return bool(positions) or status.margin <= 0


def _newest(
    deals: tuple[Deal, ...], since_ms: int, clock: BrokerClock
) -> tuple[tuple[Deal, ...], int]:
    """At most MAX_DEALS, and the UTC ms from which on they are all there."""
    by_time = sorted(deals, key=lambda deal: (deal.time_msc, deal.ticket))
    left_out = by_time[:-MAX_DEALS]
    if not left_out:
        return tuple(by_time), since_ms
    last_out = left_out[-1].time_msc
    kept = tuple(deal for deal in by_time[-MAX_DEALS:] if deal.time_msc > last_out)
    return kept, clock.to_utc_ms(last_out) + 1
