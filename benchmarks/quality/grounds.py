"""The grounds of the benchmark, prepared once by slidelens' own stage, and what of them a method may see."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from slidelens.geo.prepared import Prepared, read_prepared
from slidelens.geo.radiometry import statistics
from slidelens.learning.patches import Ground, visible
from slidelens.learning.split import TRAIN, VALIDATION, block_px
from slidelens.learning.training import Tiles, validation_tiles
from slidelens.params import Params
from slidelens.stages.prepare import prepare

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/slidelens"
PREPARING = ("geo", "stages/prepare.py", "learning/split.py", "grounds.py")

TILE_PX, MOSAICS_PIXEL_M = 128, 10.0  # of the Landslide4Sense mosaics
IBURI = {
    "root": "iburi",
    "aoi": "aoi/investigation.gpkg",
    "pretrain": {"scene": "scenes/post.tif", "inventory": "inventories/post.gpkg", "aoi": "aoi/pretrain.gpkg"},
}
MOSAICS = {
    "root": "mosaics",
    "tile_px": TILE_PX,
    "pretrain": {"scene": "pretrain/taiwan.tif", "inventory": "pretrain/taiwan.gpkg", "aoi": None, "tile_px": TILE_PX},
}


def link_mosaics(data: Path, work: Path) -> Path:
    """A study folder in the work folder whose pretraining event is Taiwan and whose one date is Kodagu, as links to the data."""
    root = work / "mosaics"
    for link, target in (
        ("pretrain/taiwan.tif", "taiwan.tif"),
        ("pretrain/taiwan.gpkg", "taiwan.gpkg"),
        ("scenes/kodagu.tif", "kodagu.tif"),
        ("inventories/kodagu.gpkg", "kodagu.gpkg"),
    ):
        (root / link).parent.mkdir(parents=True, exist_ok=True)
        if not (root / link).exists():
            (root / link).symlink_to((data / "l4s" / target).resolve())
    return root


def ground(params: Params, name: str, work: Path) -> Prepared:
    """A ground of the study of `params`: `pretrain` or a date's. It is prepared where it is not yet."""
    folder = work / "grounds" / digest(prepared_by(params), PREPARING)
    if not folder.exists():
        prepare(params, folder)
    return _read(folder / name)


@lru_cache(maxsize=4)
def _read(folder: Path) -> Prepared:
    return read_prepared(folder)


def prepared_by(params: Params) -> dict:
    """The parameters that the prepared grounds follow from."""
    return {"study": params.study.model_dump(), "split": params.split.model_dump(), "dates": params.dates}


def digest(values: object, sources: tuple[str, ...]) -> str:
    """Twelve digits that change with the values or with the code of the files and folders below src/slidelens or benchmarks/quality."""
    paths = [base / source for source in sources for base in (SOURCE, Path(__file__).parent) if (base / source).exists()]
    files = sorted(file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py")))
    code = [file.read_text(encoding="utf-8") for file in files]
    return hashlib.sha256(json.dumps([values, code], sort_keys=True).encode()).hexdigest()[:12]


def shown(prepared: Prepared, params: Params) -> tuple[Ground, Tiles]:
    """What a peer may learn from and what it may choose by, exactly as slidelens does: test ground looks like nodata in both."""
    pixels, parts, tile_px = prepared.standardised(), prepared.parts, prepared.tile_px
    training = visible(pixels, prepared.labels, parts == TRAIN, parts == TRAIN, tile_px)
    checked = visible(pixels, prepared.labels, (parts == TRAIN) | (parts == VALIDATION), parts == VALIDATION, tile_px)
    return training, validation_tiles(checked, block_px(params.split, prepared.scene.grid.pixel_m, tile_px))


def by_itself(prepared: Prepared) -> Prepared:
    """A ground standardised by its own train blocks, as a date is whose pretraining image is another."""
    scene = prepared.scene
    own = statistics(scene.pixels, scene.valid & (prepared.parts == TRAIN), scene.bands, "the ground")
    return replace(prepared, statistics=own)
