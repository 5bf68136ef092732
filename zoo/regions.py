"""The regions of the generic weights, and the studies in which one or none of them is left out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from slidelens.params.loading import parse_params
from slidelens.params.schema import Params

ROOT = Path(__file__).resolve().parents[1]
ZOO = ROOT / "zoo"
NAMES = ("taiwan", "kodagu", "iburi")
_TILE_PX = 128  # of the mosaics of Landslide4Sense


@dataclass(frozen=True)
class Region:
    """Ground with a scene and an inventory.

    Attributes:
        scene: File of the scene, below the folder of the real data.
        inventory: File of the landslides.
        tiles: Its ground as a number of tiles of 128 × 128 pixels. Patches are drawn from each
            region in proportion to the square root, as the same few tiles soon teach nothing new.
        tile_px: Side of the tiles if the scene is a mosaic; None for an image.
        before: Scene of the same ground before the landslides, where every landslide that is
            mapped is a false alarm, and its empty inventory.
    """

    scene: str
    inventory: str
    tiles: int
    tile_px: int | None = None
    before: tuple[str, str] | None = None

    def source(self, name: str) -> dict[str, Any]:
        """Return the region as an entry of `study.pretrain`."""
        return {
            "name": name,
            "scene": self.scene,
            "inventory": self.inventory,
            "tile_px": self.tile_px,
            "pixel_m": None if self.tile_px else 10,
            "weight": round(self.tiles**0.5, 1),
        }


REGIONS: Mapping[str, Region] = {
    "taiwan": Region("l4s/taiwan.tif", "l4s/taiwan.gpkg", 1741, _TILE_PX),
    "kodagu": Region("l4s/kodagu.tif", "l4s/kodagu.gpkg", 77, _TILE_PX),
    "iburi": Region(
        "iburi/scenes/post.tif",
        "iburi/inventories/post.gpkg",
        49,
        before=("iburi/scenes/pre.tif", "iburi/inventories/pre.gpkg"),
    ),
    # Scored only: its publishers state no licence, and its pixels are of 1.6 m.
    "bijie": Region("bijie/train.tif", "bijie/train.gpkg", 1349, _TILE_PX),
}


def data_folder() -> Path:
    """Return the folder of the real data: SLIDELENS_REAL_DATA, or zoo/data."""
    return Path(os.environ.get("SLIDELENS_REAL_DATA", ZOO / "data"))


def recipe(left_out: str, root: Path) -> Params:
    """Return zoo/params.yaml as the parameters of a study with all regions but one as sources.

    Args:
        left_out: Name of the region that is the study's date; `bijie` is no source.
        root: Folder of the study, see `link_study`.
    """
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    chosen = yaml.safe_load((ZOO / "params.yaml").read_text(encoding="utf-8"))
    for section, changes in chosen.items():
        if isinstance(changes, dict):
            values[section] |= changes
        else:
            values[section] = changes
    dates = study_dates(left_out)
    values["dates"] = list(dates)
    values["finetune"]["from"] = dict.fromkeys(dates, "pretrained")
    values["study"] |= study_without(left_out, root, NAMES)
    return parse_params(values, "zoo/params.yaml")


def study_without(left_out: str, root: Path, sources: Sequence[str]) -> dict[str, Any]:
    """Return the section `study` in which one region is the date and others are the sources.

    Args:
        left_out: Name of the region that is the study's date.
        root: Folder of the study, see `link_study`.
        sources: Names of the regions to train on; the one that is left out is none of them.
    """
    target = REGIONS[left_out]
    return {
        "root": str(root),
        "pretrain": [REGIONS[name].source(name) for name in sources if name != left_out],
        "tile_px": target.tile_px,
        "pixel_m": None if target.tile_px else 10,
        "order": list(study_dates(left_out)),
    }


def study_dates(name: str) -> Sequence[str]:
    """Return the dates of a study of a region: before the landslides, if known, and after."""
    return ("before", "after") if REGIONS[name].before else ("after",)


def link_study(left_out: str, root: Path, data: Path) -> Path:
    """Make a study folder of links to the real data.

    Args:
        left_out: Name of the region that is the study's date.
        root: The folder.
        data: Folder of the real data.

    Returns:
        The folder.
    """
    region = REGIONS[left_out]
    links = {"scenes/after.tif": region.scene, "inventories/after.gpkg": region.inventory}
    if region.before:
        links["scenes/before.tif"], links["inventories/before.gpkg"] = region.before
    for each in REGIONS.values():
        links |= {each.scene: each.scene, each.inventory: each.inventory}
    for link, target in links.items():
        path = root / link
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_symlink():
            path.symlink_to(data.resolve() / target)
    return root
