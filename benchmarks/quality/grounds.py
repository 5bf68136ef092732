"""The grounds of the benchmark, prepared once by slidelens' own stage, and what of them a method may see."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.params.schema import Params
from slidelens.stages.prepare import prepare

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/slidelens"
CODE = (SOURCE / "analysis", SOURCE / "geo", SOURCE / "learning", SOURCE / "stages/prepare.py")
COMMON = ("few.py", "grounds.py", "protocols.py", "runs.py", "scoring.py")

TILE_PX, MOSAICS_PIXEL_M = 128, 10.0  # of the Landslide4Sense mosaics
IBURI = {
    "root": "iburi",
    "aoi": "aoi/investigation.gpkg",
    "pretrain": {
        "scene": "scenes/post.tif",
        "inventory": "inventories/post.gpkg",
        "aoi": "aoi/pretrain.gpkg",
    },
}
WORKED_EXAMPLE = {
    "derived": ["brightness", "ratios"]
}  # what README's worked example of Iburi adds; peers do as their own users would
MOSAICS = {
    "root": "mosaics",
    "tile_px": TILE_PX,
    "pretrain": {
        "scene": "pretrain/taiwan.tif",
        "inventory": "pretrain/taiwan.gpkg",
        "aoi": None,
        "tile_px": TILE_PX,
    },
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
    folder = work / "grounds" / digest(prepared_by(params), "grounds.py")
    if not folder.exists():
        prepare(params, folder)
    return _read(folder / name)


@lru_cache(maxsize=4)
def _read(folder: Path) -> Prepared:
    return read_prepared(folder)


def prepared_by(params: Params) -> dict:
    """The parameters and files that the prepared grounds follow from."""
    told = {
        "study": params.study.model_dump(),
        "split": params.split.model_dump(),
        "dates": params.dates,
    }
    return told | {"files": _hashes(Path(params.study.root))}


@lru_cache
def _hashes(root: Path) -> dict[str, str]:
    """SHA-256 of each file of a study, by its path."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def digest(values: object, *sources: str) -> str:
    """Twelve digits that change with the values, with slidelens' code up to its networks, or with these files of benchmarks/quality."""
    shared = [
        file for path in CODE for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))
    ]
    code = [
        file.read_text(encoding="utf-8")
        for file in (*shared, *(Path(__file__).with_name(source) for source in sources))
    ]
    return hashlib.sha256(json.dumps([values, code], sort_keys=True).encode()).hexdigest()[:12]


def after_mosaic(prepared: Prepared) -> Prepared:
    """A ground standardised by its surroundings, as a date is whose pretraining ground is a mosaic."""
    return replace(prepared, local_window_px=TILE_PX)
