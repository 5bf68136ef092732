"""Probability maps of any origin, on a grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil

from slidelens.errors import OutputError, SceneError
from slidelens.layers.probability import read_probability, read_probability_on, write_probability
from support.studies import grid_of, write_image

GRID = grid_of(10, 12)


def test_bytes_are_scaled_and_what_was_not_seen_is_0(tmp_path: Path) -> None:
    seen = np.ones(GRID.shape, bool)
    seen[:, 6:] = False
    write_probability(
        np.full(GRID.shape, 0.6, np.float32), seen, GRID, tmp_path / "probability.tif"
    )
    found = read_probability_on(tmp_path / "probability.tif", GRID)
    assert found[:, :6] == pytest.approx(153 / 255)
    assert (found[:, 6:] == 0).all()


def test_of_a_map_with_its_deviation_the_probability_is_taken(tmp_path: Path) -> None:
    probability, deviation = (
        np.full(GRID.shape, 0.6, np.float32),
        np.full(GRID.shape, 0.2, np.float32),
    )
    write_probability(
        probability,
        np.ones(GRID.shape, bool),
        GRID,
        tmp_path / "probability.tif",
        deviation=deviation,
    )
    assert read_probability_on(tmp_path / "probability.tif", GRID) == pytest.approx(153 / 255)
    assert read_probability(tmp_path / "probability.tif")[0] == pytest.approx(153 / 255)
    with rasterio.open(tmp_path / "probability.tif") as dataset:
        assert dataset.descriptions == (
            "landslide probability",
            "standard deviation of the probability",
        )
        assert (dataset.read(2) == 51).all()
        assert dataset.scales == (1 / 255, 1 / 255)


def test_shares_of_1_are_taken_as_they_are(tmp_path: Path) -> None:
    path = write_image(
        tmp_path / "p.tif",
        GRID,
        np.full((*GRID.shape, 1), 0.25, np.float32),
        names=(None,),
        nodata=None,
    )
    assert read_probability_on(path, GRID) == pytest.approx(0.25)


def test_what_is_no_probability_is_refused(tmp_path: Path) -> None:
    path = write_image(
        tmp_path / "p.tif",
        GRID,
        np.full((*GRID.shape, 1), 200, np.uint8),
        names=(None,),
        nodata=None,
    )
    with pytest.raises(
        SceneError,
        match=r"p\.tif has values from 200 to 200, which are no probabilities;"
        " give its band a scale",
    ):
        read_probability_on(path, GRID)
    with pytest.raises(
        SceneError, match=r"p\.tif has no value where the landslides are; check its CRS"
    ):
        read_probability_on(path, grid_of(10, 12, west=500_000))
    two = write_image(
        tmp_path / "two.tif", GRID, np.zeros((*GRID.shape, 2), np.float32), names=("a", "b")
    )
    with pytest.raises(SceneError, match=r"two\.tif has 2 bands; a probability map has one"):
        read_probability_on(two, GRID)


def test_a_probability_map_comes_back_to_a_255th(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    probability, valid = rng.random((300, 280), dtype=np.float32), rng.random((300, 280)) > 0.2
    write_probability(probability, valid, grid_of(300, 280), tmp_path / "p.tif", {"DATE": "2013"})
    back, seen, grid = read_probability(tmp_path / "p.tif")
    assert grid == grid_of(300, 280)
    np.testing.assert_array_equal(seen, valid)
    assert np.abs(back - probability)[valid].max() <= 0.5 / 255 + 1e-6
    assert not back[~valid].any()  # for tools that know no masks


def test_a_probability_map_is_cloud_optimised_and_says_what_it_is(tmp_path: Path) -> None:
    write_probability(
        np.full((600, 600), 0.2, np.float32),
        np.ones((600, 600), bool),
        grid_of(600, 600),
        tmp_path / "p.tif",
        {"DATE": "2013"},
    )
    with rasterio.open(tmp_path / "p.tif") as dataset:
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert dataset.overviews(1)
        assert (dataset.tags()["DATE"], dataset.dtypes, dataset.descriptions) == (
            "2013",
            ("uint8",),
            ("landslide probability",),
        )
        assert dataset.scales == (1 / 255,)


def test_a_large_map_is_written_block_by_block_in_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid, rng = grid_of(700, 530), np.random.default_rng(0)
    probability, deviation = rng.random((2, *grid.shape), np.float32)
    valid = rng.random(grid.shape) > 0.2
    write_probability(probability, valid, grid, tmp_path / "a.tif", {"A": "b"}, deviation)
    monkeypatch.setattr("slidelens.layers.probability._IN_MEMORY_PX", 0)
    write_probability(probability, valid, grid, tmp_path / "b.tif", {"A": "b"}, deviation)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif", "b.tif"]


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.999])
def test_a_large_map_that_was_cut_off_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    """GDAL does not report a disk that fills up while it closes a file."""
    monkeypatch.setattr("slidelens.layers.probability._IN_MEMORY_PX", 0)
    copy = rasterio.shutil.copy

    def copy_and_cut(source: str, target: str, **options: object) -> None:
        copy(source, target, **options)
        with Path(target).open("r+b") as file:
            file.truncate(int(share * Path(target).stat().st_size))

    monkeypatch.setattr("rasterio.shutil.copy", copy_and_cut)
    grid, rng = grid_of(700, 530), np.random.default_rng(0)
    with pytest.raises(
        OutputError, match=r"a\.tif: it does not hold what was written to it; .* has room"
    ):
        write_probability(
            rng.random(grid.shape, np.float32), np.ones(grid.shape, bool), grid, tmp_path / "a.tif"
        )
    assert not list(tmp_path.iterdir())
