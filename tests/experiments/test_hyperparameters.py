"""`slidelens table2`: one row a combination, the newest of each, the best on validation ground marked."""

from __future__ import annotations

import argparse
import csv
import io
import json
from pathlib import Path

import pytest

from slidelens.commands import table2
from slidelens.commands.table2 import combinations, differences, matching, newest, table_text
from slidelens.errors import ParamsError, TrackingError
from slidelens.tracking.reading import LoggedExperiment
from slidelens.tracking.run import stage_run

# MLflow 3.17 uses a loader option that SQLAlchemy 2.1 has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")


def logged(
    lr: float,
    filters: int,
    batch_size: int,
    f1: float | None,
    started: int = 1,
    test_f1: float = 0.5,
    params: dict[str, str] | None = None,
) -> LoggedExperiment:
    scores = {"loss": 0.25, "precision": 0.8, "recall": 0.7, "f1": f1}
    metrics = {
        f"pretrain.validation.{name}": value for name, value in scores.items() if value is not None
    }
    own = {"lr": str(lr), "filters": str(filters), "batch_size": str(batch_size), "epochs": "40"}
    return LoggedExperiment(
        f"run-{started}",
        str(started),
        started,
        own | (params or {}),
        metrics | {"pretrain.test.f1": test_f1},
        {},
    )


def test_rows_stand_in_the_order_of_the_paper() -> None:
    runs = [
        logged(1e-5, 8, 8, 0.1),
        logged(1e-3, 16, 8, 0.2),
        logged(1e-3, 8, 16, 0.3),
        logged(1e-3, 8, 8, 0.4),
        logged(1e-4, 32, 8, 0.5),
    ]
    rows = [(row.lr, row.batch_size, row.filters) for row in combinations(runs)]
    assert rows == [(1e-3, 8, 8), (1e-3, 8, 16), (1e-3, 16, 8), (1e-4, 8, 32), (1e-5, 8, 8)]


def test_the_newest_finished_run_of_a_combination_counts() -> None:
    unfinished = LoggedExperiment(
        "run-4",
        "4",
        4,
        {"lr": "0.001", "filters": "8", "batch_size": "8"},
        {"finetune.2015.f1": 0.9},
        {},
    )
    runs = [
        unfinished,
        logged(1e-3, 8, 8, 0.6, started=3),
        logged(1e-3, 16, 8, 0.5, started=2),
        logged(1e-3, 8, 8, 0.7, started=1),
    ]
    assert [run.name for run in newest(runs)] == ["run-3", "run-2"]
    # DVC writes 1e-5 where a user writes 0.00001: the same combination
    same = [
        logged(1e-5, 8, 8, 0.6, started=2),
        logged(1e-5, 8, 8, 0.5, started=1, params={"lr": "0.00001"}),
    ]
    assert [run.name for run in newest(same)] == ["run-2"]


def test_the_best_is_chosen_on_validation_ground() -> None:
    rows = combinations(
        [
            logged(1e-3, 8, 8, 0.6, test_f1=0.9),
            logged(1e-3, 16, 8, 0.7, test_f1=0.1),
            logged(1e-3, 32, 8, None),
        ]
    )
    # widths: lr 4, filters 7, batch_size 10, two spaces between: validation begins at 4 + 7 + 10 + 3 · 2 = 27,
    # test at 27 + (5 + 9 + 6 + 5) + 4 · 2 = 60
    assert table_text(rows) == "\n".join(
        [
            27 * " " + "validation ground" + 16 * " " + "test ground",
            "  lr  filters  batch_size   loss  precision  recall     f1  loss  precision  recall     f1",
            "1e-3        8           8  0.250      0.800   0.700  0.600     -          -       -  0.900",
            "1e-3       16           8  0.250      0.800   0.700  0.700     -          -       -  0.100 *",
            "1e-3       32           8  0.250      0.800   0.700      -     -          -       -  0.500",
        ]
    )
    assert table_text(rows, bold=True).splitlines()[3].startswith("\033[1m1e-3       16")


def test_on_which_dates_test_ground_was_scored_is_written() -> None:
    rows = combinations(
        [logged(1e-3, 8, 8, 0.6, params={"dates": '["2015", "2018"]', "evaluate.symmetries": "1"})]
    )
    (record,) = csv.DictReader(io.StringIO(table2.csv_text(rows)))
    assert (record["test_dates"], record["epochs"], record["evaluate.symmetries"]) == (
        "2015, 2018",
        "40",
        "1",
    )


@pytest.mark.parametrize(
    ("lr", "text"),
    [(1e-3, "1e-3"), (1e-5, "1e-5"), (2.5e-4, "2.5e-4"), (0.1, "1e-1"), (1.0, "1e0")],
)
def test_learning_rates_are_written_as_in_the_paper(lr: float, text: str) -> None:
    assert table2.power(lr) == text


def test_what_else_differs_is_told() -> None:
    longer = {"epochs": "250", "finetune.epochs": "3", "split.dates": "[]"}
    runs = [
        logged(1e-3, 8, 8, 0.6, params={"epochs": "20"}),
        logged(1e-3, 16, 8, 0.7, params=longer),
    ]
    assert differences(runs) == ["epochs (20, 250)"]
    assert differences(runs[:1]) == []


def test_runs_are_narrowed_by_their_parameters() -> None:
    unet, longer = {"model.architecture": "unet"}, {"epochs": "250"}
    runs = [logged(1e-3, 8, 8, 0.6, params=unet), logged(1e-3, 8, 8, 0.7, started=2, params=longer)]
    assert [run.name for run in matching(runs, ["epochs=250.0"])] == ["run-2"]
    assert [run.name for run in matching(runs, ["model.architecture=unet", "lr=1e-3"])] == ["run-1"]
    with pytest.raises(ParamsError, match="--where epochs: give a parameter and its value"):
        matching(runs, ["epochs"])
    with pytest.raises(
        ParamsError,
        match=r"--where epoch: no logged run has that parameter; there are batch_size, epochs",
    ):
        matching(runs, ["epoch=40"])


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
    parser = argparse.ArgumentParser()
    table2.add_parser(parser.add_subparsers())
    parsed = parser.parse_args(["table2", *arguments])
    return int(parsed.run(parsed))


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
    run("--store", f"sqlite:///{store}", "--json", "--where", "lr=0.0001")
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["lr"], row["validation_f1"], row["test_f1"], row["best"]) == (1e-4, 0.8, None, True)


def test_the_repositorys_store_is_the_default(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("DVC_ROOT", str(store.parent))
    run()
    assert "1e-4" in capsys.readouterr().out


def test_an_empty_table_is_refused(store: Path, tmp_path: Path) -> None:
    with pytest.raises(
        TrackingError,
        match="no finished pretraining of experiment slidelens and epochs=50 is logged in",
    ):
        run("--store", str(store), "--where", "epochs=50")
    with pytest.raises(TrackingError, match="there is no MLflow store"):
        run("--store", f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(TrackingError, match="has no experiment other"):
        run("--store", str(store), "--experiment", "other")
    with pytest.raises(TrackingError, match=r"there is no MLflow store .*nowhere\.db"):
        run("--store", "nowhere.db")
    with pytest.raises(
        TrackingError, match=r"htp://host cannot be used: MLflow knows no such kind of address"
    ):
        run("--store", "htp://host")
