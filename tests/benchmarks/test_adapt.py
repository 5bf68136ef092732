"""The table of the benchmark of adaptation."""

from __future__ import annotations

import pandas as pd

from benchmarks.adapt import table


def test_means_and_ranges_over_the_draws() -> None:
    rows = [
        {
            "ground": "iburi",
            "marks": 10,
            "method": "adapt",
            "zero": 0.4,
            "zero_best": 0.5,
            "f1": f1,
            "best": 0.6,
        }
        | {"held_back": 0.5, "seconds": 60.0, "chosen": chosen}
        for f1, chosen in ((0.5, "network"), (0.38, "threshold"))
    ]
    full = rows[0] | {"marks": 0, "f1": 0.48, "chosen": "all"}
    forest = {"ground": "iburi", "marks": 10, "method": "forest", "f1": 0.3, "best": 0.4}
    text = table(pd.DataFrame([*rows, full, forest]))
    assert "iburi, 10 landslides and 10 boxes\n  adapt, 2 draws\n    zero " in text
    assert "f1        0.440 (0.380 to 0.500)" in text
    assert "forest, 1 draw\n    f1        0.300 (0.300 to 0.300)\n    best      0.400" in text
    assert "network, threshold; worst change -0.020" in text
    assert "all landslides 0.480; the marks bring 50% of the gain" in text
