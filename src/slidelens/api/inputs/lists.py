"""Require lists where a text would be read letter by letter."""

from __future__ import annotations

from slidelens.errors import ParamsError


def require_list(value: object, name: str) -> None:
    """Raise ParamsError if a single text is given for a list of texts.

    Args:
        value: What is given; None is passed.
        name: Name of the argument, for the message.
    """
    if isinstance(value, str):
        raise ParamsError(f"{name} is the text {value!r}; give a list, like [{value!r}]")
