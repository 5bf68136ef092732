"""What a comparison shows and writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from slidelens.api.comparison.compare import compare
from slidelens.errors import OutputError
from slidelens.geo.vectors.inventory import read_inventory
from support.inventories.comparison import OBSERVED, PREDICTED


def test_its_text_and_table_hold_the_scores() -> None:
    comparison = compare(OBSERVED, PREDICTED, bootstrap=0)
    # F1 of the ground is 2 · 8 000 / (20 000 + 18 000), the mapping error 22 / 30
    assert repr(comparison) == (
        "<Comparison of predicted with observed: F1 0.421 by pixel, 0.421 by area, "
        "0.500 by landslide; mapping error 0.733>"
    )
    table = comparison._repr_html_()
    assert table.startswith("<table><tr><th></th><th>precision</th><th>recall</th>")
    # landslides have no IoU of their own
    assert "<th>object</th><td>0.5</td><td>0.5</td><td>0.5</td><td>–</td>" in table


def test_scores_without_a_meaning_are_undefined() -> None:
    nothing = compare(OBSERVED.iloc[:0], PREDICTED, bootstrap=0)
    assert "F1 undefined by pixel" in repr(nothing)
    assert nothing.mapping_error == 1


def test_the_map_holds_hits_misses_and_false_alarms(tmp_path: Path) -> None:
    compare(OBSERVED, PREDICTED, bootstrap=0).save(tmp_path / "map.gpkg")
    layer = read_inventory(tmp_path / "map.gpkg", "agreement")
    assert layer.groupby("kind").area_m2.sum().to_dict() == {
        "hit": 8000,
        "miss": 12_000,
        "false alarm": 10_000,
    }
    assert np.allclose(layer.area_m2, layer.area)
    observed, predicted = (
        read_inventory(tmp_path / "map.gpkg", name) for name in ("observed", "predicted")
    )
    assert observed[["matched", "match_id"]].to_numpy().tolist() == [[True, 0], [False, -1]]
    assert predicted.iou.tolist() == [pytest.approx(0.8), 0.0]
    assert predicted.covered_share.tolist() == [1.0, 0.0]


def test_the_map_of_a_missing_prediction_holds_misses_alone(tmp_path: Path) -> None:
    compare(OBSERVED, PREDICTED.iloc[:0], bootstrap=0).save(tmp_path / "map.gpkg")
    assert set(read_inventory(tmp_path / "map.gpkg", "agreement").kind) == {"miss"}


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        compare(OBSERVED, PREDICTED, bootstrap=0).save(tmp_path / "file" / "map.gpkg")
