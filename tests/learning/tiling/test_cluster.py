"""Maps made on a Dask cluster of real processes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slidelens.errors import ParamsError, SceneError
from slidelens.learning.tiling import cluster
from slidelens.learning.tiling.cluster import choose_runner
from slidelens.learning.tiling.map_store import MapStore, store_in_memory
from slidelens.learning.tiling.running import fill_store, run_here
from slidelens.learning.tiling.tile_job import NetworkChoice, TileJob, tiles_of
from slidelens.learning.tiling.tile_source import TileSource
from support.learning.tiles import (
    TRAINED,
    Blur,
    map_with_blur,
    map_with_blur_and_die_once,
    map_without_a_library,
    write_scene_of_tiles,
)
from support.learning.trainings import METADATA
from support.studies import BANDS, grid_of

distributed = pytest.importorskip("distributed")

GRID = grid_of(300, 260)
TILES = tiles_of(GRID.shape, Blur())


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TileJob:
    monkeypatch.setattr(cluster, "map_on_worker", map_with_blur)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))  # of the workers
    scene = write_scene_of_tiles(tmp_path / "scene.tif", GRID)
    source = TileSource(scene.header, GRID, BANDS, TRAINED)
    (tmp_path / "a.weights.h5").touch()
    return TileJob(source, NetworkChoice(tmp_path / "a.weights.h5", METADATA))


def same(first: MapStore, second: MapStore) -> bool:
    whole = slice(0, GRID.height), slice(0, GRID.width)
    return first.summaries == second.summaries and all(
        np.array_equal(layer.read(whole), second.layers[name].read(whole))
        for name, layer in first.layers.items()
    )


def test_workers_give_the_same_map_also_if_one_is_killed(
    job: TileJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "map_on_worker", map_with_blur_and_die_once)
    here, there = (store_in_memory(TILES, GRID.shape, deviates=True) for _ in range(2))
    for _ in fill_store(job, here, run_here(Blur())):
        pass
    with choose_runner(workers=2, scheduler=None) as run:
        assert run is not None
        for _ in fill_store(job, there, run):
            pass
    assert (tmp_path / "killed").exists()
    assert same(here, there)


def one_worker(**options: Any) -> Any:
    """A cluster that is running already, as that of a user."""
    return distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, **options
    )


def test_a_scheduler_that_is_running(job: TileJob) -> None:
    store = store_in_memory(TILES, GRID.shape, deviates=True)
    with one_worker() as running, choose_runner(None, running.scheduler_address) as run:
        assert run is not None
        assert sorted(fill_store(job, store, run)) == list(range(len(TILES)))


def test_workers_that_join_later_get_tiles(job: TileJob, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted = []
    submit = distributed.Client.submit

    def count(client: object, *args: object, **options: object) -> object:
        submitted.append(args)
        return submit(client, *args, **options)

    monkeypatch.setattr(distributed.Client, "submit", count)
    positions = [position % len(TILES) for position in range(20)]
    with one_worker() as running, choose_runner(None, running.scheduler_address) as run:
        assert run is not None
        mapped = run(job, TILES, positions)
        next(mapped)
        assert len(submitted) == 1 + 2
        running.scale(2)
        running.wait_for_workers(2)
        next(mapped)
        assert len(submitted) == 2 + 4
        assert len(list(mapped)) == len(positions) - 2


def test_an_empty_address_is_refused() -> None:
    with (
        pytest.raises(ParamsError, match=r"scheduler \(--scheduler\) is empty; give an address"),
        choose_runner(None, " "),
    ):
        pass


def test_workers_with_another_version_are_refused(tmp_path: Path) -> None:
    (tmp_path / "slidelens-0.0.1.dist-info").mkdir()
    metadata = "Metadata-Version: 2.1\nName: slidelens\nVersion: 0.0.1\n"
    (tmp_path / "slidelens-0.0.1.dist-info" / "METADATA").write_text(metadata)
    (tmp_path / "first.py").write_text(f"import sys; sys.path.insert(0, {str(tmp_path)!r})")
    with (
        one_worker(preload=[str(tmp_path / "first.py")]) as running,
        pytest.raises(ParamsError) as refused,
        choose_runner(None, running.scheduler_address),
    ):
        pass
    assert str(refused.value).startswith("worker tcp://")
    assert f"of {running.scheduler_address} has slidelens 0.0.1, and this" in str(refused.value)


def test_errors_of_the_input_come_from_the_workers_as_they_are(job: TileJob) -> None:
    job.source.header.path.write_bytes(b"damaged")
    store = store_in_memory(TILES, GRID.shape, deviates=True)
    with choose_runner(workers=1, scheduler=None) as run:
        assert run is not None
        mapped = fill_store(job, store, run)
        with pytest.raises(SceneError, match=r"scene\.tif"):
            next(mapped)


def test_a_worker_without_a_library_is_told(job: TileJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "map_on_worker", map_without_a_library)
    store = store_in_memory(TILES, GRID.shape, deviates=True)
    with choose_runner(workers=1, scheduler=None) as run:
        assert run is not None
        with pytest.raises(ParamsError, match=r"cannot load what it needs \(No module named 'tens"):
            next(fill_store(job, store, run))


def test_a_scheduler_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE_S", 0.5)
    with (
        pytest.raises(ParamsError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1;"),
        choose_runner(None, "tcp://127.0.0.1:1"),
    ):
        pass
    with (
        pytest.raises(ParamsError, match=r"leave out workers \(--workers\)"),
        choose_runner(2, "tcp://127.0.0.1:1"),
    ):
        pass


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "tcp://", "foo://x:1", "http://a:8787/status", "tcp://a:b", "a"]
)
def test_what_is_no_address_is_refused_at_once(address: str) -> None:
    with (
        pytest.raises(ParamsError, match=r"\(--scheduler\) is no address of a Dask scheduler"),
        choose_runner(None, address),
    ):
        pass


def test_a_relative_path_is_found_by_workers_in_other_folders(
    job: TileJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_in_memory(TILES, GRID.shape, deviates=True)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with one_worker() as running:
        monkeypatch.chdir(tmp_path)
        header = replace(job.source.header, path=Path("scene.tif"))
        relative = replace(job, source=replace(job.source, header=header))
        with choose_runner(None, running.scheduler_address) as run:
            assert run is not None
            assert sorted(fill_store(relative, store, run)) == list(range(len(TILES)))
            Path("scene.tif").unlink()
            with pytest.raises(
                ParamsError, match=r"the worker on .* has no .*/scene\.tif; workers"
            ):
                next(fill_store(relative, store_in_memory(TILES, GRID.shape, deviates=True), run))


def test_without_options_there_is_no_cluster() -> None:
    with choose_runner(None, None) as run:
        assert run is None
