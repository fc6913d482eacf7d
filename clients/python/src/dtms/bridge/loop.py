"""The live loop of a bridge: threads that work, beat and reconcile, and how each goes on after an error. Time in here is only
waiting; nothing is decided by it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from dtms.bridge.bridge import Bridge
from dtms.bridge.lease_client import HeldLease, Work
from dtms.bridge.terminal import TerminalError
from dtms.errors import DtmsError
from dtms.lease_course import LEASE_SECONDS
from dtms.retry import Backoff

log = logging.getLogger("dtms.bridge")

_WATCH = 0.5
_BLIND_RETRY = 0.25


class BridgeError(Exception):
    """The bridge was told to stop, and an order was still under way: the next start's snapshot tells its end."""


def run_loop(bridge: Bridge, stop: threading.Event) -> None:
    """Works until `stop` is set; ends once the order under way is reported. Raises BridgeError where that takes too long,
    and whatever a part failed with that is neither DTMS's nor the terminal's error: half a bridge is worse than none.
    """
    _Loop(bridge, stop).run()


class _Loop:
    def __init__(self, bridge: Bridge, stop: threading.Event) -> None:
        self._bridge = bridge
        self._stop = stop
        self._on_error = bridge.options.on_error
        # What a bridge finds open counts only once it has said which account it is logged in to.
        self._beaten = threading.Event()
        # Work comes once what is open was told.
        self._told = threading.Event()
        self._work_now: Work | None = None
        self._failure: BaseException | None = None
        self._stop_seen: float | None = None

    def run(self) -> None:
        parts = (self._work, self._beat, self._look)
        threads = [
            threading.Thread(target=self._guarded, args=(part,), name=f"dtms-bridge{part.__name__}", daemon=True)
            for part in parts
        ]
        for thread in threads:
            thread.start()
        while not self._stop.wait(_WATCH):
            pass
        for event in (self._beaten, self._told, self._bridge.look_again):
            event.set()
        deadline = time.monotonic() + self._bridge.options.stop_within
        for thread in threads:
            # The stream may have been opened just after the last look for one to cancel.
            while thread.is_alive() and time.monotonic() < deadline:
                if self._work_now is not None:
                    self._work_now.cancel()
                thread.join(0.1)
        if self._failure is not None:
            raise self._failure
        if threads[0].is_alive():
            raise BridgeError("an order is still under way; the snapshot of the next start tells its end")

    def _guarded(self, part: Callable[[], None]) -> None:
        try:
            part()
        except BaseException as error:
            log.critical("a part of the bridge failed", exc_info=True)
            self._failure = error
            self._stop.set()

    def _work(self) -> None:
        self._told.wait()
        backoff = Backoff()
        while not self._stop.is_set():
            try:
                with self._bridge.leases.leases(self._on_error) as work:
                    self._work_now = work
                    for lease in work:
                        backoff.reset()
                        self._deal_with(lease)
                        if self._stop.is_set():
                            return
            except DtmsError as error:
                self._on_error(error)
                self._stop.wait(backoff.delay(error))
            # A client that was closed gives nothing, and at once.
            self._stop.wait(_BLIND_RETRY)

    def _deal_with(self, lease: HeldLease) -> None:
        """One lease, until it is told or given up; a broker that cannot be seen is waited for as long as a lease lasts."""
        give_up = time.monotonic() + LEASE_SECONDS
        while not (lease.over or self._stop.is_set() or time.monotonic() > give_up):
            try:
                if self._bridge.carry_out(lease) != "blind":
                    break
            except DtmsError as error:
                self._on_error(error)
                break
            except TerminalError as error:
                self._on_error(error)
            self._stop.wait(_BLIND_RETRY)
        self._tell_all()

    def _tell_all(self) -> None:
        """Until every result is told: a report is never left because of an error that passes. What is left when the bridge
        has to end, the snapshot of the next start tells."""
        backoff = Backoff()
        while self._bridge.unreported > 0:
            try:
                self._bridge.report_again()
            except DtmsError as error:
                self._on_error(error)
                if self._out_of_time():
                    log.error("%d results could not be reported", self._bridge.unreported)
                    return
                if self._stop.wait(backoff.delay(error)):
                    time.sleep(_BLIND_RETRY)

    def _out_of_time(self) -> bool:
        if not self._stop.is_set():
            return False
        now = time.monotonic()
        if self._stop_seen is None:
            self._stop_seen = now
        return now - self._stop_seen > self._bridge.options.last_reports_within

    def _beat(self) -> None:
        was_connected = False
        while not self._stop.is_set():
            try:
                connected = self._bridge.heartbeat().connected
                if connected and not was_connected:
                    self._bridge.look_again.set()
                was_connected = connected
                self._beaten.set()
            except (DtmsError, TerminalError) as error:
                self._on_error(error)
            self._stop.wait(self._bridge.options.heartbeat_every)

    def _look(self) -> None:
        options = self._bridge.options
        self._beaten.wait()
        due = 0.0
        while not self._stop.is_set():
            asked = self._bridge.look_again.is_set()
            self._bridge.look_again.clear()
            try:
                if asked or time.monotonic() >= due:
                    # Before the attempt: a server that is away is not asked without end.
                    due = time.monotonic() + options.reconcile_soon
                    answer = self._bridge.reconcile()
                    if answer is not None:
                        self._told.set()
                    if self._bridge.snapshot_taken:
                        due = time.monotonic() + options.reconcile_every
                else:
                    self._bridge.look()
            except (DtmsError, TerminalError) as error:
                self._on_error(error)
                self._stop.wait(options.look_every)
            self._bridge.look_again.wait(options.look_every)
