"""What `dvc repro` will do, and about how long it takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from slidelens.learning.audit.duration import (
    describe_run,
    estimate_seconds,
    operations_per_second,
)
from slidelens.learning.audit.split_report import PartCounts
from slidelens.learning.networks.registry import ARCHITECTURES
from support.studies import params_for

DATE = PartCounts(
    name="2013",
    side_px=100,
    side_m=1000,
    blocks={"train": 20, "validation": 6, "test": 12},
    landslides={"train": 10, "validation": 3, "test": 5},
    cut_share=0.1,
    suggested_m=1000,
    pixels=(60_000, 1_000_000),
)
PARTS = (DATE, replace(DATE, name="2014", landslides=None), replace(DATE, name="pretrain"))


def params(**changes: Any) -> Any:
    return params_for(Path("raw"), ["2013", "2014"], **changes)


def test_the_steps_are_told_in_one_line() -> None:
    line = describe_run(params(), PARTS)
    assert line.startswith(
        "`dvc repro` will prepare 2 dates, pretrain for at most 3 epochs, fine-tune 2013, "
        "keep the start weights for 2014, map 2 dates: less than 5 minutes on this processor"
    )


def test_nothing_is_tuned_without_epochs() -> None:
    assert "keep the start weights for 2013, 2014" in describe_run(
        params(finetune__epochs=0), PARTS
    )


def test_a_long_run_names_what_to_reduce() -> None:
    line = describe_run(params(filters=64, epochs=5000, pretrain__patches_per_epoch=2000), PARTS)
    assert "days on this processor (an estimate); fewer filters, epochs" in line


@pytest.mark.parametrize(
    "change", [{"filters": 8}, {"epochs": 6}, {"learning__members": 2}, {"evaluate__symmetries": 8}]
)
def test_the_estimate_grows_with_the_work(change: dict[str, Any]) -> None:
    assert estimate_seconds(params(**change), PARTS, 1e9) > estimate_seconds(params(), PARTS, 1e9)


@pytest.mark.parametrize("architecture", sorted(set(ARCHITECTURES) - {"unet"}))
def test_every_network_has_an_estimate(architecture: str) -> None:
    """The others multiply more than a U-Net with as many filters."""
    larger = estimate_seconds(params(model__architecture=architecture), PARTS, 1e9)
    assert larger > estimate_seconds(params(model__architecture="unet"), PARTS, 1e9)


def test_the_rate_is_that_of_some_processor() -> None:
    assert 1e9 < operations_per_second() < 1e14
