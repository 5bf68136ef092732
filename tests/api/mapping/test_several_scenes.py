"""Several scenes in one call."""

from __future__ import annotations

import csv
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import rasterio.shutil

from slidelens.api.mapping.options import MapOptions
from slidelens.api.mapping.scenes import SceneSource, find_scenes
from slidelens.api.mapping.several_scenes import MapJob, map_scenes
from slidelens.errors import ParamsError
from slidelens.learning.inference.windows import Window
from slidelens.learning.tiling.running import run_here
from slidelens.learning.tiling.tile_job import MappedTile, TileJob
from support.learning.tiles import Blur, BlurNetwork, blur_network, write_scene_of_tiles
from support.studies import grid_of

GRID = grid_of(130, 70)


class Counter:
    """Maps tiles, and counts the scenes."""

    def __init__(self) -> None:
        self.mapped: list[str] = []

    def __call__(
        self, job: TileJob, tiles: Sequence[Window], missing: Sequence[int]
    ) -> Iterator[tuple[int, MappedTile]]:
        self.mapped.append(job.source.header.path.name)
        yield from run_here(Blur())(job, tiles, missing)


@pytest.fixture
def how(tmp_path: Path) -> MapJob:
    return MapJob(network=blur_network(tmp_path))


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    for number, name in enumerate("abc"):
        write_scene_of_tiles(tmp_path / f"scenes/{name}.tif", GRID, number)
    return tmp_path / "scenes"


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "jobs.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_broken_scene_is_not_in_the_way_of_the_others(
    scenes: Path, tmp_path: Path, how: MapJob, caplog: pytest.LogCaptureFixture
) -> None:
    (scenes / "b.tif").write_bytes((scenes / "b.tif").read_bytes()[:-9000])
    out = tmp_path / "out"
    jobs = map_scenes(find_scenes([scenes]), out, how)
    assert [job.state for job in jobs] == ["done", "failed", "done"]
    assert jobs[1].message.startswith(f"cannot read {scenes}/b.tif")
    assert caplog.messages.count(jobs[1].failure) == 1
    assert [row["state"] for row in rows_of(out)] == ["done", "failed", "done"]
    visible = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
    assert visible == ["a", "c", "jobs.csv"]
    assert sorted(path.name for path in (out / "a").iterdir()) == [
        "deviation.qml",
        "inventory.gpkg",
        "probability.qml",
        "probability.tif",
    ]


def test_finished_scenes_are_not_mapped_again(
    scenes: Path, tmp_path: Path, how: MapJob, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    out, whole = tmp_path / "out", (scenes / "b.tif").read_bytes()
    (scenes / "b.tif").write_bytes(whole[:-9000])
    first = map_scenes(find_scenes([scenes]), out, how)
    (scenes / "b.tif").write_bytes(whole)
    counter = Counter()
    second = map_scenes(find_scenes([scenes]), out, replace(how, run=counter))
    assert counter.mapped == ["b.tif"]
    assert "scenes mapped before: 2 of 3" in caplog.messages
    assert [first[0], first[2]] == [second[0], second[2]]
    assert second[1].state == "done"


def test_what_has_changed_is_mapped_again(scenes: Path, tmp_path: Path, how: MapJob) -> None:
    out, sources = tmp_path / "out", find_scenes([scenes])
    counter = Counter()
    how = replace(how, run=counter)
    before = map_scenes(sources, out, how)
    counter.mapped.clear()
    os.utime(scenes / "a.tif", ns=(0, 0))
    (out / "b/inventory.gpkg").unlink()
    map_scenes(sources, out, how)
    assert counter.mapped == ["a.tif", "b.tif"]
    counter.mapped.clear()
    after = map_scenes(sources, out, replace(how, options=MapOptions(threshold=0.9)))
    assert len(counter.mapped) == 3
    assert [job.threshold for job in after] == [0.9, 0.9, 0.9]
    assert (after[0].area_m2 or 0) < (before[0].area_m2 or 0)
    how.network.path.write_bytes(b"other weights")
    counter.mapped.clear()
    map_scenes(sources, out, how)
    assert len(counter.mapped) == 3


def test_a_vrt_whose_image_has_changed_is_mapped_again(tmp_path: Path, how: MapJob) -> None:
    image = write_scene_of_tiles(tmp_path / "bands/a.tif", GRID).path
    (tmp_path / "scenes").mkdir()
    rasterio.shutil.copy(image, tmp_path / "scenes/a.vrt", driver="VRT")
    out, sources = tmp_path / "out", find_scenes([tmp_path / "scenes"])
    (before,) = map_scenes(sources, out, how)
    write_scene_of_tiles(image, GRID, seed=3)
    (after,) = map_scenes(sources, out, how)
    assert before.area_m2 != after.area_m2


def test_files_of_the_user_in_the_folder_of_a_scene_are_kept(
    scenes: Path, tmp_path: Path, how: MapJob
) -> None:
    out, sources = tmp_path / "out", find_scenes([scenes / "a.tif"])
    map_scenes(sources, out, how)
    (out / "a/notes.txt").write_text("mine")
    (job,) = map_scenes(sources, out, replace(how, options=MapOptions(threshold=0.9)))
    assert "holds notes.txt, which slidelens did not write there" in job.message
    assert (out / "a/notes.txt").read_text() == "mine"


def test_scenes_of_earlier_calls_stay_in_the_ledger(
    scenes: Path, tmp_path: Path, how: MapJob
) -> None:
    out = tmp_path / "out"
    map_scenes(find_scenes([scenes / "a.tif"]), out, how)
    jobs = map_scenes(find_scenes([scenes / "b.tif"]), out, how)
    assert [job.folder for job in jobs] == ["b"]
    assert [row["folder"] for row in rows_of(out)] == ["a", "b"]


def test_an_interruption_stops_at_once_and_the_same_call_goes_on(
    scenes: Path, tmp_path: Path, how: MapJob
) -> None:
    out, sources = tmp_path / "out", find_scenes([scenes])

    def stop(
        job: TileJob, tiles: Sequence[Window], missing: Sequence[int]
    ) -> Iterator[tuple[int, MappedTile]]:
        yield from run_here(Blur())(job, tiles, missing[:2])
        if job.source.header.path.name == "b.tif":
            raise KeyboardInterrupt
        yield from run_here(Blur())(job, tiles, missing[2:])

    with pytest.raises(KeyboardInterrupt):
        map_scenes(sources, out, replace(how, run=stop))
    assert [row["state"] for row in rows_of(out)] == ["done", "waiting", "waiting"]
    counter = Counter()
    jobs = map_scenes(sources, out, replace(how, run=counter))
    assert counter.mapped == ["b.tif", "c.tif"]
    assert {job.state for job in jobs} == {"done"}
    assert not list(out.glob(".*.partial"))


def test_a_problem_of_a_catalogue_is_a_failure(tmp_path: Path, how: MapJob) -> None:
    source = SceneSource("x", "item.json", problem="item x has no asset")
    (job,) = map_scenes([source], tmp_path / "out", how)
    assert (job.state, job.failure) == ("failed", "item.json: item x has no asset")


def test_a_bug_on_one_scene_is_not_in_the_way_of_the_others(
    scenes: Path, tmp_path: Path, how: MapJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLIDELENS_DEBUG", raising=False)

    def stumble(
        job: TileJob, tiles: Sequence[Window], missing: Sequence[int]
    ) -> Iterator[tuple[int, MappedTile]]:
        if job.source.header.path.name == "b.tif":
            raise ValueError("shapes differ")
        yield from run_here(Blur())(job, tiles, missing)

    jobs = map_scenes(find_scenes([scenes]), tmp_path / "out", replace(how, run=stumble))
    assert [job.state for job in jobs] == ["done", "failed", "done"]
    assert "internal error: ValueError: shapes differ" in jobs[1].message


def test_what_is_wrong_for_all_scenes_is_told_once(
    scenes: Path, tmp_path: Path, how: MapJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ParamsError("engine openvino is not installed")

    monkeypatch.setattr(BlurNetwork, "tile_predictor", refuse)
    with pytest.raises(ParamsError, match="openvino is not installed"):
        map_scenes(find_scenes([scenes]), tmp_path / "out", how)


def test_reports_are_listed(scenes: Path, tmp_path: Path, how: MapJob) -> None:
    (scenes / "b.tif").write_bytes(b"")
    (scenes / "c.tif").unlink()
    out = tmp_path / "out"
    map_scenes(find_scenes([scenes]), out, replace(how, report=True))
    index = (out / "index.html").read_text()
    assert '<a href="a/report.html">a</a>' in index
    assert "failed: " in index
    assert "is empty (0 bytes)" in index
    assert (out / "a/report.html").is_file()
    assert (out / "a/density.tif").is_file()
