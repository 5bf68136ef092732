"""Stages find out whether they may write their outputs before they read or compute anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.demo.params import DemoParams
from slidelens.errors import OutputError
from slidelens.layout import Layout
from slidelens.params.schema import Params
from slidelens.stages.density import density
from slidelens.stages.evaluate import evaluate
from slidelens.stages.finetune import finetune
from slidelens.stages.lifecycle import lifecycle
from slidelens.stages.prepare import prepare
from slidelens.stages.pretrain import pretrain
from slidelens.stages.report import report
from slidelens.stages.simulate import simulate
from support.studies import params_for

Stage = Callable[[Params, Path], object]
STAGES: dict[str, Stage] = {
    "data/prepared": lambda params, root: prepare(params, Layout(root).prepared),
    "data/maps/2015": lambda params, root: evaluate(params, "2015", root),
    "data/density": density,
    "data/lifecycle": lambda params, root: lifecycle(
        params.dates, LifecycleRules(), Layout(root), root / "truth.gpkg"
    ),
    "report": report,
    "demo/study": lambda params, root: simulate(DemoParams.tiny(), root / "demo/study"),
}
METRICS: dict[str, Stage] = {
    "pretrain": pretrain,
    "f1": density,
    "density": density,
    "lifecycle": STAGES["data/lifecycle"],
}


def refused(stage: Stage, root: Path) -> str:
    """Run a stage in a study of which nothing else is there; return the refusal."""
    with pytest.raises(OutputError) as refusal:
        stage(params_for(root / "raw", ["2014", "2015"]), root)
    return str(refusal.value)


@pytest.mark.parametrize("folder", STAGES)
def test_a_file_of_somebody_else(folder: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "thesis.odt").write_text("three years of work")
    assert "holds thesis.odt" in refused(STAGES[folder], tmp_path)
    assert (tmp_path / folder / "thesis.odt").read_text() == "three years of work"


@pytest.mark.parametrize("name", METRICS)
def test_metrics_that_cannot_be_written(name: str, tmp_path: Path) -> None:
    Layout(tmp_path).metric(name).mkdir(parents=True)
    assert f"{name}.json is a folder" in refused(METRICS[name], tmp_path)


def test_weights_that_cannot_be_written(tmp_path: Path) -> None:
    Layout(tmp_path).weights("2015").mkdir(parents=True)
    assert "2015.weights.h5 is a folder" in refused(
        lambda params, root: finetune(params, "2015", root), tmp_path
    )
