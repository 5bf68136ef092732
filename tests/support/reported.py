"""A mapped study without any training: what `prepare`, `finetune` and `evaluate` would leave, written by hand for the report to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import h5py
import numpy as np
import pandas as pd
import shapely
from scipy.ndimage import gaussian_filter

from slidelens.analysis.accuracy.confusion import count
from slidelens.analysis.accuracy.fragmentation import fragment_counts
from slidelens.analysis.accuracy.precision_recall import precision_recall
from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.overlay import shapes_of
from slidelens.dataset.parts import TEST, TRAIN, VALIDATION
from slidelens.dataset.prepared import Prepared, write_prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.files import write_json
from slidelens.geo.raster import Scene
from slidelens.geo.rasterise import rasterise
from slidelens.geo.vector import write_inventory
from slidelens.layers.probability import write_probability
from slidelens.learning.evaluation.estimates import estimate_totals
from slidelens.learning.inference.weights import WeightsMetadata, metadata_text
from slidelens.params.schema import Params
from slidelens.stages.density import density
from slidelens.stages.lifecycle import Paths, lifecycle
from support.studies import BANDS, PIXEL_M, UTM, Date, area_grid, image, landslides, params_for

EPOCHS = "epoch,loss,val_loss,val_f1,val_precision,val_recall,lr\n"
STATISTICS = BandStatistics(BANDS, (800.0, 700.0, 3000.0), (1.0, 1.0, 1.0), 100)


def write_results(root: Path, dates: Mapping[str, Date], **changes: Any) -> Params:
    """Write everything that `report` reads below `root`; MLFLOW_TRACKING_URI should name a store. Returns the parameters."""
    params = params_for(root / "raw", list(dates), **changes)
    for index, (date, what) in enumerate(dates.items()):
        prepared = _prepared(what, index)
        write_prepared(prepared, root / "data/prepared" / date, "uint16")
        _write_map(
            prepared,
            landslides(area_grid(), max(what.number, 4), seed=0),
            root / "data/maps" / date,
        )
        _write(
            root / f"metrics/history/{date}.csv",
            EPOCHS + ("1,0.5,0.4,0.7,,,0.001\n" if what.number and what.mapped else ""),
        )
    write_prepared(_prepared(Date(number=12), 50), root / "data/prepared/pretrain", "uint16")
    _write(
        root / "metrics/history/pretrain.csv",
        EPOCHS + "1,0.9,0.8,0.2,0.1,0.9,0.001\n2,0.5,0.4,0.7,0.7,0.7,0.001\n",
    )
    scores = {"loss": 0.4, "f1": 0.7, "precision": 0.7, "recall": 0.7}
    write_json(
        root / "metrics/pretrain.json",
        {"pretrain": {"epoch": 2, "threshold": 0.5, "validation": scores}},
    )
    _write_card(params, root / "models/pretrained.weights.h5")
    density(params, root)
    data = Paths(
        root / "data/prepared",
        root / "data/maps",
        root / "none",
        root / "data/lifecycle",
        root / "metrics/lifecycle.json",
    )
    lifecycle(params.dates, data, LifecycleRules())
    return params


def _prepared(what: Date, seed: int) -> Prepared:
    """The same landslides at every date, the last of them gone where a date has fewer."""
    grid = area_grid()
    shapes = landslides(grid, what.number, seed=0)
    valid = np.ones(grid.shape, bool)
    valid[:, round(what.seen * grid.width) :] = False
    pixels = np.where(valid[..., None], image(grid, shapes, seed), 0).astype(np.float32)
    parts = np.full(grid.shape, TRAIN, np.uint8)
    parts[:48], parts[48:64] = TEST, VALIDATION
    labels = (
        np.where(valid, rasterise(shapes, grid), 255).astype(np.uint8)
        if what.mapped
        else np.full(grid.shape, 255, np.uint8)
    )
    manual = (
        gpd.GeoDataFrame({"area_m2": [shape.area for shape in shapes]}, geometry=shapes, crs=UTM)
        if what.mapped
        else None
    )
    return Prepared(Scene(grid, BANDS, pixels, valid), labels, parts, STATISTICS, manual)


def _write_map(prepared: Prepared, shapes: list[shapely.Polygon], folder: Path) -> None:
    """All but the first landslide is found, and the second in two pieces."""
    scene, grid = prepared.scene, prepared.scene.grid
    found = shapes[2:]
    left, bottom, right, top = shapes[1].bounds
    middle = (left + right) / 2
    halves = [
        shapes[1].intersection(shapely.box(*box))
        for box in ((left, bottom, middle - 5, top), (middle + 5, bottom, right, top))
    ]
    predicted = rasterise([*found, *halves], grid) & scene.valid
    probability = np.clip(gaussian_filter(predicted.astype(np.float32), 0.6), 0, 1)
    write_probability(probability, scene.valid, grid, folder / "probability.tif")
    bodies = [shape for shape in (*halves, *found) if predicted[rasterise([shape], grid)].any()]
    inventory = gpd.GeoDataFrame({"id": range(1, len(bodies) + 1)}, geometry=bodies, crs=UTM)
    write_inventory(inventory, folder / "inventory.gpkg")
    test = (prepared.labels != 255) & (prepared.split_map == TEST)
    counts = count(prepared.labels == 1, probability >= 0.5, test)
    scores = {
        **counts.scores(),
        "loss": 0.3 if counts.observed else None,
        "threshold": 0.5,
        "why": counts.why("the test blocks"),
    }
    pieces, manual = shapes_of(bodies), None if prepared.inventory is None else shapes_of(shapes)
    fragments = fragment_counts(pieces, pieces, manual)  # none is joined
    curve = pd.DataFrame(asdict(precision_recall(prepared.labels[test] == 1, probability[test])))
    pd.concat([curve.assign(weights=name) for name in ("before", "after")]).to_csv(
        folder / "precision_recall.csv", index=False
    )
    told = {"fragments": fragments, "estimates": estimate_totals(prepared, inventory, block_px=16)}
    write_json(
        folder / "scores.json",
        {"after": scores, "before": scores, "before_whole_area": scores, **told},
    )


def _write_card(params: Params, path: Path) -> None:
    """A weights file with its card alone: the report reads nothing else of it."""
    path.parent.mkdir(parents=True)
    card = WeightsMetadata(
        params.model, params.filters, replace(STATISTICS, pixels=100), PIXEL_M, 0.5, ("pretrain",)
    )
    with h5py.File(path, "w") as file:
        file.attrs["slidelens"] = metadata_text(card)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def read_table(root: Path, name: str) -> pd.DataFrame:
    """A table of the report, its dates as text."""
    return pd.read_csv(root / f"report/tables/{name}.csv", dtype={"date": str}).set_index("date")
