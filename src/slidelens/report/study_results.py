"""Results of all stages, as the report reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
from pydantic import BaseModel

from slidelens.errors import InventoryError
from slidelens.experiments.tables import (
    TEST_DATES,
    ExperimentTable,
    StudyIdentity,
    read_experiments,
)
from slidelens.intermediate.reading import read_checked, refuse, require_dates, stage_output
from slidelens.intermediate.schemas import (
    Densities,
    F1Scores,
    LifecycleNumbers,
    MapScoresByDate,
    PretrainScores,
)
from slidelens.layers.histories import read_observations
from slidelens.layout import HISTORY_FILES, Layout
from slidelens.learning.inference.weights import WeightsMetadata, read_weights_metadata
from slidelens.params.dates import PRETRAINED
from slidelens.params.schema import Params
from slidelens.report.results import DateResults, read_date_results
from slidelens.resources import require_readable_file
from slidelens.tracking.identity import data_hashes, flatten

Metrics = dict[str, Any]

_METRICS: dict[str, type[BaseModel]] = {
    "f1": F1Scores,
    "density": Densities,
    "revised": MapScoresByDate,
    "lifecycle": LifecycleNumbers,
    "pretrain": PretrainScores,
}
_OBSERVED = ("area_m2",)  # columns that figures need besides those of every file of histories


@dataclass(frozen=True, kw_only=True)
class StudyResults:
    """Results of a study.

    Attributes:
        params: parameters of the study.
        layout: where the results lie.
        metrics: the files in metrics/ by name.
        dates: results of the dates, in time order.
        histories: observations of the landslides by inventory.
        metadata: of the pretrained weights.
        experiments: tables of experiments by name.
    """

    params: Params
    layout: Layout
    metrics: Metrics
    dates: list[DateResults]
    histories: dict[str, gpd.GeoDataFrame]
    metadata: WeightsMetadata
    experiments: dict[str, ExperimentTable]

    @property
    def simulated(self) -> bool:
        """Whether the study is simulated: only then is the truth known."""
        return "truth" in self.metrics["lifecycle"]

    @property
    def density(self) -> Metrics:
        """Tables 4 and 5 by date."""
        density: Metrics = self.metrics["density"]["density"]
        return density

    @property
    def flat_params(self) -> dict[str, Any]:
        """All parameters by their names with dots."""
        return flatten(self.params.model_dump(mode="json", by_alias=True))


def read_study_results(params: Params, layout: Layout) -> StudyResults:
    """Read the results of all stages before the report.

    Raises:
        SlidelensError: A result is missing or damaged.
    """
    metrics = {name: read_checked(layout.metric(name), schema) for name, schema in _METRICS.items()}
    histories = _histories(params, layout, metrics["lifecycle"])
    _require_all_dates(params, layout, metrics)
    identity = _identity(params, layout, metrics["f1"]["f1"])
    return StudyResults(
        params=params,
        layout=layout,
        metrics=metrics,
        dates=[read_date_results(layout.root, date) for date in params.dates],
        histories=histories,
        metadata=read_weights_metadata(layout.weights(PRETRAINED)),
        experiments=read_experiments(layout.experiments, identity),
    )


def _histories(params: Params, layout: Layout, lifecycle: Metrics) -> dict[str, gpd.GeoDataFrame]:
    histories = {}
    for name, file in HISTORY_FILES.items():
        path = layout.lifecycle / file
        if not path.exists() and name != "predicted":
            continue
        with stage_output(path):
            require_readable_file(path, "file of histories", InventoryError)
            histories[name] = observations = read_observations(path)
        if missing := [each for each in _OBSERVED if each not in observations]:
            refuse(path, f"its layer observations has no column {missing[0]}")
        if unknown := sorted(set(observations["date"]) - set(params.dates)):
            refuse(path, f"it has the date {unknown[0]}, which is not one of the study's")
        if name != "predicted" and name not in lifecycle:
            refuse(layout.metric("lifecycle"), f"{name} is missing")
    return histories


def _require_all_dates(params: Params, layout: Layout, metrics: Metrics) -> None:
    for name, scores in metrics["f1"].items():
        require_dates(scores, (*params.dates, "mean"), layout.metric("f1"), name)
    require_dates(metrics["density"]["density"], params.dates, layout.metric("density"), "density")
    for name in MapScoresByDate.model_fields:
        dates = (*params.dates, "mean")
        require_dates(metrics["revised"][name], dates, layout.metric("revised"), name)
    lifecycle, path = metrics["lifecycle"], layout.metric("lifecycle")
    require_dates(lifecycle["dates"], params.dates, path, "dates")


def _identity(params: Params, layout: Layout, f1: Mapping[str, float | None]) -> StudyIdentity:
    """Return what the tables of experiments must agree with.

    Table 2 depends on the pretraining data only, the other tables on all prepared data.
    """
    all_data, pretrain = data_hashes([layout.prepared, layout.prepared_date("pretrain")]).values()
    values = flatten(params.model_dump(mode="json", by_alias=True))
    return StudyIdentity(
        dates=params.dates,
        params=values | {TEST_DATES: ", ".join(params.dates)},
        data={"table2": pretrain, "ablations": all_data, "transfer": all_data},
        f1=f1,
    )
