"""What a map is made from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from slidelens.api.mapping.folder_map import map_to_folder
from slidelens.api.mapping.options import MapOptions
from slidelens.api.mapping.scene_map import map_scene
from slidelens.geo.vectors.inventory import read_inventory, read_labels
from slidelens.layers.probability import read_probability
from support.learning.tiles import blur_network, write_scene_of_tiles
from support.studies import grid_of

GRID = grid_of(150, 130)


def test_the_inventory_tells_image_weights_method_and_date(tmp_path: Path) -> None:
    scene, network = write_scene_of_tiles(tmp_path / "2017.tif", GRID), blur_network(tmp_path)
    map_to_folder(scene, network, tmp_path / "out", MapOptions(threshold=0.4, min_area_m2=300))
    inventory = read_inventory(tmp_path / "out/inventory.gpkg")
    assert len(inventory) > 0
    assert set(inventory["image"]) == {"2017.tif"}
    assert set(inventory["weights"]) == {network.path.name}
    assert set(inventory["occurred_by"]) == {"2017"}
    assert inventory["occurred_after"].isna().all()
    (method,) = set(inventory["method"])
    assert "threshold 0.4, fragments merged, from 300 m²" in method


def test_a_date_that_is_told_comes_before_that_of_the_name(tmp_path: Path) -> None:
    scene, network = write_scene_of_tiles(tmp_path / "2017.tif", GRID), blur_network(tmp_path)
    map_to_folder(scene, network, tmp_path / "out", date="2017-05-04")
    inventory = read_inventory(tmp_path / "out/inventory.gpkg")
    assert set(inventory["occurred_by"]) == {"2017-05-04"}


def test_the_mapped_extent_is_where_the_map_is_valid(tmp_path: Path) -> None:
    scene, network = write_scene_of_tiles(tmp_path / "2017.tif", GRID), blur_network(tmp_path)
    map_to_folder(scene, network, tmp_path / "out")
    _, valid, grid = read_probability(tmp_path / "out/probability.tif")
    mapped = read_labels(tmp_path / "out/inventory.gpkg").mapped
    assert mapped is not None
    np.testing.assert_allclose(mapped.area.sum(), valid.sum() * grid.pixel_area_m2)


def test_a_map_in_memory_is_saved_as_one_in_a_folder(tmp_path: Path) -> None:
    scene, network = write_scene_of_tiles(tmp_path / "2017.tif", GRID), blur_network(tmp_path)
    map_to_folder(scene, network, tmp_path / "folder")
    map_scene(scene, network).save(tmp_path / "memory")
    for name in ("inventory.gpkg", "probability.qml", "deviation.qml"):
        folder, memory = (tmp_path / each / name for each in ("folder", "memory"))
        assert folder.read_bytes() == memory.read_bytes(), name
