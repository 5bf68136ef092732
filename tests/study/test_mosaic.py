"""Mosaics of tiles from different places: nothing reaches from one tile into another."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from slidelens.dataset.parts import OUTSIDE, UNKNOWN
from slidelens.dataset.prepared import read_prepared
from slidelens.dataset.standardisation import standardise_locally, standardise_tiles
from slidelens.learning.audit.leakage import leakage_findings
from slidelens.learning.data.patches import batches
from slidelens.learning.data.tiles import validation_tiles
from slidelens.learning.data.training_data import TrainingData
from slidelens.learning.inference.windows import predict_apart
from slidelens.stages.prepare import prepare
from slidelens.study.opening import open_study
from support.images.mosaics import MOSAIC, TILE
from support.learning.trainings import LEARNING
from support.studies import Date, params_for, scene_grid, write_study


def numbered(rows: int, columns: int) -> NDArray[np.float32]:
    """(height, width, 1) the number of the tile, from 1."""
    tiles = 1 + np.arange(rows * columns, dtype=np.float32).reshape(rows, columns)
    return np.kron(tiles, np.ones((TILE, TILE), np.float32))[..., None]


def checked() -> NDArray[np.uint8]:
    labels = np.zeros((3 * TILE, 4 * TILE), np.uint8)
    labels[::7, ::5] = 1
    return labels


@pytest.mark.parametrize("patch", [16, 32, 48])
def test_a_patch_shows_one_tile_only(patch: int) -> None:
    learning = LEARNING.model_copy(update={"gain": 0.0, "offset": 0.0, "patch": patch})
    drawn = batches(TrainingData(numbered(3, 4), checked(), TILE), learning, 8, seed=1)
    patches = np.concatenate([pixels for pixels, _ in islice(drawn, 20)])
    seen = [np.unique(np.rint(pixels[pixels > 0])) for pixels in patches]
    assert {len(tiles) for tiles in seen} == {1}
    assert len({float(tiles[0]) for tiles in seen}) == 12
    assert len({float(np.rint(p[p > 0]).min()) for p in patches}) == 12


def test_a_patch_as_large_as_its_tile_is_the_tile_where_nothing_turns_it() -> None:
    still = {
        "rotation_deg": 0.0,
        "shear_deg": 0.0,
        "scale": 0.0,
        "flips": False,
        "gain": 0.0,
        "offset": 0.0,
        "patch": TILE,
    }
    pixels, labels = next(
        batches(
            TrainingData(numbered(3, 4), checked(), TILE),
            LEARNING.model_copy(update=still),
            8,
            seed=1,
        )
    )
    # The last row and column have no neighbour to be interpolated with.
    assert (pixels[:, :-1, :-1] > 0).all()
    assert (labels[:, :-1, :-1] != UNKNOWN).all()


def test_across_an_image_patches_do_reach() -> None:
    drawn = batches(
        TrainingData(numbered(3, 4), checked()),
        LEARNING.model_copy(update={"gain": 0.0, "offset": 0.0, "patch": 32}),
        8,
        seed=1,
    )
    assert any(len(np.unique(pixels)) > 2 for pixels, _ in islice(drawn, 3))


def test_validation_tiles_have_no_surroundings() -> None:
    tiles = validation_tiles(TrainingData(numbered(3, 4), checked(), TILE), TILE)
    assert tiles.pixels.shape == (12, TILE, TILE, 1)
    assert [len(np.unique(tile)) for tile in tiles.pixels] == [1] * 12


def test_each_tile_is_mapped_as_if_alone() -> None:
    def blurred(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        means: NDArray[np.float32] = uniform_filter(pixels[..., 0], (0, 9, 9), mode="nearest")
        return means

    np.testing.assert_allclose(
        predict_apart(numbered(3, 4), blurred, TILE, at_once=5), numbered(3, 4)[..., 0], rtol=1e-6
    )


def test_each_tile_is_mapped_where_it_lies() -> None:
    pixels = np.random.default_rng(1).random((2 * TILE, 3 * TILE, 2), np.float32)
    np.testing.assert_array_equal(
        predict_apart(pixels, lambda given: given[..., 1], TILE, at_once=4), pixels[..., 1]
    )


def test_tiles_are_standardised_each_by_itself() -> None:
    # Tile 1 holds 1 and 3: mean 2, deviation 1. Tile 2 the same times 100: it comes out
    # alike. What is not valid is 0.
    pixels = np.array([[1, 3, 100, 300], [3, 1, 300, 9e9]], np.float32)[..., None]
    valid = pixels[..., 0] < 1e6
    got = standardise_tiles(pixels, valid, 2)[..., 0]
    np.testing.assert_allclose(got[:, :2], [[-1, 1], [1, -1]])
    # 100, 300, 300: mean 700/3, variance ((400/3)² + 2 (200/3)²) / 3 = 80000/9
    np.testing.assert_allclose(
        got[:, 2:], np.array([[-400 / 3, 200 / 3], [200 / 3, 0]]) / (80_000 / 9) ** 0.5, rtol=1e-5
    )


def test_a_tile_without_a_valid_pixel_is_nodata() -> None:
    assert not standardise_tiles(np.ones((2, 2, 1), np.float32), np.zeros((2, 2), bool), 2).any()


def test_an_image_is_standardised_by_what_lies_around() -> None:
    pixels = np.random.default_rng(1).normal(5000, 300, (24, 30, 2)).astype(np.float32)
    valid = np.random.default_rng(2).random((24, 30)) > 0.2
    got = standardise_locally(pixels, valid, 7)
    assert got.dtype == np.float32
    assert not got[~valid].any()
    for row, column in ((0, 0), (12, 15), (23, 4)):
        square = slice(max(row - 3, 0), row + 4), slice(max(column - 3, 0), column + 4)
        seen = pixels[square][valid[square]]
        wanted = (
            (pixels[row, column] - seen.mean(0)) / seen.std(0)
            if valid[row, column]
            else np.zeros(2)
        )
        np.testing.assert_allclose(got[row, column], wanted, atol=1e-3)
    elsewhere = np.where(valid[..., None], pixels, 9e4)
    np.testing.assert_array_equal(
        standardise_locally(elsewhere, valid, 7), got
    )  # what is not valid changes no bit
    assert not standardise_locally(
        np.full((9, 9, 1), 7, np.float32), np.ones((9, 9), bool), 5
    ).any()
    assert not standardise_locally(pixels, np.zeros_like(valid), 7).any()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_study(tmp_path / "raw", {"2013": Date(number=6)})
    (tmp_path / "raw/aoi.gpkg").unlink()
    return tmp_path / "raw"


def test_a_mosaic_is_prepared_pixel_by_pixel_and_split_by_tiles(root: Path) -> None:
    prepare(params_for(root, ["2013"], **MOSAIC), root.parent / "prepared")
    for name in ("2013", "pretrain"):
        ground = read_prepared(root.parent / "prepared" / name)
        assert ground.tile_px == TILE
        assert ground.scene.grid.shape == scene_grid().shape
        parts = ground.split_map.reshape(5, TILE, 5, TILE).swapaxes(1, 2).reshape(25, -1)
        assert (parts == parts[:, :1]).all()
        assert (parts != OUTSIDE).all()
        tile = ground.standardised()[:TILE, -TILE:]
        assert tile.mean() == pytest.approx(0, abs=1e-5)
        assert tile.std() == pytest.approx(1, abs=1e-5)


def test_a_date_after_a_mosaic_is_standardised_as_its_tiles_are(root: Path) -> None:
    """By its surroundings, of which training sees no test block and choosing none either."""
    mosaic = {name: MOSAIC[name] for name in ("study__pretrain__tile_px", "study__pretrain__aoi")}
    for wanted, around_px in (("auto", TILE), ("own", None)):
        params = params_for(root, ["2013"], study__standardise=wanted, **mosaic)
        prepare(params, root.parent / wanted)
        ground = read_prepared(root.parent / wanted / "2013")
        assert (ground.tile_px, ground.local_window_px) == (None, around_px)
    ground = read_prepared(root.parent / "auto/2013")
    np.testing.assert_array_equal(
        ground.standardised(), standardise_locally(ground.scene.pixels, ground.scene.valid, TILE)
    )
    pretrain = read_prepared(root.parent / "auto/pretrain")
    assert pretrain.local_window_px is None
    found = {
        one.rule: one.broken
        for one in leakage_findings({"2013": ground}, {"pretrain": pretrain}, params.split)
        if one.where == "2013"
    }
    assert (
        found["other pixels and labels in test blocks change nothing that training learns from"]
        == 0
    )
    assert found["nor anything that epoch and threshold are chosen by"] == 0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"study__tile_px": 48},
            "2013.tif has 160 × 160 pixels, no whole tiles of 48; correct tile_px",
        ),
        (
            {"study__pixel_m": 5.0},
            "2013: scene 2013.tif is a mosaic of tiles, 160 rows × 160 columns of 10 m in "
            "EPSG:32645, but its grid is 320 rows",
        ),
        (
            {"study__pretrain__aoi": "pretrain/aoi.gpkg"},
            "leave out aoi, study.crs and study.pixel_m, or take tile_px away",
        ),
    ],
)
def test_a_mosaic_that_would_be_resampled_or_cut_is_a_problem(
    root: Path, changes: dict[str, Any], told: str
) -> None:
    assert told in "\n".join(open_study(params_for(root, ["2013"], **MOSAIC | changes)).problems)
