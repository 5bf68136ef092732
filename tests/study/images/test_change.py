"""The change of each date since the nearest earlier one that shows the ground."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely

from slidelens.dataset.parts import TEST, TRAIN
from slidelens.dataset.prepared import Prepared
from slidelens.geo.rasters.scene import Scene
from slidelens.params.schema import Params
from slidelens.study.images.change import EarlierImages
from slidelens.study.opening import open_study
from slidelens.study.preparation import prepare_targets
from slidelens.types import Float32, Float64, Mask
from support.images.mosaics import MOSAIC
from support.studies import (
    BANDS,
    Date,
    area_grid,
    grid_of,
    image,
    params_for,
    scene_grid,
    write_image,
    write_shapes,
    write_study,
)

DATES = ["2013", "2014", "2015"]
CHANGE = slice(len(BANDS), None)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three dates, of which the middle one shows its western part only."""
    return write_dates(tmp_path)


def write_dates(folder: Path) -> Path:
    write_study(folder / "raw", {"2013": Date(), "2014": Date(seen=0.6), "2015": Date()})
    return folder / "raw"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Prepared]:
    """The dates of `root` and their pretraining image."""
    return prepared_of(with_change(write_dates(tmp_path_factory.mktemp("study"))))


def with_change(root: Path, dates: list[str] = DATES, **changes: Any) -> Params:
    return params_for(root, dates, **({"study__derived": ["change"]} | changes))


def prepared_of(params: Params) -> dict[str, Prepared]:
    study = open_study(params)
    assert not study.problems
    return {raw.target.name: prepared for raw, prepared in prepare_targets(study, params)}


def by_hand(later: Prepared, earlier: Prepared) -> tuple[Float64, Mask]:
    """The differences of standard scores on common train ground, and where they are known."""
    both = later.scene.valid & earlier.scene.valid
    train, scores = both & (later.split_map == TRAIN), []
    for data in (later, earlier):
        bands = data.scene.pixels[..., : len(BANDS)].astype(np.float64)
        scores.append((bands - bands[train].mean(axis=0)) / bands[train].std(axis=0))
    return scores[0] - scores[1], both


def test_values_are_those_of_plain_numpy(prepared: dict[str, Prepared]) -> None:
    middle = prepared["2014"]
    assert middle.scene.bands[CHANGE] == (
        "change_green",
        "change_red",
        "change_nir",
        "change_known",
    )
    difference, both = by_hand(middle, prepared["2013"])
    change = middle.scene.pixels[..., CHANGE]
    np.testing.assert_allclose(change[both][:, :3], difference[both], atol=1e-4)
    np.testing.assert_array_equal(change[..., 3], both)
    assert not change[~both].any()
    assert np.abs(difference[both & (middle.labels == 1)]).mean() > 2  # landslides stand out
    assert middle.statistics.mean[3:] == (0,) * 4
    assert middle.statistics.deviation[3:] == (1,) * 4
    np.testing.assert_array_equal(middle.standardised()[..., CHANGE], change)


def test_each_pixel_is_compared_with_the_nearest_date_that_shows_it(
    prepared: dict[str, Prepared],
) -> None:
    last, seen = prepared["2015"], prepared["2014"].scene.valid
    assert 0.3 < seen.mean() < 0.9
    for earlier, where in (("2014", seen), ("2013", ~seen)):
        difference, both = by_hand(last, prepared[earlier])
        assert both[where].all()
        change = last.scene.pixels[..., CHANGE]
        np.testing.assert_allclose(change[where][:, :3], difference[where], atol=1e-4)
    assert (last.scene.pixels[..., -1] == 1).all()


def test_without_an_earlier_image_all_of_it_is_missing(prepared: dict[str, Prepared]) -> None:
    for name in ("pretrain", "2013"):
        assert not prepared[name].scene.pixels[..., CHANGE].any()
        assert prepared[name].scene.bands == prepared["2015"].scene.bands
        assert prepared[name].statistics.deviation[3:] == (1,) * 4


def test_other_light_is_no_change(root: Path) -> None:
    values = image(scene_grid(), [], 3).astype(np.float32)
    write_image(root / "scenes/2013.tif", scene_grid(), values)
    write_image(root / "scenes/2014.tif", scene_grid(), 2 * values + 300)
    prepared = prepared_of(with_change(root, study__standardise="own"))
    change = prepared["2014"].scene.pixels[..., CHANGE]
    assert np.abs(change[..., :3]).max() < 1e-3
    assert (change[..., 3] == 1).all()
    assert np.abs(prepared["2015"].scene.pixels[..., CHANGE]).max() > 2


def test_other_data_do_not_depend_on_the_change(root: Path, prepared: dict[str, Prepared]) -> None:
    for name, less in prepared_of(params_for(root, DATES)).items():
        more = prepared[name]
        np.testing.assert_array_equal(more.scene.pixels[..., :3], less.scene.pixels)
        np.testing.assert_array_equal(more.scene.valid, less.scene.valid)
        np.testing.assert_array_equal(more.labels, less.labels)
        assert more.statistics.mean[:3] == less.statistics.mean
        assert more.statistics.deviation[:3] == less.statistics.deviation


def test_test_ground_changes_the_change_of_no_other_pixel(
    root: Path, prepared: dict[str, Prepared]
) -> None:
    before = prepared
    test, path = before["2015"].split_map == TEST, root / "scenes/2014.tif"
    with rasterio.open(path) as dataset:
        values = np.moveaxis(dataset.read(), 0, -1)
    around = (values.shape[0] - test.shape[0]) // 2
    inner = slice(around, around + test.shape[0])
    values[inner, inner][test] = 5000 - np.minimum(values[inner, inner][test], 4999)
    write_image(path, scene_grid(), values)
    after = prepared_of(with_change(root))
    for date in ("2014", "2015"):
        one, other = (found[date].scene.pixels[..., CHANGE] for found in (before, after))
        np.testing.assert_array_equal(one[~test], other[~test])
        assert (one[test] != other[test]).any()


def test_a_source_that_is_a_dates_image_has_that_dates_change(root: Path) -> None:
    left, bottom, right, top = area_grid().bounds
    west = shapely.box(left, bottom, (left + right) / 2, top)
    write_shapes(root / "west.gpkg", [west], layer="aoi")
    changes: dict[str, Any] = {
        "study__pretrain__scene": "scenes/2015.tif",
        "study__pretrain__inventory": "inventories/2015.gpkg",
        "study__pretrain__aoi": None,
        "study__aoi": "west.gpkg",
    }
    prepared = prepared_of(with_change(root, **changes))
    change = prepared["pretrain"].scene.pixels[..., CHANGE]
    known = prepared["pretrain"].scene.valid
    assert known.mean() > 0.9
    np.testing.assert_array_equal(change[..., 3], known)
    assert np.abs(change[..., :3][prepared["pretrain"].labels == 1]).mean() > 2


def test_images_with_little_common_ground_are_not_compared(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rng, grid = np.random.default_rng(1), grid_of(20, 20)

    def scene(valid: Mask) -> Scene:
        pixels: Float32 = rng.normal(size=(20, 20, 2)).astype(np.float32) * valid[..., None]
        return Scene(grid, ("red", "nir"), pixels, valid)

    west = np.broadcast_to(np.arange(20) < 10, (20, 20))
    few = west.copy()
    few[2:] = False  # 20 pixels
    caplog.set_level(logging.INFO)
    images = EarlierImages(np.ones((20, 20), bool))
    first = scene(west)
    images.add("2013", first, lambda: first)
    images.add("2014", scene(few), lambda: pytest.fail("it is held"))
    changed = images.add_change("2015", scene(np.ones((20, 20), bool)))
    assert "2015 and 2014 share 20 valid pixels of train blocks, 30 are needed" in caplog.text
    assert "2014 tells no change" in caplog.text
    np.testing.assert_array_equal(changed.pixels[..., -1], west)
    assert "2015: its change since 2014 or before is known on 50 %" in caplog.text


def test_the_study_notes_what_has_no_earlier_image(root: Path) -> None:
    notes = "\n".join(open_study(with_change(root)).notes)
    assert "2013 has no earlier date, so that its change is missing" in notes
    assert "pretrain has no earlier image (its scene is that of no later date)" in notes
    alone = "\n".join(open_study(with_change(root, ["2013"])).notes)
    assert "2013 has no earlier date, so that its change is missing: take change out of" in alone
    assert "earlier" not in "\n".join(open_study(params_for(root, DATES)).notes)


def test_a_mosaic_tells_no_change(root: Path) -> None:
    (root / "aoi.gpkg").unlink()
    problems = open_study(with_change(root, ["2013"], **MOSAIC)).problems
    assert "study.derived has change, but the tiles of a mosaic have no common place" in problems[0]
