"""`slidelens table2`: the table of the logged runs."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from slidelens.cli import main
from slidelens.tracking.run import stage_run

# MLflow 3.17 uses a loader option that SQLAlchemy 2.1 has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two combinations and a stage of another kind, logged as the stages do."""
    root = tmp_path_factory.mktemp("table2") / "a study"
    root.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MLFLOW_TRACKING_URI", "DVC_EXP_NAME", "DVC_EXP_BASELINE_REV"):
            patch.delenv(name, raising=False)
        patch.setenv("DVC_ROOT", str(root))
        for lr, f1 in ((1e-3, 0.7), (1e-4, 0.8)):
            params = {"lr": lr, "filters": 8, "batch_size": 16, "epochs": 40}
            with stage_run("pretrain", params, {"data/prepared/pretrain": "1f.dir"}) as run:
                run.epoch(0, {"f1": 0.1})
                run.scores(
                    {"validation": {"loss": 0.2, "f1": f1}, "test": {"loss": 0.3, "f1": None}}
                )
        with stage_run("density", {"lr": 1e-5}) as run:
            run.scores({"f1": 0.9})
    return root / "mlflow.db"


def run(*arguments: str) -> int:
    return main(["table2", *arguments])


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the one line on standard error."""
    assert run(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return line


def test_the_table_is_read_from_a_store(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--store", str(store), "--csv", str(tmp_path / "table2.csv")) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()[2:]]
    assert [line[:4] for line in lines] == [
        ["1e-3", "8", "16", "0.200"],
        ["1e-4", "8", "16", "0.200"],
    ]
    assert [line[-1] == "*" for line in lines] == [False, True]
    with (tmp_path / "table2.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [
        (row["lr"], row["validation_f1"], row["test_loss"], row["test_f1"], row["best"])
        for row in rows
    ] == [
        ("0.001", "0.7", "0.3", "", "False"),
        ("0.0001", "0.8", "0.3", "", "True"),
    ]


def test_json_on_request(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--store", f"sqlite:///{store}", "--json", "--where", "lr=0.0001") == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["lr"], row["validation_f1"], row["test_f1"], row["best"]) == (1e-4, 0.8, None, True)


def test_the_repositorys_store_is_the_default(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("DVC_ROOT", str(store.parent))
    assert run() == 0
    assert "1e-4" in capsys.readouterr().out


def test_an_empty_table_is_refused(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refusal(capsys, "--store", str(store), "--where", "epochs=50")
    assert "no finished pretraining of experiment slidelens and epochs=50 is logged in" in line
    line = refusal(capsys, "--store", f"sqlite:///{tmp_path}/none.db")
    assert "there is no MLflow store" in line
    line = refusal(capsys, "--store", str(store), "--experiment", "other")
    assert "has no experiment other" in line
    line = refusal(capsys, "--store", "nowhere.db")
    assert re.search(r"there is no MLflow store .*nowhere\.db", line)
    line = refusal(capsys, "--store", "htp://host")
    assert "htp://host cannot be used: MLflow knows no such kind of address" in line
