"""Sound material that inputs are made of, written once: studies, weights, inventories.

python -m robustness.campaign.materials FOLDER writes it; inputs copy what they need.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

MATERIALS = "ROBUSTNESS_MATERIALS"  # environment variable with the folder
DATES = ("2013", "2014")
WEIGHTS = "w.weights.h5"


def materials() -> Path:
    """Return the folder of the sound material."""
    return Path(os.environ[MATERIALS])


def copy(name: str, target: Path) -> Path:
    """Copy a file or folder of the material."""
    source = materials() / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)
    return target


def write_sound_study(folder: Path, **changes: Any) -> None:
    """Write params.yaml and the files of a sound study of two dates: raw and params.yaml.

    Args:
        folder: Where to write.
        changes: Parameters: `split__seed=2` sets split.seed.
    """
    copy("study", folder)
    if changes:
        set_parameters(folder / "params.yaml", changes)


def set_parameters(path: Path, changes: Mapping[str, Any]) -> None:
    """Set parameters, named like `split__seed`, in a params.yaml."""
    values = yaml.safe_load(path.read_text())
    for name, value in changes.items():
        *sections, last = name.split("__")
        section = values
        for part in sections:
            section = section[part]
        section[last] = value
    path.write_text(yaml.safe_dump(values))


def write_finished_study(folder: Path) -> None:
    """Write a study with the outputs of all stages before the report, and weights of all dates."""
    copy("study", folder)
    copy("finished", folder)


def make(folder: Path) -> None:
    """Write all material into a new folder."""
    from support.report.reported import write_results
    from support.studies import Date, values_for, write_study

    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
    dates = {date: Date() for date in DATES}
    study, finished = folder / "study", folder / "finished"
    write_study(study / "raw", dates)
    values = values_for(Path("raw"), list(DATES), epochs=1, finetune__epochs=1)
    values["pretrain"]["patches_per_epoch"] = values["finetune"]["patches_per_epoch"] = 4
    (study / "params.yaml").write_text(yaml.safe_dump(values))
    write_results(finished, dates)
    shutil.copyfile(Path(__file__).parents[3] / "dvc.yaml", folder / "dvc.yaml")
    _write_weights(folder / WEIGHTS)
    for name in ("pretrained", "scratch", *DATES):
        shutil.copyfile(folder / WEIGHTS, finished / f"models/{name}.weights.h5")
    _write_inventories(folder)
    _write_catalogue(folder)


def _write_weights(path: Path) -> None:
    """Write random weights of the U-Net of the study."""
    from slidelens.learning.inference.weights import save_weights
    from slidelens.params.schema import ModelParams
    from support.report.results import weights_metadata
    from support.studies import small_network

    save_weights(small_network(4, 3), weights_metadata(ModelParams()), path)


def _write_catalogue(folder: Path) -> None:
    """Write a STAC catalogue of one image, with heights, and the area that it shows."""
    from support.stac.catalogues import Picture, write_area, write_catalogue, write_heights

    write_area(folder / "area.gpkg")
    write_catalogue(
        folder / "catalogue", Picture("2018-09-16"), write_heights(folder / "catalogue")
    )


def _write_inventories(folder: Path) -> None:
    from support.studies import area_grid, landslides, write_shapes

    for name, number in (("a", 20), ("b", 12)):
        write_shapes(folder / f"{name}.gpkg", landslides(area_grid(), number, seed=0))


if __name__ == "__main__":
    make(Path(sys.argv[1]))
