"""`slidelens drift`: measure how far each date's image is from the training image.

The distances tell, after `dvc repro prepare` and before any training, which dates may be mapped
poorly. If metrics/f1.json has scores, they are printed too, with rank correlations that show how
well the distances predicted them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slidelens.console import print_json
from slidelens.layout import Layout
from slidelens.learning.audit.drift_report import drift_json, measure_drift, print_drift
from slidelens.params.loading import DEFAULT_PATH, load_params
from slidelens.study.images.registration import reference_date


def command(
    params: Annotated[Path, typer.Option("--params", help="Parameters.")] = DEFAULT_PATH,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Measure how far each date's image is from the training image, before any training.

    Run `dvc repro prepare` first. Only train blocks of the prepared images are read. Distances are
    in standard deviations of the training image; `residual` is what remains after standardisation.
    Also prints the shifts of scenes relative to the reference date, and of outlines relative to
    their scenes, in pixels down and right. If metrics/f1.json has scores, prints them too, with
    their rank correlations with the distances.
    """
    values = load_params(params)
    drifts = measure_drift(Layout(params.parent), values.dates, reference_date(values))
    if json:
        print_json(drift_json(drifts))
    else:
        print_drift(drifts)
