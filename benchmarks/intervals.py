"""How often the intervals of number and area hold the truth, of a study that the pipeline has run on.

python -m benchmarks.intervals [--folder .] [--draws 1000] prints two tables.

Random blocks: each date is mapped with the pretrained network, which has seen none of it. Blocks are drawn, as many as validation has, and
taken as mapped by hand; from them number and area on all other blocks are estimated, as for scores.json. Columns: how many blocks are drawn
of those that there are; landslides of all blocks, by number or by area; how often intervals that claim 0.5, 0.8 and 0.9 hold the figure of
the other blocks; the median width of those of 0.9, as a share of it; the share of draws from which nothing can be said, which count in no
other column. Truth is the manual inventory or, of a simulated study, also all landslides that are open and in sight (true): the manual
inventory misses some, and the intervals are made from it. `all` pools the dates. Dates without a landslide mapped by hand are left out.

scores.json: the intervals of the test blocks, from validation blocks and each date's own network, and whether they hold the manual figures.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from benchmarks.truth import true_landslides

from slidelens.analysis.accuracy.ratio_estimator import Cells
from slidelens.dataset.parts import block_numbers, block_px
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.files import read_json
from slidelens.layers.elevation import read_terrain
from slidelens.learning.evaluation.estimates import (
    Blocks,
    Figures,
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
from slidelens.params.loading import load_params
from slidelens.params.schema import PRETRAINED, Params
from slidelens.report.tables.inventories import estimate_table

LEVELS = (0.5, 0.8, 0.9)
PREDICTED, MANUAL, TRUE = "predicted", "manual", "true"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(),
        help="the repository whose params.yaml, data, models and study are read",
    )
    parser.add_argument("--draws", type=int, default=1000, help="random draws of blocks a date")
    arguments = parser.parse_args()
    folder, params = arguments.folder, load_params(arguments.folder / "params.yaml")
    if (folder / params.study.root / "truth").exists():
        print("SIMULATED demo study\n")
    print(_text(random_blocks(params, folder, arguments.draws)), "\n", flush=True)
    print(_text(in_scores(params, folder)))


def random_blocks(params: Params, folder: Path, draws: int) -> pd.DataFrame:
    """The table of random blocks."""
    quiet_tensorflow()
    card, network = load_network(folder / f"models/{PRETRAINED}.weights.h5")
    drawn = []
    for date in params.dates:
        prepared = read_prepared(folder / "data/prepared" / date)
        if prepared.inventory is None or prepared.inventory.empty:
            continue
        inventories = {
            PREDICTED: mapped(prepared, card, network, params, folder),
            MANUAL: prepared.inventory,
        }
        true = true_landslides(folder / params.study.root, date)
        inventories |= {} if true is None else {TRUE: true}
        side = block_px(params.split, prepared.scene.grid.pixel_m, prepared.tile_px)
        blocks, seen = block_numbers(prepared.split_map.shape, side), seen_ground(prepared)
        figures = {
            name: block_figures(found, blocks, seen, prepared.scene.grid)
            for name, found in inventories.items()
        }
        drawn += [
            one.assign(date=date)
            for one in draw_all(figures, blocks_of(blocks, seen), params.split.validation, draws)
        ]
    if not drawn:
        raise SystemExit("no date of this study has a landslide mapped by hand")
    return shares(pd.concat(drawn))


def mapped(
    prepared: Prepared, card: WeightsMetadata, network: Predictor, params: Params, folder: Path
) -> gpd.GeoDataFrame:
    """The landslides of the area as a network maps them."""
    elevation_m = read_terrain(folder / "data/prepared/terrain", prepared.scene.grid)
    probability = predict_dataset(prepared, card, network, params).probability
    threshold = threshold_of(card, params, prepared, probability)
    return extract_landslides(
        prepared, probability, threshold, elevation_m, params.evaluate
    ).landslides


def draw_all(
    figures: Mapping[str, Figures], blocks: Blocks, share: float, number: int
) -> Iterator[pd.DataFrame]:
    """The draws of a date, of each figure and against each truth. figures: by inventory; blocks: those with ground; share: of them known."""
    known = max(1, round(share * len(blocks)))
    for figure in ("count", "area_m2"):
        predicted, manual = (figures[name][figure] for name in (PREDICTED, MANUAL))
        for truth in [name for name in figures if name != PREDICTED]:
            true = figures[truth][figure]
            told = {
                "figure": figure,
                "truth": truth,
                "drawn": f"{known} of {len(blocks)}",
                "landslides": true[blocks].sum(),
            }
            yield draw(predicted, manual, true, blocks, known, number).assign(**told)


def draw(
    predicted: Cells, manual: Cells, true: Cells, blocks: Blocks, known: int, number: int
) -> pd.DataFrame:
    """Intervals from so many known blocks, drawn at random: level, low and high (NaN where nothing can be said), and the others' true figure."""
    rng, rows = np.random.default_rng(0), []
    for _ in range(number):
        checked = rng.permutation(blocks)[:known]
        others = np.setdiff1d(blocks, checked)
        for level in LEVELS:
            found = estimate(predicted, manual, checked, others, level)
            low, high = (found.low, found.high) if found else (np.nan, np.nan)
            rows.append((level, low, high, true[others].sum()))
    return pd.DataFrame(rows, columns=["level", "low", "high", "others"])


def shares(drawn: pd.DataFrame) -> pd.DataFrame:
    """The draws in numbers, a row a date, figure and truth, then all dates together."""
    of_date, of_all = ["date", "figure", "truth", "drawn", "landslides"], ["figure", "truth"]
    by_date = [
        dict(zip(of_date, key, strict=True)) | held(one)
        for key, one in drawn.groupby(of_date, sort=False)
    ]
    pooled = [
        {"date": "all"} | dict(zip(of_all, key, strict=True)) | held(one)
        for key, one in drawn.groupby(of_all, sort=False)
    ]
    return pd.DataFrame([*by_date, *pooled])


def held(drawn: pd.DataFrame) -> dict[str, float | None]:
    """How often the intervals of each level hold the figure, how wide those of the last are, how often nothing can be said."""
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
    """What the report's table of estimates says of the test blocks, and how many intervals hold."""
    scores = {date: read_json(folder / "data/maps" / date / "scores.json") for date in params.dates}
    table = estimate_table({date: values["estimates"] for date, values in scores.items()}).frame
    test = table[table["ground"] == "test blocks"].drop(columns="ground")
    of = {
        name: f"{(test[name] == 'yes').sum()} of {test[name].notna().sum()}"
        for name in ("count_holds", "area_holds")
    }
    return pd.concat([test, pd.DataFrame([{"date": "all", **of}])])


def _text(table: pd.DataFrame) -> str:
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
