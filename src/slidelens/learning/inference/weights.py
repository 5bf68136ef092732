"""Weights files that hold what is needed to use them: architecture, bands, standardisation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from slidelens.dataset.standardisation import BandStatistics
from slidelens.errors import ParamsError, WeightsError
from slidelens.escaping import counted
from slidelens.files import atomic_write, require_disk_space
from slidelens.learning.inference.calibration import Calibration
from slidelens.learning.inference.metadata_schema import MetadataSchema
from slidelens.learning.inference.weights_contents import WeightsContents, read_contents
from slidelens.learning.networks.memory import require_network_memory
from slidelens.params.messages import problem_of
from slidelens.params.schema import ModelParams
from slidelens.types import Float32

if TYPE_CHECKING:
    import keras

_ATTRIBUTE = "slidelens"
_WINDOW_KEY = "around_px"  # what weights files call local_window_px


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What weights were adapted from, and by what.

    Attributes:
        weights: SHA-256 of the weights file, hexadecimal digits.
        chosen: What was changed: `start`, `threshold`, `spectral` or `network`.
        landslides: Number of marked landslides.
        bare: Number of places that were marked as without landslides.
        f1: F1 of the map, estimated from marks held back; None in older files.
        f1_low: Lower end of its interval of 90 %.
        f1_high: Upper end.
    """

    weights: str
    chosen: str
    landslides: int
    bare: int
    f1: float | None = None
    f1_low: float | None = None
    f1_high: float | None = None

    def describe(self) -> str:
        """Return a sentence without its end: the marks, and the score if it is known."""
        marks = f"adapted with {counted(self.landslides, 'landslide')} and"
        marks += f" {counted(self.bare, 'place')} without"
        if self.f1 is None:
            return marks
        interval = f"{self.f1_low:.2f} to {self.f1_high:.2f}"
        return f"{marks}; F1 by marks held back {self.f1:.2f} ({interval})"


@dataclass(frozen=True, kw_only=True)
class WeightsMetadata:
    """What a weights file holds besides the weights.

    Attributes:
        model: Architecture and normalisation of the network.
        filters: Filters of the first block.
        statistics: Bands in input order, their means and standard deviations in the training data.
        pixel_m: Side of a pixel of the training data, metres; of several sources, of the first.
        threshold: Probability from which a pixel is landslide.
        trained_on: Names of the data sets, in order: ("pretrain",) or ("pretrain", "2015"); of
            several sources their names.
        calibration: Map from the mean output over symmetries and members to the probability.
        symmetries: Number of symmetries that maps are averaged over.
        members: Number of networks in the file, trained independently.
        local_window_px: Side of the square around each pixel, or of the tile, that standardises it;
            None: `statistics` do.
        sources: Side of a pixel of each of several sources that it was trained on last, metres, by
            name; empty for one source.
        adapted: What the weights were adapted from with marks; None if they were not.
        spectral_units: Hidden units of the classifier of single pixels beside each network; 0:
            there is none.
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
    sources: dict[str, float] = field(default_factory=dict)
    adapted: Origin | None = None
    spectral_units: int = 0

    @property
    def pixels_m(self) -> tuple[float, float]:
        """Sides of the smallest and the largest pixels of the training data, metres."""
        sizes = self.sources.values() or [self.pixel_m]
        return min(sizes), max(sizes)

    @property
    def described_pixels(self) -> str:
        """The pixels of the training data as text: `10 m` or `1.6–10 m`."""
        return "–".join(f"{side:g}" for side in dict.fromkeys(self.pixels_m)) + " m"

    @property
    def uses_own_statistics(self) -> bool:
        """Whether each image was standardised by its own statistics, as several sources are."""
        return bool(self.sources) and self.local_window_px is None

    @property
    def has_uncertainty(self) -> bool:
        """Whether maps are means over symmetries or members, which have a standard deviation."""
        return self.symmetries * self.members > 1


def save_weights(model: keras.Model, metadata: WeightsMetadata, path: Path) -> None:
    """Write weights, without optimiser state, and metadata; equal weights give equal bytes.

    Raises:
        ParamsError: A weight is infinite or no number, so that the training has diverged.
        OutputError: The file cannot be written.
    """
    import h5py
    import keras

    if not all_finite(model.get_weights()):
        raise ParamsError(
            f"the weights for {path} are infinite or no numbers: training diverged;"
            " use a smaller lr or finetune.lr_share"
        )
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
    if not metadata.sources:
        del values["sources"]
    if values["adapted"] is None:  # files of other weights stay as they are
        del values["adapted"]
    if not metadata.spectral_units:
        del values["spectral_units"]
    return json.dumps(values, sort_keys=True)


def read_weights_metadata(path: Path) -> WeightsMetadata:
    """Read the metadata of a weights file, without loading a network.

    Raises:
        WeightsError: The file is missing, damaged, or not one of slidelens.
    """
    return _parse_metadata(_read_contents(Path(path)).text, Path(path))


def _read_contents(path: Path) -> WeightsContents:
    if not path.name.endswith(".weights.h5"):
        remedy = (
            "if it is one, rename it"
            if path.suffix.lower() in (".h5", ".hdf5")
            else "give one that slidelens wrote, or none, for the generic weights"
        )
        raise WeightsError(f"{path} is no weights file, whose name ends in .weights.h5; {remedy}")
    if not path.exists():
        in_study = any((folder / "dvc.yaml").is_file() for folder in path.absolute().parents)
        remedy = f"run `dvc repro pretrain`, or `dvc pull {path}`" if in_study else "check the path"
        raise WeightsError(f"there are no weights {path}; {remedy}")
    return read_contents(path, _ATTRIBUTE)


def _parse_metadata(text: str | None, path: Path) -> WeightsMetadata:
    if text is None:
        raise WeightsError(
            f"{path} was not written by slidelens: "
            "it lacks the architecture, bands and standardisation; train it with slidelens"
        )
    try:
        values = MetadataSchema.model_validate(json.loads(text))
    except ValidationError as error:
        problem = problem_of(error, MetadataSchema)
        raise WeightsError(
            f"{path} was written by an incompatible version of slidelens; train it again"
            f" (of its metadata, {problem})"
        ) from error
    except (ValueError, RecursionError) as error:
        raise WeightsError(
            f"{path} was written by an incompatible version of slidelens; train it again"
            " (its metadata are no JSON)"
        ) from error
    return WeightsMetadata(
        model=values.model,
        filters=values.filters,
        statistics=values.statistics.value,
        pixel_m=values.pixel_m,
        threshold=values.threshold,
        trained_on=tuple(values.trained_on),
        calibration=Calibration(**values.calibration.knots),
        symmetries=values.symmetries,
        members=values.members,
        local_window_px=values.around_px,
        sources=values.sources,
        adapted=None if values.adapted is None else Origin(**values.adapted.model_dump()),
        spectral_units=values.spectral_units,
    )


def require_weights_of(metadata: WeightsMetadata, path: Path) -> None:
    """Check before a network is built that the file holds weights of its size.

    Raises:
        WeightsError: No convolution in the file is of the filters and bands of the metadata.
        ResourceError: The network needs more memory than there is.
    """
    filters, bands = metadata.filters, len(metadata.statistics.bands)
    of_image = [shape for shape in _read_contents(path).shapes if shape[-2:] == (bands, filters)]
    if len(of_image) < metadata.members:
        raise WeightsError(
            f"{path} does not hold the weights that its metadata describe, {metadata.members} of"
            f" {filters} filters and {bands} bands; copy it again, or train it again"
        )
    require_network_memory(filters, bands, metadata.members, f"take other weights than {path}")


def require_same_bands(metadata: WeightsMetadata, bands: Sequence[str]) -> None:
    """Check that weights are of as many bands as a prepared scene has.

    Args:
        metadata: Metadata of the weights file.
        bands: Names of the scene's bands.

    Raises:
        WeightsError: They are not.
    """
    known = metadata.statistics.bands
    if len(bands) != len(known):
        raise WeightsError(
            f"the weights are of {len(known)} bands ({', '.join(known)}), the prepared scene has"
            f" {len(bands)}; run `dvc repro` to train on the same bands"
        )


def all_finite(weights: Iterable[Float32]) -> bool:
    """Return whether no weight is infinite or NaN."""
    return all(bool(np.isfinite(array).all()) for array in weights)


def load_into(model: keras.Model, path: Path) -> None:
    """Load the weights of a file into a network.

    Raises:
        WeightsError: The weights do not fit the network.
    """
    count = model.count_params()
    misfit = (
        f"{path} does not fit a {model.name} network with {count:,} weights; "
        "the file is damaged: write it again"
    )
    # With the state of its optimiser a network is three times as large.
    if _read_contents(path).count > 3 * count + 1000:
        raise WeightsError(misfit)
    try:
        model.load_weights(path)
    except (ValueError, KeyError, OSError, TypeError, AttributeError, RuntimeError) as error:
        raise WeightsError(misfit) from error
    if not all_finite(model.get_weights()):
        raise WeightsError(
            f"{path} holds weights that are infinite or no numbers; "
            "train it again with a smaller lr, or copy it again"
        )


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
