"""The audit of the registration."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from slidelens.layout import Layout
from slidelens.learning.audit.registration_leakage import RULE, describe_correction
from slidelens.learning.audit.report import audit_study
from slidelens.params.schema import Params
from slidelens.stages.prepare import prepare
from slidelens.study.images import registration
from support.images.registration import shifted_ground
from support.studies import (
    BANDS,
    NORTH,
    WEST,
    Date,
    grid_of,
    params_for,
    write_image,
    write_shapes,
    write_study,
)

DATES = ["2013", "2014"]


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Params:
    """Return the parameters of a prepared study, of which 2014 is shifted by 0.7 pixels."""
    write_study(tmp_path / "raw", {date: Date() for date in DATES})
    for date, shift in (("2013", 0.0), ("2014", 0.7)):
        pixels = shifted_ground(384, shift, 0).astype(np.uint16)
        grid = grid_of(384, 384, west=WEST - 640, north=NORTH + 640)
        write_image(tmp_path / f"raw/scenes/{date}.tif", grid, pixels, BANDS)
    area = shapely.box(*grid_of(256, 256).bounds)
    write_shapes(tmp_path / "raw/aoi.gpkg", [area], layer="aoi")
    monkeypatch.chdir(tmp_path)
    params = params_for(Path("raw"), DATES, split__block_m=640, study__register="translation")
    prepare(params, Layout().prepared)
    return params


def test_the_audit_says_what_was_moved(params: Params) -> None:
    findings = [finding for finding in audit_study(params, Layout()) if RULE in finding.rule]
    assert [finding.broken for finding in findings] == [0, 0]
    assert findings[0].rule.startswith("nothing moved onto 2013")
    assert findings[1].rule.startswith("scene 0.7")
    assert "px north" in findings[1].rule
    assert "by ground of train blocks" in findings[1].rule


def test_a_registration_on_test_ground_would_be_found(
    params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration, "training_ground", lambda parts, tile_px=None: parts > 0)
    findings = [finding for finding in audit_study(params, Layout()) if RULE in finding.rule]
    assert findings[1].broken


def test_a_correction_is_described_in_a_few_words() -> None:
    shift = {"down_px": 0.3, "right_px": -0.4, "corrected": True}
    left = {"down_px": 0.1, "right_px": 0.1, "corrected": False}
    described = describe_correction({"reference": "2013", "scene": shift, "inventory": left})
    assert described == (
        "scene 0.30 px north 0.40 px east and outlines not moved onto 2013 "
        "by ground of train blocks"
    )
