"""One network is trained on several sources of pretraining."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from slidelens.dataset.prepared import Prepared, write_prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.rasterise import rasterise
from slidelens.geo.rasters.scene import Scene
from slidelens.intermediate.reading import read_checked
from slidelens.intermediate.schemas import PretrainScores
from slidelens.learning.data.tiles import score_tiles
from slidelens.learning.inference.thresholds import best_threshold
from slidelens.learning.inference.weights import read_weights_metadata
from slidelens.learning.pretraining import fit_sources, mixed_data
from slidelens.learning.training.fit import mean_output, random_start
from slidelens.learning.training.settings import pretraining_settings
from slidelens.params.schema import Params
from slidelens.stages.pretrain import pretrain
from support.learning.trainings import ignore_epoch, two_layer_architecture
from support.studies import BANDS, area_grid, grid_of, image, landslides, params_for

SHAPES = landslides(area_grid(), 28, seed=1)


def prepared(pixel_m: float, tile_px: int | None = None) -> Prepared:
    """96 × 96 pixels, the eastern quarter of which is for validation."""
    grid = grid_of(96, 96, pixel_m=pixel_m)
    pixels = image(area_grid(), SHAPES, seed=1).astype(np.float32)
    parts = np.where(np.arange(96) < 64, np.uint8(1), np.uint8(2))[None].repeat(96, 0)
    mean, deviation = pixels.mean((0, 1)).tolist(), pixels.std((0, 1)).tolist()
    return Prepared(
        scene=Scene(grid, BANDS, pixels, np.ones((96, 96), bool)),
        labels=rasterise(SHAPES, area_grid()).astype(np.uint8),
        split_map=parts,
        statistics=BandStatistics(BANDS, tuple(mean), tuple(deviation), 9216),
        inventory=None,
        tile_px=tile_px,
    )


@pytest.fixture
def params(tmp_path: Path) -> Params:
    return params_for(
        tmp_path, ["2013"], epochs=2, filters=2, pretrain__patches_per_epoch=8, split__block_m=160
    )


def test_sources_of_different_pixels_are_mixed_by_weight(params: Params) -> None:
    sources = {
        "pretrain/a": replace(prepared(10.0), weight=3.0),
        "pretrain/b": replace(prepared(4.0, tile_px=32), landslide_share=0.02),
    }
    training, tiles = mixed_data(sources, params.split)
    assert training.names == tiles.names == ("a", "b")
    assert training.weights == (3, 1)
    assert tiles.shares == (0.75, 0.25)
    assert tiles.landslide_shares == (None, 0.02)
    # blocks of 160 m with 32 pixels of context on each side, and tiles of 32 pixels without
    assert [one.pixels.shape[1] for one in tiles.sources] == [80, 32]


def test_the_weights_tell_sources_pixels_and_scores(
    params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    for name, one in (("a", prepared(10.0)), ("b", prepared(4.0))):
        write_prepared(one, tmp_path / "data/prepared/pretrain" / name, "uint16")
    with two_layer_architecture():
        pretrain(params, tmp_path)
    metadata = read_weights_metadata(tmp_path / "models/pretrained.weights.h5")
    assert metadata.trained_on == ("a", "b")
    assert metadata.sources == {"a": 10, "b": 4}
    assert (metadata.pixels_m, metadata.described_pixels) == ((4, 10), "4–10 m")
    assert metadata.uses_own_statistics
    scratch = read_weights_metadata(tmp_path / "models/scratch.weights.h5")
    assert (scratch.sources, scratch.trained_on) == ({}, ())
    path = tmp_path / "metrics/pretrain.json"
    scores = json.loads(path.read_text())["pretrain"]
    assert list(scores) == ["epoch", "threshold", "validation", "sources"]
    assert list(scores["sources"]) == ["a", "b"]
    assert set(scores["sources"]["a"]) == {"loss", "f1", "precision", "recall"}
    read_checked(path, PretrainScores)


def test_a_true_share_of_landslides_changes_calibration_threshold_and_scores_alone(
    params: Params,
) -> None:
    fitted = {}
    with two_layer_architecture():
        for share in (None, 0.01):
            one = {"pretrain": replace(prepared(10.0), landslide_share=share)}
            fitted[share] = fit_sources(one, params, pretraining_settings(params), ignore_epoch)
    plain, true = fitted[None], fitted[0.01]
    for row, same in zip(true.history.rows, plain.history.rows, strict=True):
        assert row == pytest.approx(same, rel=1e-4)
    assert (true.metadata.trained_on, true.metadata.sources) == (("pretrain",), {})
    assert true.sources == {}
    assert true.metadata.calibration != plain.metadata.calibration
    # threshold and scores are those of ground with so few landslides
    source = {"pretrain": replace(prepared(10.0), landslide_share=0.01)}
    tiles = mixed_data(source, params.split)[1]
    output = mean_output(true.network, tiles, params.evaluate.symmetries)
    threshold = best_threshold(output, tiles.labels, tiles.true_weights)
    found = true.metadata.calibration.output(true.metadata.threshold)
    assert found == pytest.approx(threshold, abs=1e-3)
    expected = score_tiles(tiles, output, params.learning, threshold, tiles.true_weights)
    assert true.validation == pytest.approx(expected, rel=1e-4)
    assert threshold > best_threshold(output, tiles.labels)


def test_with_a_mosaic_among_the_sources_scenes_are_standardised_as_its_tiles(
    params: Params,
) -> None:
    sources = {"pretrain/a": prepared(10.0), "pretrain/b": prepared(4.0, tile_px=32)}
    with two_layer_architecture():
        fitted = fit_sources(sources, params, pretraining_settings(params), ignore_epoch)
    assert (fitted.metadata.local_window_px, fitted.metadata.pixel_m) == (32, 4)
    assert fitted.metadata.sources == {"a": 10, "b": 4}


def test_one_source_in_a_list_has_its_name(params: Params) -> None:
    with two_layer_architecture():
        settings = pretraining_settings(params)
        fitted = fit_sources({"pretrain/a": prepared(10.0)}, params, settings, ignore_epoch)
        assert fitted.metadata.trained_on == ("a",)
        assert random_start(fitted.metadata, 1)[1].sources == {}
