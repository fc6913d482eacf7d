"""The client against a real server, whose address is in DTMS_TEST_ADDRESS."""

from __future__ import annotations

import asyncio
import os
import threading
import unittest
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

import grpc

from dtms import DtmsClient, DtmsError, EpochChangedError, Watch, timestamp, utc
from dtms import methods as table
from dtms.method import Method
from dtms.aio import AsyncDtmsClient
from dtms.v1 import (
    DIRECTION_SELL,
    ERROR_REASON_INVALID_FIELD,
    ERROR_REASON_REVISION_IN_FUTURE,
    ERROR_REASON_TRADE_CLOSED,
    ERROR_REASON_TRADE_DIFFERS,
    ERROR_REASON_TRADE_NOT_FOUND,
    CloseTradeRequest,
    GetStatusRequest,
    GetTradeRequest,
    ListTradesRequest,
    PauseTradeRequest,
    RegisterTradeRequest,
    ResumeToken,
    ResumeTradeRequest,
    TradeEvent,
    TradeFilter,
    TradeSpec,
    WatchTradesResponse,
    account_service_pb2,
    action_service_pb2,
    market_data_service_pb2,
    notice_service_pb2,
    ownership_service_pb2,
    policy_service_pb2,
    system_service_pb2,
    trade_service_pb2,
)

ADDRESS = os.environ.get("DTMS_TEST_ADDRESS", "")
NEEDS_SERVER = unittest.skipUnless(ADDRESS, "needs a server: DTMS_TEST_ADDRESS")
# Accounts of their own, so that the tests may run again on one server.
RUN = uuid.uuid4().hex[:8]
CALLS, WATCHED, NOW, SILENT, ASYNC = (
    f"{name}-{RUN}" for name in ("calls", "watched", "now", "silent", "async")
)
OPENED = datetime(2026, 3, 2, 9, 30, 0, 250000, timezone.utc)


def registration(
    account: str, ticket: int, volume: float = 0.5, entry_price: float = 2650.4
) -> RegisterTradeRequest:
    return RegisterTradeRequest(
        trade=TradeSpec(
            account=account,
            ticket=ticket,
            symbol="XAUUSDc",
            direction=DIRECTION_SELL,
            entry_price=entry_price,
            volume=volume,
            stop_loss=2660.0,
            opened_at=timestamp(OPENED),
        )
    )


def until_events(messages: Iterator[WatchTradesResponse], count: int) -> list[TradeEvent]:
    told: list[TradeEvent] = []
    for message in messages:
        told.extend(message.events.events)
        if len(told) >= count:
            return told
    raise AssertionError(f"the watch ended after {len(told)} of {count} events")


class EveryMethod(unittest.TestCase):
    def test_each_method_of_the_protos_is_a_call_of_both_clients_with_its_own_messages(self) -> None:
        methods = {value.path: value for value in vars(table).values() if isinstance(value, Method)}
        client = DtmsClient("127.0.0.1:1")
        for file in (
            account_service_pb2,
            action_service_pb2,
            market_data_service_pb2,
            notice_service_pb2,
            ownership_service_pb2,
            policy_service_pb2,
            system_service_pb2,
            trade_service_pb2,
        ):
            for service in file.DESCRIPTOR.services_by_name.values():
                for method in service.methods:
                    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in method.name)[1:]
                    self.assertTrue(hasattr(client, name), f"DtmsClient has no {name}")
                    self.assertIn(name, vars(AsyncDtmsClient) | dict.fromkeys(_attributes_of_async()))
                    known = methods.pop(f"/{service.full_name}/{method.name}")
                    self.assertEqual(known.request.DESCRIPTOR.full_name, method.input_type.full_name)
                    self.assertEqual(known.response.DESCRIPTOR.full_name, method.output_type.full_name)
        client.close()
        self.assertEqual(methods, {}, "methods the service does not have")


def _attributes_of_async() -> list[str]:
    async def attributes() -> list[str]:
        async with AsyncDtmsClient("127.0.0.1:1") as client:
            return list(vars(client))

    return asyncio.run(attributes())


@NEEDS_SERVER
class Calls(unittest.TestCase):
    def setUp(self) -> None:
        self.client = self.enterContext(DtmsClient(ADDRESS))

    def failed(self, request: RegisterTradeRequest) -> DtmsError:
        with self.assertRaises(DtmsError) as caught:
            self.client.register_trade(request)
        return caught.exception

    def test_a_trade_is_registered_once_and_read_back(self) -> None:
        first = self.client.register_trade(registration(CALLS, 2**63 - 1))
        again = self.client.register_trade(registration(CALLS, 2**63 - 1))
        self.assertEqual((first.already_registered, again.already_registered), (False, True))
        trade = self.client.get_trade(GetTradeRequest(account=CALLS, ticket=2**63 - 1)).trade
        self.assertEqual((trade.ticket, trade.stop_loss), (2**63 - 1, 2660.0))
        self.assertEqual(utc(trade.opened_at), OPENED)
        self.assertFalse(trade.HasField("take_profit"))
        listed = self.client.list_trades(ListTradesRequest(filter=TradeFilter(account=CALLS)))
        self.assertEqual([one.ticket for one in listed.trades], [2**63 - 1])

    def test_a_program_that_asks_for_protection_is_told_when_there_is_none(self) -> None:
        trade = registration(CALLS, 3).trade
        self.assertEqual(self.client.protect(trade).ticket, 3)
        self.assertEqual(self.client.protect(registration(CALLS, 3, volume=0.25).trade).volume, 0.5)
        self.client.close_trade(CloseTradeRequest(account=CALLS, ticket=3))
        self.assertTrue(self.client.register_trade(registration(CALLS, 3)).closed)
        with self.assertRaises(DtmsError) as caught:
            self.client.protect(trade)
        self.assertTrue(caught.exception.has_reason(ERROR_REASON_TRADE_CLOSED))

    def test_errors_tell_the_reason_the_fields_and_the_correlation_id(self) -> None:
        error = self.failed(registration(CALLS, 1, volume=-1))
        self.assertEqual(error.code, grpc.StatusCode.INVALID_ARGUMENT)
        self.assertTrue(error.has_reason(ERROR_REASON_INVALID_FIELD))
        self.assertEqual([violation.field for violation in error.violations], ["trade.volume"])
        self.assertTrue(error.correlation_id)
        self.assertFalse(error.transient)

        self.client.register_trade(registration(CALLS, 2))
        error = self.failed(registration(CALLS, 2, entry_price=2651.4))
        self.assertTrue(error.has_reason(ERROR_REASON_TRADE_DIFFERS))
        self.assertEqual(error.metadata["fields"], "entry_price")

        with self.assertRaises(DtmsError) as caught:
            self.client.get_trade(GetTradeRequest(account=CALLS, ticket=404))
        self.assertTrue(caught.exception.has_reason(ERROR_REASON_TRADE_NOT_FOUND))


@NEEDS_SERVER
class Watches(unittest.TestCase):
    def setUp(self) -> None:
        self.client = self.enterContext(DtmsClient(ADDRESS))

    def test_the_state_as_it_is_then_changes_and_another_watch_goes_on_after_them(self) -> None:
        account = WATCHED
        mine = TradeFilter(account=account)
        self.client.register_trade(registration(account, 1))
        with self.client.watch_trades(mine, initial_state=True) as watch:
            kinds = []
            for message in watch:
                kinds.append(message.WhichOneof("message"))
                if message.HasField("snapshot_end"):
                    break
                self.assertIsNone(watch.resume_token)
            self.assertEqual(kinds, ["snapshot_item", "snapshot_end"])
            self.client.pause_trade(PauseTradeRequest(account=account, ticket=1))
            self.assertEqual([event.WhichOneof("change") for event in until_events(watch, 1)], ["paused"])
            token = watch.resume_token
        self.assertEqual(list(watch), [], "a cancelled watch is at its end")

        self.client.resume_trade(ResumeTradeRequest(account=account, ticket=1))
        self.client.close_trade(CloseTradeRequest(account=account, ticket=1))
        with self.client.watch_trades(mine, resume_after=token) as watch:
            told = until_events(watch, 2)
        self.assertEqual([event.WhichOneof("change") for event in told], ["resumed", "state_changed"])

    def test_from_now_means_from_the_call_that_began_it(self) -> None:
        self.client.register_trade(registration(NOW, 1))
        with self.client.watch_trades(TradeFilter(account=NOW)) as watch:
            begun = next(message for message in watch if message.HasField("caught_up"))
            self.client.register_trade(registration(NOW, 2))
            self.assertEqual([event.ticket for event in until_events(watch, 1)], [2])
            self.assertGreater(begun.caught_up.revision, 0)

    def test_places_that_cannot_be_resumed_are_told(self) -> None:
        status = self.client.get_status(GetStatusRequest())
        with self.assertRaises(EpochChangedError):
            next(self.client.watch_trades(resume_after=ResumeToken(log_epoch="other", revision=1)))
        future = ResumeToken(log_epoch=status.log_epoch, revision=status.head_revision + 1_000_000)
        with self.assertRaises(DtmsError) as caught:
            next(self.client.watch_trades(resume_after=future))
        self.assertTrue(caught.exception.has_reason(ERROR_REASON_REVISION_IN_FUTURE))

    def ended_by(self, end: Callable[[DtmsClient, Watch], None]) -> None:
        client = DtmsClient(ADDRESS)
        watch = client.watch_trades(TradeFilter(account=SILENT))
        reached = threading.Event()

        def read() -> None:
            for _ in watch:
                reached.set()

        reader = threading.Thread(target=read)
        reader.start()
        self.assertTrue(reached.wait(30))
        end(client, watch)
        reader.join(30)
        self.assertFalse(reader.is_alive())
        client.close()

    def test_another_thread_ends_a_watch_that_waits(self) -> None:
        self.ended_by(lambda _, watch: watch.cancel())
        self.ended_by(lambda client, _: client.close())


@NEEDS_SERVER
class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_a_watch_and_calls_beside_it(self) -> None:
        async with AsyncDtmsClient(ADDRESS) as client:
            mine = TradeFilter(account=ASYNC)
            watch = client.watch_trades(mine, initial_state=True)
            changes: list[str | None] = []
            async for message in watch:
                if message.HasField("snapshot_end"):
                    await client.register_trade(registration(ASYNC, 1))
                    await client.close_trade(CloseTradeRequest(account=ASYNC, ticket=1))
                changes += [event.WhichOneof("change") for event in message.events.events]
                if len(changes) == 2:
                    break
            await watch.aclose()
            self.assertEqual(changes, ["registered", "state_changed"])
            self.assertIsNotNone(watch.resume_token)
            with self.assertRaises(EpochChangedError):
                await anext(client.watch_trades(resume_after=ResumeToken(log_epoch="other", revision=1)))

    async def test_cancelling_the_task_that_reads_ends_the_watch(self) -> None:
        async with AsyncDtmsClient(ADDRESS) as client:
            reached = asyncio.Event()

            async def read() -> None:
                async for _ in client.watch_trades(TradeFilter(account=SILENT)):
                    reached.set()

            task = asyncio.create_task(read())
            await asyncio.wait_for(reached.wait(), 30)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
