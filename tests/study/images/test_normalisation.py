"""Studies normalised to a reference date."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from slidelens import cli
from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, VALIDATION
from slidelens.dataset.prepared import read_prepared
from slidelens.errors import SlidelensError
from slidelens.geo.rasters.header import read_header
from slidelens.learning.audit.radiometric_leakage import RULE
from slidelens.stages.prepare import prepare
from slidelens.study.opening import open_study
from support.studies import (
    Date,
    image,
    landslides,
    params_for,
    scene_grid,
    tree,
    write_image,
    write_params,
    write_study,
)
from support.studies import area_grid as area

DATES = ["2013", "2014", "2015"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Write three dates of one ground.

    Half the columns of 2014 are nodata, and its bands are 0.8 × those of 2013 + 300.
    """
    write_study(tmp_path / "raw", {"2013": Date(), "2014": Date(seen=0.7), "2015": Date()})
    for index, (date, light) in enumerate(
        (("2013", (1, 0)), ("2014", (0.8, 300)), ("2015", (1, 0)))
    ):
        ground = image(scene_grid(), landslides(area(), 20, seed=index), seed=100).astype(
            float
        )  # one ground, landslides of each date
        ground += np.random.default_rng(index).normal(0, 5, ground.shape)
        values = np.clip(ground * light[0] + light[1], 1, 60_000).astype(np.uint16)
        values[:, 112 if date == "2014" else 160 :] = 0
        write_image(tmp_path / f"raw/scenes/{date}.tif", scene_grid(), values)
    return tmp_path / "raw"


both_methods = pytest.mark.parametrize(
    "method", ["histogram", pytest.param("ir_mad", marks=pytest.mark.long)]
)


def prepared(root: Path, name: str, method: str, **changes: Any) -> Path:
    prepare(
        params_for(
            root, DATES, **{"study__radiometry": method, "study__reference": "2013"} | changes
        ),
        root.parent / name,
    )
    return root.parent / name


@pytest.mark.parametrize("method", ["histogram", "ir_mad"])
def test_a_study_comes_into_the_reference_dates_light(
    root: Path, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        folder = prepared(root, "matched", method)
    (line,) = [line for line in caplog.messages if line.startswith("2014 normalised to 2013")]
    assert f"by {method} from" in line
    assert "green × 1.2" in line
    plain = prepared(root, "plain", "none", study__reference=None)
    for name in ("2013", "pretrain"):
        assert tree(folder / name) == tree(plain / name)
    reference, matched, other = (read_prepared(folder / date) for date in DATES)
    assert read_header(folder / "2014/scene.tif").dtype == "float32"
    valid = matched.scene.valid
    np.testing.assert_array_equal(valid, read_prepared(plain / "2014").scene.valid)
    assert not matched.scene.pixels[~valid].any()
    assert 0.6 < valid.mean() < 0.8
    bare = (
        valid & (matched.labels != 1) & (reference.labels != 1) & (reference.split_map != OUTSIDE)
    )
    off = np.median(np.abs(matched.scene.pixels - reference.scene.pixels)[bare], axis=0)
    assert (off < 25).all()  # of 800, 700 and 3,000; before it was 140, 160 and 300
    assert (np.median(np.abs(other.scene.pixels - reference.scene.pixels)[bare], axis=0) < 25).all()


@both_methods
def test_other_than_training_ground_changes_no_fit(root: Path, method: str) -> None:
    clean = prepared(root, "clean", method)
    parts = read_prepared(clean / "2013").split_map
    for date in ("2013", "2014"):
        path = root / f"scenes/{date}.tif"
        with rasterio.open(path) as dataset:
            values = np.moveaxis(dataset.read(), 0, -1)
        seen = (values > 0).all(axis=-1)
        for poisoned in (TEST, VALIDATION, OUTSIDE):
            values[seen & (parts == poisoned)] = np.random.default_rng(int(date)).integers(
                1, 4_000, 3
            )
        write_image(path, scene_grid(), values)
    poisoned_folder = prepared(root, "poisoned", method)
    for date in DATES:
        assert (poisoned_folder / date / "statistics.json").read_bytes() == (
            clean / date / "statistics.json"
        ).read_bytes()
        one, two = (
            read_prepared(folder / date).scene.pixels for folder in (clean, poisoned_folder)
        )
        np.testing.assert_array_equal(one[parts == TRAIN], two[parts == TRAIN])
    assert (
        read_prepared(poisoned_folder / "2014").scene.pixels
        != read_prepared(clean / "2014").scene.pixels
    ).any()


@both_methods
def test_the_audit_puts_another_image_into_test_blocks(
    root: Path, method: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared(root, "data/prepared", method)
    params = str(
        write_params(root.parent, root, DATES, study__radiometry=method, study__reference="2013")
    )
    assert cli.main(["audit", "--params", params]) == 0
    assert capsys.readouterr().out.count(f"ok   2014: {RULE}\nok   2015: {RULE}\n") == 1
    monkeypatch.setattr(
        "slidelens.study.images.normalisation.TRAIN", TEST
    )  # as if fitted on the wrong blocks
    assert cli.main(["audit", "--params", params]) == 2
    assert capsys.readouterr().out.count(f"LEAK 2014: {RULE} (") == 1


def test_training_ground_does_change_it(root: Path) -> None:
    clean = prepared(root, "clean", "histogram")
    parts = read_prepared(clean / "2013").split_map
    with rasterio.open(root / "scenes/2013.tif") as dataset:
        values = np.moveaxis(dataset.read(), 0, -1)
    values[parts == TRAIN] += 100
    write_image(root / "scenes/2013.tif", scene_grid(), values)
    got = read_prepared(prepared(root, "brighter", "histogram") / "2014").scene
    difference = (got.pixels - read_prepared(clean / "2014").scene.pixels)[got.valid]
    np.testing.assert_allclose(difference, 100, atol=1)


def test_a_date_that_is_added_leaves_the_others_to_the_byte(root: Path) -> None:
    changes = {
        "study__radiometry": "histogram",
        "study__reference": "2013",
        "split__dates": ["2013", "2014"],
    }
    for name, dates in (("before", DATES[:2]), ("after", DATES)):
        prepare(params_for(root, dates, **changes), root.parent / name)
    for date in DATES[:2]:
        assert tree(root.parent / "before" / date) == tree(root.parent / "after" / date)


def test_check_tells_gain_and_offset_by_band(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(root.parent)
    write_params(root.parent, root, DATES, study__radiometry="histogram", study__reference="2013")
    with caplog.at_level(logging.INFO):
        assert cli.main(["check"]) == 0
    lines = [line for line in caplog.messages if " normalised to " in line]
    assert len(lines) == 2
    assert all(re.search(r"green × [\d.]+ [+-][\d.]+, red × .*, nir × ", line) for line in lines)


def test_means_and_deviations_instead_are_told(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    noise = np.random.default_rng(5).integers(1, 3000, (*scene_grid().shape, 3)).astype(np.uint16)
    write_image(root / "scenes/2015.tif", scene_grid(), noise)
    with caplog.at_level(logging.WARNING):
        prepared(root, "matched", "ir_mad")
    (line,) = [
        line
        for line in caplog.messages
        if line.startswith("2015 normalised to 2013: the largest canonical correlation is 0.0")
    ]
    assert "means and deviations of" in line
    assert "are matched instead: green × " in line


def test_a_date_that_shares_no_ground_is_refused(root: Path) -> None:
    with rasterio.open(root / "scenes/2014.tif") as dataset:
        values = np.moveaxis(dataset.read(), 0, -1)
    values[:, :112] = np.where(np.arange(112)[None, :, None] < 60, 500, 0)
    write_image(root / "scenes/2014.tif", scene_grid(), values)
    with rasterio.open(root / "scenes/2013.tif") as dataset:
        values = np.moveaxis(dataset.read(), 0, -1)
    values[:, :60] = 0
    write_image(root / "scenes/2013.tif", scene_grid(), values)
    with pytest.raises(
        SlidelensError,
        match="^2014 and study.reference 2013 share 0 valid pixels of train blocks without"
        " landslides, 30 are",
    ):
        prepared(root, "no", "histogram")


def test_the_reference_is_the_date_of_the_pretraining_scene_unless_it_is_named(root: Path) -> None:
    def study(**changes: Any) -> Any:
        return open_study(params_for(root, DATES, study__radiometry="ir_mad", **changes))

    assert study(study__reference="2015").reference == "2015"
    assert study(study__pretrain__scene="scenes/2014.tif").reference == "2014"
    assert (study(study__tile_px=32, study__reference="2013").problems)[-1].startswith(
        "study.radiometry is ir_mad, but the tiles of a mosaic"
    )
    (problem,) = study().problems
    assert problem == (
        "study.radiometry is ir_mad, and no date's scene is the pretraining scene;"
        " set study.reference to the date that the others are normalised to: 2013, 2014, 2015"
    )


def test_in_the_light_of_the_training_image_a_date_is_standardised_like_it(root: Path) -> None:
    changes = {
        "study__pretrain__scene": "scenes/2013.tif",
        "study__pretrain__inventory": "inventories/2013.gpkg",
        "study__pretrain__aoi": None,
    }
    prepare(
        params_for(root, DATES, study__aoi="aoi.gpkg", study__radiometry="ir_mad", **changes),
        root.parent / "matched",
    )
    first, *dates = (
        read_prepared(root.parent / "matched" / name).statistics for name in ("pretrain", *DATES)
    )
    assert dates == [first] * 3


@both_methods
def test_iburi_before_and_after(
    real_data: Path, tmp_path: Path, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    from support.iburi import quick_params

    params = quick_params(real_data / "iburi")
    with caplog.at_level(logging.INFO):
        prepare(
            params.model_copy(
                update={"study": params.study.model_copy(update={"radiometry": method})}
            ),
            tmp_path / "prepared",
        )
    assert f"pre normalised to post by {method} from" in caplog.text
    pre, post = (read_prepared(tmp_path / "prepared" / date) for date in ("pre", "post"))
    train = pre.scene.valid & (pre.split_map == TRAIN) & (post.labels == 0)
    off = np.abs(
        pre.scene.pixels[train].mean(axis=0) - post.scene.pixels[train].mean(axis=0)
    ) / post.scene.pixels[train].std(axis=0)
    assert (off < 0.5).all()  # it was more than 1 in every band
