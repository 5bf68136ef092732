"""Measure how often the intervals of number and area contain the truth, in a finished study.

python -m benchmarks.intervals [--folder .] [--draws 1000] prints two tables.

Random blocks: each date is mapped with the pretrained network, which has seen none of it. As many
blocks as there are validation blocks are drawn and taken as mapped by hand; number and area on all
other blocks are estimated from them, as for scores.json. Columns:

drawn: blocks drawn, of all blocks
landslides: number or area (m²) of all blocks
0.5, 0.8, 0.9 holds: share of the intervals of that confidence that contain the truth
width: median width of the intervals of confidence 0.9, as a share of the truth
unsaid: share of the draws that give no interval, which count in no other column

Truth is the manual inventory and, in a simulated study, also all landslides that are open and
visible (`true`): the manual inventory misses some, and the intervals are made from it. The row
`all` pools the dates. Dates without a landslide mapped by hand are left out.

scores.json: the intervals of the test blocks, from the validation blocks and each date's own
network, and whether they contain the manual values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from benchmarks.arguments import add_study_folder, argument_parser
from benchmarks.truth import true_landslides
from slidelens.dataset.parts import block_numbers, block_px
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.files import read_json
from slidelens.layers.elevation import read_terrain
from slidelens.layout import Layout
from slidelens.learning.evaluation.estimates import (
    Blocks,
    block_figures,
    blocks_of,
    estimate,
    seen_ground,
)
from slidelens.learning.inference.loading import load_network
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.inference.windows import Predictor
from slidelens.learning.mapping.landslides import extract_landslides
from slidelens.learning.mapping.prediction import predict_dataset, threshold_of
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.params.dates import PRETRAINED
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.report.tables.inventories import estimate_table
from slidelens.types import Float64

LEVELS = (0.5, 0.8, 0.9)
PREDICTED, MANUAL, TRUE = "predicted", "manual", "true"


def main() -> None:
    """Print both tables."""
    parser = argument_parser("benchmarks.intervals", __doc__)
    add_study_folder(parser)
    parser.add_argument("--draws", type=int, default=1000, help="random draws of blocks per date")
    arguments = parser.parse_args()
    folder, params = arguments.folder, load_params(arguments.folder / "params.yaml")
    if (folder / params.study.root / "truth").exists():
        print("SIMULATED demo study\n")
    print(_table_text(random_blocks(params, folder, arguments.draws)), "\n", flush=True)
    print(_table_text(in_scores(params, folder)))


def random_blocks(params: Params, folder: Path, draws: int) -> pd.DataFrame:
    """Return the table of random blocks.

    Args:
        params: Parameters of the study.
        folder: The repository of the study.
        draws: Random draws of blocks per date.
    """
    quiet_tensorflow()
    layout = Layout(folder)
    metadata, network = load_network(layout.models / f"{PRETRAINED}.weights.h5")
    drawn = []
    for date in params.dates:
        prepared = read_prepared(layout.prepared_date(date))
        if prepared.inventory is None or prepared.inventory.empty:
            continue
        inventories = {
            PREDICTED: map_landslides(prepared, metadata, network, params, layout),
            MANUAL: prepared.inventory,
        }
        true = true_landslides(folder / params.study.root, date)
        inventories |= {} if true is None else {TRUE: true}
        pixel_m = prepared.scene.grid.pixel_m
        side = block_px(params.split, pixel_m, prepared.tile_px, prepared.block_px)
        blocks, seen = block_numbers(prepared.split_map.shape, side), seen_ground(prepared)
        figures = {
            name: block_figures(inventory, blocks, seen, prepared.scene.grid)
            for name, inventory in inventories.items()
        }
        drawn += [
            rows.assign(date=date)
            for rows in draw_all(figures, blocks_of(blocks, seen), params.split.validation, draws)
        ]
    if not drawn:
        raise SystemExit("no date of this study has a landslide mapped by hand")
    return shares(pd.concat(drawn))


def map_landslides(
    prepared: Prepared,
    metadata: WeightsMetadata,
    network: Predictor,
    params: Params,
    layout: Layout,
) -> gpd.GeoDataFrame:
    """Map the landslides of a date with a network."""
    elevation_m = read_terrain(layout.terrain, prepared.scene.grid)
    probability = predict_dataset(prepared, metadata, network).probability
    threshold = threshold_of(metadata, params, prepared, probability)
    return extract_landslides(
        prepared, probability, threshold, elevation_m, params.evaluate
    ).landslides


def draw_all(
    figures: Mapping[str, Mapping[str, Float64]], blocks: Blocks, share: float, number: int
) -> Iterator[pd.DataFrame]:
    """Yield the draws of a date for each figure and truth.

    Args:
        figures: Number and area in each block, by inventory.
        blocks: Blocks with data.
        share: Share of them that is drawn.
        number: Random draws.
    """
    known = max(1, round(share * len(blocks)))
    for figure in ("count", "area_m2"):
        predicted, manual = (figures[name][figure] for name in (PREDICTED, MANUAL))
        for truth in [name for name in figures if name != PREDICTED]:
            true = figures[truth][figure]
            description = {
                "figure": figure,
                "truth": truth,
                "drawn": f"{known} of {len(blocks)}",
                "landslides": true[blocks].sum(),
            }
            yield draw(predicted, manual, true, blocks, known, number).assign(**description)


def draw(
    predicted: Float64, manual: Float64, true: Float64, blocks: Blocks, known: int, number: int
) -> pd.DataFrame:
    """Return the intervals from blocks drawn at random.

    Args:
        predicted: Predicted number or area in each block.
        manual: The same, mapped by hand.
        true: The same in truth.
        blocks: Blocks with data.
        known: Number of blocks drawn.
        number: Random draws.

    Returns:
        A row per draw and level: `level`, `low` and `high` (NaN without an interval), and the true
        total of the other blocks, `others`.
    """
    rng, rows = np.random.default_rng(0), []
    for _ in range(number):
        checked = rng.permutation(blocks)[:known]
        others = np.setdiff1d(blocks, checked)
        for level in LEVELS:
            interval = estimate(predicted, manual, checked, others, level)
            low, high = (interval.low, interval.high) if interval else (np.nan, np.nan)
            rows.append((level, low, high, true[others].sum()))
    return pd.DataFrame(rows, columns=["level", "low", "high", "others"])


def shares(drawn: pd.DataFrame) -> pd.DataFrame:
    """Summarise draws: a row per date, figure and truth, then all dates pooled."""
    of_date, of_all = ["date", "figure", "truth", "drawn", "landslides"], ["figure", "truth"]
    by_date = [
        dict(zip(of_date, key, strict=True)) | coverage(rows)
        for key, rows in drawn.groupby(of_date, sort=False)
    ]
    pooled = [
        {"date": "all"} | dict(zip(of_all, key, strict=True)) | coverage(rows)
        for key, rows in drawn.groupby(of_all, sort=False)
    ]
    return pd.DataFrame([*by_date, *pooled])


def coverage(drawn: pd.DataFrame) -> dict[str, float | None]:
    """Return the coverage of each level, the width at the last, and the share without interval."""
    said = drawn.dropna(subset=["low"])
    holds = said["others"].between(said["low"], said["high"]).groupby(said["level"]).mean()
    last = said[(said["level"] == LEVELS[-1]) & (said["others"] > 0)]
    width = ((last["high"] - last["low"]) / last["others"]).median()
    return {
        **{f"{level} holds": holds.get(level) for level in LEVELS},
        "width": width,
        "unsaid": 1 - len(said) / len(drawn),
    }


def in_scores(params: Params, folder: Path) -> pd.DataFrame:
    """Return the report's estimates on the test blocks, and how many intervals hold."""
    scores = {date: read_json(Layout(folder).scores(date)) for date in params.dates}
    table = estimate_table({date: values["estimates"] for date, values in scores.items()}).frame
    test = table[table["ground"] == "test blocks"].drop(columns="ground")
    totals = {
        name: f"{(test[name] == 'yes').sum()} of {test[name].notna().sum()}"
        for name in ("count_holds", "area_holds")
    }
    return pd.concat([test, pd.DataFrame([{"date": "all", **totals}])])


def _table_text(table: pd.DataFrame) -> str:
    return (
        table.astype(object)
        .fillna("–")
        .to_string(
            index=False,
            float_format=lambda value: f"{value:.3f}" if abs(value) < 10 else f"{value:,.0f}",
        )
    )


if __name__ == "__main__":
    main()
