"""What `make repro` ends with: where the results are."""

from __future__ import annotations

import sys
from pathlib import Path

from slidelens.files import read_json
from slidelens.params.loading import load_params
from slidelens.run import run


def main() -> int:
    """Print the results' places and the scores by date."""
    return run("results", _show)


def _show() -> None:
    dates = load_params().dates
    scores = read_json(Path("metrics/f1.json"))
    simulated = " (simulated demo study)" if load_params().study.root == "demo/study" else ""
    print(f"\nF1 on the test blocks{simulated}, after fine-tuning and before:")
    for date in (*dates, "mean"):
        print(f"  {date:>12}  {_number(scores['f1'][date])}  {_number(scores['f1_before'][date])}")
    print("\nOpen this in a browser, it needs no network:")
    print(f"  {Path('report/index.html').resolve()}")
    print("\nResults:")
    for place, what in {
        "report/": "index.html; tables/*.csv; figures/*.png at 200 dpi",
        "data/maps/<date>/": "overview.png, probability.tif, inventory.gpkg (open in QGIS), scores.json",
        "data/density/<date>/": "kernel density of the manual and the predicted landslides",
        "data/lifecycle/": "landslides.gpkg: the history of each landslide, with permanent ids",
        "metrics/": "f1.json and density.json: `dvc metrics show`, `dvc metrics diff`",
        "models/": "weights: `slidelens map SCENE --weights models/<date>.weights.h5 -o DIR`",
        "mlflow.db": "runs: `make mlflow`",
    }.items():
        print(f"  {place:<22}{what}")


def _number(value: float | None) -> str:
    return "  –  " if value is None else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main())
