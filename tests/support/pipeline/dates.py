"""A params.yaml and a dvc.yaml for two dates, with every kind of list of dates."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from support.studies import ROOT

PARAMS = (ROOT / "params.yaml").read_text(encoding="utf-8")

PIPELINE = """\
# The pipeline.
stages:
  finetune:
    matrix: {date: "${dates}"}
    cmd: python -m slidelens.stages.finetune  ${item.date}   # two spaces stay
    deps:
      - data/prepared/${item.date}
    outs: ["models/${item.date}.weights.h5"]

  density:
    cmd: >-
      python -m
      slidelens.stages.density
    deps:
      - src/slidelens/analysis/density.py
      # the predicted inventories
      - data/maps/2013/inventory.gpkg   # the first
      - data/maps/2014/inventory.gpkg
      - src/slidelens/stages/density.py
      - "models/2013.weights.h5"
      - "models/2014.weights.h5"
    metrics:
      - metrics/density.json: {cache: false}
  lifecycle:
    deps:
    - data/prepared/2013
    - data/maps/2013
    - data/prepared/2014
    # cloudy
    - data/maps/2014
  report: {deps: [data/maps/2013, data/maps/2014, src/x.py]}
"""


def write_dated_study(folder: Path) -> Path:
    """Write both files for the dates 2013 and 2014, the second of which starts from the first."""
    text = re.sub(r'dates: \["2013".*\]', 'dates: ["2013", "2014"]', PARAMS)
    text = re.sub(
        r"  from:(.*\n)(    .*\n)+",
        r'  from:\1    "2013": pretrained\n    "2014": "2013"   # chained\n',
        text,
    )
    (folder / "params.yaml").write_text(text, encoding="utf-8")
    (folder / "dvc.yaml").write_text(PIPELINE, encoding="utf-8")
    return folder


def stages(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the stages of a folder's dvc.yaml."""
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(
        (folder / "dvc.yaml").read_text(encoding="utf-8")
    )["stages"]
    return loaded
