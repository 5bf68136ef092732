"""Load networks from weights files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slidelens.learning.inference.weights import (
    WeightsMetadata,
    load_into,
    read_weights_metadata,
    require_architecture,
)
from slidelens.learning.inference.windows import Predictor
from slidelens.learning.networks.ensemble import build_members
from slidelens.learning.runtime import compile_predictor
from slidelens.params.schema import Params

if TYPE_CHECKING:
    import keras


def build_from_metadata(card: WeightsMetadata, seed: int | None = None) -> keras.Model:
    """Build the network that a weights file describes."""
    return build_members(
        card.model, card.filters, len(card.statistics.bands), card.members, seed=seed
    )


def load_network(path: Path) -> tuple[WeightsMetadata, Predictor]:
    """A weights file's card and its network as a callable."""
    card = read_weights_metadata(path)
    network = build_from_metadata(card)
    load_into(network, path)
    return card, compile_predictor(network)


def iter_networks(
    paths: Sequence[Path], params: Params
) -> Iterator[tuple[WeightsMetadata, Predictor]]:
    """Each weights file's card and its network; one network takes the weights in turn, so that it is compiled once.

    Raises WeightsError where a file is of another architecture than params.yaml asks for.
    """
    cards = [read_weights_metadata(path) for path in paths]
    for card, path in zip(cards, paths, strict=True):
        require_architecture(card, params.model, params.filters, params.learning.members, path)
    network = build_from_metadata(cards[0])
    call = compile_predictor(network)
    for card, path in zip(cards, paths, strict=True):
        load_into(network, path)
        yield card, call
