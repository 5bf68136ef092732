"""Weights files that hold what is needed to use them: architecture, bands, standardisation."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slidelens.dataset.standardisation import BandStatistics
from slidelens.errors import WeightsError
from slidelens.files import atomic_write, require_disk_space
from slidelens.learning.inference.calibration import Calibration
from slidelens.params.schema import ModelParams

if TYPE_CHECKING:
    import keras

_ATTRIBUTE = "slidelens"
_WINDOW_KEY = "around_px"  # what weights files call local_window_px


@dataclass(frozen=True, kw_only=True)
class WeightsMetadata:
    """What a weights file holds besides the weights.

    Attributes:
        model: Architecture and normalisation of the network.
        filters: Filters of the first block.
        statistics: Bands in input order, their means and standard deviations in the training data.
        pixel_m: Side of a pixel of the training data, metres.
        threshold: Probability from which a pixel is landslide.
        trained_on: Names of the data sets, in order: ("pretrain",) or ("pretrain", "2015").
        calibration: Map from the mean output over symmetries and members to the probability.
        symmetries: Number of symmetries that maps are averaged over.
        members: Number of networks in the file, trained independently.
        local_window_px: Side of the square around each pixel, or of the tile, that standardises it;
            None: `statistics` do.
    """

    model: ModelParams
    filters: int
    statistics: BandStatistics
    pixel_m: float
    threshold: float
    trained_on: tuple[str, ...]
    calibration: Calibration = field(default_factory=Calibration)
    symmetries: int = 1
    members: int = 1
    local_window_px: int | None = None

    @property
    def has_uncertainty(self) -> bool:
        """Whether maps are means over symmetries or members, which have a standard deviation."""
        return self.symmetries * self.members > 1


def save_weights(model: keras.Model, metadata: WeightsMetadata, path: Path) -> None:
    """Write weights, without optimiser state, and metadata; equal weights give equal bytes."""
    import h5py
    import keras

    text = metadata_text(metadata)
    with atomic_write(path) as temporary:
        require_disk_space(temporary, 5 * model.count_params() + 2**20)
        # Members have optimisers of their own, each twice as large as the member.
        optimisers = [getattr(layer, "optimizer", None) for layer in (model, *model.layers)]
        keras.saving.save_weights(model, temporary, objects_to_skip=optimisers)
        with h5py.File(temporary, "a") as file:
            file.attrs[_ATTRIBUTE] = text


def metadata_text(metadata: WeightsMetadata) -> str:
    """Return the metadata as JSON text, as weights files hold it."""
    values = asdict(metadata) | {"model": metadata.model.model_dump()}
    values[_WINDOW_KEY] = values.pop("local_window_px")
    return json.dumps(values, sort_keys=True)


def read_weights_metadata(path: Path) -> WeightsMetadata:
    """Read the metadata of a weights file, without loading a network.

    Raises:
        WeightsError: The file is missing, damaged, or not one of slidelens.
    """
    import h5py

    path = Path(path)
    if not path.name.endswith(".weights.h5"):
        raise WeightsError(f"weights file must end in .weights.h5 (got {path.name}); rename it")
    if not path.exists():
        raise WeightsError(
            f"there are no weights {path}; run `dvc repro pretrain`, or `dvc pull {path}`"
        )
    try:
        with h5py.File(path, "r") as file:
            text = file.attrs.get(_ATTRIBUTE)
    except OSError as error:
        raise WeightsError(
            f"cannot read {path}: not a weights file, or truncated; copy it again"
        ) from error
    if text is None:
        raise WeightsError(
            f"{path} was not written by slidelens: "
            "it lacks the architecture, bands and standardisation; train it with slidelens"
        )
    try:
        return _parse_metadata(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"{path} was written by an incompatible version of slidelens; train it again"
        ) from error


def _parse_metadata(values: dict[str, Any]) -> WeightsMetadata:
    bands = values["statistics"]
    statistics = BandStatistics(
        tuple(bands["bands"]), tuple(bands["mean"]), tuple(bands["deviation"]), bands["pixels"]
    )
    parsed: dict[str, Any] = {
        "model": ModelParams(**values["model"]),
        "statistics": statistics,
        "calibration": Calibration(
            **{name: tuple(points) for name, points in values["calibration"].items()}
        ),
    }
    window = values.pop(_WINDOW_KEY, None)
    parsed |= {"trained_on": tuple(values["trained_on"]), "local_window_px": window}
    return WeightsMetadata(**values | parsed)


def load_into(model: keras.Model, path: Path) -> None:
    """Load the weights of a file into a network.

    Raises:
        WeightsError: The weights do not fit the network.
    """
    try:
        model.load_weights(path)
    except (ValueError, KeyError, OSError) as error:
        raise WeightsError(
            f"{path} does not fit a {model.name} network with {model.count_params():,} weights; "
            "the file is damaged: write it again"
        ) from error


def require_architecture(
    metadata: WeightsMetadata, model: ModelParams, filters: int, members: int, path: Path
) -> None:
    """Check that a weights file is of the architecture that params.yaml asks for.

    Raises:
        WeightsError: The architecture, its width or the number of members differ.
    """
    remedy = "run `dvc repro pretrain`, or change params.yaml"
    if (metadata.model, metadata.filters) != (model, filters):
        raise WeightsError(
            f"{path} holds a {metadata.model.architecture} with {metadata.filters} filters and "
            f"{metadata.model.normalisation} normalisation, params.yaml asks for "
            f"a {model.architecture} with {filters} and {model.normalisation}; {remedy}"
        )
    if metadata.members != members:
        raise WeightsError(
            f"{path} holds {metadata.members} member{'s' * (metadata.members > 1)}, "
            f"params.yaml asks for {members} (learning.members); {remedy}"
        )
