"""Items of weights files, by the extension MLM."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import h5py
import pytest
import shapely

from slidelens.catalog.places import Places
from slidelens.catalog.times import Period
from slidelens.catalog.weights_items import weights_item
from slidelens.learning.inference.weights import Origin, metadata_text
from slidelens.params.schema import ModelParams
from support.report.results import weights_metadata

pystac = pytest.importorskip("pystac", reason="pystac is in the extra `stac`")
ORIGIN = Origin(weights="0" * 64, chosen="network", landslides=10, bare=10)


@pytest.fixture
def values(catalogue: Path) -> Any:
    return json.loads((catalogue / "weights-2013/weights-2013.json").read_text(encoding="utf-8"))


def test_required_fields_of_mlm_are_there(values: Any) -> None:
    from pystac.extensions.mlm import MLMExtension

    model = MLMExtension.ext(pystac.Item.from_dict(values))
    assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_.\-\s]+[a-zA-Z0-9]", model.mlm_name)
    assert model.architecture == "U-Net"
    assert model.tasks == ["semantic-segmentation"]
    (given,) = model.input
    bands = ["green", "red", "nir"]
    assert given.bands == bands
    assert [band["name"] for band in values["properties"]["bands"]] == bands
    assert given.input.shape == [-1, -1, -1, 3]
    assert given.input.data_type == "float32"
    assert len(given.input.dim_order) == 4
    scaling = given.to_dict()["value_scaling"]
    assert [each["type"] for each in scaling] == ["z-score"] * 3
    (result,) = model.output
    assert result.result.shape == [-1, -1, -1, 1]


@pytest.mark.parametrize(
    ("changes", "title", "source"),
    [
        ({"trained_on": ()}, "Weights a.weights.h5, not trained", None),
        ({"trained_on": ("pretrain",)}, "Weights a.weights.h5", None),
        ({"trained_on": ("pretrain", "2015")}, "Weights a.weights.h5", "pretrain"),
        (
            {"trained_on": ("x", "y"), "sources": {"x": 5.0, "y": 10.0}},
            "Weights a.weights.h5",
            None,
        ),
        ({"adapted": ORIGIN}, "Weights a.weights.h5", f"weights of SHA-256 {'0' * 64}"),
    ],
)
def test_what_came_before_is_told(
    tmp_path: Path, changes: dict[str, Any], title: str, source: str | None
) -> None:
    metadata = replace(weights_metadata(ModelParams(), 8), **changes)
    path = tmp_path / "a.weights.h5"
    with h5py.File(path, "w") as file:
        file.attrs["slidelens"] = metadata_text(metadata)
    period = Period(datetime(2015, 1, 1), datetime(2016, 1, 1))
    places = Places(tmp_path / "catalog", tmp_path / "new")
    properties = weights_item("a", path, shapely.box(0, 0, 1, 1), period, places)["properties"]
    assert properties["title"] == title
    assert properties["mlm:pretrained_source"] == source
    assert properties["mlm:pretrained"] is (source is not None)


def test_the_asset_is_the_model_with_its_checksum(values: Any) -> None:
    asset = values["assets"]["model"]
    assert "mlm:model" in asset["roles"]
    assert asset["mlm:artifact_type"] == "tf.keras.Model.save_weights"
    assert re.fullmatch("1220[0-9a-f]{64}", asset["file:checksum"])


def test_weights_of_a_date_are_of_its_time_and_others_of_the_whole(catalogue: Path) -> None:
    times = {}
    for name in ("2013", "pretrained"):
        path = catalogue / f"weights-{name}/weights-{name}.json"
        properties = json.loads(path.read_text(encoding="utf-8"))["properties"]
        times[name] = (properties["start_datetime"][:10], properties["end_datetime"][:10])
    assert times == {
        "2013": ("2013-01-01", "2013-12-31"),
        "pretrained": ("2013-01-01", "2014-12-31"),
    }
