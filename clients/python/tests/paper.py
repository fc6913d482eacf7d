"""The paper terminal of docs/examples, for tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[3] / "docs" / "examples" / "python"))

from paper_terminal import PaperTerminal  # noqa: E402

__all__ = ["SYMBOL", "PaperTerminal", "paper"]

SYMBOL = "BTCUSD"


def paper() -> PaperTerminal:
    """One with a price."""
    terminal = PaperTerminal(SYMBOL)
    terminal.quote(100.0, 100.5)
    return terminal
