"""params.yaml: what is accepted, and the one line that says what is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slidelens.errors import ParamsError
from slidelens.params.loading import load_params, parse_params
from slidelens.params.schema import Params, Section
from support.studies import ROOT, values_for


def changed(**changes: Any) -> dict[str, Any]:
    return values_for(Path("raw"), ["2013", "2014"], **changes)


def test_the_repositorys_own_file_is_sound() -> None:
    params = load_params(ROOT / "params.yaml")
    assert params.dates
    assert (params.learning.fn_weight, params.learning.fp_weight) == (
        0.3,
        0.7,
    )  # the paper's β = 0.7 weighs false positives


@pytest.mark.parametrize(("given", "value"), [("1e-05", 1e-5), (1e-5, 1e-5), (1, 1.0), ("3", 3.0)])
def test_a_number_that_dvc_writes_as_text_is_a_number(given: object, value: float) -> None:
    assert parse_params(changed(lr=given)).lr == value


def test_yaml_reads_one_e_minus_five_as_text_and_the_file_still_loads(tmp_path: Path) -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8").replace("lr: 1e-3 ", "lr: 1e-05 ", 1)
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    assert load_params(tmp_path / "params.yaml").lr == 1e-5


def test_dates_are_labels_even_where_yaml_reads_numbers() -> None:
    values = changed(
        dates=[2013, 2014], split__dates=[2013], finetune__from={2013: "pretrained", 2014: 2013}
    )
    params = parse_params(values)
    assert params.dates == ("2013", "2014")
    assert params.split.dates == ("2013",)
    assert params.finetune.start == {"2013": "pretrained", "2014": "2013"}


def test_a_dump_reads_back_to_the_same_parameters() -> None:
    params = parse_params(changed())
    assert Params.model_validate(params.model_dump(by_alias=True)) == params


def test_parameters_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse_params(changed()).lr = 1.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"lr": "fast"}, "lr is 'fast'; it should be a number"),
        ({"lr": "nan"}, "lr is nan; it should be a finite number"),
        ({"lr": -1}, "lr is -1; it should be greater than 0"),
        ({"lr": True}, "lr is True; it should be a number"),
        ({"lr": None}, "lr is None; it should be a number"),
        ({"filters": 0}, "filters is 0; it should be greater than or equal to 1"),
        ({"filters": "16"}, "filters is '16'; it should be a whole number"),
        ({"epochs": 2.5}, "epochs is 2.5; it should be a whole number"),
        ({"learning__patch": 100}, "learning.patch is 100; it should be a multiple of 16"),
        (
            {"learning__loss": "dice"},
            "learning.loss is 'dice'; it should be 'tversky', 'focal_tversky', 'dice_cross_entropy' or 'boundary'",
        ),
        (
            {"learning__margin_px": -1},
            "learning.margin_px is -1; it should be greater than or equal to 0",
        ),
        ({"learning__margin_px": 0.5}, "learning.margin_px is 0.5; it should be a whole number"),
        (
            {"learning__margin": 1},
            r"learning.margin is not a parameter; did you mean learning.margin_px\?",
        ),
        ({"learning__focal_gamma": 0}, "learning.focal_gamma is 0; it should be greater than 0"),
        (
            {"learning__boundary_px": 0},
            "learning.boundary_px is 0; it should be greater than or equal to 1",
        ),
        (
            {"learning": {"loss": "boundary", "margin_px": 1}},
            "learning.loss boundary learns the outlines that learning.margin_px 1 hides; set that to 0",
        ),
        ({"learning__flips": 1}, "learning.flips is 1; it should be true or false"),
        (
            {"evaluate__threshold": 2},
            "evaluate.threshold is 2; it should be less than 1, or 'validation' or 'expected'",
        ),
        (
            {"evaluate__threshold": "best"},
            "evaluate.threshold is 'best'; it should be a number, or 'validation' or 'expected'",
        ),
        (
            {"model__architecture": "resnet"},
            "model.architecture is 'resnet'; it should be 'unet', 'attention_unet', 'resunet' or 'unet_plus_plus'",
        ),
        ({"study": None}, "study is None; it should be a section with its parameters below it"),
        ({"study__bands": "red"}, "study.bands is 'red'; it should be a list"),
        ({"study__crs": 32645}, "study.crs is 32645; it should be text"),
        ({"dates": []}, r"dates is \[\]; it should be a list with at least one entry"),
        ({"dates": ["2013", None]}, "dates.1 is None; it should be text"),
        ({"dates": ["a/b"]}, "the date 'a/b' cannot name a file"),
        ({"dates": ["2013", "2013"]}, "dates names 2013 twice"),
        ({"dates": ["mean"]}, "a date cannot be called mean"),
        (
            {"dates": ["2013", "2014", "2015"]},
            "finetune.from and dates differ in 2015; set both with `slidelens dates 2013 2014 2015`",
        ),
        (
            {"finetune__from": {"2013": "2013", "2014": "pretrained"}},
            "finetune.from.2013 is 2013; give pretrained, scratch or another of the dates",
        ),
        (
            {"finetune__from": {"2013": "2014", "2014": "2013"}},
            "finetune.from.2013 is 2014, which itself starts from 2013; let one of them be pretrained",
        ),
        (
            {"finetune__landslides": 0},
            "finetune.landslides is 0; it should be greater than or equal to 1",
        ),
        (
            {"finetune__freeze": "head"},
            "finetune.freeze is 'head'; it should be 'none', 'encoder' or 'all_but_head'",
        ),
        ({"finetune__from": {"2013": "2020", "2014": "pretrained"}}, "finetune.from.2013 is 2020"),
        ({"finetune__from": None}, "finetune.from is None; it should be a mapping"),
        ({"split__dates": ["2030"]}, "split.dates has 2030, which is not one of dates"),
        ({"split__test": 0.9}, r"validation \+ test = 1.05 leaves no training ground"),
        ({"study__reference": "2030"}, "study.reference is 2030, which is not one of dates"),
        (
            {"study__derived": ["evi"]},
            "study.derived.0 is 'evi'; it should be 'ndvi', 'brightness', 'ratios' or 'slope'",
        ),
        (
            {"study__radiometry": "mad"},
            "study.radiometry is 'mad'; it should be 'none', 'histogram' or 'ir_mad'",
        ),
        ({"study__rot": "x"}, r"study.rot is not a parameter; did you mean study.root\?"),
        ({"finetune__form": {}}, r"finetune.form is not a parameter; did you mean finetune.from\?"),
        ({"finetune__start": {}}, "finetune.start is not a parameter; there are .*, from, "),
        (
            {"study__pretrain__scenes": "x"},
            r"study.pretrain.scenes is not a parameter; did you mean study.pretrain.scene\?",
        ),
    ],
)
def test_what_is_wrong_is_named_in_one_line(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(ParamsError, match=f"^params.yaml: {line}") as caught:
        parse_params(changed(**changes))
    assert "\n" not in str(caught.value)


def test_a_missing_parameter_is_named() -> None:
    values = changed()
    del values["density"]["cell_m"], values["lr"]
    with pytest.raises(ParamsError, match="lr is missing; add it"):
        parse_params(values)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("dates: [", "is not YAML: while parsing a flow node"),
        ("", "holds NoneType, not a mapping"),
        ("- lr", "holds list, not a mapping"),
    ],
)
def test_a_file_that_holds_no_parameters(tmp_path: Path, text: str, line: str) -> None:
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ParamsError, match=line) as caught:
        load_params(tmp_path / "params.yaml")
    assert "\n" not in str(caught.value)


def test_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        ParamsError, match="there is no params.yaml in .*; run from the folder that holds it"
    ):
        load_params()


def test_every_parameter_is_explained_beside_it() -> None:
    lines = (ROOT / "params.yaml").read_text(encoding="utf-8").splitlines()
    bare = [
        line
        for line in lines
        if ": " in line
        and "#" not in line
        and not line.strip().startswith(("#", '"'))
        and not line.startswith("dates:")
    ]
    # A name that finetune shares with pretrain is explained there.
    explained = {line.split(":")[0].strip() for line in lines if "#" in line}
    explained |= {"scene", "inventory", "lr_factor"}  # explained by the line above them
    assert [line for line in bare if line.split(":")[0].strip() not in explained] == []


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes("# Höhe\n".encode("latin-1"))
    with pytest.raises(
        ParamsError, match=r"params.yaml is not UTF-8 text \(byte 3: 0xf6\); save it as UTF-8"
    ):
        load_params(path)


def defaults(
    model: type[Section], values: dict[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Each parameter that has a default: its name, the default and the value of params.yaml."""
    for name, field in model.model_fields.items():
        key = field.alias or name
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from defaults(field.annotation, values[key], f"{prefix}{key}.")
        elif not field.is_required():
            yield f"{prefix}{key}", field.default, values[key]


def test_a_parameter_that_is_left_out_has_the_value_that_params_yaml_documents() -> None:
    documented = load_params(ROOT / "params.yaml").model_dump(by_alias=True)
    compared = list(defaults(Params, documented))
    assert len(compared) > 50
    demo_only = {"study.pretrain.aoi"}  # the demo's own file
    assert [one for one in compared if one[1] != one[2] and one[0] not in demo_only] == []
