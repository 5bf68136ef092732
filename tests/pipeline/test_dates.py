"""The dates of a study change in params.yaml and dvc.yaml together, and nothing else does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from slidelens.errors import OutputError, ParamsError
from slidelens.files import atomic_write
from slidelens.params.loading import load_params
from slidelens.pipeline.dates import balancing_dates, read_dates, set_dates
from support.pipeline.dates import PARAMS, PIPELINE, write_dated_study
from support.studies import ROOT, tree


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_dated_study(tmp_path)


def run(folder: Path, *dates: str, start: str | None = None) -> None:
    set_dates(folder / "params.yaml", folder / "dvc.yaml", dates or ("2013", "2014"), start)


def test_a_new_date_comes_into_both_files(study: Path) -> None:
    run(study, "2013", "2014", "2015-11")
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
        "    # cloudy\n    - data/maps/2014\n"
        "    - data/prepared/2015-11\n    - data/maps/2015-11\n",
    ).replace("data/maps/2014, src/x.py", "data/maps/2014, data/maps/2015-11, src/x.py")


def test_dates_are_written_in_time_order(study: Path, caplog: pytest.LogCaptureFixture) -> None:
    run(study, "2015_Dec", "2015_Nov", start="previous")
    params = load_params(study / "params.yaml")
    assert read_dates(study / "params.yaml") == ["2015_Nov", "2015_Dec"] == list(params.dates)
    assert params.finetune.start == {"2015_Nov": "pretrained", "2015_Dec": "2015_Nov"}
    assert params.study.order == ()
    assert "the dates are put in time order: 2015_Nov, 2015_Dec" in caplog.text


def test_an_order_that_labels_do_not_tell_is_recorded(
    study: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run(study, "wet", "dry", start="previous")
    params = load_params(study / "params.yaml")
    assert params.dates == params.study.order == ("wet", "dry")
    assert params.finetune.start["dry"] == "wet"
    assert "wet, dry tell no dates: study.order records the order given, wet, dry" in caplog.text
    run(study, "wet", "dry", "cold")
    assert load_params(study / "params.yaml").study.order == ("wet", "dry", "cold")
    before = tree(study)
    run(study, *read_dates(study / "params.yaml"))
    assert tree(study) == before


def test_values_are_read_as_every_other_command_reads_them(study: Path) -> None:
    """`off` is text, as in `load_params` and DVC, not YAML 1.1's false."""
    path = study / "params.yaml"
    text = path.read_text(encoding="utf-8")
    changed = re.sub(r"mixed_precision: \S+", "mixed_precision: off", text)
    assert "mixed_precision: off" in changed
    path.write_text(changed, encoding="utf-8")
    run(study, "2013", "2014", "2015")
    assert load_params(path).learning.mixed_precision == "off"


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
    run(study, "2013", "2014", "2015", start=start)
    assert load_params(study / "params.yaml").finetune.start == expected


def test_only_the_values_change_where_the_dates_stay(study: Path) -> None:
    before = tree(study)
    run(study, start="scratch")
    text = (
        before["params.yaml"]
        .decode()
        .replace('"2013": pretrained\n', '"2013": scratch\n')
        .replace('"2014": "2013"', '"2014": scratch')
    )
    assert tree(study) == before | {"params.yaml": text.encode()}
    run(study, start="previous")
    assert tree(study) == before


def test_weights_that_do_not_exist(study: Path) -> None:
    before = tree(study)
    with pytest.raises(
        ParamsError,
        match="with these dates: finetune.from.2013 is 2020; "
        "give pretrained, scratch or another of the dates",
    ):
        run(study, start="2020")
    assert tree(study) == before


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_the_same_dates_leave_every_byte(study: Path, ending: str) -> None:
    for path in study.iterdir():
        text = path.read_text(encoding="utf-8")
        path.write_bytes((text.rstrip("\n") if not ending else text.replace("\n", ending)).encode())
    before = tree(study)
    run(study, "2013", "2014")
    assert tree(study) == before


def test_the_repository_itself_round_trips(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(PARAMS, encoding="utf-8")
    (tmp_path / "dvc.yaml").write_bytes((ROOT / "dvc.yaml").read_bytes())
    before = tree(tmp_path)
    dates = read_dates(tmp_path / "params.yaml")
    assert dates == list(load_params(tmp_path / "params.yaml").dates)
    run(tmp_path, *dates)
    assert tree(tmp_path) == before
    run(tmp_path, *dates, "2020")
    run(tmp_path, *dates)
    # all that a date that came and went leaves behind
    pinned = f"dates: {json.dumps(dates)}  # dates whose"
    assert re.sub(r"dates: \[\] +# dates whose", pinned, before["params.yaml"].decode()) == re.sub(
        r"\] +# dates whose",
        "]  # dates whose",
        (tmp_path / "params.yaml").read_text(encoding="utf-8"),
    )
    assert (tmp_path / "dvc.yaml").read_bytes() == before["dvc.yaml"]


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
    assert balancing_dates(pinned, old, new) == expected


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
    before = tree(study)
    with pytest.raises(ParamsError, match=message):
        run(study, *labels)
    assert tree(study) == before


def test_a_parameter_that_needs_a_date_keeps_it(study: Path) -> None:
    before = tree(study)
    with pytest.raises(
        ParamsError,
        match=r"finetune.from.2014 is 2013; give pretrained, scratch or another of the dates",
    ):
        run(study, "2014")
    assert tree(study) == before


def test_both_files_are_written_or_neither(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, writing = tree(study), atomic_write
    monkeypatch.setattr(
        "slidelens.pipeline.yaml_edit.atomic_write",
        lambda path: _refuse(path) if path.name == "dvc.yaml" else writing(path),
    )
    with pytest.raises(OutputError, match=r"no room for dvc\.yaml"):
        run(study, "2013", "2015")
    assert tree(study) == before


def _refuse(path: Path) -> None:
    raise OutputError(f"no room for {path.name}")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("params.yaml", None, r"there is no params.yaml in .*; run from the folder that holds it"),
        ("dvc.yaml", None, r"there is no dvc.yaml in "),
        ("params.yaml", "a: [", r"params.yaml is not YAML"),
        ("params.yaml", "lr: 1e-3\n", r"params.yaml has no list dates; add `dates: \[\]`, then"),
        ("params.yaml", "dates: []\n", r"no list split.dates; add `dates: \[\]` below `split`"),
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
    before = tree(study)
    with pytest.raises(ParamsError, match=message):
        run(study, "2013", "2014", "2015")
    assert tree(study) == before
