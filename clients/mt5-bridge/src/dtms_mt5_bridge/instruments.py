"""Tells DTMS the contract terms of the symbols, and again when the broker changes them."""

import logging
from collections.abc import Iterable

from dtms import DtmsClient
from dtms.bridge import TerminalError
from dtms.v1.market_data_service_pb2 import UpsertInstrumentsRequest

from . import wire
from .config import Settings
from .mt5 import Mt5
from .records import SymbolSpec

log = logging.getLogger(__name__)


class Instruments:
    """The configured symbols and those of open positions."""

    def __init__(self, mt5: Mt5, client: DtmsClient, settings: Settings) -> None:
        self._mt5 = mt5
        self._client = client
        self._account = settings.account
        self._commissions = {s.name: s.commission_per_lot for s in settings.symbols}
        self._told: dict[str, SymbolSpec] = {}

    def tell(self, symbols: Iterable[str] = ()) -> None:
        """Sends the terms that are new or changed; refused ones again each time. Raises DtmsError."""
        wanted = self._commissions.keys() | self._told.keys() | set(symbols)
        specs = {symbol: self._spec(symbol) for symbol in sorted(wanted)}
        new = {name: spec for name, spec in specs.items() if spec and spec != self._told.get(name)}
        if not new:
            return
        names = list(new)
        told = [
            wire.instrument(self._account, spec, self._commissions.get(name, 0.0))
            for name, spec in new.items()
        ]
        answer = self._client.upsert_instruments(UpsertInstrumentsRequest(instruments=told))
        for item in answer.rejected:
            refused = names[item.index]
            log.error("%s: terms refused: %s %s", refused, item.field, item.description)
            del new[refused]
        self._told |= new

    @property
    def known(self) -> frozenset[str]:
        """The symbols whose terms were told."""
        return frozenset(self._told)

    @property
    def hedge_adds_margin(self) -> bool:
        """Whether a hedge of any configured symbol needs margin of its own."""
        specs = [self._spec(symbol) for symbol in self._commissions]
        return any(spec.hedge_adds_margin for spec in specs if spec is not None)

    def _spec(self, symbol: str) -> SymbolSpec | None:
        try:
            return self._mt5.spec(symbol)
        except TerminalError as error:
            log.warning("%s: %s", symbol, error)
            return None
