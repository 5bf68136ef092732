"""Results of all stages, as the report reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from slidelens.experiments.tables import (
    TEST_DATES,
    ExperimentTable,
    StudyIdentity,
    read_experiments,
)
from slidelens.files import read_json
from slidelens.layers.histories import read_observations
from slidelens.layout import HISTORY_FILES, Layout
from slidelens.learning.inference.weights import WeightsMetadata, read_weights_metadata
from slidelens.params.dates import PRETRAINED
from slidelens.params.schema import Params
from slidelens.report.results import DateResults, read_date_results
from slidelens.tracking.identity import data_hashes, flatten

Metrics = dict[str, Any]


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
    metrics = {
        name: read_json(layout.metric(name)) for name in ("f1", "density", "lifecycle", "pretrain")
    }
    histories = {
        name: read_observations(layout.lifecycle / file)
        for name, file in HISTORY_FILES.items()
        if (layout.lifecycle / file).exists()
    }
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
