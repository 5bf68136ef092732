"""`slidelens density` as a user would run it."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from slidelens import cli, resources
from slidelens.api.density import kernel_density
from slidelens.errors import OutputError
from slidelens.geo.vectors.inventory import write_layers
from support import commands
from support.inventories.scatter import AREA, SCATTER, landslides, saved

Capture = pytest.CaptureFixture[str]


def run(capsys: Capture, *arguments: object) -> dict[str, Any]:
    printed: dict[str, Any] = commands.printed_json(capsys, "density", *arguments)
    return printed


def refusal(capsys: Capture, *arguments: object) -> str:
    return commands.refusal(capsys, "density", *arguments)


def test_the_surface_and_its_numbers_agree(tmp_path: Path, capsys: Capture) -> None:
    printed = run(capsys, saved(tmp_path, "a.gpkg", SCATTER), "-o", tmp_path / "density.tif")
    assert printed["n"] == 25
    assert printed["convention"] == "esri"
    assert printed["crs"] == "EPSG:32645"
    assert printed["mean_per_km2"] == pytest.approx(25 / printed["area_km2"])
    assert printed["total_area_m2"] == pytest.approx(25 * 400)
    peak = pytest.approx(printed["peak_per_km2"])
    with rasterio.open(tmp_path / "density.tif") as dataset:
        values = dataset.read(1)
        assert values.max() == peak
        assert next(dataset.sample([printed["peak_at"]]))[0] == peak
        assert values.sum() * printed["cell_m"] ** 2 / 1e6 == pytest.approx(25, rel=1e-3)
        assert dataset.units == ("landslides per km²",)
        assert dataset.tags()["RADIUS_M"] == f"{printed['radius_m']:.3f}"
        assert min(dataset.shape) in (250, 251)


def test_one_landslide_by_hand(tmp_path: Path, capsys: Capture) -> None:
    # 3 / (π · 0.1²) = 95.49 per km² at its centroid, to within a cell of 1 m
    file = saved(tmp_path, "a.gpkg", landslides((0, 0)))
    esri = run(capsys, file, "--radius-m", 100, "--cell-m", 1)
    assert esri["peak_per_km2"] == pytest.approx(95.49, rel=1e-3)
    assert esri["mean_per_km2"] == pytest.approx(1 / 400e-6)
    options = ("--radius-m", 100, "--cell-m", 1, "--convention", "qgis")
    qgis = run(capsys, file, *options, "-o", tmp_path / "qgis.tif")
    assert qgis["peak_per_km2"] == pytest.approx(7.25 * esri["peak_per_km2"], rel=1e-5)
    assert qgis["mean_per_km2"] == esri["mean_per_km2"]
    assert esri["unit"] == "landslides per km²"
    assert qgis["unit"] == "QGIS scale (7.25 times landslides per km²)"
    with rasterio.open(tmp_path / "qgis.tif") as dataset:
        assert dataset.units == (qgis["unit"],)
        assert dataset.tags()["UNIT"] == qgis["unit"]


def test_an_area_bounds_the_surface(tmp_path: Path, capsys: Capture) -> None:
    area = saved(tmp_path, "aoi.gpkg", AREA)
    inventory = saved(tmp_path, "a.gpkg", SCATTER)
    printed = run(capsys, inventory, "--aoi", area, "-o", tmp_path / "density.tif")
    inside = int(SCATTER.centroid.within(AREA.geometry[0]).sum())
    assert (printed["n"], printed["area_km2"], printed["mapped"]) == (inside, 4.0, "aoi.gpkg")
    assert 0.5 < printed["inside_share"] < 1
    assert "no correction" in printed["edge"]
    with rasterio.open(tmp_path / "density.tif") as dataset:
        assert dataset.bounds == pytest.approx(tuple(AREA.total_bounds))
        assert "no correction" in dataset.tags()["EDGE"]


def test_areas_as_weights(tmp_path: Path, capsys: Capture) -> None:
    inventory = saved(tmp_path, "a.gpkg", SCATTER)
    area = run(capsys, inventory, "--weight", "area", "--radius-m", 300)
    number = run(capsys, inventory, "--radius-m", 300)
    assert area["peak_per_km2"] == pytest.approx(400 * number["peak_per_km2"], rel=1e-5)
    assert area["mean_per_km2"] == pytest.approx(400 * number["mean_per_km2"])
    assert area["unit"] == "m² of landslide per km²"


def test_no_landslides_in_an_area_are_a_density_of_0(tmp_path: Path, capsys: Capture) -> None:
    empty = saved(tmp_path, "empty.gpkg", SCATTER.iloc[:0].to_crs(4326))
    area = saved(tmp_path, "aoi.gpkg", AREA)
    printed = run(capsys, empty, "--aoi", area, "-o", tmp_path / "density.tif")
    assert (printed["n"], printed["peak_per_km2"], printed["mean_per_km2"]) == (0, 0.0, 0.0)
    assert (printed["radius_m"], printed["peak_at"]) == (None, None)
    with rasterio.open(tmp_path / "density.tif") as dataset:
        assert (dataset.read(1) == 0).all()


def test_no_landslides_without_an_area_are_refused(tmp_path: Path, capsys: Capture) -> None:
    empty = saved(tmp_path, "empty.gpkg", SCATTER.iloc[:0])
    line = refusal(capsys, empty, "-o", tmp_path / "density.tif")
    assert line.endswith(
        "empty.gpkg has no landslide, and so no extent; name the ground that was mapped with area"
        " (--aoi)"
    )
    assert not (tmp_path / "density.tif").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--radius-m", -5], r"the radius_m \(--radius-m\) is -5 m; give one over 0 m"),
        (["--cell-m", math.nan], r"the cell_m \(--cell-m\) is nan m; give one over 0 m"),
        (
            ["--cell-m", 0.01],
            r"cells of 0\.01 m make .* of them over this area; "
            r"give larger ones, cell_m \(--cell-m\) 4\.1",
        ),
    ],
)
def test_bad_numbers_are_refused(
    options: list[object], message: str, tmp_path: Path, capsys: Capture
) -> None:
    inventory = saved(tmp_path, "a.gpkg", SCATTER)
    assert re.search(message, refusal(capsys, inventory, *options))


@pytest.mark.parametrize("option", ["--convention", "--weight"])
def test_an_unknown_choice_is_named_with_those_that_there_are(option: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["density", "a.gpkg", option, "other"])
    assert stopped.value.code == 2
    known = {"--convention": "'esri', 'qgis'", "--weight": "'number', 'area'"}[option]
    assert f"error: {option}: 'other' is not one of {known}" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_refused(tmp_path: Path, capsys: Capture) -> None:
    inventory = saved(tmp_path, "a.gpkg", SCATTER)
    line = refusal(capsys, inventory, "-o", inventory / "density.tif")
    assert re.search(r"cannot write .*a\.gpkg/density\.tif", line)


def test_an_output_is_called_a_geotiff(tmp_path: Path, capsys: Capture) -> None:
    inventory = saved(tmp_path, "a.gpkg", SCATTER)
    assert "would hold a GeoTIFF" in refusal(capsys, inventory, "-o", tmp_path / "d.png")
    with pytest.raises(OutputError, match=r"d\.png would hold a GeoTIFF"):
        kernel_density(inventory).save(tmp_path / "d.png")


def test_the_order_of_the_file_makes_no_difference(tmp_path: Path, capsys: Capture) -> None:
    first = run(capsys, saved(tmp_path, "a.gpkg", SCATTER), "-o", tmp_path / "a.tif")
    reverse = saved(tmp_path, "b.gpkg", SCATTER.iloc[::-1])
    second = run(capsys, reverse, "-o", tmp_path / "b.tif")
    assert first == {**second, "total_area_m2": pytest.approx(second["total_area_m2"])}
    with rasterio.open(tmp_path / "a.tif") as one, rasterio.open(tmp_path / "b.tif") as other:
        np.testing.assert_array_equal(one.read(1), other.read(1))


def test_nepal_2015_has_the_checked_values(real_data: Path, capsys: Capture) -> None:
    printed = run(capsys, real_data / "inventories" / "nepal" / "2015.gpkg")
    assert printed["n"] == 98
    assert printed["radius_m"] == pytest.approx(1021, abs=0.5)
    assert printed["peak_per_km2"] == pytest.approx(11.60, abs=0.01)
    assert printed["mean_per_km2"] == pytest.approx(1.94, abs=0.01)


def test_a_layer_of_the_area_file_can_be_named(tmp_path: Path, capsys: Capture) -> None:
    both = tmp_path / "both.gpkg"
    write_layers({"landslides": SCATTER, "study_area": AREA, "cut": AREA}, both)
    chosen = run(capsys, both, "--aoi", both)
    assert chosen["area_km2"] == 4.0
    assert run(capsys, both, "--aoi", f"{both}|layername=cut")["area_km2"] == 4.0
    before = both.read_bytes()
    words = (f"{both}|layername=landslides", "--out", both)
    assert "is read and would be overwritten" in refusal(capsys, *words)
    assert both.read_bytes() == before


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        (
            "--cell-m",
            "1e-9",
            "the cell_m (--cell-m) is 1e-09 m; give one from 0.001 m to 20,000 km",
        ),
        ("--cell-m", "1e300", "the cell_m (--cell-m) is 1e+300 m; give one from"),
        ("--cell-m", "1e7", "cells of 1e+07 m are far larger than the whole extent"),
        ("--cell-m", "0.001", "give larger ones, cell_m (--cell-m)"),
        ("--cell-m", "nan", "the cell_m (--cell-m) is nan m; give one over 0 m"),
        ("--radius-m", "1e-9", "the radius_m (--radius-m) is 1e-09 m; give one from 0.001 m"),
        ("--radius-m", "1e300", "the radius_m (--radius-m) is 1e+300 m; give one from"),
    ],
)
def test_lengths_without_meaning_are_refused(
    tmp_path: Path, capsys: Capture, option: str, value: str, message: str
) -> None:
    inventory = saved(tmp_path, "a.gpkg", SCATTER)
    assert message in refusal(capsys, inventory, "--radius-m", "300", option, value)


def test_a_surface_that_does_not_fit_into_memory_is_refused(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "available_memory_bytes", lambda: 2_000_000)
    inventory = saved(tmp_path, "a.gpkg", SCATTER)
    assert "needs" in refusal(capsys, inventory, "--cell-m", "1")
    line = refusal(capsys, inventory, "--radius-m", "20000", "--cell-m", "100")
    assert "a search radius of 200 cells needs" in line
    assert "give larger cells, or a smaller search radius" in line
