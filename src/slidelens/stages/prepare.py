"""Stage `prepare`: every image and inventory onto one metric grid, with labels, a split and band statistics."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

import numpy as np

from slidelens.dataset.prepared import write_prepared
from slidelens.files import atomic_write_folder
from slidelens.layers.elevation import write_terrain
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.run import run
from slidelens.study.checks import require_sound
from slidelens.study.opening import open_study
from slidelens.study.preparation import prepare_targets
from slidelens.study.reading import RawData
from slidelens.study.study import PRETRAIN, PreparationTarget, Study

log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    """Prepare the study of params.yaml into data/prepared."""
    parser = argparse.ArgumentParser(prog="prepare", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data/prepared"))
    arguments = parser.parse_args(argv)
    return run("prepare", lambda: prepare(load_params(), arguments.out))


def prepare(params: Params, folder: Path) -> None:
    """Write folder/<date> for each date, folder/pretrain and folder/terrain; all of them or none."""
    study = require_sound(open_study(params))
    with atomic_write_folder(folder) as temporary:
        for material, prepared in prepare_targets(study, params):
            write_prepared(
                prepared, temporary / material.ground.name, _kept_type(material.ground, study)
            )
            log.info("prepare %s: %s", material.ground.name, _summary(material))
        write_terrain(study.dem, study.grounds[0].grid, temporary / "terrain")
        log.info("prepare: %s", f"heights from {study.dem}" if study.dem else "no height model")


def _kept_type(ground: PreparationTarget, study: Study) -> str:
    """The file's own integers, where pixels are the file's own."""
    changed = study.derived or (study.reference and ground.name not in (study.reference, PRETRAIN))
    return (
        ground.header.dtype
        if np.dtype(ground.header.dtype).kind in "ui" and not changed
        else "float32"
    )


def _summary(material: RawData) -> str:
    seen = 100 * (material.scene.valid & material.inside).sum() / material.inside.sum()
    mapped = "not mapped" if material.inventory is None else f"{len(material.inventory)} landslides"
    return f"{material.scene.grid.describe()}, {seen:.0f} % of the area seen, {mapped}"


if __name__ == "__main__":
    sys.exit(main())
