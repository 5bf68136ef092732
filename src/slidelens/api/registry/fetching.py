"""Get registered weights as a file."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from pathlib import Path

from slidelens.errors import WeightsError
from slidelens.files import atomic_write
from slidelens.learning.tiling.identity import weights_digest
from slidelens.learning.tiling.tile_loading import require_package

SCHEME = "models:"
log = logging.getLogger(__name__)


def fetch_weights(address: str) -> Path:
    """Return the weights file of `models:/NAME/VERSION` or `models:/NAME@ALIAS`.

    It is downloaded once, and compared with the hash that was registered. Nothing that lies in the
    registry is run.

    Args:
        address: The address; the store is that of MLFLOW_TRACKING_URI, else the repository's.

    Raises:
        TrackingError: The store has no such weights.
        WeightsError: The file is not what was registered.
    """
    require_package("mlflow", "pipeline")
    from slidelens.registry.registry import Registry
    from slidelens.tracking.store import tracking_uri

    registry = Registry(tracking_uri())
    version = registry.version_at(address)
    log.info(
        "%s is version %d of %s, of the experiment %s",
        address,
        version.version,
        version.name,
        version.experiment or "(not known)",
    )
    name = f"{version.name.replace(' ', '_')}-{version.version}.weights.h5"
    path = _cache() / version.sha256[:16] / name
    if path.is_file() and weights_digest(path) == version.sha256:
        return path
    with tempfile.TemporaryDirectory() as folder:
        found = registry.fetch(version, Path(folder))
        if weights_digest(found) != version.sha256:
            raise WeightsError(
                f"the weights of {address} are not those that were registered (SHA-256"
                f" {version.sha256[:16]}…); register them again"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as temporary:
            shutil.copyfile(found, temporary)
    return path


def _cache() -> Path:
    """Return the folder for downloaded weights, the user's own."""
    base = os.environ.get("XDG_CACHE_HOME", "").strip()
    return (Path(base) if base else Path.home() / ".cache") / "slidelens" / "registry"
