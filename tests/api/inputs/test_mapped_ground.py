"""Inventories that say where they are complete: ground elsewhere does not count."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from slidelens.api.comparison.compare import compare
from slidelens.api.density import kernel_density
from slidelens.api.histories import trace_landslides
from slidelens.api.inputs.mapped_ground import common_ground, read_mapped_ground
from slidelens.errors import InventoryError
from slidelens.geo.vectors.inventory import write_layers
from support.studies import UTM

WEST, EAST = shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000)
IN_WEST, IN_EAST = shapely.box(100, 100, 200, 200), shapely.box(1500, 100, 1600, 200)
AT = (400_000, 3_000_000)


def frame(*shapes: shapely.Geometry, crs: object = UTM) -> gpd.GeoDataFrame:
    moved = [shapely.affinity.translate(shape, *AT) for shape in shapes]
    return gpd.GeoDataFrame({"id": range(len(moved))}, geometry=moved, crs=UTM).to_crs(crs)


def saved(path: Path, *shapes: shapely.Geometry, mapped: shapely.Geometry | None = None) -> Path:
    layers = {"landslides": frame(*shapes)}
    write_layers(layers if mapped is None else layers | {"mapped": frame(mapped)}, path)
    return path


def test_a_landslide_where_the_map_has_no_data_is_not_missed(tmp_path: Path) -> None:
    observed = saved(tmp_path / "observed.gpkg", IN_WEST, IN_EAST)
    half, whole = (
        saved(tmp_path / name, IN_WEST, mapped=ground)
        for name, ground in (("half.gpkg", WEST), ("whole.gpkg", WEST.union(EAST)))
    )
    assert compare(observed, whole).scores()["area"]["recall"] == pytest.approx(0.5)
    limited = compare(observed, half)
    assert limited.scores()["area"]["recall"] == 1
    assert limited.to_dict()["compared"] == "layer mapped of half.gpkg"


def test_two_maps_are_compared_where_both_have_data(tmp_path: Path) -> None:
    left = saved(tmp_path / "left.gpkg", IN_WEST, mapped=WEST)
    wide = saved(tmp_path / "wide.gpkg", IN_WEST, IN_EAST, mapped=WEST.union(EAST))
    assert compare(left, wide).scores()["area"]["precision"] == 1
    right = saved(tmp_path / "right.gpkg", IN_EAST, mapped=EAST)
    with pytest.raises(InventoryError, match=r"left.gpkg and layer .* no ground in common"):
        compare(left, right)


def test_an_area_is_cut_to_what_was_mapped(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", IN_WEST, IN_EAST, mapped=WEST)
    both = kernel_density(path, area=frame(WEST, EAST), radius_m=200, cell_m=50)
    alone = kernel_density(path, radius_m=200, cell_m=50)
    assert both.to_dict()["n"] == alone.to_dict()["n"] == 1
    assert both.array.shape == alone.array.shape == (20, 20)
    degrees = common_ground([path], frame(WEST, EAST, crs=4326))
    assert degrees is not None
    assert degrees.frame.crs == UTM
    assert degrees.frame.area.sum() == pytest.approx(1e6, rel=1e-4)


def test_a_landslide_that_a_later_map_does_not_reach_has_not_healed(tmp_path: Path) -> None:
    first = saved(tmp_path / "2013.gpkg", IN_WEST, IN_EAST)
    healed = {"2013": first, "2014": saved(tmp_path / "2014.gpkg", IN_WEST)}
    unseen = {"2013": first, "2014": saved(tmp_path / "x.gpkg", IN_WEST, mapped=WEST)}
    for inventories, number in ((healed, 1), (unseen, 0)):
        ledger = trace_landslides(inventories).ledger.set_index("date")
        assert ledger.loc["2014", "healed"] == number
    given = trace_landslides(unseen, observed={"2014": frame(WEST, EAST)}).ledger.set_index("date")
    assert given.loc["2014", "healed"] == 1  # what the user says goes first


def test_who_says_nothing(tmp_path: Path) -> None:
    assert read_mapped_ground(frame(WEST)) is None
    assert read_mapped_ground(saved(tmp_path / "a.gpkg", IN_WEST)) is None
    assert common_ground([frame(WEST)], None) is None


def test_an_empty_layer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    write_layers({"landslides": frame(IN_WEST), "mapped": frame()}, path)
    with pytest.raises(InventoryError, match="layer mapped of a.gpkg"):
        kernel_density(path)
