"""Register weights, and get registered ones."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from slidelens import __version__
from slidelens.api.generic import licence_of
from slidelens.api.inputs.inventories import PathLike
from slidelens.api.network import Network, load_weights
from slidelens.api.registry.model_card import write_model_card
from slidelens.learning.exporting.patches import patch_bands
from slidelens.learning.tiling.identity import weights_digest
from slidelens.learning.tiling.tile_loading import require_package
from slidelens.registry.pyfunc import write_pyfunc
from slidelens.registry.records import RegisteredVersion, require_alias, require_name
from slidelens.registry.registry import Registry
from slidelens.tracking.store import tracking_uri
from slidelens.types import Float32

_EXAMPLE_PX = 16
_LOADER = "slidelens.api.registry.serving"


@dataclass(frozen=True)
class Registered:
    """Registered weights.

    Attributes:
        version: The version.
        alias: The alias that it has been given; None for none.
    """

    version: RegisteredVersion
    alias: str | None

    @property
    def address(self) -> str:
        """What `slidelens map --weights` takes."""
        version = self.version
        end = f"/{version.version}" if self.alias is None else f"@{self.alias}"
        return f"models:/{version.name}{end}"

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain values."""
        version = self.version
        return {
            "weights": self.address,
            "name": version.name,
            "version": version.version,
            "alias": self.alias,
            "experiment": version.experiment or None,
            "run_id": version.run_id,
            "git_revision": version.tags.get("git.revision"),
            "weights_sha256": version.sha256,
        }


def register_weights(
    weights: Network | PathLike, name: str, *, alias: str | None = None, licence: str = ""
) -> Registered:
    """Register weights in MLflow's model registry, with signature, input example and model card.

    The store is that of MLFLOW_TRACKING_URI, else the repository's. The version is held by the run
    of the experiment that logged the weights, and both name each other by tags. Weights that are
    registered already keep their version; only the alias is set.

    Args:
        weights: The network or its weights file.
        name: Name of the model.
        alias: Alias that the version gets, for example `champion`.
        licence: Licence of the weights, as an SPDX expression or in words.

    Raises:
        WeightsError: The weights cannot be read.
        TrackingError: The store cannot be used.
        ParamsError: The name or the alias is not valid, or MLflow is not installed.
    """
    require_package("mlflow", "pipeline")
    require_name(name, "name")
    if alias is not None:
        require_alias(alias)
    network = weights if isinstance(weights, Network) else load_weights(weights)
    licence = licence_of(network, licence)
    registry, digest = Registry(tracking_uri()), weights_digest(network.path)
    version = registry.find(name, digest) or _add(registry, network, name, digest, licence)
    if alias is not None:
        registry.set_alias(version, alias)
    return Registered(version, alias)


def _add(
    registry: Registry, network: Network, name: str, digest: str, licence: str
) -> RegisteredVersion:
    network.tile_predictor()  # so that damaged arrays are refused here, not where they are used
    run = registry.run_of(network.path)
    card = write_model_card(network, run, licence)
    tags = {
        "slidelens.version": __version__,
        "slidelens.weights": network.path.name,
        "slidelens.bands": ", ".join(patch_bands(network.metadata)),
        "slidelens.pixel_m": network.metadata.described_pixels.removesuffix(" m"),
        "slidelens.threshold": f"{network.threshold:g}",
    }
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        write_pyfunc(model, network.path, _LOADER, _example(network), card)
        return registry.add(name, digest, run, model, card, tags)


def _example(network: Network) -> Float32:
    """Return a patch of noise with the statistics of the training data."""
    statistics, bands = network.metadata.statistics, patch_bands(network.metadata)
    places = [statistics.bands.index(band) for band in bands]
    noise = np.random.default_rng(1).normal(size=(1, _EXAMPLE_PX, _EXAMPLE_PX, len(bands)))
    mean, deviation = np.array(statistics.mean), np.array(statistics.deviation)
    return np.round(mean[places] + deviation[places] * noise, 3).astype(np.float32)
