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


@pytest.mark.parametrize("value", [1e300, -1e300, float("nan"), 10**400, "1" * 5000])
def test_absurd_values_are_refused_in_a_short_line(value: object) -> None:
    for section, name in (("terrain", "base_m"), ("landslides", "rho"), ("area", "west_m")):
        values = DemoParams.tiny().model_dump()
        values[section][name] = value
        with pytest.raises(ParamsError, match=rf"^here\.yaml: {section}\.{name} is ") as caught:
            parse_demo_params(values, "here.yaml")
        assert len(str(caught.value)) < 300


def test_a_file_that_names_a_value_twice(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("seed: 1\nseed: 2\n")
    with pytest.raises(ParamsError, match="line 2: seed stands twice"):
        load_demo_params(tmp_path / "params.yaml")
