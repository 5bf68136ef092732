"""`slidelens dates`: both files change together, and nothing else in them does."""

from __future__ import annotations

import argparse
import json
import logging
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from slidelens.commands import dates
from slidelens.errors import OutputError, ParamsError
from slidelens.params.loading import load_params

PARAMS = (Path(__file__).resolve().parents[2] / "params.yaml").read_text(encoding="utf-8")

LABELS = st.from_regex(r"[0-9a-c][0-9a-c.-]{0,3}", fullmatch=True)

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


@pytest.fixture
def study(tmp_path: Path) -> Path:
    text = re.sub(r'dates: \["2013".*\]', 'dates: ["2013", "2014"]', PARAMS)
    text = re.sub(
        r"  from:(.*\n)(    .*\n)+",
        r'  from:\1    "2013": pretrained\n    "2014": "2013"   # chained\n',
        text,
    )
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "dvc.yaml").write_text(PIPELINE, encoding="utf-8")
    return tmp_path


def run(folder: Path, *labels: str) -> int:
    parser = argparse.ArgumentParser()
    dates.add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["dates", *labels, "--folder", str(folder)])
    return int(arguments.run(arguments))


def stages(folder: Path) -> dict[str, dict[str, list[str]]]:
    loaded: dict[str, dict[str, list[str]]] = yaml.safe_load(
        (folder / "dvc.yaml").read_text(encoding="utf-8")
    )["stages"]
    return loaded


def texts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_new_date_comes_into_both_files(study: Path) -> None:
    assert run(study, "2013", "2014", "2015-11") == 0
    params = load_params(study / "params.yaml")
    assert params.dates == ("2013", "2014", "2015-11")
    assert (study / "dvc.yaml").read_text(encoding="utf-8") == PIPELINE.replace(
        "      - data/maps/2014/inventory.gpkg\n",
        "      - data/maps/2014/inventory.gpkg\n      - data/maps/2015-11/inventory.gpkg\n",
    ).replace(
        '      - "models/2014.weights.h5"\n',
        '      - "models/2014.weights.h5"\n      - "models/2015-11.weights.h5"\n',
    ).replace(
        "    # cloudy\n    - data/maps/2014\n",
        "    # cloudy\n    - data/maps/2014\n    - data/prepared/2015-11\n    - data/maps/2015-11\n",
    ).replace("data/maps/2014, src/x.py", "data/maps/2014, data/maps/2015-11, src/x.py")


def test_only_the_lists_of_dates_change_in_params(study: Path) -> None:
    before = (study / "params.yaml").read_text(encoding="utf-8")
    run(study, "2013", "2014", "2015")
    expected = before.replace('dates: ["2013", "2014"]', 'dates: ["2013", "2014", "2015"]').replace(
        "dates: []", 'dates: ["2013", "2014"]'
    )
    expected = expected.replace("   # chained\n", '   # chained\n    "2015": pretrained\n')
    assert (study / "params.yaml").read_text(encoding="utf-8") == expected


def test_dates_start_anew_where_their_mapping_is_on_one_line(study: Path) -> None:
    path = study / "params.yaml"
    path.write_text(
        re.sub(
            r"  from:(.*\n)(    .*\n)+",
            '  from: {"2013": pretrained, "2014": "2013"}\n',
            path.read_text(encoding="utf-8"),
        )
    )
    run(study, "pre", "post")
    assert '  from: {"pre": pretrained, "post": pretrained}\n' in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("previous", {"2013": "pretrained", "2014": "2013", "2015": "2014"}),
        ("scratch", dict.fromkeys(("2013", "2014", "2015"), "scratch")),
        ("pretrained", dict.fromkeys(("2013", "2014", "2015"), "pretrained")),
        ("2014", {"2013": "2014", "2014": "pretrained", "2015": "2014"}),
    ],
)
def test_every_date_starts_from_what_is_named(
    study: Path, start: str, expected: dict[str, str]
) -> None:
    run(study, "2013", "2014", "2015", "--from", start)
    assert load_params(study / "params.yaml").finetune.start == expected


def test_only_the_values_change_where_the_dates_stay(study: Path) -> None:
    before = texts(study)
    run(study, "--from", "scratch")
    text = (
        before["params.yaml"]
        .decode()
        .replace('"2013": pretrained\n', '"2013": scratch\n')
        .replace('"2014": "2013"', '"2014": scratch')
    )
    assert texts(study) == before | {"params.yaml": text.encode()}
    run(study, "--from", "previous")
    assert texts(study) == before


def test_weights_that_do_not_exist(study: Path) -> None:
    before = texts(study)
    with pytest.raises(
        ParamsError,
        match="with these dates: finetune.from.2013 is 2020; give pretrained, scratch or another of the dates",
    ):
        run(study, "--from", "2020")
    assert texts(study) == before


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


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_the_same_dates_leave_every_byte(study: Path, ending: str) -> None:
    for path in study.iterdir():
        text = path.read_text(encoding="utf-8")
        path.write_bytes((text.rstrip("\n") if not ending else text.replace("\n", ending)).encode())
    before = texts(study)
    assert run(study, "2013", "2014") == 0
    assert texts(study) == before


def test_the_repository_itself_round_trips(tmp_path: Path) -> None:
    pipeline = Path(__file__).resolve().parents[2] / "dvc.yaml"
    (tmp_path / "params.yaml").write_text(PARAMS, encoding="utf-8")
    (tmp_path / "dvc.yaml").write_text(
        pipeline.read_text(encoding="utf-8") if pipeline.exists() else PIPELINE, encoding="utf-8"
    )
    before = texts(tmp_path)
    labels = load_params(tmp_path / "params.yaml").dates
    run(tmp_path, *labels)
    assert texts(tmp_path) == before
    run(tmp_path, *labels, "2020")
    run(tmp_path, *labels)
    pinned = f"dates: {json.dumps(list(labels))}  # dates whose"  # all that a date that came and went leaves behind
    assert re.sub(r"dates: \[\] +# dates whose", pinned, before["params.yaml"].decode()) == re.sub(
        r"\] +# dates whose",
        "]  # dates whose",
        (tmp_path / "params.yaml").read_text(encoding="utf-8"),
    )
    assert (tmp_path / "dvc.yaml").read_bytes() == before["dvc.yaml"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(LABELS, min_size=1, max_size=4, unique=True), min_size=2, max_size=3))
def test_every_list_names_the_dates_and_nothing_else_changes(choices: list[list[str]]) -> None:
    path, text, old = Path("dvc.yaml"), PIPELINE, ["2013", "2014"]
    for new in choices:
        text = dates.renew_pipeline(text, path, old, new)
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


def test_block_lists_keep_their_comments(study: Path) -> None:
    block = 'dates:   # in time order\n  - "2013"   # dry\n  - 2014\n'
    path = study / "params.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('dates: ["2013", "2014"]\n', block),
        encoding="utf-8",
    )
    run(study, "2013", "2014", "2015")
    assert f'{block}  - "2015"\n' in path.read_text(encoding="utf-8")
    assert load_params(path).dates == ("2013", "2014", "2015")


@pytest.mark.parametrize(
    ("pinned", "old", "new", "expected"),
    [
        (
            [],
            ["2013", "2014"],
            ["2013", "2014", "2015"],
            ["2013", "2014"],
        ),  # a date is added: the split stays
        (
            ["2013"],
            ["2013", "2014"],
            ["2013", "2014", "2015"],
            ["2013"],
        ),  # and stays where it was pinned before
        ([], ["2013"], ["2013"], []),
        ([], ["2013"], ["pre", "post"], []),  # another study
        (["2013"], ["2013", "2014"], ["pre", "post"], []),
        (
            ["2013", "2014"],
            ["2013", "2014", "2015"],
            ["2014", "2015"],
            [],
        ),  # its landslides are gone
        ([], ["2013", "2014"], ["2014", "2015"], []),
    ],
)
def test_the_ground_keeps_its_part_where_dates_are_added(
    pinned: list[str], old: list[str], new: list[str], expected: list[str]
) -> None:
    assert dates.balancing_dates(pinned, old, new) == expected


@pytest.mark.parametrize("block", ["  dates: []", '  dates:\n  - "2013"'])
def test_another_study_starts_with_a_free_split(study: Path, block: str) -> None:
    path = study / "params.yaml"
    path.write_text(
        re.sub(r"  dates: \[\].*", block, path.read_text(encoding="utf-8")), encoding="utf-8"
    )
    run(study, "pre", "post")
    params = load_params(path)
    assert (params.dates, params.split.dates) == (("pre", "post"), ())


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["2013", "2014", "2013"], "names 2013 twice"),
        (["2013/14"], "cannot name a file"),
        (["2013 14"], "cannot name a file"),
        ([".."], "cannot name a file"),
        (["pretrain"], "cannot be called pretrain"),
        (["pretrained"], "cannot be called pretrained"),
        (["mean"], "cannot be called mean"),
    ],
)
def test_labels_that_cannot_work_change_nothing(
    study: Path, labels: list[str], message: str
) -> None:
    before = texts(study)
    with pytest.raises(ParamsError, match=message):
        run(study, *labels)
    assert texts(study) == before


def test_a_parameter_that_needs_a_date_keeps_it(study: Path) -> None:
    before = texts(study)
    with pytest.raises(
        ParamsError,
        match=r"finetune.from.2014 is 2013; give pretrained, scratch or another of the dates",
    ):
        run(study, "2014")
    assert texts(study) == before


def test_a_list_of_some_dates_is_its_authors(study: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = study / "dvc.yaml"
    path.write_text(PIPELINE + "  compare: {deps: [data/maps/2013]}\n", encoding="utf-8")
    run(study, "2014", "2015", "2013")
    assert stages(study)["compare"]["deps"] == ["data/maps/2013"]
    assert "stages.compare.deps names data/maps/2013 but not the files of every date" in caplog.text
    before = texts(study)
    with pytest.raises(
        ParamsError,
        match=r"stages.compare.deps names data/maps/2013 .* 2013 is to go; edit that list by hand",
    ):
        run(study, "2014", "2015")
    assert texts(study) == before


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


def test_both_files_are_written_or_neither(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, writing = texts(study), dates.atomic_write
    monkeypatch.setattr(
        dates,
        "atomic_write",
        lambda path: _refuse(path) if path.name == "dvc.yaml" else writing(path),
    )
    with pytest.raises(OutputError, match=r"no room for dvc\.yaml"):
        run(study, "2013", "2015")
    assert texts(study) == before


def _refuse(path: Path) -> None:
    raise OutputError(f"no room for {path.name}")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("params.yaml", None, r"there is no params.yaml in .*; run from the folder that holds it"),
        ("dvc.yaml", None, r"there is no dvc.yaml in "),
        ("params.yaml", "a: [", r"params.yaml is not YAML"),
        ("params.yaml", "lr: 1e-3\n", r"params.yaml has no list dates; add it"),
        ("params.yaml", "dates: []\n", r"params.yaml has no list split.dates; add it"),
        ("dvc.yaml", "- a\n", r"dvc.yaml holds no mapping"),
        (
            "dvc.yaml",
            "stages:\n  a:\n    deps:\n    -\n      data/maps/2013\n    -\n      data/maps/2014\n",
            r"cannot be changed in place",
        ),
    ],
)
def test_files_that_cannot_be_changed_are_left(
    study: Path, name: str, text: str | None, message: str
) -> None:
    if text is None:
        (study / name).unlink()
    else:
        (study / name).write_text(text, encoding="utf-8")
    before = texts(study)
    with pytest.raises(ParamsError, match=message):
        run(study, "2013", "2014", "2015")
    assert texts(study) == before


def test_without_labels_the_dates_are_printed(
    study: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    before = texts(study)
    assert run(study) == 0
    assert json.loads(capsys.readouterr().out) == ["2013", "2014"]
    assert texts(study) == before
    with caplog.at_level(logging.INFO):
        run(study, "2013", "2014", "2015")
    assert capsys.readouterr().out == ""
    assert "now for 2013, 2014, 2015" in caplog.text
