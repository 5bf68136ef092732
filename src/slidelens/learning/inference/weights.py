"""Weights files that carry what is needed to use them: architecture, bands, standardisation, threshold."""

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


@dataclass(frozen=True)
class WeightsMetadata:
    """What a weights file says of itself.

    model, filters: the network's architecture
    statistics: bands in input order, and their standardisation on the ground that was trained on
    pixel_m: side of the pixels that were trained on, metres
    threshold: probability from which a pixel is landslide
    calibration: from the network's output to that probability; both hold for the mean over so many symmetries and members
    trained_on: the names of the grounds, in order: ("pretrain",) or ("pretrain", "2015")
    members: how many networks the file holds, which were trained apart
    local_window_px: side of the square around each pixel, or of the tile, by which it standardises instead of by `statistics`; None: by them
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
        """Whether its maps are means, of symmetries or of members, that tell a deviation."""
        return self.symmetries * self.members > 1


def save_weights(model: keras.Model, card: WeightsMetadata, path: Path) -> None:
    """Write a network's weights, without its optimiser's, and its card; the same weights give the same bytes."""
    import h5py
    import keras

    text = metadata_text(card)
    with atomic_write(path) as temporary:
        require_disk_space(temporary, 5 * model.count_params() + 2**20)
        optimisers = [
            getattr(layer, "optimizer", None) for layer in (model, *model.layers)
        ]  # also each member's; twice as large as it
        keras.saving.save_weights(model, temporary, objects_to_skip=optimisers)
        with h5py.File(temporary, "a") as file:
            file.attrs[_ATTRIBUTE] = text


def metadata_text(metadata: WeightsMetadata) -> str:
    """Return what a weights file stores about itself, as JSON. Inverse: `read_weights_metadata`."""
    values = asdict(metadata) | {"model": metadata.model.model_dump()}
    values[_WINDOW_KEY] = values.pop("local_window_px")
    return json.dumps(values, sort_keys=True)


def read_weights_metadata(path: Path) -> WeightsMetadata:
    """The card of a weights file, without loading a network. Raises WeightsError where there is none."""
    import h5py

    if not Path(path).name.endswith(".weights.h5"):
        raise WeightsError(
            f"{path} is not called *.weights.h5, by which Keras knows its own; rename it, if slidelens wrote it"
        )
    if not Path(path).exists():
        raise WeightsError(
            f"there are no weights {path}; run `dvc repro pretrain`, or `dvc pull {path}`"
        )
    try:
        with h5py.File(path, "r") as file:
            text = file.attrs.get(_ATTRIBUTE)
    except OSError as error:
        raise WeightsError(
            f"cannot read {path}; it is no weights file, or a truncated one: copy it again"
        ) from error
    if text is None:
        raise WeightsError(
            f"{path} was not written by slidelens: it does not say its architecture, bands and standardisation"
        )
    try:
        return _card(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"{path} is of another version of slidelens, which this one cannot read; train it again"
        ) from error


def _card(values: dict[str, Any]) -> WeightsMetadata:
    bands = values["statistics"]
    statistics = BandStatistics(
        tuple(bands["bands"]), tuple(bands["mean"]), tuple(bands["deviation"]), bands["pixels"]
    )
    made: dict[str, Any] = {
        "model": ModelParams(**values["model"]),
        "statistics": statistics,
        "calibration": Calibration(
            **{name: tuple(points) for name, points in values["calibration"].items()}
        ),
    }
    window = values.pop(_WINDOW_KEY, None)
    made |= {"trained_on": tuple(values["trained_on"]), "local_window_px": window}
    return WeightsMetadata(**values | made)


def load_into(model: keras.Model, path: Path) -> None:
    """Fill a network with the weights of a file. Raises WeightsError where they are of another architecture."""
    try:
        model.load_weights(path)
    except (ValueError, KeyError, OSError) as error:
        raise WeightsError(
            f"{path} does not fit a {model.name} network with {model.count_params():,} weights; it is damaged: write it again"
        ) from error


def require_architecture(
    card: WeightsMetadata, model: ModelParams, filters: int, members: int, path: Path
) -> None:
    """Raise WeightsError unless the weights are of the architecture that params.yaml asks for, and of as many members."""
    if (card.model, card.filters) != (model, filters):
        raise WeightsError(
            f"{path} holds a {card.model.architecture} with {card.filters} filters and {card.model.normalisation} normalisation, params.yaml asks for "
            f"a {model.architecture} with {filters} and {model.normalisation}; run `dvc repro pretrain`, or change params.yaml"
        )
    if card.members != members:
        raise WeightsError(
            f"{path} holds {card.members} member{'s' * (card.members > 1)}, params.yaml asks for {members} (learning.members); "
            "run `dvc repro pretrain`, or change params.yaml"
        )
