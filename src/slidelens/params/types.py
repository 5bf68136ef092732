"""Types of parameters, and the base class of their sections."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_DECIMAL = re.compile(r"\s*[-+]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s*", re.ASCII)
_NOT_FINITE = ("nan", "inf", "infinity")


def _number(value: Any) -> Any:
    """Convert text to a number: DVC writes 1e-5 as `1e-05`, which YAML 1.1 reads as text."""
    if isinstance(value, str) and (
        _DECIMAL.fullmatch(value) or value.strip(" +-").lower() in _NOT_FINITE
    ):
        return float(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 1e300:
        return float("inf") if value > 0 else float("-inf")
    return value


def _no_truth_value(value: Any) -> Any:
    """Refuse true and false, which Python holds to be the numbers 1 and 0."""
    if isinstance(value, bool):
        raise ValueError(f"{str(value).lower()} is no number")
    return value


def _label(value: Any) -> Any:
    """Convert a date to text: YAML reads 2013 as a number and 2018-05-01 as a date."""
    if isinstance(value, float):
        raise ValueError(
            f"the date {value} is a number, whose digits may not be those that were typed;"
            f' put it in quotes, "{value}"'
        )
    return value if value is None or isinstance(value, bool) else str(value)


def _printable(text: str) -> str:
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            shown = text if len(text) < 50 else f"{text[:50]}…"
            raise ValueError(
                f"{shown!r} has the control character {character!r}; write plain text without it"
            )
    return text


Number = Annotated[float, BeforeValidator(_number)]
Symmetries = Annotated[Literal[1, 4, 8], BeforeValidator(_no_truth_value)]
Positive = Annotated[Number, Field(gt=0)]
Share = Annotated[Number, Field(ge=0, le=1, description="a share")]
Count = Annotated[int, Field(ge=1)]
Text = Annotated[str, Field(max_length=1000), AfterValidator(_printable)]
Date = Annotated[str, BeforeValidator(_label), Field(max_length=100), AfterValidator(_printable)]
TileSide = Annotated[
    int, Field(ge=16, le=65_536, multiple_of=16, description="side of a tile, pixels")
]


class Section(BaseModel):
    """A group of parameters; unknown names are refused and values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
