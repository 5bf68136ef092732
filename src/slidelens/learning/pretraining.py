"""Train one network on the sources of pretraining, each standardised and split by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from slidelens.dataset.prepared import Prepared
from slidelens.learning.data.tiles import PooledTiles, Row
from slidelens.learning.data.training_data import Mixture
from slidelens.learning.training.fit import Fitted, fit, training_and_validation_data
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import Params, SplitParams

NAME = "pretrain"


def fit_sources(
    sources: Mapping[str, Prepared],
    params: Params,
    settings: Settings,
    on_epoch: Callable[[int, Row], None],
) -> Fitted:
    """Train a network from random weights on the train blocks of one source or several.

    Epoch, calibration and threshold are chosen on the validation blocks of all, in which each
    source has a share by its weight.

    Args:
        sources: Prepared data by name: `pretrain`, or `pretrain/<name>` of each of several.
        params: Architecture, evaluation and split.
        settings: Settings of the training.
        on_epoch: Called with the number and the row of each epoch.
    """
    if len(sources) == 1:
        ((name, only),) = sources.items()
        if name == NAME and only.landslide_share is None:
            return fit(only, params, settings, NAME, None, on_epoch)
    # Its statistics matter where no source is a mosaic, and its pixels for scenes of no pixel size.
    lead = next((one for one in sources.values() if one.tile_px), next(iter(sources.values())))
    data = mixed_data(sources, params.split)
    fitted = fit(lead, params, settings, NAME, None, on_epoch, data)
    if NAME in sources:
        return replace(fitted, sources={})
    names = data[0].names
    pixels_m = [source.scene.grid.pixel_m for source in sources.values()]
    metadata = replace(
        fitted.metadata, trained_on=names, sources=dict(zip(names, pixels_m, strict=True))
    )
    return replace(fitted, metadata=metadata)


def mixed_data(sources: Mapping[str, Prepared], split: SplitParams) -> tuple[Mixture, PooledTiles]:
    """Return what to learn from, and the tiles to choose epoch and threshold on, of all sources.

    Args:
        sources: Prepared data by name.
        split: Of the blocks.

    Raises:
        SceneError: A source has no known pixel in its validation blocks.
    """
    each = [training_and_validation_data(source, split) for source in sources.values()]
    names = tuple(name.removeprefix(f"{NAME}/") for name in sources)
    weights = tuple(source.weight for source in sources.values())
    return Mixture(names, tuple(training for training, _ in each), weights), PooledTiles(
        names=names,
        sources=tuple(tiles for _, tiles in each),
        shares=tuple(weight / sum(weights) for weight in weights),
        landslide_shares=tuple(source.landslide_share for source in sources.values()),
    )
