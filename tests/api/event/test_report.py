"""Densities and a report beside a map."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.windows import Window

from slidelens.api.event import page as page_module
from slidelens.api.event.page import MOST_BYTES
from slidelens.api.event.report import event_report
from slidelens.api.event.values import EventValues
from slidelens.api.generic import generic_weights
from slidelens.api.mapping.folder_map import map_to_folder
from slidelens.api.mapping.options import MapOptions
from slidelens.api.network import Network
from slidelens.api.scene import SceneFile
from slidelens.geo.rasters.header import read_header
from slidelens.layers.probability import read_probability
from slidelens.learning.inference.weights import Origin
from support.learning.tiles import blur_network, write_scene_of_tiles
from support.studies import grid_of, write_image

GRID = grid_of(150, 130)


def page_of(
    folder: Path,
    scene: SceneFile,
    options: MapOptions | None = None,
    network: Network | None = None,
) -> str:
    options = options or MapOptions()
    with event_report(True, options) as finish:
        network = network or blur_network(folder)
        map_to_folder(scene, network, folder / "out", options, finish=finish)
    return (folder / "out/report.html").read_text(encoding="utf-8")


def test_the_page_tells_number_place_date_and_certainty(tmp_path: Path) -> None:
    path = write_scene_of_tiles(tmp_path / "scene <b>.tif", GRID).path
    with rasterio.open(path, "r+") as dataset:
        dataset.update_tags(TIFFTAG_DATETIME="2016:10:02 04:55:00")
    page = page_of(tmp_path, SceneFile(read_header(path)))
    number = int(re.search(r"<dd>(\d+)</dd><dt>landslides", page)[1])  # type: ignore[index]
    assert len(page.encode()) < MOST_BYTES
    assert number > 5
    assert f"outlines of {number} landslides" in page
    assert "<title>Landslides on scene &lt;b&gt;.tif</title>" in page
    assert "2016-10-02" in page
    assert "28.1° N, 85.2° E" in page
    assert "blur.weights.h5" in page
    assert "precision float32" in page
    assert "The score of these weights is unknown here" in page
    assert page.count("<img ") == 4
    assert page.count("<tr><td") == 10
    assert "<script" not in page
    assert not re.search(r'(src|href)="(?!data:)', page)


def test_the_date_is_that_of_the_inventory(tmp_path: Path) -> None:
    page = page_of(tmp_path, write_scene_of_tiles(tmp_path / "2018-08-01.tif", GRID))
    inventory = gpd.read_file(tmp_path / "out/inventory.gpkg", layer="landslides")
    assert set(inventory["occurred_by"]) == {"2018-08-01"}
    assert "2018-08-01 (from the name of the file)" in page


def test_what_is_known_of_the_generic_weights_is_told(tmp_path: Path) -> None:
    network = blur_network(tmp_path)
    metadata = replace(network.metadata, local_window_px=64)
    network = replace(network, path=generic_weights().path, metadata=metadata)
    page = page_of(tmp_path, write_scene_of_tiles(tmp_path / "scene.tif", GRID), network=network)
    assert "The generic weights had F1 Taiwan 0." in page
    assert "if this image is one of them, these scores do not hold for it" in page
    assert "is unknown here" not in page
    assert "by the 64 × 64 pixels around each pixel" in page


def test_what_adapted_weights_know_of_their_score_is_told(tmp_path: Path) -> None:
    scores = {"f1": 0.55, "f1_low": 0.4, "f1_high": 0.7}
    origin = Origin(weights="0" * 64, chosen="network", landslides=10, bare=9, **scores)
    scene = write_scene_of_tiles(tmp_path / "scene.tif", GRID)
    page = page_of(tmp_path, scene, network=blur_network(tmp_path, adapted=origin))
    assert "adapted with 10 landslides and 9 places without; F1 by marks held back 0.55" in page
    assert "is unknown here" not in page


def test_scenes_of_weights_of_several_sources_have_their_own_statistics(tmp_path: Path) -> None:
    network = blur_network(tmp_path)
    metadata = replace(network.metadata, sources={"a": 10.0, "b": 10.0})
    scene = write_scene_of_tiles(tmp_path / "scene.tif", GRID)
    page = page_of(tmp_path, scene, network=replace(network, metadata=metadata))
    assert "by this scene&#x27;s means and deviations" in page


@pytest.mark.long
def test_a_simulated_scene_is_called_one(tmp_path: Path) -> None:
    scene = write_scene_of_tiles(tmp_path / "scene.tif", GRID)
    assert "is simulated" not in page_of(tmp_path, scene)
    with rasterio.open(scene.path, "r+") as dataset:
        dataset.update_tags(SIMULATED="yes")
    (tmp_path / "again").mkdir()
    with event_report(True, MapOptions()) as finish:
        map_to_folder(scene, blur_network(tmp_path), tmp_path / "again", finish=finish)
    page = (tmp_path / "again/report.html").read_text(encoding="utf-8")
    assert "The scene is simulated: this is no map of real ground." in page


def test_density_is_that_of_the_mapped_ground(tmp_path: Path) -> None:
    page_of(tmp_path, write_scene_of_tiles(tmp_path / "scene.tif", GRID))
    with rasterio.open(tmp_path / "out/density.tif") as dataset:
        surface = dataset.read(1)
        bounds = dataset.bounds
    _, valid, grid = read_probability(tmp_path / "out/probability.tif")
    columns = np.flatnonzero(valid.any(axis=0))
    left = grid.bounds[0] + columns[0] * grid.pixel_m
    assert bounds.left == pytest.approx(left, abs=2 * grid.pixel_m)
    assert np.nanmax(surface) > 0


def test_a_mostly_empty_scene_is_shown_and_named_where_its_data_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[EventValues] = []
    monkeypatch.setattr(page_module, "write_page", lambda values, path: shown.append(values))
    grid = grid_of(900, 700)
    values = np.zeros((*grid.shape, 3), np.uint16)
    values[60:160, 500:600] = 500
    scene = SceneFile(read_header(write_image(tmp_path / "empty.tif", grid, values)))
    with event_report(True, MapOptions()) as finish:
        map_to_folder(scene, blur_network(tmp_path), tmp_path / "out", finish=finish)
    (told,) = shown
    assert told.grid.height <= 104
    assert told.grid.width <= 104
    assert told.picture.valid.mean() > 0.9
    assert np.isfinite(told.probability).mean() > 0.9
    expected = grid.window(Window(500, 60, 100, 100))
    assert told.grid.bounds == pytest.approx(expected.bounds, abs=4 * grid.pixel_m)


def test_a_map_without_landslides_has_a_report_too(tmp_path: Path) -> None:
    values = np.full((*GRID.shape, 3), 500, np.uint16)
    path = write_image(tmp_path / "calm.tif", GRID, values)
    page = page_of(tmp_path, SceneFile(read_header(path)))
    assert "<dd>0</dd><dt>landslides" in page
    for section in ("sizes", "largest"):
        text = page.partition(f'<section id="{section}">')[2].partition("</section>")[0]
        assert text.endswith("<p>There is no landslide on this map.</p>")
    assert "probability in the picture above is" in page
    assert "outlines of" not in page
    assert "date unknown" in page


@pytest.mark.long
def test_one_landslide_has_no_density_and_the_page_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    values = np.full((*GRID.shape, 3), 500, np.uint16)
    values[60:80, 60:80, 1] = 900
    path = write_image(tmp_path / "one.tif", GRID, values)
    page = page_of(tmp_path, SceneFile(read_header(path)))
    assert "There is no density of 1 landslide" in page
    assert not (tmp_path / "out/density.tif").exists()
    assert "there is no density of 1 landslide" in caplog.text


def test_warnings_of_the_run_are_on_the_page(tmp_path: Path) -> None:
    scene = write_scene_of_tiles(tmp_path / "scene.tif", GRID)
    logger = logging.getLogger("slidelens.test")
    with event_report(True, MapOptions()) as finish:
        logger.warning("haze <script> over %s", "scene.tif")
        logger.warning("haze <script> over %s", "scene.tif")
        map_to_folder(scene, blur_network(tmp_path), tmp_path / "out", finish=finish)
    page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert page.count("haze &lt;script&gt; over scene.tif") == 1


def test_without_a_report_nothing_is_added(tmp_path: Path) -> None:
    with event_report(False, MapOptions()) as finish:
        assert finish is None
