"""Refuse lengths that have no meaning."""

from __future__ import annotations

import math

from slidelens.errors import ParamsError

_MIN_LENGTH_M, _MAX_LENGTH_M = 1e-3, 2e7  # from a millimetre to half round the Earth


def require_positive(value_m: float, what: str) -> None:
    """Raise ParamsError unless a length is positive and finite.

    Args:
        value_m: The length, metres.
        what: Its name, for the message.
    """
    if not (value_m > 0 and math.isfinite(value_m)):
        raise ParamsError(f"the {what} is {value_m:g} m; give one over 0 m")


def require_length(value_m: float, what: str) -> None:
    """Raise ParamsError unless a length that a user gives is from a millimetre to 20,000 km.

    Args:
        value_m: The length, metres.
        what: Its name, for the message.
    """
    require_positive(value_m, what)
    if not _MIN_LENGTH_M <= value_m <= _MAX_LENGTH_M:
        raise ParamsError(f"the {what} is {value_m:g} m; give one from 0.001 m to 20,000 km")
