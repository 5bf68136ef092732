"""The real case Iburi as a quick study."""

from __future__ import annotations

from pathlib import Path

import yaml

from slidelens.params.loading import parse_params
from slidelens.params.schema import Params
from support.workshop import ROOT

STUDY = {
    "root": "data/raw",
    "aoi": "aoi/investigation.gpkg",
    "pretrain": {
        "scene": "scenes/post.tif",
        "inventory": "inventories/post.gpkg",
        "aoi": "aoi/pretrain.gpkg",
    },
}
QUICK = {"lr": 3e-3, "filters": 8, "batch_size": 8, "epochs": 6}


def quick_params(root: Path) -> Params:
    """The repository's parameters for the study below `root`, trained in half a minute."""
    values = (
        yaml.safe_load((ROOT / "params.yaml").read_text())
        | QUICK
        | {"dates": ["pre", "post"], "study": STUDY | {"root": str(root)}}
    )
    values["pretrain"]["patches_per_epoch"] = 64
    values["learning"]["averaging"] = 0.9
    values["evaluate"]["symmetries"] = 1
    values["finetune"] |= {
        "from": {"pre": "pretrained", "post": "pretrained"},
        "epochs": 2,
        "patches_per_epoch": 32,
    }
    return parse_params(values)
