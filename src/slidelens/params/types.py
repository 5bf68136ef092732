"""Types of parameters, and the base class of their sections."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _number(value: Any) -> Any:
    """Convert text to a number: DVC writes 1e-5 as `1e-05`, which YAML 1.1 reads as text."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _label(value: Any) -> Any:
    """Convert a date to text: YAML reads 2013 as a number and 2018-05-01 as a date."""
    return value if value is None or isinstance(value, bool) else str(value)


Number = Annotated[float, BeforeValidator(_number)]
Positive = Annotated[Number, Field(gt=0)]
Share = Annotated[Number, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Date = Annotated[str, BeforeValidator(_label)]
TileSide = Annotated[int, Field(ge=16, multiple_of=16)]


class Section(BaseModel):
    """A group of parameters; unknown names are refused and values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
