"""Tables of experiments: read if they are of the study, else left out with a reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from slidelens.experiments.tables import (
    StudyIdentity,
    is_same_value,
    matrix_with_change,
    read_experiments,
    transfer_matrix,
)
from slidelens.files import write_text
from slidelens.report.figures.charts.learning_curve import learning_curves

STUDY = StudyIdentity(
    dates=["2013", "2014"],
    params={
        "epochs": 30,
        "lr": 0.001,
        "filters": 16,
        "batch_size": 8,
        "model.architecture": "unet",
        "test_dates": "2013, 2014",
    },
    data={"table2": "a.dir", "ablations": "b.dir", "transfer": "b.dir"},
    f1={"2013": 0.75, "2014": None, "mean": 0.75},
)
ABLATIONS = (
    "experiment,epochs,model.architecture,f1,f1_before,f1_2013,f1_2014,data\n"
    "pretrained,10,unet,0.7,0.5,0.7,,b.dir\n"
)
TRANSFER = (
    "trained_on,tested_on,f1,f1_change\npretrained,2013,0.5,0\n2013,2013,{f1},0.25\n2014,2014,,\n"
)
TABLE2 = (
    "lr,filters,batch_size,validation_f1,epochs,data\n"
    "0.001,8,8,0.6,{epochs},a.dir\n0.0001,8,8,0.5,10,a.dir\n"
)


def note_of(folder: Path, name: str, text: str) -> str:
    """Return the note of a table that is left out."""
    write_text(folder / f"{name}.csv", text)
    table = read_experiments(folder, STUDY)[name]
    assert table.frame.empty
    return table.note


def test_a_table_that_is_not_there_names_the_command(tmp_path: Path) -> None:
    tables = read_experiments(tmp_path, STUDY)
    assert {name: table.note for name, table in tables.items()} == {
        "table2": "Not there yet: `make sweep` makes it.",
        "ablations": "Not there yet: `make ablations` makes it.",
        "transfer": "Not there yet: `slidelens transfer` makes it.",
    }


def test_other_epochs_are_told_and_what_is_alike_is_not_shown(tmp_path: Path) -> None:
    write_text(tmp_path / "ablations.csv", ABLATIONS)
    table = read_experiments(tmp_path, STUDY)["ablations"]
    assert table.note == "Run with other parameters than this report: epochs 10 (here 30)."
    assert list(table.frame.columns) == ["experiment", "f1", "f1_before", "f1_2013", "f1_2014"]


def test_test_scores_of_other_dates_are_told(tmp_path: Path) -> None:
    """They are of the pretrained network, whose ground is the same whatever dates there are."""
    rows = [
        "lr,filters,batch_size,validation_f1,data,test_dates",
        "0.001,8,8,0.6,a.dir,2013",
        "0.001,16,8,0.7,a.dir,2013",
    ]
    write_text(tmp_path / "table2.csv", "\n".join(rows))
    assert (
        read_experiments(tmp_path, STUDY)["table2"].note
        == "Run with other parameters than this report: test ground of 2013 (here 2013, 2014)."
    )


def test_the_papers_setting_stands_below_the_ablations(tmp_path: Path) -> None:
    write_text(tmp_path / "ablations.csv", ABLATIONS)
    write_text(tmp_path / "paper.csv", ABLATIONS.replace("pretrained,10", "paper,250"))
    table = read_experiments(tmp_path, STUDY)["ablations"]
    assert table.frame["experiment"].tolist() == ["pretrained", "paper"]
    assert table.frame["epochs"].tolist() == [10, 250]
    assert table.note == ""  # the rows differ: the column tells it


def test_what_table_2_varies_is_always_shown(tmp_path: Path) -> None:
    write_text(
        tmp_path / "table2.csv",
        TABLE2.format(epochs=10).replace("0.0001", "0.001").replace("8,8,0.5", "16,8,0.5"),
    )
    table = read_experiments(tmp_path, STUDY)["table2"]
    assert list(table.frame.columns) == ["lr", "filters", "batch_size", "validation_f1"]
    write_text(tmp_path / "table2.csv", TABLE2.format(epochs=30))
    assert read_experiments(tmp_path, STUDY)["table2"].frame["epochs"].tolist() == [30, 10]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        (
            "ablations",
            ABLATIONS.replace("b.dir", "c.dir"),
            "Left out: it was found on other ground",
        ),
        (
            "ablations",
            ABLATIONS.replace("2014", "2019"),
            "Left out: it is of the dates 2013, 2019. `make ablations` makes it anew.",
        ),
        ("ablations", ABLATIONS.splitlines()[0], "Left out: it has no rows"),
        (
            "ablations",
            ABLATIONS.replace("pretrained,10", "pretrained,30"),
            "F1 of 2013 is 0.700 there and 0.750 in Table 3. `make ablations` makes it anew.",
        ),
        ("ablations", "", "Left out: it cannot be read (No columns to parse from file)"),
        ("table2", "lr,filters\n1,2\n", "Left out: it has no column batch_size"),
        (
            "transfer",
            TRANSFER.format(f1=0.7),
            "F1 of 2013 is 0.700 there and 0.750 in Table 3. `slidelens transfer` makes it anew.",
        ),
        (
            "transfer",
            TRANSFER.format(f1=0.75).replace("2014", "2019"),
            "it has the date 2019, which this study has not",
        ),
    ],
)
def test_what_is_of_another_study_is_left_out(
    name: str, text: str, why: str, tmp_path: Path
) -> None:
    assert why in note_of(tmp_path, name, text)


def test_a_matrix_of_these_networks_is_shown(tmp_path: Path) -> None:
    """Two machines agree to about a thousandth."""
    write_text(tmp_path / "transfer.csv", TRANSFER.format(f1=0.752))
    assert len(read_experiments(tmp_path, STUDY)["transfer"].frame) == 3


@pytest.mark.parametrize(
    ("row", "params"),
    [
        ("pretrained,30,unet,0.75,0.5,0.752,,b.dir", {}),
        ("scratch,30,unet,0.7,0.5,0.7,,b.dir", {}),
        ("pretrained,30,resunet,0.7,0.5,0.7,,b.dir", {}),
        ("pretrained,30,unet,0.7,0.5,0.7,,b.dir", {"finetune.from.2014": "scratch"}),
    ],
)
def test_ablations_of_these_networks_or_others_by_purpose_are_shown(
    tmp_path: Path, row: str, params: dict[str, str]
) -> None:
    write_text(tmp_path / "ablations.csv", f"{ABLATIONS.splitlines()[0]}\n{row}\n")
    starts = {"finetune.from.2013": "pretrained", "finetune.from.2014": "pretrained"}
    study = replace(STUDY, params={**STUDY.params, **starts, **params})
    assert len(read_experiments(tmp_path, study)["ablations"].frame) == 1


def test_curves_of_what_pretraining_brings() -> None:
    labels = [
        "scratch",
        "scratch-10-landslides",
        "scratch-5-landslides",
        "pretrained",
        "chained",
        "pretrained-5-landslides",
    ]
    curves = learning_curves(
        pd.DataFrame({"experiment": labels, "f1": [0.6, 0.3, 0.2, 0.7, 0.8, None]})
    )
    assert curves["scratch"].to_dict() == {5: 0.2, 10: 0.3, float("inf"): 0.6}
    assert curves["pretrained"].to_dict() == {float("inf"): 0.7}
    assert learning_curves(pd.DataFrame()) == {}


def test_a_matrix_keeps_the_order_of_the_rows_and_its_change_leaves_the_own_date_out() -> None:
    names = ("pretrained", "b", "a")
    change = {("b", "b"): 0.5, ("b", "a"): -0.25, ("a", "b"): 0.125, ("a", "a"): 0.75}
    rows = pd.DataFrame(
        [
            {
                "trained_on": trained_on,
                "tested_on": tested_on,
                "f1": 0.25 if tested_on == "b" else None,
                "f1_change": change.get((trained_on, tested_on), 0.0),
            }
            for trained_on in names
            for tested_on in ("b", "a")
        ]
    )
    f1 = transfer_matrix(rows, "f1")
    assert (list(f1.index), list(f1.columns)) == (list(names), ["b", "a"])
    assert f1["b"].tolist() == [0.25] * 3
    assert f1["a"].isna().all()
    matrix = matrix_with_change(rows)
    assert list(matrix.columns) == ["trained_on", "b", "a", "change_elsewhere"]
    elsewhere = matrix.set_index("trained_on").change_elsewhere
    assert elsewhere[["b", "a"]].tolist() == [-0.25, 0.125]
    assert pd.isna(elsewhere["pretrained"])


def test_numbers_are_compared_as_numbers() -> None:
    assert is_same_value(1e-5, "0.00001")
    assert is_same_value("unet", "unet")
    assert not is_same_value("1", "unet")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("table2", TABLE2.format(epochs=10).replace("0.6", "good"), "its column validation_f1 has"),
        ("table2", TABLE2.format(epochs=10).replace("0.001", "fast"), "its column lr has values"),
        ("table2", TABLE2.format(epochs=10).replace("0.6", "inf"), "its column validation_f1 has"),
        ("ablations", ABLATIONS.replace("0.7,0.5", "x,0.5"), "its column f1 has values that are n"),
        ("ablations", ABLATIONS.replace("0.7,,", "y,,"), "its column f1_2013 has values that are"),
        ("transfer", TRANSFER.format(f1="x"), "its column f1 has values that are no numbers"),
        (
            "transfer",
            TRANSFER.format(f1=0.75) + "2014,2014,,\n",
            "a row is named twice, or not at all, in trained_on and tested_on",
        ),
        ("transfer", TRANSFER.format(f1=0.75) + ",2014,,\n", "a row is named twice, or not at all"),
        ("transfer", "", "it cannot be read"),
        ("table2", "\x00\x01\x02", "it has no column lr"),
    ],
)
def test_a_damaged_table_is_left_out(tmp_path: Path, name: str, text: str, reason: str) -> None:
    note = note_of(tmp_path, name, text)
    assert note.startswith(f"Left out: {reason}")
    assert "makes it anew." in note
