"""The values that parameters take, and their defaults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from slidelens.errors import ParamsError
from slidelens.params.loading import load_params, parse_params
from slidelens.params.schema import Params
from slidelens.params.types import Section
from support.studies import ROOT, changed_values


@pytest.mark.parametrize(("given", "value"), [("1e-05", 1e-5), (1e-5, 1e-5), (1, 1.0), ("3", 3.0)])
def test_a_number_that_dvc_writes_as_text_is_a_number(given: object, value: float) -> None:
    assert parse_params(changed_values(lr=given)).lr == value


@pytest.mark.parametrize("value", [True, False])
def test_a_truth_value_is_no_number(value: bool) -> None:
    with pytest.raises(ParamsError, match=r"evaluate\.symmetries.* is no number"):
        parse_params(changed_values(evaluate__symmetries=value))


def test_dates_are_labels_even_where_yaml_reads_numbers() -> None:
    values = changed_values(
        dates=[2013, 2014], split__dates=[2013], finetune__from={2013: "pretrained", 2014: 2013}
    )
    params = parse_params(values)
    assert params.dates == ("2013", "2014")
    assert params.split.dates == ("2013",)
    assert params.finetune.start == {"2013": "pretrained", "2014": "2013"}


def test_dates_are_in_time_order_however_they_are_listed() -> None:
    params = parse_params(changed_values(dates=["2014", "2013"]))
    assert params.dates == ("2013", "2014")
    assert params.listed_dates == ("2014", "2013")
    settled = parse_params(changed_values(study__order=["2014", 2013]))
    assert settled.dates == ("2014", "2013")


def test_a_dump_reads_back_to_the_same_parameters() -> None:
    params = parse_params(changed_values())
    assert Params.model_validate(params.model_dump(by_alias=True)) == params


def test_parameters_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse_params(changed_values()).lr = 1.0  # type: ignore[misc]


def test_every_parameter_is_explained_beside_it() -> None:
    lines = (ROOT / "params.yaml").read_text(encoding="utf-8").splitlines()
    bare = [
        line
        for line in lines
        if ": " in line
        and "#" not in line
        and not line.strip().startswith(("#", '"'))
        and not line.startswith("dates:")
    ]
    # A name that finetune shares with pretrain is explained there.
    explained = {line.split(":")[0].strip() for line in lines if "#" in line}
    explained |= {"scene", "inventory", "lr_factor"}  # explained by the line above them
    assert [line for line in bare if line.split(":")[0].strip() not in explained] == []


def defaults(
    model: type[Section], values: dict[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Each parameter that has a default: its name, the default and the value of params.yaml."""
    for name, field in model.model_fields.items():
        key = field.alias or name
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from defaults(field.annotation, values[key], f"{prefix}{key}.")
        elif not field.is_required():
            yield f"{prefix}{key}", field.default, values[key]


def test_a_parameter_that_is_left_out_has_the_value_that_params_yaml_documents() -> None:
    documented = load_params(ROOT / "params.yaml").model_dump(by_alias=True)
    compared = list(defaults(Params, documented))
    assert len(compared) > 50
    demo_only = {"study.pretrain.aoi"}  # the demo's own file
    different = [name for name, default, value in compared if default != value]
    assert set(different) <= demo_only


def test_the_window_of_earlier_versions_is_accepted() -> None:
    values = changed_values()
    values["evaluate"]["window"] = 1024
    assert parse_params(values) == parse_params(changed_values())
