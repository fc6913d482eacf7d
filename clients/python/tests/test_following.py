"""The law of a watch over breaks: what it hands out, once each and in order, and where it resumes."""

from __future__ import annotations

import random
import unittest
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

import grpc

from dtms import DtmsError, ErrorReport, ticket, timestamp, utc
from dtms.following import Following
from dtms.retry import Attempts, Backoff
from dtms.v1 import (
    GetStatusResponse,
    ResumeToken,
    SnapshotEnd,
    SnapshotItem,
    TradeEvent,
    WatchEvents,
    WatchTradesResponse,
)

EPOCH = "epoch"


def error(code: grpc.StatusCode, retry_after: float | None = None, reason: str | None = None) -> DtmsError:
    return DtmsError("/x", ErrorReport(code, "x", reason=reason, retry_after=retry_after))


def events(revisions: Iterable[int]) -> WatchTradesResponse:
    told = [TradeEvent(revision=revision, log_epoch=EPOCH) for revision in revisions]
    return WatchTradesResponse(events=WatchEvents(revision=told[-1].revision, events=told))


def snapshot_end(revision: int) -> WatchTradesResponse:
    return WatchTradesResponse(snapshot_end=SnapshotEnd(revision=revision, log_epoch=EPOCH))


ITEM = WatchTradesResponse(snapshot_item=SnapshotItem())


class WhatAWatchHandsOut(unittest.TestCase):
    def test_each_revision_once_and_in_order_however_often_it_is_told(self) -> None:
        for seed in range(300):
            chance = random.Random(seed)
            following = Following(None, ResumeToken(log_epoch=EPOCH, revision=0), False, None)
            head, seen = 0, []
            while head < 40:
                # A connection tells from somewhere at or before the place, as at-least-once allows.
                asked = following.request().resume_after.revision
                cursor = chance.randint(0, asked)
                for _ in range(chance.randint(0, 4)):
                    size = chance.randint(1, 5)
                    fresh = following.take(events(range(cursor + 1, cursor + 1 + size)))
                    cursor += size
                    head = max(head, cursor)
                    seen += [] if fresh is None else [event.revision for event in fresh.events.events]
            self.assertEqual(seen, list(range(1, head + 1)), f"seed {seed}")

    def test_a_revision_of_several_events_is_handed_out_whole(self) -> None:
        following = Following(None, ResumeToken(log_epoch=EPOCH, revision=4), False, None)
        fresh = following.take(events([4, 5, 5, 5]))
        assert fresh is not None
        self.assertEqual([event.revision for event in fresh.events.events], [5, 5, 5])

    def test_a_bookmark_moves_the_place_and_never_back(self) -> None:
        following = Following(None, ResumeToken(log_epoch=EPOCH, revision=10), False, None)
        for revision, place in ((30, 30), (20, 30)):
            following.take(WatchTradesResponse(bookmark={"revision": revision, "log_epoch": EPOCH}))
            self.assertEqual(following.request().resume_after.revision, place)

    def test_an_initial_state_counts_when_it_is_complete(self) -> None:
        following = Following(None, None, True, None)
        self.assertTrue(following.request().send_initial_state)
        self.assertEqual(following.take(ITEM), ITEM)
        self.assertIsNone(following.place)
        self.assertTrue(following.request().send_initial_state, "a break before its end starts it anew")
        following.take(snapshot_end(12))
        self.assertEqual(following.request().resume_after, ResumeToken(log_epoch=EPOCH, revision=12))
        self.assertFalse(following.request().send_initial_state)

    def test_a_watch_from_now_begins_at_the_head_that_was_asked_for(self) -> None:
        following = Following(None, None, False, None)
        self.assertTrue(following.needs_start)
        following.start(GetStatusResponse(log_epoch=EPOCH, head_revision=9))
        self.assertFalse(following.needs_start)
        self.assertEqual(following.request().resume_after, ResumeToken(log_epoch=EPOCH, revision=9))

    def test_a_kind_of_message_it_does_not_know_is_left_out(self) -> None:
        following = Following(None, None, True, None)
        self.assertIsNone(following.take(WatchTradesResponse()))

    def test_a_place_handed_out_is_not_the_watch_s_own(self) -> None:
        following = Following(None, ResumeToken(log_epoch=EPOCH, revision=1), False, None)
        place = following.place
        assert place is not None
        place.revision = 99
        self.assertEqual(following.request().resume_after.revision, 1)

    def test_two_beginnings_are_refused(self) -> None:
        with self.assertRaises(ValueError):
            Following(None, ResumeToken(log_epoch=EPOCH, revision=1), True, None)


class WhatAWatchSurvives(unittest.TestCase):
    def test_transient_errors_for_as_long_as_it_may(self) -> None:
        lasting = Following(None, None, True, None)
        lasting.broken(error(grpc.StatusCode.UNAVAILABLE))
        brief = Following(None, None, True, 0.0)
        with self.assertRaises(DtmsError):
            brief.broken(error(grpc.StatusCode.UNAVAILABLE))

    def test_no_refusal(self) -> None:
        for code in (
            grpc.StatusCode.UNAUTHENTICATED,
            grpc.StatusCode.OUT_OF_RANGE,
            grpc.StatusCode.CANCELLED,
        ):
            with self.assertRaises(DtmsError):
                Following(None, None, True, None).broken(error(code))


class Waiting(unittest.TestCase):
    def test_delays_grow_to_two_seconds_and_begin_anew_after_progress(self) -> None:
        backoff = Backoff()
        failure = error(grpc.StatusCode.UNAVAILABLE)
        for ceiling in (0.1, 0.2, 0.4, 0.8, 1.6, *([2.0] * 50)):
            self.assertLessEqual(backoff.delay(failure), ceiling)
        backoff.reset()
        self.assertLessEqual(backoff.delay(failure), 0.1)

    def test_what_the_service_asks_for_comes_first(self) -> None:
        for _ in range(100):
            delay = Backoff().delay(error(grpc.StatusCode.RESOURCE_EXHAUSTED, 5.0))
            self.assertTrue(5.0 <= delay <= 5.1)

    def test_no_attempt_begins_after_the_time_for_them(self) -> None:
        failure = error(grpc.StatusCode.UNAVAILABLE)
        with self.assertRaises(DtmsError) as caught:
            Attempts(0.0).delay(failure)
        self.assertIs(caught.exception, failure)
        self.assertLess(Attempts(60.0).delay(failure), 0.11)


class Values(unittest.TestCase):
    def test_tickets(self) -> None:
        self.assertEqual(ticket("9223372036854775807"), 2**63 - 1)
        for wrong in (0, -1, 2**63, "", "4.2", "x"):
            with self.assertRaises(ValueError):
                ticket(wrong)

    def test_times_keep_their_moment_and_microseconds(self) -> None:
        east = datetime(2026, 3, 1, 2, 30, 0, 123456, timezone(timedelta(hours=3)))
        self.assertEqual(utc(timestamp(east)), east)
        self.assertEqual(utc(timestamp(east)).utcoffset(), timedelta(0))
        with self.assertRaises(ValueError):
            timestamp(datetime(2026, 3, 1))
