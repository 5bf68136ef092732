"""`slidelens sweep`: experiments in the queue of DVC itself, and their table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from slidelens.cli import main
from slidelens.commands import sweep as command
from slidelens.experiments.hyperparameters import PARTS, SCORES, Combination
from support.pipeline.workshop import Workshop


def test_options_are_those_of_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scores: dict[tuple[str, str], float | None] = {
        (part, name): 0.5 for part in PARTS for name in SCORES
    }
    row = Combination(lr=1e-4, filters=8, batch_size=4, scores=scores, settings={}, run="a")
    asked: dict[str, Any] = {}

    def sweep(repository: Any, **options: Any) -> list[Combination]:
        asked.update(options, folder=repository.folder)
        return [row]

    monkeypatch.setattr(command, "sweep", sweep)
    words = [
        "--lr",
        "1e-4",
        "1e-5",
        "--filters",
        "8",
        "--batch-size",
        "4,16",
        "--stage",
        "pretrain",
    ]
    words += ["--set", "epochs=3", "--set", "model.architecture=resunet", "--jobs", "3"]
    assert main(["sweep", *words, "--folder", str(tmp_path)]) == 0
    assert asked == {
        "learning_rates": [1e-4, 1e-5],
        "filters": [8],
        "batch_sizes": [4, 16],
        "settings": {"epochs": 3, "model.architecture": "resunet"},
        "stage": "pretrain",
        "jobs": 3,
        "folder": tmp_path,
    }
    assert capsys.readouterr().out.splitlines()[-1].split()[0] == "1e-4"
    assert main(["sweep"]) == 0
    assert (asked["learning_rates"], asked["filters"]) == ((1e-3, 1e-4, 1e-5), (8, 16, 32))
    assert (asked["batch_sizes"], asked["settings"]) == ((8, 16, 32), {})
    assert (asked["stage"], asked["jobs"], asked["folder"]) == ("density", 2, Path())


@pytest.mark.long
def test_queued_run_and_resumed_by_dvc_itself(finished: Workshop, tmp_path: Path) -> None:
    """Two combinations, one of them that of the commit, in which DVC has nothing to train.

    Again, nothing is queued.
    """
    shop = finished.copy(tmp_path / "shop")
    command = [
        "slidelens",
        "sweep",
        "--lr",
        "0.001",
        "0.01",
        "--filters",
        "2",
        "--batch-size",
        "4",
        "--stage",
        "pretrain",
    ]
    said = shop.run(*command).stderr
    assert "2 experiments, of which 2 are to be queued" in said
    assert "experiments finished: 2 of 2" in said
    assert "2 experiments, of which 0 are to be queued" in shop.run(*command).stderr
    assert len((shop.folder / "metrics/experiments/table2.csv").read_text().splitlines()) == 3
    table = shop.run("slidelens", "table2")
    assert [line.split()[0] for line in table.stdout.splitlines()[2:]] == ["1e-2", "1e-3"]
    assert "take it over with `dvc exp apply lr1e-" in table.stderr
