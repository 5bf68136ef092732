"""Lists of each date's files in dvc.yaml: those of the new dates in the order of the old."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from slidelens.errors import ParamsError
from slidelens.params.loading import load_params
from slidelens.pipeline.date_lists import renew_date_lists
from slidelens.pipeline.dates import set_dates
from support.pipeline.dates import PIPELINE, stages, write_dated_study
from support.studies import tree

LABELS = st.from_regex(r"[0-9a-c][0-9a-c.-]{0,3}", fullmatch=True)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_dated_study(tmp_path)


def run(folder: Path, *dates: str) -> None:
    set_dates(folder / "params.yaml", folder / "dvc.yaml", dates)


def test_a_date_that_goes_takes_its_files_with_it(study: Path) -> None:
    run(study, "2013")
    assert stages(study)["density"]["deps"] == [
        "src/slidelens/analysis/density.py",
        "data/maps/2013/inventory.gpkg",
        "src/slidelens/stages/density.py",
        "models/2013.weights.h5",
    ]
    assert stages(study)["lifecycle"]["deps"] == ["data/prepared/2013", "data/maps/2013"]
    assert stages(study)["report"]["deps"] == ["data/maps/2013", "src/x.py"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(LABELS, min_size=1, max_size=4, unique=True), min_size=2, max_size=3))
def test_every_list_names_the_dates_and_nothing_else_changes(choices: list[list[str]]) -> None:
    path, text, old = Path("dvc.yaml"), PIPELINE, ["2013", "2014"]
    for new in choices:
        text = renew_date_lists(text, path, old, new)
        old = new
        listed = {name: stage["deps"] for name, stage in yaml.safe_load(text)["stages"].items()}
        assert listed["density"] == [
            "src/slidelens/analysis/density.py",
            *(f"data/maps/{date}/inventory.gpkg" for date in new),
            "src/slidelens/stages/density.py",
            *(f"models/{date}.weights.h5" for date in new),
        ]
        assert listed["lifecycle"] == [
            f"data/{kind}/{date}" for date in new for kind in ("prepared", "maps")
        ]
        assert listed["report"] == [*(f"data/maps/{date}" for date in new), "src/x.py"]
    assert text.startswith(PIPELINE[: PIPELINE.index("      - data/maps/2013")])


def test_a_list_of_some_dates_is_its_authors(study: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = study / "dvc.yaml"
    path.write_text(PIPELINE + "  compare: {deps: [data/maps/2013]}\n", encoding="utf-8")
    run(study, "2014", "2015", "2013")
    assert stages(study)["compare"]["deps"] == ["data/maps/2013"]
    assert "stages.compare.deps names data/maps/2013 but not the files of every date" in caplog.text
    before = tree(study)
    with pytest.raises(
        ParamsError,
        match=r"stages.compare.deps names data/maps/2013 .* 2013 is to go; edit that list by hand",
    ):
        run(study, "2014", "2015")
    assert tree(study) == before


def test_a_list_that_lags_behind_is_brought_up(study: Path) -> None:
    path = study / "params.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('["2013", "2014"]', '["2013", "2014", "2015"]'),
        encoding="utf-8",
    )
    run(study, "2013", "2014", "2015")
    assert stages(study)["report"]["deps"] == [
        "data/maps/2013",
        "data/maps/2014",
        "data/maps/2015",
        "src/x.py",
    ]


def test_labels_that_begin_alike_are_told_apart(study: Path) -> None:
    run(study, "2018", "2018.5")
    assert load_params(study / "params.yaml").dates == ("2018", "2018.5")
    run(study, "2018.5", "2018", "2018.5.b")
    assert stages(study)["density"]["deps"][-3:] == [
        "models/2018.5.weights.h5",
        "models/2018.weights.h5",
        "models/2018.5.b.weights.h5",
    ]
