"""A mapped study without training: outputs of the stages before `report`, written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import geopandas as gpd
import h5py
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.ndimage import gaussian_filter

from slidelens.analysis.accuracy.confusion import count
from slidelens.analysis.accuracy.fragmentation import fragment_counts
from slidelens.analysis.accuracy.precision_recall import precision_recall
from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.overlay import shapes_of
from slidelens.dataset.parts import TEST, TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared, write_prepared
from slidelens.files import write_json
from slidelens.geo.rasterise import rasterise
from slidelens.geo.rasters.scene import Scene
from slidelens.geo.vectors.inventory import write_inventory
from slidelens.layers.elevation import write_terrain
from slidelens.layers.probability import write_probability
from slidelens.layout import Layout
from slidelens.learning.evaluation.estimates import estimate_totals
from slidelens.learning.inference.weights import metadata_text
from slidelens.params.schema import Params
from slidelens.stages.density import density
from slidelens.stages.lifecycle import lifecycle
from slidelens.stages.revise import revise
from slidelens.types import Float32, Mask
from support.report.results import STATISTICS, weights_metadata
from support.studies import (
    BANDS,
    UTM,
    Date,
    area_grid,
    image,
    landslides,
    params_for,
)

COARSE_DPI = 50  # of figures whose look is tested elsewhere; they are drawn in half the time
EPOCHS = "epoch,loss,val_loss,val_f1,val_precision,val_recall,lr\n"


def draw_coarsely(patch: pytest.MonkeyPatch) -> None:
    """Draw figures with few pixels, for what does not depend on their look."""
    patch.setattr("slidelens.report.figures.style.DPI", COARSE_DPI)


def write_results(root: Path, dates: Mapping[str, Date], **changes: Any) -> Params:
    """Write everything that the stage `report` reads below `root`, and return the parameters.

    MLFLOW_TRACKING_URI should name a store.
    """
    params = params_for(root / "raw", list(dates), **changes)
    for index, (date, content) in enumerate(dates.items()):
        prepared = prepare_date(content, index)
        write_prepared(prepared, root / "data/prepared" / date, "uint16")
        _write_map(
            prepared,
            landslides(area_grid(), max(content.number, 4), seed=0),
            root / "data/maps" / date,
        )
        _write(
            root / f"metrics/history/{date}.csv",
            EPOCHS + ("1,0.5,0.4,0.7,,,0.001\n" if content.number and content.mapped else ""),
        )
    write_prepared(prepare_date(Date(number=12), 50), root / "data/prepared/pretrain", "uint16")
    (root / "data/prepared/terrain").mkdir(parents=True)
    write_terrain(None, prepared.scene.grid, root / "data/prepared/terrain")
    _write(
        root / "metrics/history/pretrain.csv",
        EPOCHS + "1,0.9,0.8,0.2,0.1,0.9,0.001\n2,0.5,0.4,0.7,0.7,0.7,0.001\n",
    )
    scores = {"loss": 0.4, "f1": 0.7, "precision": 0.7, "recall": 0.7}
    write_json(
        root / "metrics/pretrain.json",
        {"pretrain": {"epoch": 2, "threshold": 0.5, "validation": scores}},
    )
    _write_metadata(params, root / "models/pretrained.weights.h5")
    density(params, root)
    revise(params, Layout(root))
    lifecycle(params.dates, LifecycleRules(), Layout(root), truth=root / "none")
    return params


def prepare_date(content: Date, seed: int) -> Prepared:
    """Return a prepared date; every date has the first of the same landslides."""
    grid = area_grid()
    shapes = landslides(grid, content.number, seed=0)
    valid = np.ones(grid.shape, bool)
    valid[:, round(content.seen * grid.width) :] = False
    pixels = np.where(valid[..., None], image(grid, shapes, seed), 0).astype(np.float32)
    parts = np.full(grid.shape, TRAIN, np.uint8)
    parts[:48], parts[48:64] = TEST, VALIDATION
    labels = (
        np.where(valid, rasterise(shapes, grid), 255).astype(np.uint8)
        if content.mapped
        else np.full(grid.shape, 255, np.uint8)
    )
    manual = (
        gpd.GeoDataFrame({"area_m2": [shape.area for shape in shapes]}, geometry=shapes, crs=UTM)
        if content.mapped
        else None
    )
    return Prepared(Scene(grid, BANDS, pixels, valid), labels, parts, STATISTICS, manual)


def _write_map(prepared: Prepared, shapes: list[shapely.Polygon], folder: Path) -> None:
    """Map all landslides but the first, the second in two fragments."""
    scene, grid = prepared.scene, prepared.scene.grid
    outlines = [*_halves(shapes[1]), *shapes[2:]]
    mapped = rasterise([*shapes[2:], *_halves(shapes[1])], grid) & scene.valid
    probability = np.clip(gaussian_filter(mapped.astype(np.float32), 0.6), 0, 1)
    write_probability(probability, scene.valid, grid, folder / "probability.tif")
    predicted = [shape for shape in outlines if mapped[rasterise([shape], grid)].any()]
    columns = {
        "id": range(1, len(predicted) + 1),
        "area_m2": [float(shapely.area(shape)) for shape in predicted],
        "mean_probability": 0.9,
        "max_probability": 1.0,
    }
    inventory = gpd.GeoDataFrame(columns, geometry=predicted, crs=UTM)
    write_inventory(inventory, folder / "inventory.gpkg")
    _write_curve(prepared, probability, folder / "precision_recall.csv")
    manual = None if prepared.inventory is None else shapes_of(shapes)
    fragments = shapes_of(predicted)
    scores = _scores(prepared, probability)
    write_json(
        folder / "scores.json",
        {
            "after": scores,
            "before": scores,
            "before_whole_area": scores,
            "fragments": fragment_counts(fragments, fragments, manual),  # none is merged
            "estimates": estimate_totals(prepared, inventory, block_px=16),
        },
    )


def _halves(shape: shapely.Polygon) -> list[shapely.Geometry]:
    left, bottom, right, top = shape.bounds
    middle = (left + right) / 2
    return [
        shape.intersection(shapely.box(*box))
        for box in ((left, bottom, middle - 5, top), (middle + 5, bottom, right, top))
    ]


def _scores(prepared: Prepared, probability: Float32) -> dict[str, Any]:
    counts = count(prepared.labels == 1, probability >= 0.5, _test_mask(prepared))
    return {
        **counts.scores(),
        "loss": 0.3 if counts.observed else None,
        "threshold": 0.5,
        "why": counts.why("the test blocks"),
    }


def _write_curve(prepared: Prepared, probability: Float32, path: Path) -> None:
    test = _test_mask(prepared)
    curve = pd.DataFrame(asdict(precision_recall(prepared.labels[test] == 1, probability[test])))
    rows = pd.concat([curve.assign(weights=name) for name in ("before", "after")])
    rows.to_csv(path, index=False)


def _test_mask(prepared: Prepared) -> Mask:
    return np.asarray((prepared.labels != UNKNOWN) & (prepared.split_map == TEST))


def _write_metadata(params: Params, path: Path) -> None:
    """Write a weights file with its metadata alone; the report reads nothing else of it."""
    path.parent.mkdir(parents=True)
    metadata = weights_metadata(params.model, params.filters)
    with h5py.File(path, "w") as file:
        file.attrs["slidelens"] = metadata_text(metadata)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def read_table(root: Path, name: str) -> pd.DataFrame:
    """Read a table of the report, indexed by date as text."""
    return pd.read_csv(root / f"report/tables/{name}.csv", dtype={"date": str}).set_index("date")
