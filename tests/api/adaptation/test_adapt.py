"""Adapt weights to a scene from Python: marks in, weights, score and suggestions out."""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

import slidelens as sl
from slidelens.errors import InventoryError, OutputError, ParamsError
from slidelens.geo.rasterise import rasterise
from slidelens.geo.vectors.inventory import read_inventory
from slidelens.learning.adaptation import training
from slidelens.learning.inference.weights import read_weights_metadata
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import Params
from support.learning.trainings import two_layer_study
from support.studies import UTM, box, image, scene_grid, write_image

GRID = scene_grid()
SHAPES = [box(GRID, row, column, 9, 6) for row in (20, 60, 100) for column in (20, 80, 120)]
BARE = [box(GRID, row, column, 16, 16) for row in (36, 76, 120) for column in (40, 100)]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steps an epoch, of small patches."""
    whole = training.adaptation_settings

    def quick(epochs: int, seed: int) -> Settings:
        settings = whole(epochs, seed)
        return replace(
            settings,
            learning=settings.learning.model_copy(update={"patch": 32}),
            schedule=settings.schedule.model_copy(update={"patches_per_epoch": 16}),
        )

    monkeypatch.setattr("slidelens.learning.adaptation.adapt.adaptation_settings", quick)


@pytest.fixture(scope="module")
def weights(pretrained: tuple[Path, Params], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of two random layers."""
    folder = tmp_path_factory.mktemp("study")
    with two_layer_study(pretrained, folder):
        return folder / "models/pretrained.weights.h5"


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """A scene with the bands of the generic weights."""
    path = tmp_path / "colours.tif"
    return write_image(path, GRID, image(GRID, SHAPES, 9), ["red", "green", "blue"])


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    return write_image(tmp_path / "new.tif", GRID, image(GRID, SHAPES, 9))


def marks(shapes: list[shapely.Polygon], bare: list[shapely.Polygon]) -> gpd.GeoDataFrame:
    classes = [None] * len(shapes) + ["not landslide"] * len(bare)
    return gpd.GeoDataFrame({"class": classes}, geometry=[*shapes, *bare], crs=UTM.to_wkt())


def test_corrections_of_a_map_alone_are_refused(scene: Path, weights: Path) -> None:
    """On Iburi, ten of them took F1 from 0.66 to 0.35."""
    corrections = marks(SHAPES, BARE).assign(change="drawn")
    with pytest.raises(
        InventoryError, match=r"hardly more than where a map was wrong.* \(--reviewed\)"
    ):
        sl.adapt(scene, corrections, weights)


def test_heights_for_weights_without_slope_are_refused(scene: Path, weights: Path) -> None:
    with pytest.raises(ParamsError, match=r"dem \(--dem\) has no use: .* not trained with slope"):
        sl.adapt(scene, marks(SHAPES, BARE), weights, dem="dem.tif")
    with pytest.raises(ParamsError, match="no use: the generic weights were not trained with slop"):
        sl.adapt(scene, marks(SHAPES, BARE), dem="dem.tif")


@pytest.mark.usefixtures("two_layers")
def test_weights_suggestions_and_where_they_come_from(
    scene: Path, weights: Path, tmp_path: Path
) -> None:
    frame = marks(SHAPES, BARE).to_crs("EPSG:4326")
    adapted = sl.adapt(scene, frame, weights, suggest=3)
    adapted.save(tmp_path / "mine.weights.h5")
    metadata = read_weights_metadata(tmp_path / "mine.weights.h5")
    origin = metadata.adapted
    assert origin is not None
    assert origin.weights == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert (origin.landslides, origin.bare, origin.chosen) == (9, 6, adapted.chosen)
    assert metadata.threshold == adapted.threshold
    suggestions = read_inventory(tmp_path / "mine.suggestions.gpkg", "suggestions")
    assert suggestions["rank"].tolist() == list(range(1, len(suggestions) + 1))
    assert set(suggestions["reason"]) <= {"unsure", "unlike the marks"}
    assert (suggestions.area == 320**2).all()
    assert adapted.to_dict()["f1"] == adapted.score.f1
    assert repr(adapted).startswith(f"<Adaptation: {adapted.chosen}, F1 {adapted.score.f1:.2f}")
    assert "F1 by marks held back" in adapted._repr_html_()
    mapped = sl.map_scene(scene, tmp_path / "mine.weights.h5")
    assert mapped.threshold == adapted.threshold


def test_generic_weights_learn_the_colours_of_the_scene(
    colours: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    adapted = sl.adapt(colours, marks(SHAPES, BARE), suggest=2)
    assert adapted.chosen == "spectral"
    adapted.save(tmp_path / "mine.weights.h5")
    mine, generic = sl.load_weights(tmp_path / "mine.weights.h5"), sl.generic_weights()
    assert mine.bands == (*generic.bands, "level_red", "level_green", "level_blue")
    before, after = (sl.map_scene(colours, weights).probability for weights in (None, mine))
    inside = rasterise(SHAPES, GRID)
    gaps = [float(each[inside].mean() - each[~inside].mean()) for each in (before, after)]
    assert gaps[1] > gaps[0] + 0.2
    sl.export_network(mine, tmp_path / "mine.onnx")
    warning = (
        "of level_(red|green|blue) is .* from that of the image that the weights were adapted to"
    )
    assert not re.search(warning, caplog.text)
    bright = write_image(
        tmp_path / "bright.tif", GRID, image(GRID, SHAPES, 9) * 3, ["red", "green", "blue"]
    )
    sl.map_scene(bright, mine)
    assert re.search(warning, caplog.text)


@pytest.mark.usefixtures("two_layers")
@pytest.mark.parametrize(
    ("divisor", "offset"),
    [pytest.param(1, 5000, marks=pytest.mark.long), (50, 1)],
    ids=["hazy", "dark"],
)
def test_a_scene_of_another_radiometry_is_standardised_by_its_own_means(
    weights: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, divisor: int, offset: int
) -> None:
    caplog.set_level(logging.INFO)
    path = write_image(tmp_path / "other.tif", GRID, image(GRID, SHAPES, 9) // divisor + offset)
    adapted = sl.adapt(path, marks(SHAPES, BARE), weights, suggest=0)
    assert "standardised by its own means" in caplog.text
    adapted.save(tmp_path / "mine.weights.h5")
    caplog.clear()
    sl.map_scene(path, tmp_path / "mine.weights.h5")
    assert "other illumination" not in caplog.text
    assert not (tmp_path / "mine.suggestions.gpkg").exists()


@pytest.mark.parametrize(
    ("shapes", "bare", "message"),
    [
        (SHAPES, [], "marks no ground without landslides; draw some boxes"),
        (SHAPES[:1], BARE, "marks 1 landslide that the scene shows; at least 2 are needed"),
        ([], BARE, "marks 0 landslides that the scene shows"),
        ([], [], "has no polygon; mark landslides and bare ground"),
        ([shapely.box(0, 0, 9, 9)], [], "lies outside the scene; check its CRS"),
    ],
)
def test_marks_that_cannot_be_used(
    scene: Path,
    weights: Path,
    shapes: list[shapely.Polygon],
    bare: list[shapely.Polygon],
    message: str,
) -> None:
    with pytest.raises(InventoryError, match=message):
        sl.adapt(scene, marks(shapes, bare), weights)


def test_marks_that_the_scene_does_not_show_are_told(
    scene: Path, weights: Path, caplog: pytest.LogCaptureFixture
) -> None:
    away = [box(GRID, 500, 500, 9, 9)]
    with pytest.raises(InventoryError):
        sl.adapt(scene, marks([SHAPES[0], *away], BARE), weights)
    assert "1 landslide has no pixel in new.tif" in caplog.text


def test_ground_that_is_marked_both_ways_is_told(
    scene: Path, weights: Path, caplog: pytest.LogCaptureFixture
) -> None:
    beside = shapely.box(*SHAPES[0].bounds).buffer(1e-7)
    for bare, told in (([beside, *BARE], True), (BARE, False)):
        caplog.clear()
        with pytest.raises(InventoryError, match="marks 1 landslide that the scene shows"):
            sl.adapt(scene, marks(SHAPES[:1], bare), weights)
        told_m2 = f"{SHAPES[0].area:.4g} m² lie both in a landslide and in a polygon of class"
        assert (told_m2 in caplog.text) == told


@pytest.mark.parametrize(
    ("options", "message"),
    [({"suggest": -1}, "suggest .* is -1"), ({"seed": 2**32}, "seed .* is 4294967296")],
)
def test_numbers_out_of_range(
    scene: Path, weights: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParamsError, match=message):
        sl.adapt(scene, marks(SHAPES, BARE), weights, **options)


@pytest.mark.usefixtures("two_layers")
def test_inputs_are_not_overwritten(scene: Path, weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.suggestions.gpkg"
    marks(SHAPES, BARE).to_file(path, layer="suggestions", engine="pyogrio")
    before = path.read_bytes(), weights.read_bytes()
    adapted = sl.adapt(scene, path, weights, suggest=2)
    for out in (weights, tmp_path / "mine.weights.h5"):
        with pytest.raises(OutputError, match="is read and would be overwritten"):
            adapted.save(out)
    assert (path.read_bytes(), weights.read_bytes()) == before
    assert not (tmp_path / "mine.weights.h5").exists()
    with pytest.raises(OutputError, match="does not end in .weights.h5; name it mine.weights.h5"):
        adapted.save("mine")
    assert np.isfinite(adapted.landslide_share)
