"""Rules of the demo's parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.demo.params import DemoParams, load_demo_params, parse_demo_params
from slidelens.errors import ParamsError

ROOT = Path(__file__).resolve().parents[2]


def test_the_demo_of_the_repository_is_valid() -> None:
    params = load_demo_params(ROOT / "demo/params.yaml")
    assert params.pretrain.date in params.dates


@pytest.mark.parametrize(
    ("section", "name", "value", "message"),
    [
        ("area", "aoi_share", 0.99, r"^here\.yaml: area\.aoi_share is 0\.99; input should be less"),
        ("pretrain", "date", "1999", r"^here\.yaml: pretrain\.date is 1999; give one of dates: 2"),
    ],
)
def test_invalid_values_are_named(section: str, name: str, value: object, message: str) -> None:
    values = DemoParams.tiny().model_dump()
    values[section][name] = value
    with pytest.raises(ParamsError, match=message):
        parse_demo_params(values, "here.yaml")
