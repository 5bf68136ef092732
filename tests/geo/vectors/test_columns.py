"""Values of columns as text."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from slidelens.geo.vectors.columns import column_texts
from slidelens.geo.vectors.inventory import read_inventory


def test_values_of_any_type_are_text() -> None:
    values = [None, np.nan, pd.NaT, 5.0, 2.5, " a  b ", ["a", "b"], np.array(["a", "b"])]
    frame = pd.DataFrame({"Class": pd.Series(values, dtype=object)})
    texts = ["", "", "", "5", "2.5", "a b", "['a', 'b']", "['a' 'b']"]
    assert column_texts(frame, "class") == texts
    assert column_texts(frame, "kind") == [""] * 8


def test_an_inventory_whose_classes_are_lists_is_read(tmp_path: Path) -> None:
    ring = [[85, 28], [85.01, 28], [85.01, 28.01], [85, 28]]
    features = [
        {
            "type": "Feature",
            "properties": {"class": each},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for each in (["debris flow", "2018"], None)
    ]
    path = tmp_path / "2018.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert len(read_inventory(path)) == 2
