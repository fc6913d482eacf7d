"""The broker's offset from UTC: found from fresh ticks only, kept over weekends, changed with its
DST.
"""

import unittest

from dtms_mt5_bridge.clock import BrokerClock, OffsetUnknown

HOUR_MS = 3_600_000
# Sunday 2026-03-29 in UTC seconds, when European brokers change; no matter which.
START = 1_774_742_400.0


def observe(clock: BrokerClock, offset_minutes: int, start: float, count: int = 4) -> list[bool]:
    """Fresh ticks, one every 2 seconds, as a broker with that offset dates them."""
    seen = []
    for i in range(count):
        now = start + 2 * i
        seen.append(clock.observe("XAUUSDc", int((now - 0.3 + offset_minutes * 60) * 1000), now))
    return seen


class Finding(unittest.TestCase):
    def test_the_offset_is_found_from_ticks_that_change(self) -> None:
        for minutes in (-300, 0, 120, 180, 345):
            clock = BrokerClock(None, None)
            self.assertFalse(clock.settled)
            observe(clock, minutes, START)
            self.assertEqual(clock.offset_minutes, minutes)
            self.assertTrue(clock.settled)

    def test_a_tick_that_stands_still_tells_nothing(self) -> None:
        for hours in (3, 40):
            clock = BrokerClock(None, None)
            stood = int((START - hours * 3600) * 1000)
            for i in range(50):
                clock.observe("XAUUSDc", stood, START + i)
            self.assertIsNone(clock.offset_minutes)
            with self.assertRaises(OffsetUnknown):
                clock.to_utc_ms(stood)

    def test_at_a_weekend_the_offset_of_the_run_before_is_kept_but_not_trusted_with_prices(
        self,
    ) -> None:
        clock = BrokerClock(None, 120)
        friday = int((START - 40 * 3600) * 1000)
        for i in range(100):
            clock.observe("XAUUSDc", friday, START + i)
        self.assertEqual(clock.offset_minutes, 120)
        self.assertFalse(clock.settled)

    def test_one_tick_is_not_enough(self) -> None:
        clock = BrokerClock(None, None)
        observe(clock, 180, START, count=2)
        self.assertIsNone(clock.offset_minutes)

    def test_a_burst_of_old_ticks_after_a_broken_connection_is_not_an_offset(self) -> None:
        clock = BrokerClock(None, None)
        observe(clock, 180, START)
        for i in range(50):
            tick = START + 100 + 180 * 60 - 3600 + i * 0.01
            clock.observe("XAUUSDc", int(tick * 1000), START + 100 + i * 0.01)
        self.assertEqual(clock.offset_minutes, 180)
        self.assertFalse(clock.settled)
        observe(clock, 180, START + 110)
        self.assertTrue(clock.settled)

    def test_ticks_far_from_a_quarter_of_an_hour_are_late_and_tell_nothing(self) -> None:
        clock = BrokerClock(None, None)
        for i in range(20):
            now = START + 2 * i
            clock.observe("XAUUSDc", int((now + 180 * 60 - 400) * 1000), now)
        self.assertIsNone(clock.offset_minutes)

    def test_a_fixed_offset_is_not_argued_with(self) -> None:
        clock = BrokerClock(60, 120)
        observe(clock, 180, START, count=20)
        self.assertEqual((clock.offset_minutes, clock.settled), (60, True))


class Changing(unittest.TestCase):
    def changed(self, before: int, after: int) -> BrokerClock:
        clock = BrokerClock(None, None)
        observe(clock, before, START)
        observe(clock, after, START + 7200)
        return clock

    def test_an_offset_change_in_dst_is_adopted_after_agreeing_ticks(self) -> None:
        for before, after in ((120, 180), (180, 120)):
            clock = BrokerClock(None, None)
            observe(clock, before, START)
            self.assertEqual(observe(clock, after, START + 7200), [False, False, True, False])
            self.assertEqual(clock.offset_minutes, after)

    def test_while_an_offset_change_in_dst_is_not_sure_nothing_is_dated(self) -> None:
        clock = BrokerClock(None, None)
        observe(clock, 120, START)
        observe(clock, 180, START + 7200, count=1)
        self.assertFalse(clock.settled)

    def test_times_before_an_offset_change_in_dst_keep_their_offset(self) -> None:
        clock = self.changed(120, 180)
        before_ms = int(START * 1000) + 120 * 60_000
        after_ms = int((START + 9000) * 1000) + 180 * 60_000
        self.assertEqual(clock.to_utc_ms(before_ms), int(START * 1000))
        self.assertEqual(clock.to_utc_ms(after_ms), int((START + 9000) * 1000))

    def test_server_seconds_and_utc_are_each_others_inverse(self) -> None:
        clock = self.changed(120, 180)
        for hours in range(3, 30):
            utc_ms = int(START * 1000) + hours * HOUR_MS
            self.assertEqual(clock.to_utc_ms(clock.to_server_seconds(utc_ms) * 1000), utc_ms)
