"""Images of catalogues become scenes of a study: grid, clouds, offset, composites, resumption."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pystac
import pytest
import rasterio
import shapely
import stac_geoparquet.arrow

import slidelens as sl
from slidelens.api.fetching import FetchedStudy
from slidelens.errors import GridError, OutputError, ParamsError, SceneError, SlidelensError
from slidelens.fetching import retrying
from slidelens.fetching.catalogues import catalogue as catalogues
from slidelens.fetching.retrying import patiently
from slidelens.geo.geotiff import read_scene
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise
from slidelens.geo.windowed import Part
from slidelens.types import Float32, Float64
from support.stac.catalogues import (
    SIDE_M,
    WEST,
    ZONE_54,
    ZONE_55,
    Picture,
    ground,
    true_values,
    write_area,
    write_catalogue,
    write_heights,
    write_item,
)
from support.stac.server import stac_server
from support.studies import tree

BEFORE, AFTER = "2018-08-01/2018-09-05", "2018-09-06/2018-10-31"


@pytest.fixture
def area(tmp_path: Path) -> Path:
    return write_area(tmp_path / "area.gpkg")


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait little between attempts."""
    monkeypatch.setattr(retrying, "FIRST_WAIT_S", 0.01)
    monkeypatch.setenv("GDAL_HTTP_RETRY_DELAY", "0.01")
    monkeypatch.setenv("GDAL_HTTP_MAX_RETRY", "1")


def record(study: Path, date: str) -> Any:
    return json.loads((study / f"scenes/{date}.json").read_text())


def columns_x(grid: Grid) -> Float64:
    """x of the pixels of a row."""
    return np.asarray(grid.transform.c + grid.transform.a * (np.arange(grid.width) + 0.5))


def only_scene(fetched: FetchedStudy) -> Path:
    assert not fetched.failed
    (scene,) = fetched.scenes
    return scene


def test_folders_may_have_names_that_addresses_cannot_hold(tmp_path: Path, area: Path) -> None:
    catalogue = write_catalogue(tmp_path / "mine #2? 50%20", Picture("2018-08-12"))
    scene = only_scene(sl.fetch(area, [BEFORE], tmp_path / "study #3?", catalog=catalogue))
    assert scene == tmp_path / "study #3?/scenes/2018-08-12.tif"
    assert (read_scene(scene).pixels > 0).any()


def test_a_study_with_one_scene_for_each_window(tmp_path: Path, area: Path) -> None:
    catalogue = write_catalogue(
        tmp_path / "stac", Picture("2018-08-12"), Picture("2018-09-16", clouds=0.3)
    )
    fetched = sl.fetch(area, [AFTER, BEFORE], tmp_path / "study", catalog=catalogue)
    assert fetched.dates == ("2018-08-12", "2018-09-16")
    assert [path.name for path in fetched.scenes] == ["2018-08-12.tif", "2018-09-16.tif"]
    first, second = map(read_scene, fetched.scenes)
    assert first.grid == second.grid
    assert first.grid.crs == ZONE_54
    assert first.grid.shape == (264, 264)  # 32 pixels around the area
    assert first.bands == ("red", "green", "blue", "nir")
    assert first.valid.all()
    for index, band in enumerate(first.bands):
        expected = np.rint(true_values(band, first.grid))
        np.testing.assert_allclose(first.pixels[..., index], expected, atol=1)
    x = columns_x(first.grid)
    clouds = x < WEST + 0.3 * SIDE_M
    assert not second.valid[:, clouds].any()
    assert second.valid[:, ~clouds].all()
    assert not second.pixels[:, clouds].any()
    np.testing.assert_array_equal(second.pixels[:, ~clouds], first.pixels[:, ~clouds])
    with rasterio.open(fetched.scenes[0]) as dataset:
        assert set(dataset.dtypes) == {"uint16"}
    own = record(tmp_path / "study", "2018-09-16")
    assert own["clear_share"] == pytest.approx(0.7, abs=0.01)
    assert own["images"][0]["cloud_share"] == pytest.approx(0.3, abs=0.02)
    (item,) = own["items"]
    assert item["id"] == "S2A_32654_20180916_0_L2A"
    assert (item["baseline"], item["crs"]) == (2.08, "EPSG:32654")
    assert item["offset"]["followed"] == "both"
    assert item["assets"]["red"]["href"] == str(catalogue / item["id"] / "red.tif")
    own_area = gpd.read_file(tmp_path / "study/aoi.gpkg")
    assert own_area.geometry[0].equals(ground())


def test_another_zone_is_brought_onto_the_grid(tmp_path: Path, area: Path) -> None:
    catalogue = write_catalogue(tmp_path / "stac", Picture("2018-09-16", crs=ZONE_55))
    scene = read_scene(only_scene(sl.fetch(area, [AFTER], tmp_path / "study", catalog=catalogue)))
    assert scene.grid.crs == ZONE_54
    assert scene.valid.all()
    lake = np.hypot(*(np.mgrid[:264, :264] - 131.5)) < 40  # its shore is blurred
    for index, band in enumerate(scene.bands):
        difference = scene.pixels[..., index] - true_values(band, scene.grid)
        assert abs(difference[~lake]).max() < 12
        assert abs(difference[~lake]).mean() < 1


@pytest.mark.parametrize("by_item", [False, True])
def test_no_data_that_files_do_not_declare_is_not_mixed_into_pixels_beside_it(
    tmp_path: Path, area: Path, by_item: bool
) -> None:
    folder = tmp_path / "stac"
    item = write_item(folder, Picture("2018-09-16", crs=ZONE_55, half=True, classes=False))
    for path in folder.glob("*/*.tif"):
        with rasterio.open(path, "r+") as dataset:
            dataset.nodata = None
    if by_item:
        item["collection"], item["properties"]["platform"] = "others", "drone"
    else:
        for asset in item["assets"].values():
            del asset["raster:bands"][0]["nodata"]
    write_catalogue(folder, item)
    fetched = sl.fetch(
        area, [AFTER], tmp_path / "study", catalog=folder, collection=item["collection"]
    )
    scene = read_scene(only_scene(fetched))
    assert scene.valid.mean() == pytest.approx(0.5, abs=0.01)
    seen = scene.valid & (np.hypot(*(np.mgrid[:264, :264] - 131.5)) > 40)
    for index, band in enumerate(scene.bands):
        difference = scene.pixels[..., index] - true_values(band, scene.grid)
        assert abs(difference[seen]).max() < 30


def test_tiles_of_one_day_make_one_image_and_the_zone_of_the_grid_goes_first(
    tmp_path: Path, area: Path
) -> None:
    catalogue = write_catalogue(
        tmp_path / "stac",
        Picture("2018-09-16", half=True),
        Picture("2018-09-16", crs=ZONE_55, gain=2),
    )
    scene = read_scene(only_scene(sl.fetch(area, [AFTER], tmp_path / "study", catalog=catalogue)))
    assert scene.valid.all()
    red = scene.pixels[..., 0] / true_values("red", scene.grid)
    np.testing.assert_allclose(red[:, :130], 1, atol=0.01)
    np.testing.assert_allclose(np.median(red[:, 134:]), 2, atol=0.01)
    names = [item["crs"] for item in record(tmp_path / "study", "2018-09-16")["items"]]
    assert names == ["EPSG:32654", "EPSG:32655"]


@pytest.mark.parametrize("name", ["s2:generation_time", "processing:datetime"])
def test_of_one_baseline_the_item_that_was_processed_last_counts(
    tmp_path: Path, area: Path, name: str
) -> None:
    catalogue = write_catalogue(
        tmp_path / "stac",
        Picture("2018-09-16", "A", gain=2, properties={name: "2018-09-16T05:00:00.000Z"}),
        Picture("2018-09-16", "B", properties={name: "2020-09-16T05:00:00Z"}),
        Picture("2018-09-16", "C", gain=3, properties={name: "yesterday"}),
    )
    sl.fetch(area, [AFTER], tmp_path / "study", catalog=catalogue)
    assert [item["id"] for item in record(tmp_path / "study", "2018-09-16")["items"]] == ["B"]


def test_the_least_cloudy_over_the_area_is_taken_whatever_the_catalogue_states(
    tmp_path: Path, area: Path
) -> None:
    catalogue = write_catalogue(
        tmp_path / "stac",
        Picture("2018-09-10", clouds=0.6, cover=5),
        Picture("2018-09-16", clouds=0.2, cover=60),
        Picture("2018-09-20", cover=95),
    )
    fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=catalogue)
    assert fetched.dates == ("2018-09-16",)
    late = sl.fetch(area, [AFTER], tmp_path / "other", catalog=catalogue, max_cloud=100)
    assert late.dates == ("2018-09-20",)


@pytest.mark.parametrize(
    ("picture", "followed"),
    [
        (Picture("2022-09-16", offset=1000, baseline="04.00"), "both"),
        (
            Picture(
                "2022-09-16",
                baseline="04.00",
                properties={"earthsearch:boa_offset_applied": False},
            ),
            "pixels",
        ),
        (
            Picture(
                "2022-09-16",
                offset=1000,
                baseline="04.00",
                properties={"earthsearch:boa_offset_applied": True},
            ),
            "pixels",
        ),
    ],
)
def test_the_offset_is_taken_away_where_it_is(
    tmp_path: Path,
    area: Path,
    caplog: pytest.LogCaptureFixture,
    picture: Picture,
    followed: str,
) -> None:
    item = write_item(tmp_path / "stac", picture)
    for asset in item["assets"].values():
        if picture.offset == 0:  # stated, though it is not there
            asset["raster:bands"][0] |= {"offset": -0.1}
    catalogue = write_catalogue(tmp_path / "stac", item)
    window = "2022-09-06/2022-10-31"
    scene = read_scene(only_scene(sl.fetch(area, [window], tmp_path / "study", catalog=catalogue)))
    red = scene.pixels[..., 0]
    np.testing.assert_allclose(red, np.rint(true_values("red", scene.grid)), atol=1)
    assert record(tmp_path / "study", "2022-09-16")["items"][0]["offset"]["followed"] == followed
    doubts = [each for each in caplog.messages if "disagree on the offset" in each]
    assert len(doubts) == (followed == "pixels")


def test_a_composite_is_the_median_of_clear_pixels(tmp_path: Path, area: Path) -> None:
    pictures = [
        Picture("2018-09-10", gain=1.0, clouds=0.5),
        Picture("2018-09-16", gain=1.2),
        Picture("2018-09-20", gain=1.6),
        Picture("2018-10-02", gain=9.0, clouds=1.0, cover=70),
    ]
    catalogue = write_catalogue(tmp_path / "stac", *pictures)
    fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=catalogue, composite=True)
    assert fetched.dates == ("2018-09-16_composite",)
    scene = read_scene(only_scene(fetched))
    red = scene.pixels[..., 0] / true_values("red", scene.grid)
    inside = rasterise([ground()], scene.grid)
    x = np.broadcast_to(columns_x(scene.grid), scene.grid.shape)
    west, east = inside & (x < WEST + 0.5 * SIDE_M), inside & (x > WEST + 0.5 * SIDE_M)
    np.testing.assert_allclose(red[west], 1.4, atol=0.01)  # the mean of two
    np.testing.assert_allclose(red[east], 1.2, atol=0.01)
    own = record(tmp_path / "study", "2018-09-16_composite")
    assert [image["day"] for image in own["images"]] == ["2018-09-10", "2018-09-16", "2018-09-20"]


def test_later_fetches_land_on_the_same_grid_and_need_no_area(tmp_path: Path, area: Path) -> None:
    catalogue = write_catalogue(tmp_path / "stac", Picture("2018-08-12"), Picture("2018-09-16"))
    study = tmp_path / "study"
    sl.fetch(area, [BEFORE], study, catalog=catalogue, pixel_m=20)
    pinned = (study / "grid.json").read_bytes()
    fetched = sl.fetch(None, [BEFORE, AFTER], study, catalog=catalogue)
    assert [each["kept"] for each in fetched.to_dict()["scenes"]] == [True, False]
    first, second = map(read_scene, fetched.scenes)
    assert first.grid == second.grid
    assert first.grid.pixel_m == 20
    assert (study / "grid.json").read_bytes() == pinned
    with pytest.raises(GridError, match="has pixels of 20 m, not 10 m"):
        sl.fetch(None, [AFTER], study, catalog=catalogue, pixel_m=10)
    with pytest.raises(GridError, match="is in EPSG:32654, not EPSG:32655"):
        sl.fetch(None, [AFTER], study, catalog=catalogue, crs="EPSG:32655")
    moved = gpd.read_file(area).translate(100, 0)
    with pytest.raises(ParamsError, match=r"is another area than aoi \(--aoi\)"):
        sl.fetch(gpd.GeoDataFrame(geometry=moved), [AFTER], study, catalog=catalogue)
    with pytest.raises(ParamsError, match="has no area yet"):
        sl.fetch(None, [AFTER], tmp_path / "new", catalog=catalogue)


def test_the_same_area_in_another_crs_is_the_same(tmp_path: Path, area: Path) -> None:
    catalogue = write_catalogue(tmp_path / "stac", Picture("2018-08-12"))
    sl.fetch(area, [BEFORE], tmp_path / "study", catalog=catalogue)
    other = gpd.read_file(area)
    other.geometry = other.geometry.segmentize(20).to_crs(4326)
    fetched = sl.fetch(other.to_crs(4326), [BEFORE], tmp_path / "study", catalog=catalogue)
    assert fetched.to_dict()["scenes"][0]["kept"]


def test_an_item_without_a_band_is_left_out_with_a_line(
    tmp_path: Path, area: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lacking = Picture("2018-09-10", without=["nir"])
    catalogue = write_catalogue(tmp_path / "stac", lacking, Picture("2018-09-16", clouds=0.1))
    fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=catalogue)
    assert fetched.dates == ("2018-09-16",)
    assert f"{lacking.id} is left out: it has no asset of nir" in caplog.messages
    left_out = record(tmp_path / "study", "2018-09-16")["left_out"]
    assert left_out == [{"id": lacking.id, "reason": "it has no asset of nir"}]
    three = ["red", "green", "blue"]
    fetched = sl.fetch(area, [AFTER], tmp_path / "rgb", catalog=catalogue, bands=three)
    assert fetched.dates == ("2018-09-10",)


def test_an_image_whose_file_is_gone_is_left_out(
    tmp_path: Path, area: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = Picture("2018-09-10")
    catalogue = write_catalogue(tmp_path / "stac", gone, Picture("2018-09-16", clouds=0.1))
    (catalogue / gone.id / "SCL.tif").unlink()
    fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=catalogue)
    assert fetched.dates == ("2018-09-16",)
    assert re.search(
        r"S2A_32654_20180910_0_L2A is left out: scl of S2A_\w+ is not there",
        caplog.text,
    )


@pytest.mark.parametrize("served", [False, True])
@pytest.mark.parametrize("name", ["SCL.tif", "blue.tif"])
def test_another_item_takes_the_place_of_one_whose_file_is_gone(
    tmp_path: Path, area: Path, name: str, served: bool
) -> None:
    gone, other = Picture("2018-09-16"), Picture("2018-09-16", crs=ZONE_55)
    catalogue = write_catalogue(tmp_path / "stac", gone, other, Picture("2018-09-10", clouds=0.5))
    (catalogue / gone.id / name).unlink()
    with stac_server(catalogue) as server:
        source = server.address if served else catalogue
        fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=source)
    assert fetched.dates == ("2018-09-16",)
    told = record(tmp_path / "study", "2018-09-16")
    assert [item["id"] for item in told["items"]] == [other.id]
    (left_out,) = told["left_out"]
    assert left_out["id"] == gone.id
    assert re.match(rf"{name[:3].lower()}\w* of {gone.id} is not there: ", left_out["reason"])


def test_the_only_image_lacks_a_file(tmp_path: Path, area: Path) -> None:
    gone = Picture("2018-09-16")
    catalogue = write_catalogue(tmp_path / "stac", gone)
    (catalogue / gone.id / "nir.tif").unlink()
    fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=catalogue)
    assert re.match(
        r"no image can be used \(.*: nir of S2A_\w+ is not there", fetched.failed[AFTER]
    )


def test_files_that_need_a_key(tmp_path: Path, area: Path, fast: None) -> None:
    catalogue = write_catalogue(tmp_path / "stac", Picture("2018-09-16"))
    with stac_server(catalogue) as server:
        server.fails = lambda number, path: 403 if "red" in path else 0
        fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=server.address)
    assert "403; give the key that the server asks for" in fetched.failed[AFTER]


def test_an_item_that_is_named_and_not_there_is_left_out(
    tmp_path: Path, area: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = Picture("2018-09-10")
    catalogue = write_catalogue(tmp_path / "stac", gone, Picture("2018-09-16"))
    (catalogue / f"{gone.id}.json").unlink()
    fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=catalogue)
    assert fetched.dates == ("2018-09-16",)
    assert f"{gone.id}.json is not there, though the catalogue names it" in caplog.text


def test_a_window_that_fails_does_not_hinder_the_others(
    tmp_path: Path, area: Path, fast: None
) -> None:
    catalogue = write_catalogue(
        tmp_path / "stac", Picture("2018-08-12", clouds=1.0), Picture("2018-09-16")
    )
    windows = [BEFORE, AFTER, "2018-12-01/2018-12-31"]
    fetched = sl.fetch(area, windows, tmp_path / "study", catalog=catalogue)
    assert fetched.dates == ("2018-09-16",)
    assert list(fetched.failed) == [BEFORE, windows[2]]
    assert "1 image shows clouds only" in fetched.failed[BEFORE]
    assert "the catalogue has no image of sentinel-2-l2a here" in fetched.failed[windows[2]]
    assert not list((tmp_path / "study/scenes").glob(".*"))


def test_without_classes_and_scales_values_stay_and_the_stated_clouds_count(
    tmp_path: Path, area: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "stac"
    items = [
        write_item(folder, Picture(day, classes=False, cover=cover, baseline=None))
        for day, cover in (("2018-09-10", 50.0), ("2018-09-16", 5.0))
    ]
    for item in items:
        item["collection"] = "others"
        item["properties"] |= {"platform": "a-plane"}
        for asset in item["assets"].values():
            del asset["raster:bands"][0]["scale"]
    write_catalogue(folder, *items)
    fetched = sl.fetch(
        area, [AFTER], tmp_path / "study", catalog=folder, collection="others", bands=["nir"]
    )
    assert fetched.dates == ("2018-09-16",)
    scene = read_scene(only_scene(fetched))
    assert scene.bands == ("nir",)
    expected = np.rint(true_values("nir", scene.grid))
    np.testing.assert_allclose(scene.pixels[..., 0], expected, atol=1)
    assert record(tmp_path / "study", "2018-09-16")["values"] == "as stored"
    assert "2 items have no scene classes (SCL), so clouds stay in the image" in caplog.text


def test_bands_of_one_file_are_found_by_their_names(tmp_path: Path, area: Path) -> None:
    folder = tmp_path / "stac"
    item = write_item(folder, Picture("2018-09-16", classes=False))
    files = [folder / asset["href"] for asset in item["assets"].values()]
    with rasterio.open(files[0]) as dataset:
        profile = dataset.profile | {"count": len(files)}
    with rasterio.open(folder / "all.tif", "w", **profile) as dataset:
        for position, file in enumerate(files, 1):
            with rasterio.open(file) as one:
                dataset.write(one.read(1), position)
    names = [{"name": name, "common_name": name} for name in item["assets"]]
    item |= {"collection": "planes", "assets": {"image": {"href": "all.tif", "eo:bands": names}}}
    del item["properties"]["platform"]
    write_catalogue(folder, item)
    fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=folder, collection="planes")
    scene = read_scene(only_scene(fetched))
    assert scene.bands == ("red", "green", "blue", "nir")
    for index, band in enumerate(scene.bands):
        difference = scene.pixels[..., index] - true_values(band, scene.grid)
        assert abs(difference).max() <= 0.5


def test_a_network_beside_the_images_is_no_image(tmp_path: Path, area: Path) -> None:
    folder = tmp_path / "stac"
    item = write_item(folder, Picture("2018-09-16"))
    bands = [{"name": name} for name in ("red", "green", "blue", "nir")]
    model = {"href": "a.weights.h5", "roles": ["mlm:model"], "bands": bands}
    network = item | {"id": "weights", "assets": {"model": model}}
    write_catalogue(folder, network, item)
    fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=folder)
    assert not fetched.failed
    assert record(tmp_path / "study", "2018-09-16")["left_out"] == []


@pytest.mark.parametrize(
    ("end", "is_taken"), [("2018-09-30T00:00:00Z", True), ("2019-09-30T00:00:00Z", False)]
)
def test_an_item_of_a_period_is_taken_if_all_of_it_is_in_the_window(
    tmp_path: Path, area: Path, end: str, is_taken: bool, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "stac"
    item = write_item(folder, Picture("2018-09-16"))
    start = item["properties"].pop("datetime")
    item["properties"] |= {"datetime": None, "start_datetime": start, "end_datetime": end}
    write_catalogue(folder, item)
    fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=folder)
    assert bool(fetched.dates) == is_taken
    if is_taken:
        assert "is of a period, 2018-09-16 to 2018-09-30, and no day" in caplog.text
    else:
        assert "it is of a period until 2019-09-30, beyond the window" in caplog.text


def test_heights_lie_on_the_grid_of_the_study(tmp_path: Path, area: Path) -> None:
    folder = tmp_path / "stac"
    catalogue = write_catalogue(folder, Picture("2018-09-16"), write_heights(folder))
    fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=catalogue, heights=True)
    assert fetched.heights == tmp_path / "study/terrain/dem.tif"
    heights = read_scene(fetched.heights)
    assert heights.bands == ("elevation",)
    assert heights.grid.pixel_m == 30
    assert heights.valid.all()
    rise = np.diff(heights.pixels[..., 0].mean(axis=0)).mean() / 30
    assert rise * 22.7 == pytest.approx(1, rel=0.02)  # a metre for each second of longitude
    before = fetched.heights.read_bytes()
    sl.fetch(None, [AFTER], tmp_path / "study", catalog=catalogue, heights=True)
    assert fetched.heights.read_bytes() == before
    missing = sl.fetch(
        area,
        [AFTER],
        tmp_path / "flat",
        catalog=write_catalogue(tmp_path / "s", Picture(BEFORE[:10])),
        heights=True,
    )
    assert "the catalogue has no heights" in missing.failed["heights"]


def test_heights_are_as_large_as_larger_pixels_and_of_the_first_tile_that_has_them(
    tmp_path: Path, area: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "stac"
    first = write_heights(folder)
    second = json.loads(json.dumps(first)) | {"id": f"{first['id']}_2"}

    def read_bands(item: pystac.Item, bands: object, grid: Grid, part: Part) -> Float32:
        heights = np.full((1, *grid.shape), 200, np.float32)
        if item.id == first["id"]:
            heights[...] = 100
            heights[:, :, grid.width // 2 :] = np.nan
        return heights[:, *part]

    monkeypatch.setattr("slidelens.fetching.heights.read_bands", read_bands)
    catalogue = write_catalogue(folder, Picture("2018-09-16"), first, second)
    fetched = sl.fetch(
        area, [AFTER], tmp_path / "study", catalog=catalogue, heights=True, pixel_m=40
    )
    assert fetched.heights is not None
    heights = read_scene(fetched.heights)
    assert heights.grid.pixel_m == 40
    columns = np.unique(heights.pixels[..., 0], axis=0)
    half = heights.grid.width // 2
    assert columns.tolist() == [[100] * half + [200] * (heights.grid.width - half)]


def test_a_parquet_file_gives_what_the_folder_gives(tmp_path: Path, area: Path) -> None:
    pictures = [Picture("2018-08-12"), Picture("2018-09-16", clouds=0.2)]
    catalogue = write_catalogue(tmp_path / "stac", *pictures)
    items = [json.loads(path.read_text()) for path in sorted(catalogue.glob("S2A*.json"))]
    items.append(items[0] | {"collection": "others", "id": "another"})
    table = stac_geoparquet.arrow.parse_stac_items_to_arrow(items).read_all()
    file = catalogue / "items.parquet"
    stac_geoparquet.arrow.to_parquet(table, file)
    expected = sl.fetch(area, [BEFORE, AFTER], tmp_path / "one", catalog=catalogue)
    fetched = sl.fetch(area, [BEFORE, AFTER], tmp_path / "two", catalog=file)
    assert fetched.dates == expected.dates
    for one, two in zip(expected.scenes, fetched.scenes, strict=True):
        assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("entrance", ["", pytest.param("catalog.json", marks=pytest.mark.long)])
def test_an_address_gives_what_the_folder_gives(
    tmp_path: Path, area: Path, fast: None, entrance: str
) -> None:
    """The address of an API with pages, and that of a static catalogue."""
    pictures = [Picture("2018-08-12"), Picture("2018-09-10", clouds=0.5), Picture("2018-09-16")]
    catalogue = write_catalogue(tmp_path / "stac", *pictures)
    expected = sl.fetch(area, [BEFORE, AFTER], tmp_path / "one", catalog=catalogue)
    with stac_server(catalogue, page=1) as server:
        address = f"{server.address}/{entrance}"
        fetched = sl.fetch(area, [BEFORE, AFTER], tmp_path / "two", catalog=address)
        searches = [path for _, path in server.requests if path == "/search"]
    assert len(searches) == (0 if entrance else 3)
    assert fetched.dates == expected.dates
    for one, two in zip(expected.scenes, fetched.scenes, strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_an_api_that_takes_no_posts_is_asked_otherwise(tmp_path: Path, area: Path) -> None:
    catalogue = write_catalogue(tmp_path / "stac", Picture("2018-08-12"), Picture("2018-09-16"))
    with stac_server(catalogue, posts=False) as server:
        fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=server.address)
    assert only_scene(fetched).stem == "2018-09-16"


@pytest.mark.parametrize("status", [pytest.param(500, marks=pytest.mark.long), 503])
def test_a_server_that_fails_now_and_then_gives_the_same_bytes(
    tmp_path: Path, area: Path, fast: None, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    catalogue = write_catalogue(tmp_path / "stac", Picture("2018-09-16"))
    expected = sl.fetch(area, [AFTER], tmp_path / "one", catalog=catalogue)
    with stac_server(catalogue) as server:
        server.fails = lambda number, path: status if number % 4 == 0 else 0
        fetched = sl.fetch(area, [AFTER], tmp_path / "two", catalog=server.address)
    assert only_scene(fetched).read_bytes() == only_scene(expected).read_bytes()
    assert "trying again in" in caplog.text


def test_a_server_that_stays_broken_is_told_and_the_same_call_goes_on_later(
    tmp_path: Path, area: Path, fast: None
) -> None:
    catalogue = write_catalogue(tmp_path / "stac", Picture("2018-08-12"), Picture("2018-09-16"))
    study = tmp_path / "study"
    with stac_server(catalogue) as server:
        server.fails = lambda number, path: 503 if "20180916" in path else 0
        first = sl.fetch(area, [BEFORE, AFTER], study, catalog=server.address)
        assert first.dates == ("2018-08-12",)
        assert "cannot read scl of S2A_32654_20180916_0_L2A" in first.failed[AFTER]
        assert "503" in first.failed[AFTER]
        kept = first.scenes[0].stat().st_mtime_ns
        server.fails = lambda number, path: 0
        second = sl.fetch(area, [BEFORE, AFTER], study, catalog=server.address)
    assert second.dates == ("2018-08-12", "2018-09-16")
    assert second.scenes[0].stat().st_mtime_ns == kept
    with pytest.raises(SceneError, match="cannot read the catalogue http://127"):
        sl.fetch(area, [AFTER], tmp_path / "other", catalog=server.address)


def test_an_interruption_leaves_whole_scenes_and_the_same_call_goes_on_to_equal_bytes(
    tmp_path: Path, area: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_catalogue(tmp_path / "stac", Picture("2018-08-12"), Picture("2018-09-16"))
    study, windows, read = tmp_path / "study", [BEFORE, AFTER], []

    def interrupted(work: Any, what: str) -> Any:
        read.append(what)
        if read.count("reading nir of S2A_32654_20180916_0_L2A") == 2:  # as the scene is composed
            raise KeyboardInterrupt
        return patiently(work, what)

    with stac_server(folder) as server:
        whole = sl.fetch(area, windows, tmp_path / "whole", catalog=server.address)
        with monkeypatch.context() as patch:
            patch.setattr("slidelens.fetching.images.reading.patiently", interrupted)
            with pytest.raises(KeyboardInterrupt):
                sl.fetch(area, windows, study, catalog=server.address)
        assert sorted(tree(study)) == [
            "aoi.gpkg",
            "grid.json",
            "scenes/2018-08-12.json",
            "scenes/2018-08-12.tif",
        ]
        fetched = sl.fetch(area, windows, study, catalog=server.address)
    assert [each["kept"] for each in fetched.to_dict()["scenes"]] == [True, False]
    assert tree(study) == tree(whole.folder)


def test_a_scene_that_was_changed_or_is_another_is_not_overwritten(
    tmp_path: Path, area: Path
) -> None:
    catalogue = write_catalogue(tmp_path / "stac", Picture("2018-09-16"))
    study = tmp_path / "study"
    scene = only_scene(sl.fetch(area, [AFTER], study, catalog=catalogue))
    same = sl.fetch(None, ["2018-09-10/2018-09-20"], study, catalog=catalogue)
    assert same.to_dict()["scenes"][0]["kept"]  # another window, the same image
    fetched = sl.fetch(None, [AFTER], study, catalog=catalogue, bands=["red"])
    assert "exists and is not what is asked for" in fetched.failed[AFTER]
    scene.write_bytes(scene.read_bytes()[:-1])
    before = tree(study)
    fetched = sl.fetch(None, [AFTER], study, catalog=catalogue)
    assert "exists and is not what is asked for" in fetched.failed[AFTER]
    assert tree(study) == before
    scene.unlink()  # as when the process is killed before the scene is in its place
    assert only_scene(sl.fetch(None, [AFTER], study, catalog=catalogue)).is_file()


def test_more_clouds_may_be_allowed_for_the_windows_that_failed(tmp_path: Path, area: Path) -> None:
    catalogue = write_catalogue(
        tmp_path / "stac", Picture("2018-08-12", cover=90), Picture("2018-09-16")
    )
    study = tmp_path / "study"
    first = sl.fetch(area, [BEFORE, AFTER], study, catalog=catalogue)
    assert "raise max_cloud" in first.failed[BEFORE]
    second = sl.fetch(area, [BEFORE, AFTER], study, catalog=catalogue, max_cloud=95)
    assert not second.failed
    assert [scene["kept"] for scene in second.to_dict()["scenes"]] == [False, True]


def test_another_satellite_of_the_same_day_is_another_scene(tmp_path: Path, area: Path) -> None:
    one = Picture("2018-09-16", "A", clouds=0.2, properties={"platform": "sentinel-2a"})
    catalogue = write_catalogue(tmp_path / "one", one)
    sl.fetch(area, [AFTER], tmp_path / "study", catalog=catalogue)
    other = Picture("2018-09-16", "B", properties={"platform": "sentinel-2b"})
    catalogue = write_catalogue(tmp_path / "two", one, other)
    fetched = sl.fetch(None, ["2018-09-16"], tmp_path / "study", catalog=catalogue)
    assert "exists and is not what is asked for" in fetched.failed["2018-09-16/2018-09-16"]


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("slidelens.fetching.scenes.free_disk_bytes", "needs up to 1.1 MB of disk while it is"),
        ("slidelens.resources.available_memory_bytes", "needs 70 kB of memory and 60 kB are"),
    ],
)
def test_a_scene_without_room_is_told_before_it_is_read(
    tmp_path: Path, area: Path, monkeypatch: pytest.MonkeyPatch, resource: str, message: str
) -> None:
    catalogue = write_catalogue(tmp_path / "stac", Picture("2018-09-16"))
    monkeypatch.setattr(resource, lambda *_: 60_000)
    fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=catalogue)
    assert message in fetched.failed[AFTER]
    assert not (tmp_path / "study/scenes").exists()


def test_a_file_of_something_else_is_not_overwritten(tmp_path: Path, area: Path) -> None:
    catalogue = write_catalogue(tmp_path / "stac", Picture("2018-09-16"))
    notes = tmp_path / "study/scenes/2018-09-16.json"
    notes.parent.mkdir(parents=True)
    notes.write_text('{"mine": 1}')
    fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=catalogue)
    assert "2018-09-16.json is no record of a scene" in fetched.failed[AFTER]
    assert tree(tmp_path / "study") == {"scenes/2018-09-16.json": b'{"mine": 1}'}


def test_a_scene_is_kept_whatever_the_catalogue_is_called(tmp_path: Path, area: Path) -> None:
    study = tmp_path / "study"
    first = write_catalogue(tmp_path / "stac", Picture("2018-09-16"))
    sl.fetch(area, [AFTER], study, catalog=first)
    moved = first.rename(tmp_path / "moved")
    fetched = sl.fetch(None, [AFTER], study, catalog=moved)
    assert fetched.to_dict()["scenes"][0]["kept"]


def test_an_answer_with_items_elsewhere_or_too_many_is_noticed(
    tmp_path: Path, area: Path, fast: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An API may take no notice of the place and the time."""
    pictures = [Picture("2018-08-12"), Picture("2018-09-10", clouds=0.2), Picture("2018-09-16")]
    catalogue = write_catalogue(tmp_path / "stac", *pictures)
    with stac_server(catalogue, deaf=True) as server:
        fetched = sl.fetch(area, [BEFORE], tmp_path / "study", catalog=server.address)
        assert fetched.dates == ("2018-08-12",)
        monkeypatch.setattr(catalogues, "MOST_ITEMS", 2)
        fetched = sl.fetch(area, [BEFORE], tmp_path / "other", catalog=server.address)
    assert "more than 2 images of sentinel-2-l2a here; narrow the window" in fetched.failed[BEFORE]


def test_places_that_cannot_be_are_one_line(tmp_path: Path, area: Path) -> None:
    catalogue = write_catalogue(tmp_path / "stac", Picture("2018-09-16"))
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file is no folder \(-o\)"):
        sl.fetch(area, [AFTER], tmp_path / "file", catalog=catalogue)
    edge = gpd.GeoDataFrame(geometry=[shapely.box(179.9, 0, 179.9999, 0.1)], crs=4326)
    with pytest.raises(GridError, match="the area reaches to the 180th meridian"):
        sl.fetch(edge, [AFTER], tmp_path / "study", catalog=catalogue)
    wrong = gpd.GeoDataFrame(geometry=[ground()], crs=4326)
    with pytest.raises(SlidelensError) as error:
        sl.fetch(wrong, [AFTER], tmp_path / "study", catalog=catalogue)
    assert "\n" not in str(error.value)
    (tmp_path / "study").mkdir()
    (tmp_path / "study/grid.json").write_text("{}")
    with pytest.raises(GridError, match="is no grid that slidelens wrote"):
        sl.fetch(area, [AFTER], tmp_path / "study", catalog=catalogue)
    with pytest.raises(OutputError, match=r"out\.tif would be a folder"):
        sl.fetch(area, [BEFORE], tmp_path / "out.tif", catalog=tmp_path)


def test_addresses_are_noted_without_secrets(tmp_path: Path, area: Path, fast: None) -> None:
    catalogue = write_catalogue(tmp_path / "stac", Picture("2018-09-16"))
    (path,) = catalogue.glob("S2A*.json")
    with stac_server(catalogue) as server:
        item = json.loads(path.read_text())
        for asset in item["assets"].values():
            asset["href"] += "?sig=very-secret"
        path.write_text(json.dumps(item))
        sl.fetch(area, [AFTER], tmp_path / "study", catalog=f"{server.address}?token=a-secret")
    own = (tmp_path / "study/scenes/2018-09-16.json").read_text()
    assert "secret" not in own
    assert f"{server.address}/S2A_32654_20180916_0_L2A/red.tif" in own


@pytest.mark.parametrize(
    ("place", "error", "message"),
    [
        ("nowhere", ParamsError, "is neither a file nor an address"),
        ("empty", ParamsError, "holds no catalog.json"),
        ("broken/catalog.json", SceneError, "cannot read the catalogue"),
        ("broken.parquet", SceneError, "is it stac-geoparquet?"),
    ],
)
def test_what_is_no_catalogue_is_one_line(
    tmp_path: Path, area: Path, place: str, error: type[Exception], message: str, fast: None
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/catalog.json").write_text("<html>")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    try:
        fetched = sl.fetch(area, [AFTER], tmp_path / "study", catalog=tmp_path / place)
        text = fetched.failed[AFTER]
    except error as raised:
        text = str(raised)
    assert message in text
    assert "\n" not in text
    assert not (tmp_path / "study").exists()


def test_reading_leaves_the_loggers_as_they_were(tmp_path: Path, area: Path) -> None:
    catalogue = write_catalogue(tmp_path / "stac", Picture("2018-09-16"))
    before = logging.getLogger("odc").level
    sl.fetch(area, [AFTER], tmp_path / "study", catalog=catalogue)
    assert logging.getLogger("odc").level == before


@pytest.mark.parametrize("given", [{"dates": AFTER}, {"dates": [AFTER], "bands": "red"}])
def test_a_text_is_not_read_letter_by_letter(tmp_path: Path, given: dict[str, Any]) -> None:
    text = given.get("bands", AFTER)
    with pytest.raises(ParamsError, match=f" is the text '{text}'; give a list"):
        sl.fetch(tmp_path / "area.gpkg", out=tmp_path / "study", **given)
