from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from slidelens.commands import density
from slidelens.errors import InventoryError, OutputError, ParamsError
from slidelens.geo.vector import write_inventory

Capture = pytest.CaptureFixture[str]


def landslides(
    *centres: tuple[float, float], side_m: float = 20.0, epsg: int = 32645
) -> gpd.GeoDataFrame:
    """Square landslides around places in metres from a corner of the Mailung area."""
    squares = [
        shapely.box(
            325_000 + x - side_m / 2,
            3_110_000 + y - side_m / 2,
            325_000 + x + side_m / 2,
            3_110_000 + y + side_m / 2,
        )
        for x, y in centres
    ]
    return gpd.GeoDataFrame(geometry=squares, crs=32645).to_crs(epsg)


SCATTER = landslides(*np.random.default_rng(0).uniform(0, 3000, (25, 2)))
AREA = landslides((1000, 1000), side_m=2000)


def saved(folder: Path, name: str, frame: gpd.GeoDataFrame) -> Path:
    write_inventory(frame, folder / name)
    return folder / name


def run(capsys: Capture, *arguments: object) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    density.add_parser(parser.add_subparsers())
    parsed = parser.parse_args(["density", *map(str, arguments)])
    assert parsed.run(parsed) == 0
    return json.loads(capsys.readouterr().out)


def test_the_surface_and_its_numbers_agree(tmp_path: Path, capsys: Capture) -> None:
    found = run(capsys, saved(tmp_path, "a.gpkg", SCATTER), "-o", tmp_path / "density.tif")
    assert found["n"] == 25
    assert found["convention"] == "esri"
    assert found["crs"] == "EPSG:32645"
    assert found["mean_per_km2"] == pytest.approx(25 / found["area_km2"])
    assert found["total_area_m2"] == pytest.approx(25 * 400)
    with rasterio.open(tmp_path / "density.tif") as dataset:
        values = dataset.read(1)
        assert values.max() == pytest.approx(found["peak_per_km2"])
        assert next(dataset.sample([found["peak_at"]]))[0] == pytest.approx(found["peak_per_km2"])
        assert values.sum() * found["cell_m"] ** 2 / 1e6 == pytest.approx(25, rel=1e-3)
        assert dataset.units == ("landslides per km²",)
        assert dataset.tags()["RADIUS_M"] == f"{found['radius_m']:.3f}"
        assert min(dataset.shape) in (250, 251)


def test_one_landslide_by_hand(tmp_path: Path, capsys: Capture) -> None:
    # 3 / (π · 0.1²) = 95.49 per km² at its centroid, to within a cell of 1 m
    one = saved(tmp_path, "a.gpkg", landslides((0, 0)))
    found = run(capsys, one, "--radius-m", 100, "--cell-m", 1)
    assert found["peak_per_km2"] == pytest.approx(95.49, rel=1e-3)
    assert found["mean_per_km2"] == pytest.approx(1 / 400e-6)
    qgis = run(capsys, one, "--radius-m", 100, "--cell-m", 1, "--convention", "qgis")
    assert qgis["peak_per_km2"] == pytest.approx(7.25 * found["peak_per_km2"], rel=1e-5)


def test_an_area_bounds_the_surface(
    tmp_path: Path, capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    inventory = saved(tmp_path, "a.gpkg", SCATTER)
    found = run(
        capsys,
        inventory,
        "--aoi",
        saved(tmp_path, "aoi.gpkg", AREA),
        "-o",
        tmp_path / "density.tif",
    )
    inside = int(SCATTER.centroid.within(AREA.geometry[0]).sum())
    assert (found["n"], found["area_km2"], found["mapped"]) == (inside, 4.0, "aoi.gpkg")
    assert 0.5 < found["inside_share"] < 1
    assert "no correction" in found["edge"]
    assert (
        f"a.gpkg: {25 - inside} of 25 landslides have their centroid outside aoi.gpkg and are left out"
        in caplog.messages
    )
    with rasterio.open(tmp_path / "density.tif") as dataset:
        assert dataset.bounds == pytest.approx(tuple(AREA.total_bounds))
        assert "no correction" in dataset.tags()["EDGE"]


def test_cells_off_a_slanted_area_have_no_value(tmp_path: Path, capsys: Capture) -> None:
    triangle = gpd.GeoDataFrame(
        geometry=[
            shapely.Polygon([(325_000, 3_110_000), (327_000, 3_110_000), (325_000, 3_112_000)])
        ],
        crs=32645,
    )
    found = run(
        capsys,
        saved(tmp_path, "a.gpkg", SCATTER),
        "--aoi",
        saved(tmp_path, "aoi.gpkg", triangle),
        "-o",
        tmp_path / "density.tif",
    )
    with rasterio.open(tmp_path / "density.tif") as dataset:
        assert np.isnan(dataset.read(1)).mean() == pytest.approx(0.5, abs=0.01)
    assert found["area_km2"] == pytest.approx(2.0)


def test_geographic_coordinates_give_the_same_numbers(tmp_path: Path, capsys: Capture) -> None:
    metric = run(capsys, saved(tmp_path, "a.gpkg", SCATTER))
    degrees = run(capsys, saved(tmp_path, "b.gpkg", SCATTER.to_crs(4326)))
    assert degrees["crs"] == "EPSG:32645"
    for name in ("n", "radius_m", "peak_per_km2", "mean_per_km2"):
        assert degrees[name] == pytest.approx(metric[name], rel=1e-5)


def test_areas_as_weights(
    tmp_path: Path, capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    found = run(
        capsys,
        saved(tmp_path, "a.gpkg", SCATTER),
        "--weight",
        "area",
        "--radius-m",
        300,
        "-o",
        tmp_path / "density.tif",
    )
    number = run(capsys, saved(tmp_path, "b.gpkg", SCATTER), "--radius-m", 300)
    assert found["peak_per_km2"] == pytest.approx(400 * number["peak_per_km2"], rel=1e-5)
    assert found["mean_per_km2"] == pytest.approx(400 * number["mean_per_km2"])
    assert found["unit"] == "m² of landslide per km²"
    run(capsys, tmp_path / "a.gpkg", "--weight", "area")
    assert any("shrinks with the sum of the areas" in message for message in caplog.messages)


def test_no_landslides_on_known_ground_are_a_density_of_0(tmp_path: Path, capsys: Capture) -> None:
    empty = saved(tmp_path, "empty.gpkg", SCATTER.iloc[:0].to_crs(4326))
    found = run(
        capsys, empty, "--aoi", saved(tmp_path, "aoi.gpkg", AREA), "-o", tmp_path / "density.tif"
    )
    assert (
        found["n"],
        found["radius_m"],
        found["peak_per_km2"],
        found["peak_at"],
        found["mean_per_km2"],
    ) == (0, None, 0.0, None, 0.0)
    with rasterio.open(tmp_path / "density.tif") as dataset:
        assert (dataset.read(1) == 0).all()


def test_no_landslides_on_unknown_ground_are_refused(tmp_path: Path, capsys: Capture) -> None:
    with pytest.raises(
        InventoryError,
        match=r"empty\.gpkg has no landslide, and so no extent; name the ground that was mapped with --aoi",
    ):
        run(capsys, saved(tmp_path, "empty.gpkg", SCATTER.iloc[:0]), "-o", tmp_path / "density.tif")
    assert not (tmp_path / "density.tif").exists()


@pytest.mark.parametrize(
    ("count", "what"), [(1, "1 landslide,"), (3, "3 landslides in one place,")]
)
def test_landslides_in_one_place_need_a_radius(
    tmp_path: Path, capsys: Capture, count: int, what: str
) -> None:
    same = saved(tmp_path, "same.gpkg", landslides(*[(0, 0)] * count))
    with pytest.raises(
        ParamsError,
        match=rf"same\.gpkg has {what} for which Esri's default search radius is 0 m; give --radius-m",
    ):
        run(capsys, same)
    assert run(capsys, same, "--radius-m", 50)["n"] == count


def test_an_area_elsewhere_is_refused(tmp_path: Path, capsys: Capture) -> None:
    elsewhere = saved(tmp_path, "aoi.gpkg", landslides((90_000, 0), side_m=2000))
    with pytest.raises(
        InventoryError,
        match=r"a\.gpkg lies outside aoi\.gpkg: x 325\d+ to 32\d+, .* in metres; check their CRSs",
    ):
        run(capsys, saved(tmp_path, "a.gpkg", SCATTER), "--aoi", elsewhere)


def test_bad_numbers_are_refused(tmp_path: Path, capsys: Capture) -> None:
    inventory = saved(tmp_path, "a.gpkg", SCATTER)
    with pytest.raises(ParamsError, match=r"the search radius is -5 m; give one over 0 m"):
        run(capsys, inventory, "--radius-m", -5)
    with pytest.raises(ParamsError, match=r"the cell is nan m; give one over 0 m"):
        run(capsys, inventory, "--cell-m", math.nan)
    with pytest.raises(
        ParamsError,
        match=r"cells of 0\.01 m make .* of them over this area; give larger ones, --cell-m 0\.1",
    ):
        run(capsys, inventory, "--cell-m", 0.01)


def test_an_output_that_cannot_be_written_is_refused(tmp_path: Path, capsys: Capture) -> None:
    inventory = saved(tmp_path, "a.gpkg", SCATTER)
    with pytest.raises(OutputError, match=r"cannot write .*a\.gpkg/density\.tif"):
        run(capsys, inventory, "-o", inventory / "density.tif")


def test_cells_too_coarse_for_the_radius_are_said(
    tmp_path: Path, capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    run(capsys, saved(tmp_path, "a.gpkg", SCATTER), "--radius-m", 50, "--cell-m", 40)
    assert any("under two cells of 40 m" in message for message in caplog.messages)


def test_invalid_duplicate_multipart_and_sliver_polygons_are_counted(
    tmp_path: Path, capsys: Capture
) -> None:
    bowtie = shapely.Polygon(
        [(325_000, 3_110_000), (325_040, 3_110_040), (325_040, 3_110_000), (325_000, 3_110_040)]
    )
    pair = shapely.MultiPolygon(
        [
            shapely.box(326_000, 3_111_000, 326_010, 3_111_010),
            shapely.box(326_030, 3_111_000, 326_040, 3_111_010),
        ]
    )
    sliver = shapely.box(327_000, 3_110_000, 327_100, 3_110_000.01)
    frame = gpd.GeoDataFrame(geometry=[bowtie, pair, pair, sliver], crs=32645)
    found = run(capsys, saved(tmp_path, "a.gpkg", frame))
    # The bow tie is two triangles of 40 · 20 / 2 m²; the pair is drawn twice
    assert (found["n"], found["total_area_m2"]) == (4, pytest.approx(800 + 2 * 200 + 1))


def test_the_order_of_the_file_makes_no_difference(tmp_path: Path, capsys: Capture) -> None:
    one = run(capsys, saved(tmp_path, "a.gpkg", SCATTER), "-o", tmp_path / "a.tif")
    other = run(capsys, saved(tmp_path, "b.gpkg", SCATTER.iloc[::-1]), "-o", tmp_path / "b.tif")
    assert one == {**other, "total_area_m2": pytest.approx(other["total_area_m2"])}
    with rasterio.open(tmp_path / "a.tif") as first, rasterio.open(tmp_path / "b.tif") as second:
        np.testing.assert_array_equal(first.read(1), second.read(1))


def test_nepal_2015_has_the_checked_values(real_data: Path, capsys: Capture) -> None:
    found = run(capsys, real_data / "inventories" / "nepal" / "2015.gpkg")
    assert found["n"] == 98
    assert found["radius_m"] == pytest.approx(1021, abs=0.5)
    assert found["peak_per_km2"] == pytest.approx(11.60, abs=0.01)
    assert found["mean_per_km2"] == pytest.approx(1.94, abs=0.01)
