"""The one line that says which parameter is wrong, and how."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from slidelens.errors import ParamsError
from slidelens.params.loading import parse_params
from slidelens.params.messages import range_of
from slidelens.params.schema import Params
from support.studies import changed_values


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
            "learning.loss is 'dice'; it should be"
            " 'tversky', 'focal_tversky', 'dice_cross_entropy' or 'boundary'",
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
            "learning.loss boundary learns the outlines"
            " that learning.margin_px 1 hides; set that to 0",
        ),
        ({"learning__flips": 1}, "learning.flips is 1; it should be true or false"),
        (
            {"evaluate__threshold": 2},
            "evaluate.threshold is 2; it should be greater than 0 and less than 1"
            r" \(a probability\), or 'validation' or 'expected'",
        ),
        (
            {"evaluate__threshold": "best"},
            "evaluate.threshold is 'best'; it should be a number, or 'validation' or 'expected'",
        ),
        (
            {"model__architecture": "resnet"},
            "model.architecture is 'resnet'; it should be"
            " 'unet', 'attention_unet', 'resunet' or 'unet_plus_plus'",
        ),
        ({"study": None}, "study is None; it should be a section with its parameters below it"),
        ({"study__bands": "red"}, "study.bands is 'red'; it should be a list"),
        ({"study__crs": 32645}, "study.crs is 32645; it should be text"),
        ({"dates": []}, r"dates is \[\]; it should be a list with at least one entry"),
        ({"dates": ["2013", None]}, "dates.1 is None; it should be text"),
        ({"lr": 1e300}, r"lr is 1e\+300; it should be greater than 0 and at most 10 \(a learning"),
        ({"lr": 10**5000}, "lr is inf; it should be a finite number"),
        ({"lr": "010"}, "lr is '010'; it should be a number"),
        ({"seed": 2**32}, "seed is 4294967296; it should be .* and at most 4,294,967,295"),
        ({"filters": 10**6}, r"filters .* and at most 256 \(filters of the first block\)"),
        ({"filters": 10**5000}, "filters is a number of more than 80 digits; it should be"),
        ({"split__block_m": 1e-9}, r"split.block_m .* equal to 0.1 .* \(side of a block, m\)"),
        ({"study__root": "a\0b"}, r"study.root: 'a\\x00b' has the control character '\\x00'"),
        ({"study__root": "a" * 2000}, r"study.root is 'a+\.\.\.a+'; it should be shorter text"),
        ({"dates": [2013, 2013.0]}, r"dates.1: the date 2013.0 is a number.*put it in quotes"),
        (
            {"lr": 1.0, "finetune__lr_share": 100},
            "finetune.lr_share 100 and finetune.encoder_lr_share 1 make the learning rate 100",
        ),
        ({"dates": ["a/b"]}, "the date 'a/b' cannot name a file"),
        ({"dates": ["2013", "2013"]}, "dates names 2013 twice"),
        ({"dates": ["mean"]}, "a date cannot be called mean"),
        (
            {"dates": ["2013", "2014", "2015"]},
            "finetune.from and dates differ in 2015;"
            " set both with `slidelens dates 2013 2014 2015`",
        ),
        (
            {"finetune__from": {"2013": "2013", "2014": "pretrained"}},
            "finetune.from.2013 is 2013; give pretrained, scratch or another of the dates",
        ),
        (
            {"finetune__from": {"2013": "2014", "2014": "2013"}},
            "finetune.from.2013 is 2014, which itself starts from 2013;"
            " let one of them be pretrained",
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
        ({"split__test": 0.9}, r"validation \+ test = 1.05 leaves no training blocks"),
        ({"study__reference": "2030"}, "study.reference is 2030, which is not one of dates"),
        (
            {"study__derived": ["evi"]},
            "study.derived.0 is 'evi'; it should be 'ndvi', 'brightness', 'ratios', 'slope' or"
            " 'change'",
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
        parse_params(changed_values(**changes))
    assert "\n" not in str(caught.value)


def test_a_name_with_control_characters_is_shown_without_them() -> None:
    with pytest.raises(ParamsError, match=r"^params.yaml: study.\ufffd\[0m is not a parameter"):
        parse_params(changed_values(**{"study__\x1b[0m": 1}))


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Each parameter that is no section, with its name in `changed_values`."""
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from leaves(field.annotation, f"{key}__")
        else:
            yield key, field


LEAVES = dict(leaves(Params))
NUMBERS = [key for key, field in LEAVES.items() if range_of(field)]


def test_almost_half_of_the_parameters_are_numbers_with_a_range() -> None:
    assert {"lr", "seed", "density__cell_m", "study__pixel_m"} < set(NUMBERS)
    assert len(NUMBERS) > 50


@pytest.mark.parametrize("key", NUMBERS)
def test_every_number_has_bounds_with_a_meaning(key: str) -> None:
    name = re.escape(key.replace("__", "."))
    values: list[Any] = [1e300, -1e300, float("inf"), float("nan"), 10**400, True, "1_0", [], {}]
    for value in values:
        with pytest.raises(ParamsError, match=f"^params.yaml: {name} is") as caught:
            parse_params(changed_values(**{key: value}))
        assert len(str(caught.value)) < 300
    if key != "learning__landslide_share":
        assert re.search(r"greater than .* (less than|at most) .*\(.+\)", range_of(LEAVES[key])), (
            key
        )


# The value that marks pixels without data may be any number.
@pytest.mark.parametrize("key", sorted(set(LEAVES) - set(NUMBERS) - {"study__nodata"}))
@pytest.mark.parametrize(
    "value", [1e300, -1, float("nan"), "\x07", ["\x07"], {"\x07": 1}, "a" * 10_000, b"a", [[]]]
)
def test_what_is_no_number_is_checked_too(key: str, value: object) -> None:
    with pytest.raises(ParamsError) as caught:
        parse_params(changed_values(**{key: value}))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_missing_parameter_is_named() -> None:
    values = changed_values()
    del values["density"]["cell_m"], values["lr"]
    with pytest.raises(ParamsError, match="lr is missing; add it"):
        parse_params(values)
