"""A finished tiny study, to write catalogues of."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from slidelens.params.schema import Params
from support.report.reported import write_results
from support.studies import Date, values_for, write_study

DATES = {"2013": Date(), "2014": Date(mapped=False)}


def write_finished(root: Path, **changes: Any) -> Params:
    """Write a study of two dates below `root`/raw, results of all stages, and params.yaml."""
    write_study(root / "raw", DATES)
    params = write_results(root, DATES, **changes)
    values = values_for(Path("raw"), list(DATES), **changes)
    (root / "params.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    models = root / "models"
    shutil.copyfile(models / "pretrained.weights.h5", models / "2013.weights.h5")
    return params
