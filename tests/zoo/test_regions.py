"""Studies in which one region is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.params.sources import SourceParams
from zoo.regions import REGIONS, link_study, recipe


@pytest.mark.parametrize("name", REGIONS)
def test_the_region_left_out_is_no_source(name: str, tmp_path: Path) -> None:
    params = recipe(name, link_study(name, tmp_path / "study", tmp_path / "data"))
    sources = params.study.pretrain
    assert isinstance(sources, tuple)
    names = {source.name for source in sources if isinstance(source, SourceParams)}
    assert names == {"taiwan", "kodagu", "iburi"} - {name}
    weights = {source.name: source.weight for source in sources if isinstance(source, SourceParams)}
    if {"taiwan", "kodagu"} <= names:
        ratio = weights["taiwan"] / weights["kodagu"]
        assert ratio == pytest.approx((1741 / 77) ** 0.5, rel=0.01)
    assert (tmp_path / "study/scenes/after.tif").readlink() == tmp_path / "data" / REGIONS[
        name
    ].scene
    assert ("before" in params.dates) == (REGIONS[name].before is not None)
    assert params.study.bands == ("red", "green", "blue")
