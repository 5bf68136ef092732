"""A study without problems is returned; one with problems is refused by the first."""

from __future__ import annotations

import logging

import pytest

from slidelens.errors import SlidelensError
from slidelens.study.checks.sound import require_sound
from slidelens.study.study import Study


def test_the_first_problem_is_raised_with_the_number_of_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    study = Study(problems=("no scene", "no inventory", "no area"), notes=("a note",))
    with (
        caplog.at_level(logging.WARNING),
        pytest.raises(SlidelensError, match=r"^no scene \(and 2 more: see `slidelens check`\)$"),
    ):
        require_sound(study)
    assert caplog.messages == ["a note"]


def test_a_sound_study_is_returned() -> None:
    study = Study(bands=("red",))
    assert require_sound(study) is study
