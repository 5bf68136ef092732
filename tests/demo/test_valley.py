"""The simulated study as a whole."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from rasterio.errors import NotGeoreferencedWarning

from slidelens.demo.params import DemoParams
from slidelens.demo.valley import SimulatedStudy, simulate_study


@pytest.fixture(scope="module")
def study() -> SimulatedStudy:
    return simulate_study(DemoParams.tiny())


def test_outlines_are_jittered_but_overlap_the_truth(study: SimulatedStudy) -> None:
    truth = study.investigation.observations
    for date, view in study.investigation.views.items():
        true = truth[(truth.date == date) & (truth.state != "healed")]
        for shape in view.inventory.geometry:
            best = max(
                shape.intersection(outline).area / shape.union(outline).area
                for outline in true.geometry
            )
            assert 0.4 < best < 0.999
    assert {date: len(view.inventory) for date, view in study.investigation.views.items()} == {
        "2015": 6,
        "2016": 6,
    }


def test_the_truth_keeps_identifiers_and_areas(study: SimulatedStudy) -> None:
    observations, landslides = study.investigation.observations, study.investigation.landslides
    assert observations.area_m2.to_numpy() == pytest.approx(observations.area.to_numpy(), abs=0.06)
    assert (observations.area_m2[observations.state == "healed"] == 0).all()
    assert landslides.landslide_id.is_unique
    assert set(landslides.landslide_id) == set(observations.landslide_id)
    for row in landslides.itertuples():
        observed = observations[
            (observations.landslide_id == row.landslide_id) & (observations.true_state != "healed")
        ]
        assert row.first_date == observed.date.min()
        assert row.dates == len(observed)
        assert row.geometry.area >= observed.area_m2.max() - 0.1
        assert all(row.geometry.buffer(0.01).covers(shape) for shape in observed.geometry)


def test_landslides_lie_in_the_area(study: SimulatedStudy) -> None:
    for valley in (study.investigation, study.pretrain):
        assert valley.landslides.within(valley.aoi).all()


def test_the_two_areas_are_apart(study: SimulatedStudy) -> None:
    assert study.investigation.aoi.distance(study.pretrain.aoi) > 5000


def test_threads_that_share_the_filters_of_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    def warn(name: str, *_: Any) -> str:
        # what rasterio does for its own arrays, once the other thread has ended its silence
        warnings.warn("no geotransform", NotGeoreferencedWarning, stacklevel=1)
        return name

    monkeypatch.setattr("slidelens.demo.valley._simulate_valley", warn)
    study: Any = simulate_study(DemoParams.tiny())
    assert (study.investigation, study.pretrain) == ("investigation area", "pretraining area")
    with pytest.raises(NotGeoreferencedWarning):  # the filters are those of before
        warn("")
