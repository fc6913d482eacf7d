"""Telling a server that a feed is a recording, so that no feed's name has to say it."""

from __future__ import annotations

from dtms.client import DtmsClient
from dtms.errors import DtmsError
from dtms.v1.error_reason_pb2 import ERROR_REASON_PERMISSION_DENIED
from dtms.v1.market_data_service_pb2 import FEED_KIND_RECORDED, Feed, ListFeedsRequest, UpsertFeedRequest

_PAGE = 1000


def declare_recording(client: DtmsClient, feed: str, account: str) -> None:
    """Makes a recorded feed, open to everybody where the key may do that, else to `account` alone. A feed that is there
    already stays as it is. Raises DtmsError, with FEED_DENIED where it is somebody else's.
    """
    if _is_there(client, feed):
        return
    try:
        client.upsert_feed(UpsertFeedRequest(feed=feed, kind=FEED_KIND_RECORDED))
    except DtmsError as error:
        # The key is limited to accounts.
        if not error.has_reason(ERROR_REASON_PERMISSION_DENIED):
            raise
        client.upsert_feed(UpsertFeedRequest(feed=feed, kind=FEED_KIND_RECORDED, accounts=[account]))


def _is_made(feed: Feed) -> bool:
    """Whether somebody made it: one that trades wait for is listed as well."""
    return feed.kind == FEED_KIND_RECORDED or bool(feed.accounts or feed.made_by) or feed.markets > 0


def _is_there(client: DtmsClient, name: str) -> bool:
    page_token = ""
    while True:
        page = client.list_feeds(ListFeedsRequest(page_size=_PAGE, page_token=page_token))
        for feed in page.feeds:
            if feed.name == name:
                return _is_made(feed)
        page_token = page.next_page_token
        if not page_token:
            return False
