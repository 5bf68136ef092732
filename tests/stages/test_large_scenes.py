"""Stages whose scenes are read part by part, as large ones are: the same results as from memory."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from slidelens.geo.vectors.inventory import read_inventory
from slidelens.params.schema import Params
from slidelens.stages.evaluate import evaluate
from slidelens.stages.finetune import finetune
from slidelens.stages.prepare import prepare
from support.images.windowed import hold_no_scene
from support.studies import tree

Study = tuple[Path, Params]


def test_prepared_data_are_the_same_bytes(
    two_layers: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_no_scene(monkeypatch)
    monkeypatch.chdir(two_layers[0])
    prepare(two_layers[1], tmp_path / "large")
    assert tree(tmp_path / "large") == tree(two_layers[0] / "data/prepared")


def test_weights_and_maps_are_the_same(
    two_layers: Study, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    folders = [tmp_path / "small", tmp_path / "large"]
    for folder in folders:
        shutil.copytree(two_layers[0], folder)
        finetune(two_layers[1], "2013", folder)
        evaluate(two_layers[1], "2013", folder)
        hold_no_scene(monkeypatch)
    small, large = folders
    weights = "models/2013.weights.h5"
    assert (small / weights).read_bytes() == (large / weights).read_bytes()
    maps = [tree(folder / "data/maps/2013") for folder in folders]
    assert maps[0]["probability.tif"] == maps[1]["probability.tif"]
    assert maps[0]["precision_recall.csv"] == maps[1]["precision_recall.csv"]
    scores = [json.loads(maps_of["scores.json"]) for maps_of in maps]
    for name in ("after", "before"):
        assert scores[1][name] == pytest.approx(scores[0][name], rel=1e-9)
    inventories = [read_inventory(folder / "data/maps/2013/inventory.gpkg") for folder in folders]
    assert inventories[0].equals(inventories[1])
    assert sorted(path.name for path in (large / "data/maps").iterdir()) == ["2013"]
