"""Say where the results are, as `make repro` does at its end."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from slidelens.console import format_score, print_lines
from slidelens.intermediate.reading import read_checked, require_dates
from slidelens.intermediate.schemas import F1
from slidelens.layout import Layout
from slidelens.params.loading import load_params
from slidelens.params.schema import Params
from slidelens.run import run

_RESULTS = {
    "report/": "index.html; tables/*.csv; figures/*.png at 200 dpi",
    "data/maps/<date>/": "overview.png, probability.tif, inventory.gpkg (open in QGIS), "
    "scores.json",
    "data/density/<date>/": "kernel density of the manual and the predicted landslides",
    "data/revised/<date>/": "maps and inventories that agree over the dates",
    "data/lifecycle/": "landslides.gpkg: the history of each landslide, with permanent ids",
    "metrics/": "f1.json and density.json: `dvc metrics show`, `dvc metrics diff`",
    "models/": "weights: `slidelens map SCENE --weights models/<date>.weights.h5 -o DIR`",
    "mlflow.db": "runs: `make mlflow`",
}


def main() -> int:
    """Print the scores of each date and where the results are."""
    return run("results", lambda: print_lines(describe_results(load_params(), Layout())))


def describe_results(params: Params, layout: Layout) -> Iterator[str]:
    """Yield lines with the scores of each date and the places of the results."""
    path = layout.metric("f1")
    scores = read_checked(path, F1)
    for name in ("f1", "f1_before"):
        require_dates(scores[name], (*params.dates, "mean"), path, name)
    simulated = " (simulated demo study)" if params.study.is_demo else ""
    yield ""
    yield f"F1 on the test blocks{simulated}, after fine-tuning and before:"
    for date in (*params.dates, "mean"):
        after, before = scores["f1"][date], scores["f1_before"][date]
        yield f"  {date:>12}  {format_score(after):^5}  {format_score(before):^5}"
    yield ""
    yield "Open this in a browser, it needs no network:"
    yield f"  {(layout.report / 'index.html').resolve()}"
    yield ""
    yield "Results:"
    for place, content in _RESULTS.items():
        yield f"  {place:<22}{content}"


if __name__ == "__main__":
    sys.exit(main())
