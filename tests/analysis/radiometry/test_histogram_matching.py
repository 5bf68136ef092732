"""One image in the light of another."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray

from slidelens import cli
from slidelens.analysis.radiometry.histogram_matching import (
    Curve,
    match,
    match_deviation,
    match_histogram,
    match_regression,
)
from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, VALIDATION
from slidelens.dataset.prepared import read_prepared
from slidelens.errors import SlidelensError
from slidelens.geo.raster import read_header
from slidelens.learning.audit.radiometric_leakage import RULE
from slidelens.stages.prepare import prepare
from slidelens.study.opening import open_study
from support.radiometry import two_dates
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

GAIN, OFFSET = np.array([1.5, 0.8]), np.array([-200.0, 60.0])


def test_a_curve_by_hand() -> None:
    # through (1, 10) and (3, 20): 15 at 2; before and after it goes on with 2 for 1
    curve = Curve((1.0, 3.0), (10.0, 20.0), 2.0)
    assert curve(np.array([0, 1, 2, 3, 5])).tolist() == [8, 10, 15, 20, 24]
    assert Curve((0.0,), (7.0,), 0.5)(np.array([[-2], [4]])).tolist() == [[6], [9]]
    assert curve.offset == 8


def test_means_and_deviations_by_hand() -> None:
    # 1, 3: mean 2, deviation 1; 10, 30: mean 20, deviation 10
    curve = match_deviation(np.array([1.0, 3]), np.array([30.0, 10]))
    assert (curve.gain, curve.offset) == (10, 0)
    assert match_deviation(np.array([4.0, 4]), np.array([1.0, 3])) == Curve((0.0,), (-2.0,), 1.0)


def test_orthogonal_regression_by_hand() -> None:
    # Covariances of (0, 0), (1, 2), (2, 1) are 1, 0.5, 1: by symmetry the line of least squared distances has slope 1, through (1, 1).
    curve = match_regression(np.array([0.0, 1, 2]), np.array([0.0, 2, 1]))
    assert (curve.gain, curve.offset) == pytest.approx((1, 0))
    # variances 4 and 1 of (−2, −1), (0, 0), (2, 1): exactly on a line of slope 0.5; turned about, it falls and is of no use
    assert match_regression(np.array([-2.0, 0, 2]), np.array([-1.0, 0, 1])).gain == pytest.approx(
        0.5
    )
    assert match_regression(np.array([-2.0, 0, 2]), np.array([1.0, 0, -1])).gain == 0


def test_a_histogram_takes_the_shape_of_the_other() -> None:
    rng = np.random.default_rng(1)
    band, reference = rng.normal(100, 10, 20_000), rng.gamma(2, 50, 20_000)
    got = match_histogram(band, reference)(band)
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    np.testing.assert_allclose(np.quantile(got, levels), np.quantile(reference, levels), rtol=0.01)
    assert (np.diff(match_histogram(band, reference)(np.linspace(0, 300, 1000))) >= 0).all()


def test_a_histogram_of_few_values_and_of_one() -> None:
    # half 1, half 2 against half 10, half 30: the middle quantile, of which 1 is the smaller half's, goes to either
    band, reference = np.repeat([1.0, 2.0], 500), np.repeat([10.0, 30.0], 500)
    np.testing.assert_allclose(
        match_histogram(band, reference)(np.array([1.0, 2.0])), [10, 30], atol=0.2
    )
    flat = match_histogram(np.full(100, 5.0), np.full(100, 8.0))
    assert flat(np.array([5.0, 6.0])).tolist() == [8, 9]


def lit(pixels: NDArray) -> NDArray:
    """An image as another light shows it: what brings it back is GAIN and OFFSET."""
    return (pixels - OFFSET) / GAIN


def test_invariant_pixels_give_the_gain_and_offset_though_a_fifth_has_changed() -> None:
    one, other, _ = two_dates()
    found = match("ir_mad", lit(one), other)
    assert found.instead is None
    assert 30 <= found.pixels < 500
    assert [curve.gain for curve in found.curves] == pytest.approx(GAIN.tolist(), rel=0.005)
    assert [curve.offset for curve in found.curves] == pytest.approx(OFFSET.tolist(), abs=5)
    plain = [match_deviation(*bands).gain for bands in zip(lit(one).T, other.T, strict=True)]
    assert abs(plain[0] / GAIN[0] - 1) > 0.05  # which means and deviations do not


def test_without_noise_they_are_exact() -> None:
    one, other, changed = two_dates(noise=0)
    found = match("ir_mad", lit(one), other)
    assert found.pixels == (~changed).sum()
    assert [(curve.gain, curve.offset) for curve in found.curves] == [
        pytest.approx(line) for line in zip(GAIN, OFFSET, strict=True)
    ]


def test_histograms_of_all_pixels_undo_another_light() -> None:
    other = two_dates()[1]
    found = match("histogram", lit(other), other)
    got = np.column_stack(
        [curve(band) for curve, band in zip(found.curves, lit(other).T, strict=True)]
    )
    np.testing.assert_allclose(got, other, rtol=0.02)


def few_invariant(one: NDArray, other: NDArray) -> tuple[NDArray, NDArray]:
    return one[:60], other[:60]


def change_everywhere(one: NDArray, other: NDArray) -> tuple[NDArray, NDArray]:
    return np.random.default_rng(3).permutation(one), other


def without_contrast(one: NDArray, other: NDArray) -> tuple[NDArray, NDArray]:
    return one * [1, 0], other


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (few_invariant, "pixels are invariant, 30 are needed"),
        (change_everywhere, "the largest canonical correlation is 0.0., 0.5 is needed"),
        (without_contrast, "a band has no contrast"),
    ],
)
def test_where_little_is_shared_means_and_deviations_are_matched(spoil: Callable, why: str) -> None:
    one, other = spoil(*two_dates()[:2])
    found = match("ir_mad", one, other)
    assert found.instead is not None
    with pytest.raises(ValueError, match=why):
        raise ValueError(found.instead)
    assert found.pixels == len(one)
    assert found.curves[0] == match_deviation(one[:, 0], other[:, 0])


DATES = ["2013", "2014", "2015"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three dates of one ground; of 2014 half the columns are nodata and the light is another: band = 0.8 × that of 2013 + 300."""
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
    (line,) = [line for line in caplog.messages if line.startswith("2014 in the light of 2013")]
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


@pytest.mark.parametrize("method", ["histogram", "ir_mad"])
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
                1, 60_000, 3
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


@pytest.mark.parametrize("method", ["histogram", "ir_mad"])
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
        "slidelens.study.normalisation.TRAIN", TEST
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
    lines = [line for line in caplog.messages if " in the light of " in line]
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
        if line.startswith("2015 in the light of 2013: the largest canonical correlation is 0.0")
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
        match="^2014 and study.reference 2013 share 0 valid pixels of train blocks without landslides, 30 are",
    ):
        prepared(root, "no", "histogram")


def test_the_reference_is_the_date_of_the_pretraining_scene_unless_it_is_named(root: Path) -> None:
    def study(**changes: Any) -> Any:
        return open_study(params_for(root, DATES, study__radiometry="ir_mad", **changes))

    assert study(study__reference="2015").reference == "2015"
    assert study(study__pretrain__scene="scenes/2014.tif").reference == "2014"
    assert (study(study__tile_px=32, study__reference="2013").problems)[-1].startswith(
        "study.radiometry is ir_mad, and tiles of a mosaic"
    )
    (problem,) = study().problems
    assert problem == (
        "study.radiometry is ir_mad, and no date's scene is the pretraining scene; set study.reference to the date in whose light the "
        "others are brought: 2013, 2014, 2015"
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


@pytest.mark.parametrize("method", ["histogram", "ir_mad"])
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
    assert f"pre in the light of post by {method} from" in caplog.text
    pre, post = (read_prepared(tmp_path / "prepared" / date) for date in ("pre", "post"))
    train = pre.scene.valid & (pre.split_map == TRAIN) & (post.labels == 0)
    off = np.abs(
        pre.scene.pixels[train].mean(axis=0) - post.scene.pixels[train].mean(axis=0)
    ) / post.scene.pixels[train].std(axis=0)
    assert (off < 0.5).all()  # it was more than 1 in every band
