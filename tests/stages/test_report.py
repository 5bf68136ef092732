"""Stage `report` on studies that have been mapped.

All dates there are, one, two, without inventory, without landslides, half nodata.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from slidelens.errors import SlidelensError
from slidelens.files import read_json, write_json, write_text
from slidelens.params.schema import Params
from slidelens.stages.report import report
from support.report.reported import draw_coarsely, read_table, write_results
from support.studies import DATES, Date, tree

Study = tuple[Path, Params]
FIGURES = {
    "fig1_area",
    "fig3_network",
    "fig5_fragments",
    "fig6_density",
    "probability",
    "training",
    "precision_recall",
    "reliability",
    "scores",
}
FIGURES |= {"sizes", "timeline", "history"}


@pytest.fixture(autouse=True)
def runs(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    draw_coarsely(monkeypatch)


@pytest.fixture(scope="module")
def reported(store: str, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Four dates: ordinary, without landslides, without inventory, half nodata."""
    root = tmp_path_factory.mktemp("reported")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", store)
        draw_coarsely(patch)
        params = write_results(root, DATES, report__phases={"2013": "pre-seismic"})
        origin = {"id": "S2A_<54TWN>", "baseline": 4.0, "added": -1000.0}
        values = {"catalog": "stac", "clear_share": 0.98, "items": [origin]}
        write_json(root / "data/prepared/2013/origin.json", values)
        report(params, root)
    return root, params


def test_every_table_and_figure_is_there(reported: Study) -> None:
    folder = reported[0] / "report"
    assert {path.stem for path in folder.glob("figures/*.png")} == FIGURES | {
        f"fig4_map_{date}" for date in DATES
    }
    assert {path.stem for path in folder.glob("tables/*.csv")} == {
        "table1",
        "table3",
        "table4",
        "table5",
        "estimates",
        "area_by_state",
        "lifecycle",
    }
    assert {path.stem for path in folder.glob("curves/*.csv")} == set(DATES)
    html = (folder / "index.html").read_text()
    assert len(re.findall("<figure", html)) == len(FIGURES) + len(DATES)
    assert html.count('<details class="item table"') == 10  # three are not there yet, and say so
    for made_by in ("make sweep", "make ablations", "slidelens transfer"):
        assert f"Not there yet: <code>{made_by}</code> makes it." in html


def test_the_page_tells_where_a_fetched_image_comes_from(reported: Study) -> None:
    html = (reported[0] / "report/index.html").read_text()
    assert "Images (slidelens fetch)" in html
    told = "S2A_&lt;54TWN&gt; (baseline 04.00), -1000 added; 98 % clear; from stac"
    assert html.count(told) == 1


def test_the_tables_are_the_metrics(reported: Study) -> None:
    root = reported[0]
    f1, density = (
        read_json(root / "metrics/f1.json"),
        read_json(root / "metrics/density.json")["density"],
    )
    assert read_table(root, "table1").loc["2013", "count"] == 20 == density["2013"]["manual_count"]
    assert read_table(root, "table1").loc["2014", "count"] == 0
    assert read_table(root, "table1").loc["2015", ["count", "total_area_m2"]].isna().all()
    assert read_table(root, "table3").loc["mean", "f1"] == f1["f1"]["mean"]
    assert (
        read_table(root, "table4").loc["2013", "difference_count"]
        == density["2013"]["predicted_count"] - 20
    )
    assert (
        read_table(root, "table5").loc["2013", "manual_peak_per_km2"]
        == density["2013"]["manual_peak_per_km2"]
    )
    estimated = read_table(root, "estimates").set_index("ground", append=True)
    # Of 2013 validation blocks find no fault, so that all that is predicted is believed; of
    # 2014 three blocks are too few.
    told = density["2013"]
    assert (
        estimated.loc[("2013", "whole area"), "estimated_area_m2"]
        == told["estimated_area_m2"]
        == told["estimated_area_m2_high"]
        > 0
    )
    assert told["estimated_count"] == told["predicted_count"] == told["estimated_count_low"]
    assert density["2014"]["estimated_count"] is None
    assert "fewer than 4" in str(estimated.loc[("2014", "whole area"), "why"])
    assert estimated.loc[("2015", "test blocks"), "why"] == "the date has no manual inventory"
    ledger = read_table(root, "lifecycle")
    assert list(ledger[ledger["inventory"] == "manual"].index) == ["2013", "2014", "2016"]
    assert not read_table(root, "table1")["simulated"].any()
    states = read_table(root, "area_by_state").filter(regex="_area_m2$").sum(axis=1)
    assert states.tolist() == pytest.approx(ledger["area_m2"].tolist(), abs=0.01)
    assert f">{f1['f1']['2013']:.2f}</strong>" in (root / "report/index.html").read_text()


def test_phases_are_told_where_they_are_given(reported: Study) -> None:
    assert read_table(reported[0], "table1")["phase"].dropna().to_dict() == {"2013": "pre-seismic"}


def test_the_page_needs_nothing_beside_it(reported: Study) -> None:
    html = (reported[0] / "report/index.html").read_text()
    links = re.findall(r'(?:src|href|action|srcset)="([^"]*)"', html)
    assert {link.partition(":")[0] if link.startswith("data:") else link[:1] for link in links} == {
        "data",
        "#",
    }
    assert "url(" not in html
    assert "@import" not in html
    assert "fetch(" not in html
    assert len(html.encode()) < 15_000_000


def test_the_page_says_where_its_numbers_come_from(reported: Study) -> None:
    html = (reported[0] / "report/index.html").read_text()
    for text in ("Git revision", "MLflow run", "tensorflow", "learning.fn_weight", "Intended use"):
        assert text in html
    assert "No manual inventory was given for 2015" in html
    assert "Simulated demo" not in html


def test_the_same_results_give_the_same_bytes(reported: Study) -> None:
    before = tree(reported[0] / "report")
    report(reported[1], reported[0])
    assert tree(reported[0] / "report") == before


@pytest.mark.parametrize(
    "dates",
    [
        pytest.param({"pre": Date(number=0, seen=0.5), "post": Date()}, marks=pytest.mark.long),
        pytest.param({"a": Date(mapped=False)}, marks=pytest.mark.long),
        {"2018-05-01": Date(number=0)},
    ],
    ids=["two", "one without inventory", "one without landslides"],
)
def test_studies_of_one_and_two_dates(dates: dict[str, Date], tmp_path: Path) -> None:
    report(write_results(tmp_path, dates), tmp_path)
    html = (tmp_path / "report/index.html").read_text()
    scored = any(what.number and what.mapped for what in dates.values())
    assert ("No date could be scored" in html) != scored
    assert ("With one date there is no change" in html) == (len(dates) == 1)


def test_a_simulated_study_says_so_and_table_2_is_there_where_one_has_been_written(
    reported: Study, tmp_path: Path
) -> None:
    shutil.copytree(reported[0], tmp_path, dirs_exist_ok=True)
    path = tmp_path / "metrics/lifecycle.json"
    write_json(path, read_json(path) | {"truth": {}})
    write_text(
        tmp_path / "metrics/experiments/table2.csv",
        "lr,filters,batch_size,validation_f1,epochs\n0.001,8,8,0.75,1\n",
    )
    report(reported[1], tmp_path)
    html = (tmp_path / "report/index.html").read_text()
    assert "Simulated demo." in html
    assert "SIMULATED" in html
    assert read_table(tmp_path, "table3")["simulated"].all()
    figure = "report/figures/scores.png"  # with a line at its foot
    assert (tmp_path / figure).read_bytes() != (reported[0] / figure).read_bytes()
    assert "Run with other parameters than this report: epochs 1 (here 3)." in html
    assert (tmp_path / "report/tables/table2.csv").exists()


@pytest.mark.long
def test_ablations_and_transfer_are_shown_where_they_are_of_this_study(
    reported: Study, tmp_path: Path
) -> None:
    shutil.copytree(reported[0], tmp_path, dirs_exist_ok=True)
    folder, f1 = tmp_path / "metrics/experiments", read_json(tmp_path / "metrics/f1.json")["f1"]
    by_date = ",".join(f"f1_{date}" for date in DATES)
    rows = [
        f"{label},0.5,{',' * (len(DATES) - 1)}"
        for label in ("pretrained", "scratch", "pretrained-5-landslides")
    ]
    write_text(folder / "ablations.csv", "\n".join([f"experiment,f1,{by_date}", *rows]))
    pairs = [f"pretrained,2013,{f1['2013']},0", f"2013,2013,{f1['2013']},0"]
    write_text(folder / "transfer.csv", "\n".join(["trained_on,tested_on,f1,f1_change", *pairs]))
    report(reported[1], tmp_path)
    assert {path.stem for path in (tmp_path / "report/figures").iterdir()} >= {
        "transfer_matrix",
        "landslides",
    }
    assert {path.stem for path in (tmp_path / "report/tables").iterdir()} >= {
        "transfer",
        "ablations",
    }
    names = re.findall(r' id="([^"]*)"', (tmp_path / "report/index.html").read_text())
    assert len(names) == len(set(names))


def test_what_is_missing_is_named_and_the_last_report_stays(
    reported: Study, tmp_path: Path
) -> None:
    shutil.copytree(reported[0], tmp_path, dirs_exist_ok=True)
    before = tree(tmp_path / "report")
    (tmp_path / "metrics/density.json").unlink()
    with pytest.raises(
        SlidelensError,
        match=r"there is no file .*metrics/density\.json; run `dvc repro density`, or `dvc pull",
    ):
        report(reported[1], tmp_path)
    assert tree(tmp_path / "report") == before
