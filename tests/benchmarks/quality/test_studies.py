"""The parameters of the benchmark's studies, and every option by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quality.methods.compared import METHODS
from benchmarks.quality.options import OPTIONS
from benchmarks.quality.studies import study_params


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_is_one_and_changes_something(option: str, tmp_path: Path) -> None:
    study, dates = dict(METHODS["slidelens"].study) | {"root": str(tmp_path)}, ["pre", "post"]
    plain, changed = (
        study_params(study, dates, changes, epochs=None, seed=1) for changes in ([], option.split())
    )
    assert changed != plain


def test_fine_tuning_takes_at_most_as_many_epochs_as_training() -> None:
    plain = study_params({}, ["post"], [], epochs=None, seed=7)
    assert (plain.dates, plain.seed, plain.finetune.start) == (("post",), 7, {"post": "pretrained"})
    few, many = (study_params({}, ["post"], [], epochs, seed=7) for epochs in (1, 1000))
    assert (few.epochs, few.finetune.epochs) == (1, 1)
    assert (many.epochs, many.finetune.epochs) == (1000, plain.finetune.epochs)
