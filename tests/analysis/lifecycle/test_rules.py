"""Bounds of the thresholds."""

from __future__ import annotations

import re

import pytest

from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.errors import ParamsError

SHARES = ("minimum_overlap", "changed_share", "minimum_observed", "nested_share")


@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize("value", [0, 1.5])
def test_shares_are_checked(name: str, value: float) -> None:
    with pytest.raises(ParamsError, match=f"{name} is {value:g}; give a share"):
        LifecycleRules(**{name: value})  # type: ignore[arg-type]  # one of the float fields


@pytest.mark.parametrize("name", SHARES)
def test_the_whole_is_a_share(name: str) -> None:
    assert getattr(LifecycleRules(**{name: 1.0}), name) == 1  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("value", [-1, 1e300, 1000.5, float("inf"), float("nan")])
def test_the_tolerance_is_checked(value: float) -> None:
    with pytest.raises(ParamsError, match=re.escape(f"tolerance_m is {value:g}; give metres")):
        LifecycleRules(tolerance_m=value)


@pytest.mark.parametrize("value", [0, 1000])
def test_the_ends_of_the_tolerance_are_allowed(value: float) -> None:
    assert LifecycleRules(tolerance_m=value).tolerance_m == value
