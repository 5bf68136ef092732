"""A study on disk.

What is found, the grids it is brought onto, and every problem with its remedy.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from rasterio.crs import CRS

from slidelens.errors import InventoryError, SceneError
from slidelens.geo.grid import Grid
from slidelens.study.opening import open_study
from slidelens.study.reading import RawDataReader
from slidelens.study.study import Study
from support.studies import (
    AROUND,
    BANDS,
    NORTH,
    PIXEL_M,
    SIDE,
    UTM,
    WEST,
    Date,
    area_grid,
    box,
    grid_of,
    image,
    params_for,
    scene_grid,
    write_image,
    write_shapes,
    write_study,
)

DATES = ["2013", "2014"]
AREA = shapely.box(*area_grid().bounds)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_study(tmp_path / "raw", {date: Date(number=6) for date in DATES})
    return tmp_path / "raw"


def opened(root: Path, dates: list[str] = DATES, **changes: Any) -> Study:
    return open_study(params_for(root, dates, **changes))


def problems(root: Path, **changes: Any) -> str:
    return "\n".join(opened(root, **changes).problems)


def test_a_sound_study(root: Path) -> None:
    study = opened(root)
    assert (study.problems, study.notes, study.bands) == ((), (), BANDS)
    assert [ground.name for ground in study.targets] == DATES
    assert [source.name for source in study.sources] == ["pretrain"]
    assert study.sources[0].grid == area_grid(WEST + 5000)


def test_every_date_is_on_one_grid_around_the_area(root: Path) -> None:
    # 32 pixels are added around the area
    assert {ground.grid for ground in opened(root).targets} == {scene_grid()}


def test_the_grid_is_laid_on_the_first_scenes_pixels(root: Path) -> None:
    off = grid_of(
        SIDE + 2 * AROUND,
        SIDE + 2 * AROUND,
        west=WEST - AROUND * PIXEL_M + 3.7,
        north=NORTH + AROUND * PIXEL_M + 1.2,
    )
    values = image(off, [], seed=1)
    write_image(root / "scenes/2013.tif", off, values)
    ground = opened(root).targets[0]
    material = RawDataReader(BANDS).read(ground)
    column, row = ~off.transform @ (ground.grid.transform @ (0, 0))
    assert (column, row) == pytest.approx((round(column), round(row)), abs=1e-6)
    inner = material.scene.pixels[40:90, 40:90]
    np.testing.assert_array_equal(
        inner, values[40 + round(row) : 90 + round(row), 40 + round(column) : 90 + round(column)]
    )


def test_a_date_that_is_added_does_not_move_the_grid(root: Path) -> None:
    (root / "aoi.gpkg").unlink()  # then the area is where the scenes overlap
    before = opened(root, split__dates=DATES).targets
    smaller = grid_of(60, 60, pixel_m=7)
    write_image(root / "scenes/2012.tif", smaller, image(smaller, [], seed=1))
    after = opened(root, ["2012", *DATES], split__dates=DATES).targets
    assert {ground.grid for ground in after} == {ground.grid for ground in before}
    assert {ground.aoi for ground in after} == {ground.aoi for ground in before}
    assert opened(root, ["2012", *DATES]).targets[0].grid not in {ground.grid for ground in before}


def test_without_an_area_it_is_where_the_scenes_overlap(root: Path) -> None:
    (root / "aoi.gpkg").unlink()
    east = grid_of(50, 50, west=WEST + 300, north=NORTH - 100)
    write_image(root / "scenes/2014.tif", east, image(east, [], seed=1))
    study = opened(root)
    assert study.problems == ()
    assert study.targets[0].aoi.equals(shapely.box(*east.bounds))


def test_geographic_input_goes_onto_a_metric_grid_of_its_zone(tmp_path: Path) -> None:
    iburi = Grid(CRS.from_epsg(4326), Affine(8.983e-5, 0, 141.9, 0, -8.983e-5, 42.7), 120, 160)
    for name in ("scenes/pre.tif", "pretrain/scene.tif"):
        write_image(tmp_path / name, iburi, image(iburi, [], seed=1))
    square = shapely.box(141.903, 42.692, 141.906, 42.694)
    write_shapes(tmp_path / "pretrain/inventory.gpkg", [square], crs=4326)
    study = opened(tmp_path, ["pre"], study__pretrain__aoi=None)
    assert study.problems == ()
    grid = study.targets[0].grid
    assert (grid.crs.to_epsg(), grid.pixel_m) == (32654, 7.4)
    material = RawDataReader(study.bands).read(study.sources[0])
    assert material.inventory is not None
    # 0.003° of longitude are 3 × 81.9 m × cos… = 246 m there, 0.002° of latitude 222 m
    assert material.inventory.area.sum() == pytest.approx(246 * 222, rel=0.01)
    assert (
        material.scene.valid[material.inside].mean() > 0.97
    )  # the scene is a turned rectangle on this grid


def test_crs_pixel_and_bands_may_be_chosen(root: Path) -> None:
    study = opened(root, study__crs="EPSG:32644", study__pixel_m=20, study__bands=["nir", "red"])
    assert (study.problems, study.bands) == ((), ("nir", "red"))
    assert (study.targets[0].grid.crs.to_epsg(), study.targets[0].grid.pixel_m) == (32644, 20)


def test_notes_of_what_is_allowed_but_worth_knowing(root: Path) -> None:
    (root / "inventories/2014.gpkg").unlink()
    write_image(root / "scenes/2020.tif", scene_grid(), image(scene_grid(), [], seed=1))
    study = opened(root)
    assert study.problems == ()
    assert study.notes[0].endswith(
        "scenes holds 2020.tif, not among the dates; add them with `slidelens dates …` to use them"
    )
    assert study.notes[1] == "2014 has no inventory: it will be mapped, not scored"


# Problems


def test_no_study(tmp_path: Path) -> None:
    assert problems(tmp_path / "raw").startswith("there is no study folder ")
    (tmp_path / "file").write_text("")
    assert f"{tmp_path / 'file'} is no folder" in problems(tmp_path / "file")
    assert problems(Path("x" * 300)).startswith("there is no study folder xxx")


def test_every_problem_is_told_at_once(root: Path) -> None:
    (root / "scenes/2013.tif").unlink()
    write_image(
        root / "scenes/2014.tif",
        scene_grid(),
        image(scene_grid(), [], seed=1),
        names=("green", "red", "swir"),
    )
    (root / "pretrain/inventory.gpkg").unlink()
    lines = opened(root).problems
    assert len(lines) == 3
    assert "there is no scene " in lines[0]
    assert "scenes has 2014: copy it there, or set the dates with `slidelens dates …`" in lines[0]
    assert lines[1].startswith("study.pretrain.inventory: there is no inventory ")
    assert "2014.tif has no band nir, only green, red, swir" in lines[2]


@pytest.mark.parametrize("value", ["/dev/zero", "pipe", "absent", "scenes", "x" * 300, "hostile"])
@pytest.mark.parametrize(
    "parameter", ["dem", "aoi", "pretrain__scene", "pretrain__inventory", "pretrain__aoi"]
)
def test_a_path_that_cannot_be_read_is_told_with_its_parameter(
    root: Path, parameter: str, value: str
) -> None:
    os.mkfifo(root / "pipe")
    (root / "hostile").write_bytes(bytes(range(256)))
    changes: dict[str, Any] = {f"study__{parameter}": value}
    study = opened(root, **changes)
    problems = list(study.problems)
    if not problems:  # what an inventory holds is told when it is read
        with pytest.raises(InventoryError) as error:
            RawDataReader(BANDS).read(study.sources[0])
        problems = [str(error.value)]
    assert len(problems) == 1
    assert problems[0].startswith(f"study.{parameter.replace('__', '.')}: ")


def test_scenes_that_do_not_overlap(root: Path) -> None:
    (root / "aoi.gpkg").unlink()
    write_image(
        root / "scenes/2014.tif",
        grid_of(50, 50, west=WEST + 50_000),
        image(grid_of(50, 50), [], seed=1),
    )
    assert (
        "the scenes 2013.tif, 2014.tif do not overlap; check their CRSs, or give an aoi.gpkg"
        in problems(root)
    )


def test_a_scene_that_does_not_reach_the_area(root: Path) -> None:
    write_image(
        root / "scenes/2014.tif",
        grid_of(50, 50, west=WEST + 50_000),
        image(grid_of(50, 50), [], seed=1),
    )
    assert (
        problems(root) == "scene 2014.tif (EPSG:32645) does not reach the area of 2014; "
        "check its CRS and study.aoi"
    )


def test_a_scene_whose_metres_are_called_degrees(root: Path) -> None:
    grid = Grid(CRS.from_epsg(4326), scene_grid().transform, 160, 160)
    write_image(root / "scenes/2014.tif", grid, image(grid, [], seed=1))
    assert (
        "2014.tif is in EPSG:4326, but begins at 319680, 3110320, which is no place in "
        "it; set its true CRS" in problems(root)
    )


def test_an_area_whose_metres_are_called_degrees(root: Path) -> None:
    write_shapes(root / "aoi.gpkg", [AREA], crs=4326, layer="aoi")
    assert (
        "aoi.gpkg is in EPSG:4326, but begins at 320000, 3109040, which is no place in it; set "
        "its true CRS" in problems(root)
    )


def test_an_area_without_polygon(root: Path) -> None:
    write_shapes(root / "aoi.gpkg", [], layer="aoi")
    assert "aoi.gpkg has no polygon; draw the area, or delete the file" in problems(root)


@pytest.mark.parametrize(
    ("crs", "line"),
    [
        ("EPSG:4326", "study.crs: EPSG:4326 is not in metres"),
        ("UTM 45", "study.crs is UTM 45, which is no CRS; give, for example,"),
    ],
)
def test_a_crs_that_cannot_be_used(root: Path, crs: str, line: str) -> None:
    assert line in problems(root, study__crs=crs)


def ground(root: Path, name: str, **changes: Any) -> Any:
    study = opened(root, **changes)
    assert study.problems == ()
    return {ground.name: ground for ground in study.all_targets}[name]


def test_landslides_that_reach_into_the_area_are_known_and_those_centred_in_it_counted(
    root: Path,
) -> None:
    grid = area_grid()
    inside, mostly_in, mostly_out, outside = (
        box(grid, 10, 10, 4, 4),
        box(grid, 20, 94, 4, 3),
        box(grid, 30, 95, 4, 3),
        box(grid, 40, 100, 4, 4),
    )
    write_shapes(root / "inventories/2013.gpkg", [outside, mostly_out, mostly_in, inside])
    material = RawDataReader(BANDS).read(ground(root, "2013"))
    assert material.polygons is not None
    assert material.inventory is not None
    assert sorted(material.polygons["name"]) == ["n1", "n2", "n3"]
    assert sorted(material.inventory["name"]) == ["n2", "n3"]
    assert (
        material.polygons.loc[material.inventory.index, "name"] == material.inventory["name"]
    ).all()


def test_an_inventory_off_the_scene(root: Path) -> None:
    away = shapely.box(0, 0, 50, 50)
    write_shapes(root / "inventories/2013.gpkg", [away])
    line = (
        r"inventory 2013.gpkg is in EPSG:32645 and has no landslide inside scene 2013.tif "
        r"\(EPSG:32645\); check its CRS"
    )
    with pytest.raises(InventoryError, match=line):
        RawDataReader(BANDS).read(ground(root, "2013"))


def test_an_inventory_whose_metres_are_called_degrees(root: Path) -> None:
    write_shapes(root / "inventories/2013.gpkg", [box(area_grid(), 10, 10, 4, 4)], crs=4326)
    with pytest.raises(
        InventoryError,
        match="inventory 2013.gpkg is in EPSG:4326 and has no landslide inside scene 2013.tif",
    ):
        RawDataReader(BANDS).read(ground(root, "2013"))


def test_an_inventory_in_degrees_is_brought_over(root: Path) -> None:
    frame = gpd.GeoDataFrame(geometry=[box(area_grid(), 10, 10, 4, 4)], crs=UTM).to_crs(4326)
    frame.to_file(root / "inventories/2013.gpkg", layer="landslides")
    found = RawDataReader(BANDS).read_polygons(ground(root, "2013"))
    assert found is not None
    assert found.area.tolist() == pytest.approx([1600], rel=1e-4)


def test_nothing_to_pretrain_on(root: Path) -> None:
    write_shapes(root / "pretrain/inventory.gpkg", [])
    with pytest.raises(
        InventoryError,
        match="has no landslide in the pretraining area; there is nothing to learn from: check "
        "study.pretrain",
    ):
        RawDataReader(BANDS).read(ground(root, "pretrain"))


def test_a_scene_without_a_valid_pixel(root: Path) -> None:
    write_image(root / "scenes/2013.tif", scene_grid(), np.zeros((160, 160, 3), np.uint16))
    with pytest.raises(
        SceneError,
        match="2013.tif has no valid pixel in the area of 2013: it is all nodata there; give "
        "another scene",
    ):
        RawDataReader(BANDS).read(ground(root, "2013"))


def test_a_band_that_is_all_nan_is_blamed(root: Path) -> None:
    values = image(scene_grid(), [], seed=1).astype(np.float32)
    values[..., 1] = np.nan
    write_image(root / "scenes/2013.tif", scene_grid(), values, nodata=None)
    with pytest.raises(
        SceneError,
        match="2013.tif has no valid pixel .*: band red is all nodata or NaN; repair the file or "
        "leave the band out",
    ):
        RawDataReader(BANDS).read(ground(root, "2013"))


def test_dates_are_taken_in_time_order_and_it_is_said(root: Path) -> None:
    study = opened(root, DATES[::-1])
    assert [target.name for target in study.targets] == DATES
    assert any("lists the dates as 2014, 2013; everywhere they are" in note for note in study.notes)
    settled = opened(root, study__order=DATES[::-1])
    assert [target.name for target in settled.targets] == DATES[::-1]
    assert any("by their labels the dates are 2013, 2014" in note for note in settled.notes)


def test_an_order_that_labels_do_not_tell_is_a_problem(tmp_path: Path) -> None:
    write_study(tmp_path / "raw", {date: Date(number=6) for date in ("wet", "dry")})
    (problem,) = opened(tmp_path / "raw", ["wet", "dry"]).problems
    assert "the order of the dates is unclear: wet, dry tell no dates; list all dates" in problem
    assert not opened(tmp_path / "raw", ["wet", "dry"], study__order=["wet", "dry"]).problems
