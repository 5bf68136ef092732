"""One event of pretraining, or a list of sources."""

from __future__ import annotations

from typing import Any

import pytest

from slidelens.errors import ParamsError
from slidelens.params.loading import parse_params
from support.studies import changed_values

SOURCE = {"name": "taiwan", "scene": "t.tif", "inventory": "t.gpkg"}


def test_one_event_has_no_name() -> None:
    ((name, source),) = parse_params(changed_values()).study.sources.items()
    assert (name, source.scene, source.pixel_m) == (None, "pretrain/scene.tif", None)


def test_several_sources_are_told_by_name() -> None:
    listed = [SOURCE | {"tile_px": 128}, SOURCE | {"name": "kodagu", "weight": 2, "pixel_m": "5"}]
    study = parse_params(changed_values(study__pretrain=listed)).study
    assert list(study.sources) == ["taiwan", "kodagu"]
    assert not isinstance(study.pretrain, tuple) or study.pretrain[1].weight == 2
    assert (study.sources["taiwan"].tile_px, study.sources["kodagu"].pixel_m) == (128, 5)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (5, "study.pretrain is 5; it should be a section with its parameters below it"),
        ([], "study.pretrain is []; it should be a list with at least one entry"),
        ([{**SOURCE, "sceen": "x"}], "did you mean study.pretrain.0.scene?"),
        ([{**SOURCE, "weight": 0}], "study.pretrain.0.weight is 0; it should be greater than 0"),
        ([{**SOURCE, "name": "a/b"}], "study.pretrain.0.name: 'a/b' cannot name a source"),
        ([SOURCE, SOURCE | {"name": "Taiwan"}], "2 sources are called taiwan; give each a name"),
        ({"scene": "x"}, "study.pretrain.inventory is missing"),
        ({"scene": "x", "inventory": "y", "weight": 2}, "weight is not a parameter; there are"),
        ([{**SOURCE, "landslide_share": 1.0}], "greater than 0 and less than 1 (a share)"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(value: Any, told: str) -> None:
    with pytest.raises(ParamsError) as error:
        parse_params(changed_values(study__pretrain=value))
    assert told in str(error.value)
    assert "\n" not in str(error.value)
