"""The grounds of the benchmark: prepared once, by slidelens' own stage."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.params.schema import Params
from slidelens.stages.prepare import prepare

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/slidelens"
CODE = tuple(
    SOURCE / name
    for name in ("analysis", "dataset", "geo", "layers", "learning", "study", "stages/prepare.py")
)
COMMON = ("few.py", "grounds.py", "protocols.py", "runs.py", "scoring.py")

TILE_PX, MOSAICS_PIXEL_M = 128, 10.0  # of the Landslide4Sense mosaics
IBURI: dict[str, Any] = {
    "root": "iburi",
    "aoi": "aoi/investigation.gpkg",
    "pretrain": {
        "scene": "scenes/post.tif",
        "inventory": "inventories/post.gpkg",
        "aoi": "aoi/pretrain.gpkg",
    },
}
# What the worked example of Iburi adds; the other methods do as their own users would.
WORKED_EXAMPLE: dict[str, Any] = {"derived": ["brightness", "ratios"]}
MOSAICS: dict[str, Any] = {
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
    """Make a study folder of links, with Taiwan for pretraining and Kodagu as its only date.

    Args:
        data: Folder of the real data.
        work: Folder of all that is kept.

    Returns:
        The study folder.
    """
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
    """Return a ground of a study, which is prepared if needed.

    Args:
        params: Parameters of the study.
        name: `pretrain` or a date.
        work: Folder of all that is kept.
    """
    return _read(prepare_grounds(params, work) / name)


def prepare_grounds(params: Params, work: Path) -> Path:
    """Return the folder of the grounds of a study, which are prepared if needed.

    Args:
        params: Parameters of the study.
        work: Folder of all that is kept.
    """
    folder = work / "grounds" / digest(preparation_inputs(params), "grounds.py")
    if not folder.exists():
        prepare(params, folder)
    return folder


@lru_cache(maxsize=4)
def _read(folder: Path) -> Prepared:
    return read_prepared(folder)


def preparation_inputs(params: Params) -> dict[str, Any]:
    """Return the parameters and files from which the prepared grounds follow."""
    return {
        "study": params.study.model_dump(),
        "split": params.split.model_dump(),
        "dates": params.dates,
        "files": _hashes(Path(params.study.root)),
    }


@lru_cache
def _hashes(root: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a study, by its path."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def digest(values: object, *sources: str) -> str:
    """Return twelve digits that change with the values and the code.

    Args:
        values: Any values that JSON can hold.
        *sources: Files of benchmarks/quality that matter, beside slidelens' own code.
    """
    shared = [
        file for path in CODE for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))
    ]
    code = [
        file.read_text(encoding="utf-8")
        for file in (*shared, *(Path(__file__).parent / source for source in sources))
    ]
    return hashlib.sha256(json.dumps([values, code], sort_keys=True).encode()).hexdigest()[:12]


def after_mosaic(prepared: Prepared) -> Prepared:
    """Return a ground standardised by a local window, as after pretraining on a mosaic."""
    return replace(prepared, local_window_px=TILE_PX)
