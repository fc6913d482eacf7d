"""Quotes and closed bars: never the forming bar, never twice, never dated wrongly."""

import grpc

from dtms_mt5_bridge.feed import poll_safely

from .support import SYMBOL, BridgeCase, Parts

M1, M5, M15 = 1, 5, 15


class FeedCase(BridgeCase):
    def setUp(self) -> None:
        super().setUp()
        # Ten minutes past an hour, so that no quarter of an hour begins by chance.
        self.mt5.utc = self.mt5.utc // 3600 * 3600 + 600
        self.mt5.tick(0)
        self.rates(600)

    def rates(self, minutes: int) -> None:
        """Bars of the last `minutes`, the forming ones included, as the terminal has them now."""
        server = self.mt5.server_ms() // 1000
        for timeframe in (M1, M5, M15):
            length = timeframe * 60
            newest = server // length * length
            known = {int(bar["time"]): bar for bar in self.mt5.bars.get((SYMBOL, timeframe), [])}
            for time in range(newest - (minutes * 60 // length) * length, newest + 1, length):
                known.setdefault(time, self.bar(time))
            self.mt5.bars[SYMBOL, timeframe] = [known[time] for time in sorted(known)]

    def bar(self, time: int) -> dict[str, float]:
        price = 2650.0 + time % 7
        return {
            "time": time,
            "open": price,
            "high": price + 1,
            "low": price - 1,
            "close": price,
            "tick_volume": 10,
            "spread": 20,
            "real_volume": 0,
        }

    def settle(self, bridge: Parts) -> None:
        """Polls until fresh ticks have told the broker's clock."""
        for _ in range(5):
            self.mt5.tick(2)
            bridge.feed.poll()

    def sent(self, timeframe: int) -> list[int]:
        """Open times of the bars that arrived, in UTC seconds."""
        bars = [item.bar for item in self.dtms.items if item.HasField("bar")]
        return [bar.open_time.seconds for bar in bars if bar.timeframe == timeframe]


class Bars(FeedCase):
    def test_the_forming_bar_is_never_sent_as_closed(self) -> None:
        bridge = self.parts(utc_offset_minutes=None)
        self.settle(bridge)
        for _ in range(40):
            self.mt5.tick(31)
            self.rates(1)
            bridge.feed.poll()
            for timeframe in (M1, M5, M15):
                ends = [time + timeframe * 60 for time in self.sent(timeframe)]
                self.assertLessEqual(max(ends, default=0), self.mt5.utc)
        self.assertGreater(len(self.sent(M1)), 40)
        self.assertFalse(any(item.bar.forming for item in self.dtms.items))

    def test_every_closed_bar_is_sent_once_and_in_order(self) -> None:
        bridge = self.parts(utc_offset_minutes=None)
        self.settle(bridge)
        for _ in range(40):
            self.mt5.tick(29)
            self.rates(1)
            bridge.feed.poll()
        sent = self.sent(M1)
        self.assertEqual(sent, list(range(sent[0], sent[-1] + 1, 60)))
        self.assertLess(self.mt5.utc - sent[-1], 2 * 60)

    def test_coarser_bars_are_sent_up_to_where_finer_ones_make_them(self) -> None:
        bridge = self.parts(utc_offset_minutes=None)
        self.settle(bridge)
        for _ in range(40):
            self.mt5.tick(61)
            self.rates(1)
            bridge.feed.poll()
        made_from = -(-self.sent(M1)[0] // 900) * 900
        coarse = self.sent(M15)
        self.assertEqual(coarse[-1], made_from - 900)
        self.assertEqual(coarse, list(range(coarse[0], coarse[-1] + 1, 900)))

    def test_bars_are_asked_for_only_when_one_has_closed(self) -> None:
        bridge = self.parts(utc_offset_minutes=None)
        self.settle(bridge)
        asked: list[int] = []
        query = self.mt5.copy_rates_from_pos

        def rates(symbol: str, timeframe: int, start: int, count: int) -> object:
            asked.append(timeframe)
            return query(symbol, timeframe, start, count)

        self.mt5.copy_rates_from_pos = rates
        for _ in range(20):
            self.mt5.tick(60)
            self.rates(1)
            for _ in range(3):
                bridge.feed.poll()
        self.assertEqual(asked, [M1] * 20)

    def test_without_m1_the_coarser_bars_go_on(self) -> None:
        bridge = self.parts(utc_offset_minutes=None)
        for _ in range(120):
            self.mt5.tick(29)
            self.rates(1)
            self.mt5.bars[SYMBOL, M1] = []
            bridge.feed.poll()
        sent = self.sent(M5)
        self.assertEqual(sent, list(range(sent[0], sent[-1] + 1, 300)))
        self.assertLess(self.mt5.utc - sent[-1], 2 * 300)

    def test_bars_are_dated_in_utc(self) -> None:
        bridge = self.parts(utc_offset_minutes=None)
        self.settle(bridge)
        newest_closed = self.mt5.utc // 60 * 60 - 60
        self.assertEqual(self.sent(M1)[-1], newest_closed)

    def test_no_more_history_is_sent_than_configured(self) -> None:
        self.rates(600)
        self.settle(self.parts(utc_offset_minutes=None))
        self.assertEqual(len(self.sent(M1)), 25)

    def test_a_terminal_that_is_behind_its_own_tick_is_asked_again(self) -> None:
        bridge = self.parts(utc_offset_minutes=None)
        self.settle(bridge)
        before = self.sent(M1)[-1]
        self.mt5.tick(60)
        bridge.feed.poll()
        self.assertEqual(self.sent(M1)[-1], before)
        self.rates(1)
        bridge.feed.poll()
        self.assertEqual(self.sent(M1)[-1], before + 60)

    def test_bars_the_server_did_not_take_are_sent_again(self) -> None:
        bridge = self.parts(utc_offset_minutes=None)
        self.settle(bridge)
        before = self.sent(M1)[-1]
        for _ in range(3):
            self.mt5.tick(60)
            self.rates(1)
            self.dtms.refuse["PushMarketData"] = [grpc.StatusCode.UNAVAILABLE]
            self.assertIsNotNone(poll_safely(bridge.feed))
        self.assertIsNone(poll_safely(bridge.feed))
        self.assertEqual(self.sent(M1)[-3:], [before + 60, before + 120, before + 180])

    def test_a_bar_the_broker_corrected_is_sent_again(self) -> None:
        bridge = self.parts(utc_offset_minutes=None)
        self.settle(bridge)
        corrected = self.mt5.bars[SYMBOL, M1][-2]
        self.mt5.bars[SYMBOL, M1][-2] = {**corrected, "close": corrected["close"] + 0.5}
        self.mt5.tick(60)
        self.rates(1)
        self.dtms.items.clear()
        bridge.feed.poll()
        self.assertEqual(len(self.sent(M1)), 2)

    def test_a_failed_query_of_bars_sends_nothing_and_is_made_up_for(self) -> None:
        bridge = self.parts(utc_offset_minutes=None)
        self.settle(bridge)
        before = self.sent(M1)[-1]
        self.mt5.failing = {"copy_rates_from_pos": -1}
        self.mt5.tick(60)
        self.rates(1)
        bridge.feed.poll()
        self.assertEqual(self.sent(M1)[-1], before)
        self.mt5.failing.clear()
        bridge.feed.poll()
        self.assertEqual(self.sent(M1)[-1], before + 60)


class Clock(FeedCase):
    def test_nothing_is_sent_before_fresh_ticks_told_the_brokers_clock(self) -> None:
        bridge = self.parts(utc_offset_minutes=None)
        for _ in range(10):
            self.mt5.utc += 2
            bridge.feed.poll()
        self.assertEqual(self.dtms.items, [])

    def test_an_offset_change_in_dst_shifts_no_bar(self) -> None:
        for before, after in ((120, 180), (180, 120)):
            self.mt5.offset_minutes = before
            self.mt5.bars.clear()
            self.dtms.items.clear()
            self.mt5.tick(0)
            self.rates(600)
            bridge = self.parts(utc_offset_minutes=None)
            self.settle(bridge)
            # The market was closed for two days, and the clock was changed meanwhile.
            self.mt5.utc += 48 * 3600
            self.mt5.offset_minutes = after
            for _ in range(20):
                self.mt5.tick(31)
                self.rates(0)
                bridge.feed.poll()
                for item in self.dtms.items:
                    self.assertLessEqual(item.quote.time.seconds, self.mt5.utc)
            quotes = [item.quote.time.seconds for item in self.dtms.items if not item.bar.symbol]
            self.assertEqual(quotes, sorted(quotes))
            for timeframe in (M1, M5, M15):
                sent = self.sent(timeframe)
                self.assertEqual(sent, sorted(set(sent)))
                self.assertLessEqual(max(sent, default=0) + timeframe * 60, self.mt5.utc)
            self.assertEqual(self.sent(M1)[-1], self.mt5.utc // 60 * 60 - 60)

    def test_the_offset_is_remembered_for_a_start_at_a_weekend(self) -> None:
        self.settle(self.parts(utc_offset_minutes=None))
        again = self.parts(utc_offset_minutes=None)
        self.assertEqual(again.program.clock.offset_minutes, 180)
        self.assertFalse(again.program.clock.settled)


class Quotes(FeedCase):
    def quotes(self) -> list[float]:
        return [item.quote.bid for item in self.dtms.items if item.HasField("quote")]

    def test_a_quote_is_sent_when_it_changes_and_dated_in_utc(self) -> None:
        bridge = self.parts(utc_offset_minutes=None)
        self.settle(bridge)
        self.dtms.items.clear()
        self.mt5.tick(1, bid=2651.0)
        for _ in range(5):
            bridge.feed.poll()
        quotes = [item.quote for item in self.dtms.items if item.HasField("quote")]
        self.assertEqual([quote.bid for quote in quotes], [2651.0])
        self.assertEqual(quotes[0].time.ToMilliseconds(), int(self.mt5.utc * 1000))

    def test_a_quote_without_a_price_is_not_sent(self) -> None:
        bridge = self.parts(utc_offset_minutes=None)
        self.settle(bridge)
        self.dtms.items.clear()
        self.mt5.tick(1, bid=0.0)
        bridge.feed.poll()
        self.assertEqual(self.quotes(), [])
