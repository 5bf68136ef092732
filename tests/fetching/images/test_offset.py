"""Sentinel-2's offset is decided by metadata and pixels; where they disagree it is said."""

from __future__ import annotations

from typing import Any

import pystac
import pytest
import shapely

from slidelens.fetching.images.bands import ItemBand
from slidelens.fetching.images.image import Source
from slidelens.fetching.images.offset import decide_offset, describe_doubt

FLAG = "earthsearch:boa_offset_applied"
LOW, SHIFTED = {"red": 90.0, "nir": 60.0}, {"red": 1090.0, "nir": 1060.0}
BRIGHT, DESERT = {"red": 4000.0, "blue": 3500.0}, {"red": 2400.0, "blue": 1100.0}


def source(baseline: float | None, flag: bool | None = None, stated: float | None = None) -> Source:
    properties: dict[str, Any] = {"datetime": "2022-06-01T00:00:00Z"}
    if flag is not None:
        properties[FLAG] = flag
    values: dict[str, Any] = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": "S2B_20HMD_20221023_0_L2A",
    }
    values |= {"geometry": None, "properties": properties, "links": [], "assets": {}}
    band = ItemBand("red", 1, True, "red.tif", 1e-4, stated)
    item = pystac.Item.from_dict(values)
    return Source(item, {"red": band}, None, shapely.Point(), baseline, True)


@pytest.mark.parametrize(
    ("item", "dark", "offset", "followed"),
    [
        (source(2.08), LOW, 0, "both"),
        (source(4.0), SHIFTED, -1000, "both"),
        (source(5.1, stated=-0.1), SHIFTED, -1000, "both"),
        (source(4.0, flag=True, stated=-0.1), LOW, 0, "both"),
        # what the pixels cannot tell follows from the metadata
        (source(4.0), BRIGHT, -1000, "metadata"),
        (source(4.0, flag=True), DESERT, 0, "metadata"),
        (source(4.0, flag=False, stated=-0.1), {}, -1000, "metadata"),
        (source(4.0, stated=0.0), {}, 0, "metadata"),
        (source(2.08, flag=False, stated=-0.1), {}, 0, "metadata"),
        # and the reverse
        (source(None), SHIFTED, -1000, "pixels"),
        (source(None), LOW, 0, "pixels"),
        (source(None), {}, 0, "neither"),
        # the flag of the catalogue is wrong
        (source(4.0, flag=False, stated=-0.1), LOW, 0, "pixels"),
        (source(4.0, flag=True), SHIFTED, -1000, "pixels"),
        # products of this age never had the offset: bright ground
        (source(2.08), SHIFTED, 0, "metadata"),
    ],
)
def test_the_decision(item: Source, dark: dict[str, float], offset: float, followed: str) -> None:
    decision = decide_offset(item, dark)
    assert (decision.added, decision.followed) == (offset, followed)


def test_a_disagreement_is_one_line_with_what_is_followed() -> None:
    item = source(4.0, flag=False, stated=-0.1)
    line = describe_doubt(item, decide_offset(item, LOW))
    assert line == (
        "S2B_20HMD_20221023_0_L2A: metadata and pixels disagree on the offset of 1000; by the"
        " metadata it is there (raster:bands), by the pixels it is not there (dark ones are 60);"
        " the pixels are followed"
    )
    old = source(2.08)
    line = describe_doubt(old, decide_offset(old, SHIFTED))
    assert line is not None
    assert line.endswith("the metadata are followed")


def test_agreement_and_silence_of_one_need_no_line() -> None:
    for item, dark in ((source(4.0), SHIFTED), (source(4.0), {}), (source(None), LOW)):
        assert describe_doubt(item, decide_offset(item, dark)) is None


def test_that_nothing_tells_is_said() -> None:
    item = source(None)
    line = describe_doubt(item, decide_offset(item, {}))
    assert line is not None
    assert line.endswith(
        "neither metadata nor pixels tell whether 1000 was added to the values;"
        " they are taken as they are"
    )
