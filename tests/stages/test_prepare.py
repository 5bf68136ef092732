"""Stage `prepare`.

Labels, split and statistics that no test ground has touched; written whole or not at all.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import read_prepared, write_prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.files import write_json
from slidelens.layers.origin import file_digest
from slidelens.stages import prepare as stage
from slidelens.stages.prepare import prepare
from support.studies import (
    AROUND,
    SIDE,
    Date,
    area_grid,
    box,
    image,
    params_for,
    scene_grid,
    tree,
    write_image,
    write_params,
    write_shapes,
    write_study,
)

AREA = np.zeros(scene_grid().shape, bool)
AREA[AROUND : AROUND + SIDE, AROUND : AROUND + SIDE] = True


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A study that tests must not change, and what `prepare` makes of it."""
    root = write_root(tmp_path_factory.mktemp("ready"))
    return root, prepared(root)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_root(tmp_path)


def write_root(folder: Path) -> Path:
    write_study(
        folder / "raw",
        {
            "2013": Date(),
            "2014": Date(number=0),
            "2015": Date(mapped=False),
            "2016": Date(seen=0.5),
        },
    )
    return folder / "raw"


DATES = ["2013", "2014", "2015", "2016"]


def prepared(root: Path, name: str = "prepared", dates: list[str] = DATES, **changes: Any) -> Path:
    prepare(params_for(root, dates, **changes), root.parent / name)
    return root.parent / name


def test_every_ground_has_a_folder_with_the_same_files(ready: tuple[Path, Path]) -> None:
    _, folder = ready
    assert sorted(path.name for path in folder.iterdir()) == [*DATES, "pretrain", "terrain"]
    for name in [*DATES, "pretrain"]:
        mapped = [] if name == "2015" else ["inventory.gpkg"]
        assert sorted(tree(folder / name)) == [
            *mapped,
            "labels.tif",
            "scene.tif",
            "split.tif",
            "statistics.json",
        ]
    assert sorted(tree(folder / "terrain")) == ["terrain.json"]


def test_what_was_fetched_for_an_image_is_noted_beside_it(root: Path) -> None:
    record = {"sha256": file_digest(root / "scenes/2014.tif"), "clear_share": 1, "items": []}
    record["request"] = {"catalog": "stac"}
    write_json(root / "scenes/2014.json", record)
    folder = prepared(root)
    assert (folder / "2014/origin.json").is_file()
    assert len(list(folder.rglob("origin.json"))) == 1
    assert tree(prepared(root)) == tree(folder)  # it may be replaced


def test_heights_are_found_or_named_and_change_nothing_else(root: Path) -> None:
    without = tree(prepared(root))
    heights = np.arange(scene_grid().height * scene_grid().width, dtype=np.float32).reshape(
        *scene_grid().shape, 1
    )
    write_image(root / "terrain/dem.tif", scene_grid(), heights, names=(None,), nodata=None)
    found = tree(prepared(root))
    named = tree(prepared(root, study__dem="terrain/dem.tif"))
    assert found == named
    assert {"terrain/elevation.tif"} == found.keys() - without.keys()
    assert {name for name in without if found[name] != without[name]} == {"terrain/terrain.json"}


def test_the_same_study_gives_the_same_bytes(ready: tuple[Path, Path]) -> None:
    root, folder = ready
    assert tree(prepared(root, "again")) == tree(folder)


def test_pixels_dtype_and_labels_are_those_of_the_study(ready: tuple[Path, Path]) -> None:
    root, folder = ready
    with (
        rasterio.open(folder / "2013/scene.tif") as ours,
        rasterio.open(root / "scenes/2013.tif") as theirs,
    ):
        assert ours.dtypes == ("uint16",) * 3
        np.testing.assert_array_equal(ours.read(), theirs.read())
    ground = read_prepared(folder / "2013")
    bare = ground.scene.pixels[..., 1] > 1300  # landslides are bright in red
    known = ground.labels != UNKNOWN
    assert (bare == (ground.labels == 1))[known].mean() > 0.99
    np.testing.assert_array_equal(ground.split_map != OUTSIDE, AREA)
    assert (ground.labels[~AREA] == UNKNOWN).all()


def test_ordinary_empty_unmapped_and_half_seen_dates(ready: tuple[Path, Path]) -> None:
    ordinary, empty, unmapped, half = (read_prepared(ready[1] / date) for date in DATES)
    assert ordinary.inventory is not None
    assert len(ordinary.inventory) == 20
    assert set(ordinary.inventory["part"]) == {"train", "validation", "test"}
    assert empty.inventory is not None
    assert len(empty.inventory) == 0
    assert (empty.labels[AREA] == 0).all()
    assert unmapped.inventory is None
    assert (unmapped.labels == UNKNOWN).all()
    assert unmapped.statistics.pixels > 0
    assert not half.scene.valid[:, 80:].any()
    assert (half.labels[:, 80:] == UNKNOWN).all()
    assert (half.labels[:, :80][AREA[:, :80]] <= 1).any()


def test_a_landslide_on_the_areas_edge_is_known_even_where_its_centre_lies_outside(
    root: Path,
) -> None:
    mostly_out = box(area_grid(), 40, SIDE - 2, 4, 8)
    write_shapes(root / "inventories/2014.gpkg", [mostly_out])
    ground = read_prepared(prepared(root) / "2014")
    edge = ground.labels[AROUND + 40 : AROUND + 44, AROUND + SIDE - 2 : AROUND + SIDE]
    assert set(np.unique(edge)) <= {1, UNKNOWN}
    assert (edge == 1).any()
    assert ground.inventory is not None
    assert len(ground.inventory) == 0


def test_no_landslide_is_astride_two_parts(root: Path) -> None:
    ground = read_prepared(prepared(root, split__block_m=70) / "2013")
    assert ground.inventory is not None
    from slidelens.geo.rasterise import rasterise

    for shape in ground.inventory.geometry:
        here = rasterise([shape], ground.scene.grid)
        assert len(np.unique(ground.split_map[here & (ground.labels == 1)])) == 1
        assert not (ground.labels[here] == 0).any()


def test_statistics_are_from_training_ground_only(root: Path) -> None:
    clean = prepared(root, "clean", study__standardise="own")
    parts = read_prepared(clean / "2013").split_map
    values = image(scene_grid(), [], 1)
    with rasterio.open(root / "scenes/2013.tif") as dataset:
        values = np.moveaxis(dataset.read(), 0, -1)
    for poisoned in (TEST, VALIDATION, OUTSIDE):
        values[parts == poisoned] = 60_000
    write_image(root / "scenes/2013.tif", scene_grid(), values)
    for name in ("statistics.json", "labels.tif", "split.tif"):
        assert (
            prepared(root, "poisoned", study__standardise="own") / "2013" / name
        ).read_bytes() == (clean / "2013" / name).read_bytes()
    values[parts == TRAIN] += 1
    write_image(root / "scenes/2013.tif", scene_grid(), values)
    assert (
        prepared(root, "poisoned", study__standardise="own") / "2013/statistics.json"
    ).read_bytes() != (clean / "2013/statistics.json").read_bytes()


@pytest.mark.parametrize("with_area", [True, pytest.param(False, marks=pytest.mark.long)])
def test_a_date_that_is_added_leaves_the_others_to_the_byte(root: Path, with_area: bool) -> None:
    if not with_area:
        (root / "aoi.gpkg").unlink()
    before = prepared(root, "before", ["2013", "2014"], split__dates=["2013", "2014"])
    after = prepared(
        root, "after", ["2012", "2013", "2014"][1:] + ["2016"], split__dates=["2013", "2014"]
    )
    for name in ("2013", "2014", "pretrain"):
        assert tree(before / name) == tree(after / name)
    np.testing.assert_array_equal(
        read_prepared(after / "2016").split_map, read_prepared(before / "2013").split_map
    )


def test_the_pretraining_event_has_train_and_validation_ground_only(
    ready: tuple[Path, Path],
) -> None:
    parts = read_prepared(ready[1] / "pretrain").split_map
    assert set(np.unique(parts)) == {TRAIN, VALIDATION}


def test_pretraining_never_sees_the_investigation_area(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shapes = [
        box(area_grid(), row, column, 4, 4) for row in (10, 50) for column in (20, 60, 100, 120)
    ]
    wider = box(area_grid(), 0, 0, SIDE, SIDE + 30)
    write_shapes(root / "pretrain/inventory.gpkg", shapes)
    write_shapes(root / "pretrain/aoi.gpkg", [wider], layer="aoi")
    with caplog.at_level(logging.WARNING):
        folder = prepared(root, study__pretrain__scene="scenes/2013.tif")
    assert (
        "the pretraining area overlaps the investigation area; 76.2 % of it is left out of "
        "pretraining" in caplog.text
    )  # 96 of 126 columns
    parts = read_prepared(folder / "pretrain").split_map
    assert not parts[:, :SIDE].any()
    assert parts[:, SIDE:].all()


def test_pretraining_learns_no_landslide_that_reaches_into_the_investigation_area(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Of two landslides 30 columns east of the area, one reaches into it.

    That one is unknown there, with the margin of two pixels.
    """
    astride, apart = box(area_grid(), 40, SIDE - 4, 4, 10), box(area_grid(), 10, SIDE + 10, 4, 4)
    write_shapes(root / "pretrain/inventory.gpkg", [astride, apart])
    write_shapes(root / "pretrain/aoi.gpkg", [box(area_grid(), 0, SIDE, SIDE, 30)], layer="aoi")
    with caplog.at_level(logging.WARNING):
        folder = prepared(
            root,
            study__pretrain__scene="scenes/2013.tif",
            split__margin_m=20,
            split__validation=0.3,
        )
    assert "1 landslide of the pretraining reaches into the investigation area" in caplog.text
    ground = read_prepared(folder / "pretrain")
    assert ground.labels.shape == (SIDE, 30)
    assert (ground.labels == 1).sum() == 16
    assert (ground.labels[40:44, :8] == UNKNOWN).all()
    assert (ground.labels[:36] != UNKNOWN).all()


def statistics_of(folder: Path, *names: str) -> list[BandStatistics]:
    return [read_prepared(folder / name).statistics for name in names]


def test_a_date_in_the_training_images_light_is_standardised_like_it(root: Path) -> None:
    with rasterio.open(root / "scenes/2014.tif") as dataset:
        values = np.moveaxis(dataset.read(), 0, -1)
    write_image(
        root / "scenes/2014.tif",
        scene_grid(),
        values + np.where(values > 0, 3000, 0).astype(values.dtype),
    )
    first, near, far = statistics_of(prepared(root), "pretrain", "2013", "2014")
    own = statistics_of(prepared(root, "own", study__standardise="own"), "pretrain", "2013", "2014")
    assert near == first == own[0] != own[1]
    assert (far.mean, far.deviation) == (
        own[2].mean,
        first.deviation,
    )  # what haze shifts is taken away, what the land spreads is kept
    assert set(
        statistics_of(
            prepared(root, "training", study__standardise="training"), "pretrain", "2013", "2014"
        )
    ) == {first}


def test_a_date_of_the_pretraining_image_is_standardised_like_it_whatever_it_shows(
    root: Path,
) -> None:
    with rasterio.open(root / "scenes/2013.tif") as dataset:
        values = np.moveaxis(dataset.read(), 0, -1)
    values[:, : AROUND + SIDE] += np.where(values[:, : AROUND + SIDE] > 0, 3000, 0).astype(
        values.dtype
    )  # another land cover in the west
    write_image(root / "scenes/2013.tif", scene_grid(), values)
    write_shapes(
        root / "pretrain/inventory.gpkg",
        [box(area_grid(), row, 105, 4, 4) for row in (10, 30, 50, 70)],
    )
    write_shapes(root / "pretrain/aoi.gpkg", [box(area_grid(), 0, SIDE, SIDE, 20)], layer="aoi")
    first, same, other = statistics_of(
        prepared(root, study__pretrain__scene="scenes/2013.tif", split__block_m=100),
        "pretrain",
        "2013",
        "2014",
    )
    assert same == first != other


def test_too_large_blocks_are_refused_by_check_and_prepare_alike(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from slidelens import cli

    monkeypatch.chdir(root.parent)
    write_params(root.parent, root, DATES, split__block_m=5000)
    line = (
        "the area holds 1 block, fewer than the 3 parts of the split; "
        "make split.block_m smaller, or null to have it chosen"
    )
    assert stage.main([]) == 2
    assert capsys.readouterr().err == f"prepare: {line}\n"
    assert cli.main(["check"]) == 2
    assert f"problem: {line}" in capsys.readouterr().out


def test_a_failure_half_way_leaves_the_old_and_no_litter(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(prepared(root))
    calls: list[tuple[Any, ...]] = []

    def fail_at_the_third(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        write_prepared(*arguments)

    monkeypatch.setattr(stage, "write_prepared", fail_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        prepared(root, split__seed=2)
    assert tree(root.parent / "prepared") == before
    assert sorted(path.name for path in root.parent.iterdir()) == ["prepared", "raw"]


KILLED = """
import os, signal
from slidelens.stages import prepare
real, calls = prepare.write_prepared, []
def killed_at_the_third(*arguments):
    calls.append(arguments)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    real(*arguments)
prepare.write_prepared = killed_at_the_third
prepare.main([])
"""


def test_a_killed_run_leaves_nothing_partial_and_the_next_one_is_as_if_undisturbed(
    root: Path,
) -> None:
    write_params(root.parent, root, DATES)
    done = subprocess.run(
        [sys.executable, "-c", KILLED],
        cwd=root.parent,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL
    assert not (root.parent / "data/prepared").exists()
    prepare(params_for(root, DATES), root.parent / "data/prepared")
    assert tree(root.parent / "data/prepared") == tree(prepared(root, "undisturbed"))
    assert [path.name for path in (root.parent / "data").iterdir()] == ["prepared"]
