"""Turn text from data, and numbers, into text that is right and safe where it is shown.

Labels, file names, attributes and parameters may come from strangers. There is one function for
each place where text could be taken for something else: a terminal, a CSV cell, HTML, a script
element and the labels of a figure. Words of a command are quoted by `shlex.quote`.
"""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# Control characters, line and paragraph separators, direction overrides, undecodable bytes.
_HIDDEN = "\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_UNPRINTABLE = re.compile(f"[\x00-\x1f{_HIDDEN}]")
_UNPRINTABLE_BUT_SPACE = re.compile(f"[\x00-\x08\x0b-\x1f{_HIDDEN}]")
_UNPRINTABLE_IN_JSON = re.compile(f"[{_HIDDEN}]")
_FORMULA_STARTS = tuple("=+-@\t\n＝＋－＠")


def printable(text: str) -> str:
    r"""Return text with control characters and direction overrides as escapes, such as \x1b."""
    return _UNPRINTABLE.sub(_escape, text)


def one_line(text: str) -> str:
    """Return printable text with runs of white space as single spaces, for a message."""
    return printable(" ".join(text.split()))


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun, for a message: `1 row is`, `2 rows are`.

    Args:
        number: How many.
        one: What follows the number 1.
        many: What follows other numbers; None: `one` with an s.
    """
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def json_text(value: Any, indent: int | None = 2) -> str:
    """Return JSON in readable Unicode; what a terminal would obey is escaped as JSON allows.

    Args:
        value: Keys stay in their order.
        indent: Spaces a level; None gives one line without spaces.

    Raises:
        ValueError: A number is NaN or infinite; use None.
    """
    separators = (",", ":") if indent is None else None
    text = json.dumps(
        value, indent=indent, separators=separators, allow_nan=False, ensure_ascii=False
    )
    return _UNPRINTABLE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def script_json(value: Any) -> str:
    """Return JSON that ends no script element and begins no comment in one."""
    return json_text(value, indent=None).replace("<", "\\u003c")


def html_text(text: object) -> str:
    """Return text for HTML, between tags or in a quoted attribute."""
    return html.escape(_UNPRINTABLE_BUT_SPACE.sub(_escape, str(text)))


def csv_cell(value: Any) -> Any:
    """Return a cell that a spreadsheet does not take for a formula.

    Text that begins like a formula gets an apostrophe in front, and control characters become
    escapes; numbers, and text that is a number, stay as they are.
    """
    if not isinstance(value, str):
        return value
    text = _UNPRINTABLE_BUT_SPACE.sub(_escape, value)
    if len(text) < 2 or not text.startswith(_FORMULA_STARTS):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def csv_text(frame: pd.DataFrame, **options: Any) -> str:
    """Return a table as CSV without its index and without formulas.

    Args:
        frame: The table.
        options: For `DataFrame.to_csv`, for example float_format.
    """
    safe = frame.rename(columns=csv_cell)
    for position, kind in enumerate(frame.dtypes):
        if kind.kind not in "biufcmM":
            safe.isetitem(position, frame.iloc[:, position].map(csv_cell).to_numpy())
    return str(safe.to_csv(index=False, **options))


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
