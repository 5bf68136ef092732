"""Stage `prepare`: bring images and inventories onto one grid, label, split and describe them."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from slidelens.dataset.prepared import write_prepared
from slidelens.errors import SceneError
from slidelens.files import atomic_write_folder, require_writable
from slidelens.layers.elevation import write_terrain
from slidelens.layers.origin import ORIGIN, copy_origin
from slidelens.layout import Layout
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.run import run
from slidelens.study.checks.radiometry import RadiometryChecks
from slidelens.study.checks.sound import require_sound
from slidelens.study.opening import open_study
from slidelens.study.preparation import prepare_targets, scene_dtype, summarise
from slidelens.study.study import PRETRAIN

_OF_TARGET = (
    *(f"{name}.tif" for name in ("scene", "labels", "split", "mapped")),
    "statistics.json",
    ORIGIN,
    "inventory.gpkg",
)
FILES = (
    *(f"{folder}/{name}" for folder in ("*", f"{PRETRAIN}/*") for name in _OF_TARGET),
    "terrain/elevation.tif",
    "terrain/terrain.json",
)
log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    """Prepare the study of params.yaml into data/prepared."""
    parser = argparse.ArgumentParser(prog="prepare", description=__doc__)
    parser.add_argument("--out", type=Path, default=Layout().prepared)
    arguments = parser.parse_args(argv)
    return run("prepare", lambda: prepare(load_params(), arguments.out))


def prepare(params: Params, folder: Path) -> None:
    """Write folder/<date> for each date, folder/pretrain and folder/terrain; all of them or none.

    Several sources of pretraining are folder/pretrain/<name>.

    Raises:
        SlidelensError: The study has a problem, or `folder` cannot be written.
    """
    require_writable(folder, own=FILES)
    study = require_sound(open_study(params))
    with atomic_write_folder(folder, FILES) as temporary:
        radiometry = RadiometryChecks(params.study, study.bands)
        for raw, prepared in prepare_targets(study, params):
            name = raw.target.name
            if problems := radiometry.compare(raw):
                raise SceneError(problems[0])
            write_prepared(prepared, temporary / name, scene_dtype(raw.target, study))
            copy_origin(raw.target.header.path, temporary / name)
            log.info("prepare %s: %s", name, summarise(raw))
        write_terrain(study.dem, study.targets[0].grid, temporary / "terrain")
        log.info("prepare: %s", f"heights from {study.dem}" if study.dem else "no height model")


if __name__ == "__main__":
    sys.exit(main())
