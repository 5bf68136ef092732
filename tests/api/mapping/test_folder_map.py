"""Maps of scenes that are not in memory as a whole."""

from __future__ import annotations

import errno
import hashlib
import logging
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pytest
import rasterio.shutil
from numpy.typing import NDArray

from slidelens.api.mapping.folder_map import map_to_folder
from slidelens.api.mapping.options import MapOptions
from slidelens.api.mapping.scene_map import map_scene
from slidelens.api.network import Network
from slidelens.api.scene import SceneFile, open_scene
from slidelens.errors import OutputError, ResourceError, SceneError
from slidelens.geo.windowed import FileArray, Part
from slidelens.layers.probability import read_probability
from slidelens.learning.inference.windows import Window
from slidelens.learning.tiling.running import Runner, run_here
from slidelens.learning.tiling.tile_job import MappedTile, TileJob
from slidelens.resources import used_disk_bytes
from support.learning.tiles import Blur, blur_network, noting, write_scene_of_tiles
from support.studies import grid_of, write_image

GRID = grid_of(300, 260)
WITH_HEIGHTS = MapOptions(threshold="expected", standardise="means")


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return blur_network(tmp_path)


@pytest.fixture
def scene(tmp_path: Path) -> SceneFile:
    return write_scene_of_tiles(tmp_path / "scene.tif", GRID)


def digests(folder: Path) -> dict[str, str]:
    """Checksums of the map, and of the geometries and attributes of the inventory."""
    inventory = gpd.read_file(folder / "inventory.gpkg", layer="landslides")
    return {
        "probability": hashlib.sha256((folder / "probability.tif").read_bytes()).hexdigest(),
        "inventory": hashlib.sha256(inventory.to_wkb().to_csv().encode()).hexdigest(),
    }


def in_order(positions: Sequence[int]) -> Runner:
    """Map tiles in another order than their own."""

    def run(
        job: TileJob, tiles: Sequence[Window], missing: Sequence[int]
    ) -> Iterator[tuple[int, MappedTile]]:
        yield from run_here(Blur())(job, tiles, [p for p in positions if p in missing])

    return run


@pytest.mark.parametrize("options", [MapOptions(), WITH_HEIGHTS])
def test_the_map_is_that_made_in_memory(
    scene: SceneFile, network: Network, tmp_path: Path, options: MapOptions
) -> None:
    outlined = map_to_folder(scene, network, tmp_path / "folder", options)
    threshold: Literal["expected"] | None = "expected" if options.threshold else None
    memory = map_scene(scene, network, threshold=threshold, standardise=options.standardise)
    memory.save(tmp_path / "memory")
    assert len(memory.landslides) > 20
    assert digests(tmp_path / "folder") == digests(tmp_path / "memory")
    assert outlined.summary() == memory.summary()


def test_a_scene_may_be_given_by_its_path(
    scene: SceneFile, network: Network, tmp_path: Path
) -> None:
    map_to_folder(scene, network, tmp_path / "open")
    map_to_folder(str(scene.path), network, str(tmp_path / "path"))
    assert digests(tmp_path / "path") == digests(tmp_path / "open")


def test_a_folder_with_the_name_of_a_file_is_refused(
    scene: SceneFile, network: Network, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match=r"out\.tif would be a folder"):
        map_to_folder(scene, network, tmp_path / "out.tif")
    assert not list(tmp_path.glob("*out*"))


def test_a_finished_map_stays_and_is_named(
    scene: SceneFile, network: Network, tmp_path: Path
) -> None:
    map_to_folder(scene, network, tmp_path / "out")
    made = digests(tmp_path / "out")
    with pytest.raises(
        OutputError, match=r"holds a finished map, probability\.tif, and nothing in"
    ):
        map_to_folder(scene, network, tmp_path / "out")
    assert digests(tmp_path / "out") == made


def test_the_order_of_the_tiles_does_not_matter(
    scene: SceneFile, network: Network, tmp_path: Path
) -> None:
    map_to_folder(scene, network, tmp_path / "a")
    map_to_folder(scene, network, tmp_path / "b", run=in_order(range(24, -1, -1)))
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_bodies_across_tiles_are_those_of_a_map_without_seams(
    scene: SceneFile, network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    map_to_folder(scene, network, tmp_path / "tiles")
    monkeypatch.setattr(type(network), "tile_predictor", lambda *_, **__: Blur(core_side=512))
    map_to_folder(scene, network, tmp_path / "whole")
    assert digests(tmp_path / "tiles") == digests(tmp_path / "whole")


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_map_goes_on(
    scene: SceneFile,
    network: Network,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    error: type[BaseException],
) -> None:
    caplog.set_level(logging.INFO)

    def stop(
        job: TileJob, tiles: Sequence[Window], missing: Sequence[int]
    ) -> Iterator[tuple[int, MappedTile]]:
        yield from run_here(Blur())(job, tiles, missing[:7])
        raise error

    with pytest.raises(error):
        map_to_folder(scene, network, tmp_path / "out", run=stop)
    assert not (tmp_path / "out").exists()
    mapped: list[int] = []
    go_on = noting(mapped)
    # What is found on the finished probabilities may be another question.
    options = MapOptions(min_area_m2=500)
    map_to_folder(scene, network, tmp_path / "out", options, go_on)
    assert mapped == list(range(7, 25))
    assert "tiles mapped before: 7 of 25; going on" in caplog.messages
    map_to_folder(scene, network, tmp_path / "at once", options)
    assert digests(tmp_path / "out") == digests(tmp_path / "at once")
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("place", ["a tile", "the map's file"])
def test_a_map_goes_on_after_a_full_disk(
    scene: SceneFile, network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def fill_up(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    written: list[Part] = []

    def write_some(layer: FileArray, part: Part, values: NDArray[Any]) -> None:
        written.append(part)
        (fill_up if len(written) > 20 else write_all)(layer, part, values)

    write_all = FileArray.write
    module = "slidelens.api.mapping.folder_map"
    with monkeypatch.context() as patch:
        if place == "a tile":
            patch.setattr(FileArray, "write", write_some)
        else:
            patch.setattr(f"{module}.write_probability", fill_up)
        with pytest.raises(OutputError, match="No space left"):
            map_to_folder(scene, network, tmp_path / "out")
    mapped: list[int] = []
    go_on = noting(mapped)
    # What the finished tiles take is not needed again.
    needed = GRID.height * GRID.width * 12 - used_disk_bytes(tmp_path / ".out.partial")
    with monkeypatch.context() as patch:
        patch.setattr(f"{module}.free_disk_bytes", lambda _: needed)
        map_to_folder(scene, network, tmp_path / "out", run=go_on)
    assert mapped == (list(range(6, 25)) if place == "a tile" else [])
    map_to_folder(scene, network, tmp_path / "at once")
    assert digests(tmp_path / "out") == digests(tmp_path / "at once")
    assert not list(tmp_path.glob(".*"))


def test_a_killed_process_leaves_the_finished_tiles(
    scene: SceneFile, network: Network, tmp_path: Path
) -> None:
    def stop(
        job: TileJob, tiles: Sequence[Window], missing: Sequence[int]
    ) -> Iterator[tuple[int, MappedTile]]:
        yield from run_here(Blur())(job, tiles, missing[:7])
        raise ResourceError("the process that computes the network ended with status -9")

    with pytest.raises(ResourceError):
        map_to_folder(scene, network, tmp_path / "out", run=stop)
    ledger = tmp_path / ".out.partial/finished.jsonl"
    assert len(ledger.read_text().splitlines()) == 7


@pytest.mark.parametrize("through_vrt", [False, True])
def test_a_changed_scene_is_mapped_from_the_start(
    scene: SceneFile, network: Network, tmp_path: Path, through_vrt: bool
) -> None:
    def stop(
        job: TileJob, tiles: Sequence[Window], missing: Sequence[int]
    ) -> Iterator[tuple[int, MappedTile]]:
        yield from run_here(Blur())(job, tiles, missing[:7])
        raise KeyboardInterrupt

    path = scene.path
    if through_vrt:
        path = tmp_path / "scene.vrt"
        rasterio.shutil.copy(scene.path, path, driver="VRT")
    with pytest.raises(KeyboardInterrupt):
        map_to_folder(open_scene(path), network, tmp_path / "out", run=stop)
    write_scene_of_tiles(scene.path, GRID, seed=3)
    map_to_folder(open_scene(path), network, tmp_path / "out")
    map_to_folder(open_scene(path), network, tmp_path / "new")
    assert digests(tmp_path / "out") == digests(tmp_path / "new")


@pytest.mark.parametrize("changed", ["scene.tif", "dem.tif"])
def test_an_input_that_changes_meanwhile_is_refused(
    scene: SceneFile, network: Network, tmp_path: Path, changed: str
) -> None:
    heights = np.ones((*GRID.shape, 1), np.float32)
    dem = write_image(tmp_path / "dem.tif", GRID, heights, ["elevation"], nodata=None)
    write_scene_of_tiles(tmp_path / "other.tif", GRID, seed=3)

    def replace_input(
        job: TileJob, tiles: Sequence[Window], missing: Sequence[int]
    ) -> Iterator[tuple[int, MappedTile]]:
        yield from run_here(Blur())(job, tiles, missing[:7])
        new = shutil.copy(dem if changed == "dem.tif" else tmp_path / "other.tif", tmp_path / "new")
        Path(new).replace(tmp_path / changed)
        yield from run_here(Blur())(job, tiles, missing[7:])

    options = MapOptions(dem=dem)
    with pytest.raises(SceneError, match=rf"{tmp_path / changed} has changed while the map"):
        map_to_folder(scene, network, tmp_path / "out", options, replace_input)
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".*"))
    again = open_scene(scene.path)
    map_to_folder(again, network, tmp_path / "out", options)
    map_to_folder(again, network, tmp_path / "new", options)
    assert digests(tmp_path / "out") == digests(tmp_path / "new")


def test_an_error_of_the_input_leaves_nothing(network: Network, tmp_path: Path) -> None:
    nothing = np.zeros((*GRID.shape, 3), np.uint16)
    path = write_image(tmp_path / "empty.tif", GRID, nothing)
    with pytest.raises(SceneError, match=r"empty\.tif has no valid pixel"):
        map_to_folder(open_scene(path), network, tmp_path / "out")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["blur.weights.h5", "empty.tif"]


def test_too_little_disk_is_noticed_at_once(
    scene: SceneFile, network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slidelens.api.mapping.folder_map.free_disk_bytes", lambda _: 1000)
    line = rf"{scene.path.name}: its map, .* of disk while it is made, and 1 kB are free at .*out"
    with pytest.raises(OutputError, match=line):
        map_to_folder(scene, network, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nodata_is_masked_and_0(scene: SceneFile, network: Network, tmp_path: Path) -> None:
    map_to_folder(scene, network, tmp_path / "out")
    probability, valid, grid = read_probability(tmp_path / "out/probability.tif")
    assert grid == GRID
    assert not valid[:, : 260 // 8].any()
    assert valid[:, 260 // 8 :].all()
    assert not probability[~valid].any()
