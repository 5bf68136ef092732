"""A prepared ground on disk, and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from slidelens.dataset.prepared import (
    Prepared,
    open_prepared,
    read_prepared,
    write_prepared,
)
from slidelens.dataset.prepared_files import read_manual
from slidelens.dataset.standardisation import BandStatistics
from slidelens.dataset.windowed_scene import WindowedScene
from slidelens.errors import SceneError, SlidelensError
from slidelens.geo.rasters.scene import Scene
from support.images.windowed import hold_no_scene, windowed
from support.studies import BANDS, UTM, box, grid_of, tree

GRID = grid_of(20, 30)


@pytest.fixture
def prepared() -> Prepared:
    rng = np.random.default_rng(1)
    valid = rng.random(GRID.shape) > 0.2
    pixels = np.where(valid[..., None], rng.integers(0, 9000, (*GRID.shape, 3)), 0).astype(
        np.float32
    )
    labels = rng.choice([0, 1, 255], GRID.shape).astype(np.uint8)
    parts = rng.integers(0, 4, GRID.shape).astype(np.uint8)
    inventory = gpd.GeoDataFrame(
        {"area_m2": [900.0], "part": ["train"]}, geometry=[box(GRID, 2, 2, 3, 3)], crs=UTM
    )
    return Prepared(
        Scene(GRID, BANDS, pixels, valid),
        labels,
        parts,
        BandStatistics(BANDS, (0.1, 2.0, 1 / 3), (1.0, 2.0, 3.0), 17),
        inventory,
    )


def test_it_comes_back_as_it_was(tmp_path: Path, prepared: Prepared) -> None:
    write_prepared(prepared, tmp_path, "uint16")
    back = read_prepared(tmp_path)
    assert (back.scene.grid, back.scene.bands, back.statistics) == (
        GRID,
        BANDS,
        prepared.statistics,
    )
    for name in ("labels", "split_map"):
        np.testing.assert_array_equal(getattr(back, name), getattr(prepared, name))
    np.testing.assert_array_equal(back.scene.pixels, prepared.scene.pixels)
    np.testing.assert_array_equal(back.scene.valid, prepared.scene.valid)
    np.testing.assert_array_equal(back.standardised(), prepared.standardised())
    assert back.inventory is not None
    assert prepared.inventory is not None
    assert back.inventory.drop(columns="geometry").equals(
        prepared.inventory.drop(columns="geometry")
    )
    assert back.inventory.area.tolist() == [900]


def test_the_same_ground_gives_the_same_bytes(tmp_path: Path, prepared: Prepared) -> None:
    for name in ("a", "b"):
        write_prepared(prepared, tmp_path / name, "uint16")
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert sorted(tree(tmp_path / "a")) == [
        "inventory.gpkg",
        "labels.tif",
        "scene.tif",
        "split.tif",
        "statistics.json",
    ]


def test_not_mapped_is_not_the_same_as_without_landslides(
    tmp_path: Path, prepared: Prepared
) -> None:
    assert prepared.inventory is not None
    write_prepared(replace(prepared, inventory=None), tmp_path / "not_mapped", "uint16")
    write_prepared(replace(prepared, inventory=prepared.inventory[:0]), tmp_path / "none", "uint16")
    assert read_prepared(tmp_path / "not_mapped").inventory is None
    none = read_manual(tmp_path / "none")
    assert none is not None
    assert none.empty
    assert none.crs == UTM


def test_statistics_of_another_ground_may_be_used(prepared: Prepared) -> None:
    doubled = replace(prepared.statistics, deviation=(2.0, 4.0, 6.0))
    np.testing.assert_allclose(
        prepared.standardised(doubled), prepared.standardised() / 2, rtol=1e-6
    )


def test_no_prepared_ground(tmp_path: Path) -> None:
    with pytest.raises(
        SceneError,
        match="there are no prepared data in .*2099; run `dvc repro prepare`, or `dvc pull .*2099`",
    ):
        read_prepared(tmp_path / "2099")


@pytest.mark.parametrize(
    ("name", "keep"),
    [("scene.tif", 300), ("labels.tif", 300), ("statistics.json", 30), ("inventory.gpkg", 300)],
)
def test_a_damaged_file_is_named(tmp_path: Path, prepared: Prepared, name: str, keep: int) -> None:
    write_prepared(prepared, tmp_path, "uint16")
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:keep])
    with pytest.raises(SlidelensError, match=f"cannot read .*{name}") as caught:
        read_prepared(tmp_path)
    assert "\n" not in str(caught.value)


def test_statistics_that_say_too_little(tmp_path: Path, prepared: Prepared) -> None:
    write_prepared(prepared, tmp_path, "uint16")
    (tmp_path / "statistics.json").write_text('{"bands": []}')
    with pytest.raises(
        SceneError,
        match=r"statistics.json lacks deviation, mean, pixels; run `dvc repro prepare`",
    ):
        read_prepared(tmp_path)


def test_a_large_scene_stays_in_its_file(
    tmp_path: Path, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_prepared(prepared, tmp_path, "uint16")
    assert not isinstance(open_prepared(tmp_path).scene, WindowedScene)
    hold_no_scene(monkeypatch)
    opened, part = open_prepared(tmp_path), (slice(3, 17), slice(5, 30))
    assert isinstance(opened.scene, WindowedScene)
    np.testing.assert_array_equal(opened.scene.valid, prepared.scene.valid)
    np.testing.assert_array_equal(opened.scene.pixels, prepared.scene.pixels)
    np.testing.assert_array_equal(opened.standardised_part(part), prepared.standardised()[part])
    (tmp_path / "scene.tif").write_bytes((tmp_path / "scene.tif").read_bytes()[:900])
    with pytest.raises(SlidelensError, match=r"cannot read .*scene.tif.*run `dvc repro prepare`"):
        opened.scene.read(part)


def test_a_large_scene_is_written_as_a_small_one(tmp_path: Path, prepared: Prepared) -> None:
    for name, ground in (("held", prepared), ("large", windowed(prepared))):
        write_prepared(ground, tmp_path / name, "uint16")
    held, large = ((tmp_path / name / "scene.tif").read_bytes() for name in ("held", "large"))
    assert held == large
