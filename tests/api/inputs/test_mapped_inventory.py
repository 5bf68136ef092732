"""An inventory and the area that was mapped."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from slidelens.api.inputs.mapped_inventory import read_mapped
from slidelens.errors import InventoryError
from support.inventories.scatter import AREA, SCATTER, landslides, saved


def test_landslides_outside_the_area_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    inventory, area = saved(tmp_path, "a.gpkg", SCATTER), saved(tmp_path, "aoi.gpkg", AREA)
    mapped, ground, name = read_mapped(inventory, area)
    inside = int(SCATTER.centroid.within(AREA.geometry[0]).sum())
    assert len(mapped.frame) == inside
    assert ground is not None
    assert shapely.area(ground) == pytest.approx(4e6)
    assert name == "aoi.gpkg"
    assert (
        "a.gpkg: landslides left out, as their centroid is outside aoi.gpkg: "
        f"{25 - inside} of 25" in caplog.messages
    )


def test_without_an_area_all_landslides_count() -> None:
    mapped, ground, name = read_mapped(SCATTER, None)
    assert (len(mapped.frame), ground, name) == (25, None, None)


def test_no_landslides_need_an_area() -> None:
    with pytest.raises(
        InventoryError,
        match="inventory has no landslide, and so no extent; "
        r"name the ground that was mapped with area \(--aoi\)",
    ):
        read_mapped(SCATTER.iloc[:0], None)
    mapped, ground, _ = read_mapped(SCATTER.iloc[:0], AREA)
    assert len(mapped.frame) == 0
    assert ground is not None


def test_an_area_elsewhere_is_refused(tmp_path: Path) -> None:
    elsewhere = saved(tmp_path, "aoi.gpkg", landslides((90_000, 0), side_m=2000))
    with pytest.raises(
        InventoryError,
        match=r"a\.gpkg lies outside aoi\.gpkg: x 325\d+ to 32\d+, .* in metres; check their CRSs",
    ):
        read_mapped(saved(tmp_path, "a.gpkg", SCATTER), elsewhere)
