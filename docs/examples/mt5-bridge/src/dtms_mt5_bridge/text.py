"""Texts from the terminal made fit for the wire."""


def clean(text: str, longest: int = 256) -> str:
    """Without control characters, and not longer than the field allows."""
    return "".join(c if c >= " " and c != "\x7f" else " " for c in text)[:longest]
