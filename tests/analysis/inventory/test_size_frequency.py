"""Size–frequency statistics of simulated and real inventories."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from slidelens.analysis.inventory.rollover import GENERAL
from slidelens.analysis.inventory.size_frequency import fit_sizes
from slidelens.escaping import json_text
from slidelens.geo.vectors.inventory import read_inventory
from slidelens.types import Float64


def malamud(n: int, above: float = 1.0, seed: int = 0) -> Float64:
    rho, a, s = GENERAL
    areas: Float64 = s + a / np.random.default_rng(seed).gamma(rho, size=4 * n)
    return areas[areas >= above][:n]


def summary(areas: ArrayLike, **options: Any) -> dict[str, Any]:
    statistics = fit_sizes(areas, **{"repeats": 20, **options}).summary()
    values: dict[str, Any] = json.loads(json_text(statistics))
    return values


def test_the_general_distribution_is_found_and_reliable() -> None:
    found = summary(malamud(2000))
    gamma = found["inverse_gamma"]
    assert gamma["reliable"]
    assert gamma["why"] == []
    assert gamma["rho"] == pytest.approx(1.40, abs=0.12)
    assert gamma["a_km2"] == pytest.approx(1.28e-3, rel=0.15)
    assert gamma["s_km2"] == pytest.approx(-1.32e-4, abs=6e-5)
    assert gamma["rho_interval"][0] < 1.40 < gamma["rho_interval"][1]
    assert gamma["rollover_m2"] == pytest.approx(400, rel=0.1)


def test_magnitude_of_a_complete_event_is_its_number() -> None:
    found = summary(malamud(2000))
    assert found["mls_counted"] == pytest.approx(math.log10(2000))
    assert found["mls"] == pytest.approx(math.log10(2000), abs=0.1)
    assert found["mls_interval"][0] - 0.02 < math.log10(2000) < found["mls_interval"][1] + 0.02


def test_magnitude_makes_up_for_small_landslides_that_were_not_mapped() -> None:
    whole = malamud(4000)
    mapped = whole[whole >= 3000]
    found = summary(mapped)
    assert found["mls_counted"] < math.log10(4000) - 0.5
    assert found["mls"] == pytest.approx(math.log10(4000), abs=0.1)


def test_a_rollover_that_was_filtered_away_is_flagged() -> None:
    found = summary(malamud(600, above=1500.0))
    assert not found["inverse_gamma"]["reliable"]
    assert any(
        "smaller than the rollover; 10 are needed" in why for why in found["inverse_gamma"]["why"]
    )


def test_a_power_law_has_no_rollover() -> None:
    areas = 800 * np.random.default_rng(1).random(600) ** (-1 / 1.4)
    found = summary(areas)
    assert found["power_law"]["reliable"]
    assert found["power_law"]["alpha"] == pytest.approx(2.4, abs=0.15)
    assert found["power_law"]["alpha_interval"][0] < 2.4 < found["power_law"]["alpha_interval"][1]
    assert not found["inverse_gamma"]["reliable"]
    assert not found["double_pareto"]["reliable"]
    assert found["inverse_gamma"]["rollover_m2"] is None  # the fit's own mode lies below 0 m²


def test_what_is_no_power_law_is_flagged() -> None:
    found = summary(np.random.default_rng(2).uniform(1000, 1500, 400))
    assert not found["power_law"]["reliable"]
    assert not found["mls_reliable"]
    assert any(
        "spans a factor of 1." in why or "not plausible" in why for why in found["power_law"]["why"]
    )


def test_two_kinds_of_landslides_do_not_fit_one_law() -> None:
    two = np.concatenate(
        [
            np.random.default_rng(3).uniform(300, 330, 400),
            np.random.default_rng(4).uniform(9000, 9900, 400),
        ]
    )
    found = summary(two)
    assert any(why.startswith("it does not fit: distance") for why in found["inverse_gamma"]["why"])


@pytest.mark.parametrize(
    ("areas", "distinct"),
    [
        ([], "0 distinct areas"),
        ([500.0], "1 distinct area"),
        ([500.0] * 40, "1 distinct area"),
        ([500.0, 900.0], "2 distinct areas"),
    ],
)
def test_too_few_to_fit_says_so(areas: list[float], distinct: str) -> None:
    found = summary(areas)
    assert found["n"] == len(areas)
    assert not found["inverse_gamma"]["reliable"]
    assert found["inverse_gamma"]["rho"] is None
    assert found["inverse_gamma"]["why"][0].endswith(f"of {distinct}; 3 are needed")
    assert not found["power_law"]["reliable"]


def test_the_smallest_area_mapped_is_the_cut() -> None:
    areas = malamud(300, above=200.0)
    assert summary(areas)["truncated_at_m2"] == pytest.approx(areas.min(), abs=1e-3)
    given = summary(areas, cut_m2=1000.0)
    assert (given["truncated_at_m2"], given["n"]) == (1000.0, (areas >= 1000).sum())


def test_landslides_as_large_as_the_cut_count() -> None:
    areas = malamud(300) + 0.00004  # which the sample rounds off
    cut = np.sort(areas)[100]
    assert summary(areas, cut_m2=cut)["n"] == 200


def test_the_same_seed_and_any_order_give_the_same_numbers() -> None:
    areas = malamud(120)
    assert summary(areas) == summary(areas[::-1])
    assert (
        summary(areas)["power_law"]["alpha_interval"]
        != summary(areas, seed=1)["power_law"]["alpha_interval"]
    )


def test_without_resampling_there_are_no_intervals() -> None:
    found = summary(malamud(200), repeats=0)
    assert "alpha_interval" not in found["power_law"]
    assert found["power_law"]["plausible_p"] is None
    assert found["mls_interval"] is None


def test_nepal_2015_has_the_checked_values(real_data: Path) -> None:
    frame = read_inventory(real_data / "inventories" / "nepal" / "2015.gpkg")
    found = summary(np.asarray(frame.area))
    tail = found["power_law"]
    assert [tail["alpha"], tail["alpha_error"]] == pytest.approx([1.974, 0.172], abs=5e-4)
    assert tail["xmin_m2"] == pytest.approx(6981, abs=0.5)
    assert tail["lognormal_p"] == pytest.approx(0.474, abs=0.002)
    # 32 landslides above x_min; Malamud's distribution has 6.6 % of all there: 32 / 0.0658 = 487
    assert found["mls"] == pytest.approx(math.log10(487), abs=0.003)
    assert not found["inverse_gamma"]["reliable"]


def test_the_summary_has_areas_in_km2_as_published_and_intervals_that_mean_something() -> None:
    areas = np.random.default_rng(1).gamma(2, 400, 300) + 50
    fits = fit_sizes(areas, 200, repeats=10)
    kept = areas[areas >= 200]
    summary = fits.summary()
    assert (summary["n"], summary["truncated_at_m2"]) == (len(kept), 200)
    for name, rollover, keys in (
        ("inverse_gamma", fits.inverse_gamma, ("rho", "a_km2", "s_km2")),
        ("double_pareto", fits.double_pareto, ("alpha", "beta", "t_km2")),
    ):
        law = summary[name]
        assert isinstance(law, dict)
        assert rollover.fit is not None
        scaled = [
            value / 1e6 if key.endswith("km2") else value
            for key, value in zip(keys, rollover.fit.parameters, strict=True)
        ]
        assert [law[key] for key in keys] == pytest.approx(scaled)
        told = [key for key in keys if f"{key}_interval" in law]
        assert told == list(keys[:1] if rollover.why else keys)
        mode = rollover.fit.mode_m2
        assert law["rollover_m2"] == (mode if mode is not None and mode > 0 else None)
