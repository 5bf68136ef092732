"""Which stage writes a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.layout import writing_stage


@pytest.mark.parametrize(
    ("path", "stage"),
    [
        ("data/prepared", "prepare"),
        ("data/prepared/2013/labels.tif", "prepare"),
        ("/study/data/maps/2013.5/scores.json", "evaluate@2013.5"),
        ("data/density/2013/manual.tif", "density"),
        ("data/lifecycle/landslides.gpkg", "lifecycle"),
        ("metrics/f1.json", "density"),
        ("metrics/density.json", "density"),
        ("metrics/lifecycle.json", "lifecycle"),
        ("metrics/pretrain.json", "pretrain"),
        ("metrics/history/pretrain.csv", "pretrain"),
        ("metrics/history/2013.5.csv", "finetune@2013.5"),
        ("models/scratch.weights.h5", "pretrain"),
        ("models/2013.weights.h5", "finetune@2013"),
        ("other.csv", ""),
    ],
)
def test_the_stage_of_a_file(path: str, stage: str) -> None:
    assert writing_stage(Path(path)) == stage
