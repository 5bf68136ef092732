"""A map and its files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from slidelens.api.inputs.inventories import load_area, load_inventory
from slidelens.api.landslide_map import LandslideMap, require_new_folder
from slidelens.errors import OutputError, ParamsError
from slidelens.geo.vectors.inventory import read_inventory
from slidelens.layers.probability import read_probability
from slidelens.layers.provenance import Provenance
from slidelens.layers.vector_formats import FORMATS, VectorFormat
from support.studies import UTM, box, grid_of

GRID = grid_of(20, 20)


@pytest.fixture
def landslide_map() -> LandslideMap:
    valid = np.ones(GRID.shape, bool)
    valid[:, :10] = False
    return LandslideMap(
        probability=np.full(GRID.shape, 0.25, np.float32),
        uncertainty=None,
        valid=valid,
        grid=GRID,
        threshold=0.4,
        landslides=gpd.GeoDataFrame(geometry=[box(GRID, 2, 12, 4, 5)], crs=UTM),
        scene="2015.tif",
        weights="2015.weights.h5",
    )


def test_its_numbers(landslide_map: LandslideMap) -> None:
    # 4 × 5 pixels of 100 m² are landslide, 20 × 10 are mapped
    assert landslide_map.summary() == {
        "landslides": 1,
        "area_m2": 2000,
        "mapped_km2": 0.02,
        "threshold": 0.4,
    }
    assert repr(landslide_map) == (
        "<LandslideMap of 2015.tif: 1 landslide, 0.002 of 0.02 km², threshold 0.4>"
    )
    assert "<tr><th>area_m2</th><td>2000</td></tr>" in landslide_map._repr_html_()


def test_its_files(landslide_map: LandslideMap, tmp_path: Path) -> None:
    folder = tmp_path / "map"
    landslide_map.save(folder)
    probability, valid, grid = read_probability(folder / "probability.tif")
    assert grid == GRID
    np.testing.assert_array_equal(valid, landslide_map.valid)
    assert probability[valid] == pytest.approx(0.25, abs=1 / 254)
    assert read_inventory(folder / "inventory.gpkg").area.tolist() == [2000]
    with pytest.raises(OutputError, match="nothing in it is overwritten; name a new folder$"):
        landslide_map.save(folder)


@pytest.mark.parametrize("format", FORMATS)
def test_its_inventory_says_what_it_was_made_from(
    landslide_map: LandslideMap, tmp_path: Path, format: VectorFormat
) -> None:
    made = replace(
        landslide_map, provenance=Provenance("2015.tif", "w.weights.h5", "unet", "2015-04-25")
    )
    made.save(tmp_path / "map", format)
    inventory = load_inventory(tmp_path / f"map/inventory.{format}", "inventory").frame
    assert inventory.area.tolist() == [2000]
    assert inventory["occurred_by"].tolist() == ["2015-04-25"]
    assert inventory["method"].tolist() == ["unet"]
    extent = "inventory.gpkg" if format == "gpkg" else f"mapped.{format}"
    assert load_area(tmp_path / "map" / extent).frame.area.tolist() == [20_000]
    assert (tmp_path / "map/probability.qml").is_file()
    assert not (tmp_path / "map/deviation.qml").exists()


def test_the_deviation_has_a_style_of_its_own(landslide_map: LandslideMap, tmp_path: Path) -> None:
    deviation = np.zeros(GRID.shape, np.float32)
    replace(landslide_map, uncertainty=deviation).save(tmp_path / "map")
    assert (tmp_path / "map/deviation.qml").is_file()


def test_a_format_that_cannot_be_written_leaves_no_folder(
    landslide_map: LandslideMap, tmp_path: Path
) -> None:
    with pytest.raises(ParamsError, match="format is shp; give one of gpkg, parquet, fgb"):
        landslide_map.save(tmp_path / "map", "shp")  # type: ignore[arg-type]
    assert not (tmp_path / "map").exists()


def test_an_empty_folder_is_new_and_a_file_is_not(tmp_path: Path) -> None:
    require_new_folder(tmp_path)
    require_new_folder(tmp_path / "missing")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file is there already"):
        require_new_folder(tmp_path / "file")
