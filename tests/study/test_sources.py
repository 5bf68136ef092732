"""Several sources of pretraining, each on a grid of its own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from rasterio.crs import CRS

from slidelens.dataset.prepared import read_prepared
from slidelens.dataset.prepared_files import source_folders
from slidelens.learning.audit.leakage import leakage_findings
from slidelens.learning.audit.study_report import check_study
from slidelens.stages.prepare import FILES, prepare
from slidelens.study.opening import open_study
from support.studies import (
    WEST,
    Date,
    grid_of,
    image,
    landslides,
    params_for,
    tree,
    write_image,
    write_shapes,
    write_study,
)

COARSE: dict[str, Any] = {
    "name": "coarse",
    "scene": "pretrain/scene.tif",
    "inventory": "pretrain/inventory.gpkg",
    "aoi": "pretrain/aoi.gpkg",
}
FINE: dict[str, Any] = {"name": "fine", "scene": "fine.tif", "inventory": "fine.gpkg"}
FINE_GRID = grid_of(128, 128, pixel_m=4.0, west=WEST + 20_000)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    raw = tmp_path / "raw"
    write_study(raw, {"2013": Date()})
    shapes = landslides(FINE_GRID, 20, seed=7)
    write_image(raw / "fine.tif", FINE_GRID, image(FINE_GRID, shapes, seed=8))
    write_shapes(raw / "fine.gpkg", shapes)
    return raw


def test_each_source_has_its_own_grid(root: Path) -> None:
    sources = [COARSE, FINE | {"weight": 2, "landslide_share": 0.01}]
    study = open_study(params_for(root, ["2013"], study__pretrain=sources))
    assert (study.problems, study.notes) == ((), ())
    assert [target.name for target in study.sources] == ["pretrain/coarse", "pretrain/fine"]
    assert [target.grid.pixel_m for target in study.sources] == [10, 4]
    assert study.sources[1].grid == FINE_GRID
    assert [target.weight for target in study.sources] == [1, 2]
    assert all(target.is_source for target in study.sources)
    assert not study.targets[0].is_source


def test_a_source_is_brought_to_another_pixel(root: Path) -> None:
    sources = [COARSE, FINE | {"pixel_m": 8}]
    study = open_study(params_for(root, ["2013"], study__pretrain=sources))
    assert [target.grid.pixel_m for target in study.sources] == [10, 8]


def test_sources_are_prepared_into_folders_of_their_own(root: Path) -> None:
    sources = [COARSE, FINE | {"weight": 2, "landslide_share": 0.01}]
    params = params_for(root, ["2013"], study__pretrain=sources)
    out = root.parent / "prepared"
    prepare(params, out)
    folders = source_folders(out / "pretrain")
    assert list(folders) == ["pretrain/coarse", "pretrain/fine"]
    coarse, fine = map(read_prepared, folders.values())
    assert (coarse.weight, coarse.landslide_share) == (1, None)
    assert (fine.weight, fine.landslide_share) == (2, 0.01)
    assert coarse.statistics.mean != fine.statistics.mean
    assert all(any(Path(name).match(own) for own in FILES) for name in tree(out))
    prepare(params, out)  # again, over its own files
    found = leakage_findings(
        {"2013": read_prepared(out / "2013")},
        {"pretrain/coarse": coarse, "pretrain/fine": fine},
        params.split,
    )
    assert {finding.where for finding in found if finding.broken} == set()


def test_an_image_beside_a_mosaic_is_standardised_by_windows_of_a_tile(root: Path) -> None:
    sources = [COARSE, FINE | {"tile_px": 32}]
    params = params_for(root, ["2013"], study__pretrain=sources)
    prepare(params, root.parent / "prepared")
    coarse, fine, date = (
        read_prepared(root.parent / "prepared" / name)
        for name in ("pretrain/coarse", "pretrain/fine", "2013")
    )
    assert (coarse.local_window_px, coarse.tile_px) == (32, None)
    assert (fine.local_window_px, fine.tile_px) == (None, 32)
    assert date.local_window_px == 32


def test_one_event_in_a_list_is_prepared_alike(root: Path) -> None:
    only = root.parent / "only"
    prepare(params_for(root, ["2013"]), only)
    prepare(params_for(root, ["2013"], study__pretrain=[COARSE]), root.parent / "listed")
    first, second = tree(only), tree(root.parent / "listed")
    assert second == {
        name.replace("pretrain/", "pretrain/coarse/"): content for name, content in first.items()
    }
    assert list(source_folders(only / "pretrain")) == ["pretrain"]


def test_a_source_that_lacks_a_band_is_named(root: Path) -> None:
    write_image(root / "fine.tif", FINE_GRID, image(FINE_GRID, [], 8), names=("green", "red", "b"))
    study = open_study(params_for(root, ["2013"], study__pretrain=[COARSE, FINE]))
    (problem,) = study.problems
    assert problem.startswith(f"{root / 'fine.tif'} has no band nir")


def test_a_file_of_a_source_is_told_with_its_parameter(root: Path) -> None:
    sources = [COARSE | {"aoi": "/dev/zero"}, FINE | {"inventory": "none.gpkg"}]
    study = open_study(params_for(root, ["2013"], study__pretrain=sources))
    absent = f"there is no inventory {root / 'none.gpkg'}; check the path"
    assert study.problems == (
        f"study.pretrain.inventory of fine: {absent}",
        "study.pretrain.aoi of coarse: the area /dev/zero is a device or a pipe, not a file;"
        " give a file",
    )


def test_ground_that_two_sources_share_is_noted(root: Path) -> None:
    sources = [COARSE, COARSE | {"name": "again"}]
    (note,) = open_study(params_for(root, ["2013"], study__pretrain=sources)).notes
    assert note.startswith("pretrain/coarse and pretrain/again read the same ground of scene.tif")


def test_ground_that_sources_share_in_two_images_is_noted(root: Path) -> None:
    """Landslides of one date are still there at the next; tiles of a mosaic lie elsewhere."""
    shutil.copy(root / "pretrain/scene.tif", root / "pretrain/later.tif")
    later = COARSE | {"name": "later", "scene": "pretrain/later.tif"}
    (note,) = open_study(params_for(root, ["2013"], study__pretrain=[COARSE, FINE, later])).notes
    assert note == (
        "pretrain/coarse and pretrain/later read the same ground of scene.tif and later.tif: what "
        "one learns chooses the threshold of the other; give them areas that do not overlap"
    )
    tiled = {**later, "aoi": None, "tile_px": 32}
    study = open_study(params_for(root, ["2013"], study__pretrain=[COARSE, tiled]))
    assert (study.problems, study.notes) == ((), ())


def test_sources_at_opposite_ends_of_the_earth_share_no_ground(root: Path) -> None:
    far = grid_of(64, 64, west=500_000, north=4_000_000, crs=CRS.from_epsg(32712))
    write_image(root / "far.tif", far, image(far, [], seed=9))
    write_shapes(root / "far.gpkg", landslides(far, 4, seed=9), crs=far.crs)
    sources = [COARSE, {"name": "far", "scene": "far.tif", "inventory": "far.gpkg"}]
    study = open_study(params_for(root, ["2013"], study__pretrain=sources))
    assert (study.problems, study.notes) == ((), ())


def test_a_source_without_landslides_is_sound(root: Path) -> None:
    (root / "fine.gpkg").unlink()
    write_shapes(root / "fine.gpkg", [])
    report = check_study(params_for(root, ["2013"], study__pretrain=[COARSE, FINE]))
    assert report.problems == ()
    assert [target.name for target in report.targets] == [
        "2013",
        "pretrain/coarse",
        "pretrain/fine",
    ]
    assert [counts.name for counts in report.parts] == ["2013", "pretrain/coarse", "pretrain/fine"]
