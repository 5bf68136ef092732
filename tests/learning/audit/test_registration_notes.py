"""Shifts of dates that are measured one by one."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from slidelens.dataset.parts import TEST, TRAIN
from slidelens.geo.rasters.scene import Scene
from slidelens.learning.audit.registration_notes import RegistrationMeasurement, note_shifts
from slidelens.types import UInt8
from support.images.registration import shifted_ground
from support.studies import BANDS, grid_of

SIDE = 256
PARTS: UInt8 = np.full((SIDE, SIDE), TRAIN, np.uint8)


def scene(down_px: float, right_px: float) -> Scene:
    pixels = shifted_ground(SIDE, down_px, right_px)
    return Scene(grid_of(SIDE, SIDE), BANDS, pixels, np.ones((SIDE, SIDE), bool))


def of_dates(parts: UInt8 = PARTS) -> RegistrationMeasurement:
    measurement = RegistrationMeasurement("2014")
    for name, shift in {"2013": (0.5, 0.3), "2014": (0.0, 0.0), "2015": (0.2, 0.2)}.items():
        measurement.add(name, scene(*shift), parts, None)
    measurement.add("pretrain", scene(3, 3), parts, None)
    return measurement


def test_dates_are_measured_from_the_reference_and_sources_are_not() -> None:
    results = of_dates().results()
    assert results["2013"].scene is not None
    assert results["2013"].scene.length_px == pytest.approx(0.583, abs=0.03)
    assert results["2014"].is_reference
    assert results["pretrain"].scene is None
    assert not results["2013"].is_mapped


def test_half_a_pixel_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        note_shifts(of_dates(), "none")
    (line,) = caplog.messages
    assert line.startswith("the scene of 2013 lies 0.")
    assert "of that of 2014" in line
    assert line.endswith("set study.register to translation, or warp it")
    caplog.clear()
    note_shifts(of_dates(), "translation")
    assert caplog.messages[0].endswith("; warp it")


def test_test_ground_is_not_measured() -> None:
    parts = np.full((SIDE, SIDE), TEST, np.uint8)
    assert of_dates(parts).results()["2013"].scene is None
