"""Maps of scenes by a network that is a threshold."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from affine import Affine
from rasterio.crs import CRS

from slidelens.api.mapping.preparation import metric_grid
from slidelens.api.mapping.scene_map import map_scene
from slidelens.api.network import Network
from slidelens.api.scene import open_scene
from slidelens.dataset.standardisation import BandStatistics
from slidelens.errors import ParamsError, SceneError
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.header import read_header
from slidelens.learning.inference.engines import Engine, Precision
from slidelens.learning.inference.tile_predictor import TilePredictor
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.types import Float32
from support.learning.trainings import METADATA
from support.studies import BANDS, UTM, box, grid_of, write_image

GRID = grid_of(64, 64)
SHAPE = box(GRID, 20, 30, 10, 6)


@dataclass(frozen=True)
class Threshold:
    """Calls a pixel landslide where standardised red is above 1."""

    deviates: bool
    margin: int = 16
    core_side: int = 32

    def predict(self, pixels: Float32) -> tuple[Float32, Float32 | None]:
        red = pixels[self.margin : -self.margin, self.margin : -self.margin, 1]
        output = np.where(red > 1, 0.9, 0.1).astype(np.float32)
        return output, np.zeros_like(output) if self.deviates else None

    def describe(self) -> dict[str, str | int]:
        return {"engine": "tensorflow", "precision": "float32"}


class RedThreshold(Network):
    """A network that is a threshold."""

    def tile_predictor(
        self,
        engine: Engine = "auto",
        precision: Precision = "auto",
        *,
        own_process: bool = False,
    ) -> TilePredictor:
        return Threshold(self.metadata.has_uncertainty)


def network(**changes: Any) -> Network:
    trained = BandStatistics(BANDS, (500.0, 500.0, 500.0), (100.0, 100.0, 100.0), 1)
    metadata: WeightsMetadata = replace(METADATA, statistics=trained, threshold=0.5, **changes)
    return RedThreshold(Path("red.weights.h5"), metadata)


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A scene of 500 in every band, and of 900 in red on a landslide of 10 × 6 pixels."""
    values = np.full((*GRID.shape, 3), 500, np.uint16)
    values[20:30, 30:36, 1] = 900
    values[:, :4] = 0  # nodata
    return write_image(tmp_path / "scene.tif", GRID, values)


def test_the_landslide_is_mapped_where_it_is(scene: Path) -> None:
    result = map_scene(scene, network())
    assert result.grid == GRID
    (landslide,) = result.landslides.geometry
    assert shapely.equals(landslide, SHAPE)
    assert result.summary() == {
        "landslides": 1,
        "area_m2": 60 * 100,
        "mapped_km2": 64 * 60 * 100 / 1e6,
        "threshold": 0.5,
    }
    assert result.uncertainty is None


def test_a_scene_that_changes_meanwhile_is_refused(
    scene: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace_scene(predictor: Threshold, pixels: Float32) -> tuple[Float32, Float32 | None]:
        scene.touch()
        return predict(predictor, pixels)

    predict = Threshold.predict
    monkeypatch.setattr(Threshold, "predict", replace_scene)
    with pytest.raises(SceneError, match=r"scene\.tif has changed while the map was made"):
        map_scene(scene, network())


def test_small_fragments_are_left_out(scene: Path) -> None:
    assert len(map_scene(scene, network(), min_area_m2=6001).landslides) == 0


def test_a_network_of_several_members_has_an_uncertainty(scene: Path) -> None:
    result = map_scene(open_scene(scene), network(symmetries=8))
    assert result.uncertainty is not None
    assert result.uncertainty.max() == pytest.approx(0, abs=1e-6)  # it is the same turned or not


def test_another_pixel_size_resamples_the_scene(scene: Path) -> None:
    result = map_scene(scene, network(pixel_m=5.0))
    assert (result.grid.pixel_m, result.grid.shape) == (5, (128, 128))


def test_a_far_mean_is_warned_of(scene: Path, caplog: pytest.LogCaptureFixture) -> None:
    far = BandStatistics(BANDS, (500.0, 500.0, 900.0), (100.0, 100.0, 100.0), 1)
    caplog.set_level(logging.WARNING)
    map_scene(scene, RedThreshold(Path("a"), replace(network().metadata, statistics=far)))
    assert "the mean of nir is -4.0 standard deviations from" in caplog.text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 1.2}, r"threshold is 1\.2; give a number between 0 and 1"),
        ({"threshold": "best"}, "threshold is best; give a number or `expected`"),
        ({"min_area_m2": -1}, "min_area_m2 is -1; give an area of 0 m² or more"),
        ({"standardise": "image"}, "standardise is image; give one of weights, means, scene"),
    ],
)
def test_options_out_of_range_are_refused(
    options: dict[str, Any], message: str, scene: Path
) -> None:
    with pytest.raises(ParamsError, match=message):
        map_scene(scene, network(), **options)


def test_scenes_that_cannot_be_mapped_are_refused(scene: Path, tmp_path: Path) -> None:
    sloping = BandStatistics((*BANDS, "slope"), (0.0,) * 4, (1.0,) * 4, 1)
    with pytest.raises(SceneError, match=r"trained with slope, .* give heights with dem \(--dem\)"):
        map_scene(scene, RedThreshold(Path("a"), replace(METADATA, statistics=sloping)))
    nothing = np.zeros((*GRID.shape, 3), np.uint16)
    empty = write_image(tmp_path / "empty.tif", GRID, nothing)
    with pytest.raises(SceneError, match=r"empty\.tif has no valid pixel"):
        map_scene(empty, network())


def test_names_that_are_given_replace_those_of_the_file(scene: Path) -> None:
    with pytest.raises(SceneError, match="has no band nir, only blue, green, red"):
        map_scene(open_scene(scene, ["blue", "green", "red"]), network())
    assert open_scene(scene, ["a", "b", "c"]).bands == ("a", "b", "c")


@pytest.mark.parametrize("fill", [0, 65535])
def test_filled_pixels_are_reported_until_a_nodata_value_is_given(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, fill: int
) -> None:
    values = np.full((*GRID.shape, 3), 500, np.uint16)
    values[:, :16] = fill
    path = write_image(tmp_path / "a.tif", GRID, values, nodata=None)
    assert map_scene(open_scene(path), network()).valid.all()
    assert f"25 % of the pixels are {fill} in all bands" in caplog.text
    caplog.clear()
    assert map_scene(open_scene(path, nodata=fill), network()).valid.mean() == 0.75
    assert "in all bands" not in caplog.text


def grid_for(tmp_path: Path, source: Grid, pixel_m: float) -> Grid:
    path = write_image(tmp_path / "a.tif", source, np.ones((*source.shape, 3), np.uint16))
    return metric_grid(read_header(path), pixel_m)


def test_a_metric_scene_with_the_weights_pixel_keeps_its_grid(tmp_path: Path) -> None:
    own = grid_of(30, 40, west=320_003, north=3_110_001)
    assert grid_for(tmp_path, own, 10) == own


def test_another_pixel_is_brought_to_the_weights(tmp_path: Path) -> None:
    got = grid_for(tmp_path, grid_of(30, 40, pixel_m=5), 10)
    assert (got.crs, got.pixel_m, got.shape) == (UTM, 10, (15, 20))


@pytest.mark.parametrize(
    ("crs", "transform", "size_m"),
    [
        (
            4326,
            Affine(1e-4, 0, 85.2, 0, -1e-4, 28.1),
            (11.08, 9.83),
        ),  # 1e-4° of latitude and longitude there
        (
            3857,
            Affine(10, 0, 9_485_000, 0, -10, 3_260_000),
            (8.82, 8.82),
        ),  # Web Mercator stretches by 1 / cos 28°: 10 m are 8.8
        (2263, Affine(16.4, 0, 985_000, 0, -16.4, 200_000), (5.0, 5.0)),  # feet of 0.3048 m
    ],
)
def test_a_crs_that_is_not_true_metres_becomes_utm(
    tmp_path: Path, crs: int, transform: Affine, size_m: tuple[float, float]
) -> None:
    got = grid_for(tmp_path, Grid(CRS.from_epsg(crs), transform, 100, 100), 10)
    assert str(got.crs.to_epsg()).startswith("326")
    assert got.pixel_m == 10
    # a turned rectangle has a slightly larger box
    assert got.height * 10 == pytest.approx(100 * size_m[0], rel=0.06)
    assert got.width * 10 == pytest.approx(100 * size_m[1], rel=0.06)


def test_ground_without_detail_is_told_and_not_mapped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    values = np.random.default_rng(1).integers(400, 600, (*GRID.shape, 3)).astype(np.uint16)
    values[:32] = 255
    path = write_image(tmp_path / "cloud.tif", GRID, values)
    found = map_scene(open_scene(path), network(local_window_px=16))
    cloud = 32 - 7  # rows whose square of 16 pixels is all cloud
    assert found.valid.sum() == 64 * (64 - cloud)
    assert (
        f"{100 * cloud / 64:.2g} % of the pixels are not mapped: all within 8 pixels" in caplog.text
    )
    flat = write_image(tmp_path / "flat.tif", GRID, np.full_like(values, 700))
    with pytest.raises(SceneError, match=r"flat\.tif shows nothing: within 8 pixels of any pixel"):
        map_scene(open_scene(flat), network(local_window_px=16))
