"""U-Net and U-Net++ with a ResNet-18 encoder from segmentation_models_pytorch.

Trained as its examples do: Adam with a cosine schedule down to zero, Dice loss, the epoch of lowest
validation loss, threshold 0.5, and patches from anywhere, flipped, scaled and with varied
brightness, as in examples/cars segmentation (camvid).ipynb of
https://github.com/qubvel-org/segmentation_models.pytorch. To separate the network from what it is
fed with, slidelens' own patches can be used instead. The encoder starts from random weights: those
of ImageNet are a download, and would not fit other bands. The learning rate is that of params.yaml
(theirs, 2e-4, is meant for pretrained encoders), and so is training in bfloat16.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from slidelens.dataset.parts import UNKNOWN
from slidelens.dataset.prepared import Prepared
from slidelens.learning.data.patches import batches
from slidelens.learning.data.tiles import Tiles
from slidelens.learning.inference.windows import predict, predict_apart
from slidelens.learning.runtime import precision_policy, quiet_tensorflow
from slidelens.learning.training.fit import training_and_validation_data
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import Params
from slidelens.types import Float32, UInt8

STRIDE, MARGIN = 32, 128  # five halvings; a larger margin changes nothing visible
WINDOW = 1024
THRESHOLD = 0.5
VALIDATION_BATCH = 8
EXAMPLE = {
    "landslide_share": 0.0,
    "rotation_deg": 0.0,
    "shear_deg": 0.0,
    "scale": 0.5,
    "flips": True,
    "gain": 0.2,
    "offset": 0.2,
}
SLIDELENS: dict[str, float] = {}  # as in params.yaml


def method(
    architecture: str, augmentation: dict[str, float]
) -> tuple[Callable[..., None], Callable[..., tuple[Float32, float]]]:
    """Return how one of the library's architectures is trained, and how it maps.

    Args:
        architecture: Name in segmentation_models_pytorch.
        augmentation: Values that differ from the section `learning` of params.yaml.
    """
    return partial(train, architecture, augmentation), partial(map_ground, architecture)


def train(
    architecture: str,
    augmentation: dict[str, float],
    prepared: Prepared,
    params: Params,
    settings: Settings,
    start: Path | None,
    out: Path,
) -> None:
    """Write the PyTorch weights of the epoch of lowest validation loss."""
    import segmentation_models_pytorch as smp
    import torch

    quiet_tensorflow()
    torch.manual_seed(settings.seed)
    ground, tiles = training_and_validation_data(prepared, params.split)
    network = _network(architecture, ground.pixels.shape[2], start).to(
        memory_format=torch.channels_last
    )
    bfloat16 = precision_policy(params.learning.mixed_precision) != "float32"
    loss = smp.losses.DiceLoss("binary", from_logits=True, ignore_index=UNKNOWN)
    steps = max(1, round(settings.schedule.patches_per_epoch / settings.batch_size))
    optimiser = torch.optim.Adam(network.parameters(), settings.lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, settings.epochs * steps)
    stream = batches(
        ground,
        settings.learning.model_copy(update=augmentation),
        settings.batch_size,
        settings.seed,
    )
    lowest = np.inf if start is None else _validation_loss(network, tiles)
    best = copy.deepcopy(network.state_dict())
    for _ in range(settings.epochs):
        network.train()
        for pixels, labels in islice(stream, steps):
            optimiser.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                output = network(_channels_first(pixels))
            loss(output.float(), _channels_first(labels).long()).backward()
            optimiser.step()
            scheduler.step()
        validation_loss = _validation_loss(network, tiles)
        if validation_loss < lowest:
            lowest, best = validation_loss, copy.deepcopy(network.state_dict())
    torch.save(best, out)


def map_ground(
    architecture: str, weights: Path, prepared: Prepared, params: Params
) -> tuple[Float32, float]:
    """Return the probability by windows with a margin, and the usual threshold of Dice loss."""
    pixels = prepared.standardised()
    network = _network(architecture, pixels.shape[2], weights)
    call = partial(_landslide_probability, network)
    if prepared.tile_px is not None:
        return predict_apart(pixels, call, prepared.tile_px), THRESHOLD
    return predict(pixels, call, WINDOW, MARGIN, STRIDE), THRESHOLD


def _network(architecture: str, bands: int, weights: Path | None) -> Any:
    import segmentation_models_pytorch as smp
    import torch

    network = smp.create_model(
        architecture, encoder_name="resnet18", encoder_weights=None, in_channels=bands, classes=1
    )
    if weights is not None:
        network.load_state_dict(torch.load(weights, weights_only=True))
    return network


def _channels_first(values: Float32 | UInt8) -> Any:
    import torch

    return torch.from_numpy(np.moveaxis(values, -1, 1))  # laid out channels last


def _landslide_probability(network: Any, pixels: Float32) -> Float32:
    """Return (n, height, width) probability of (n, height, width, bands), sides multiples of 32."""
    import torch

    network.eval()
    with torch.no_grad():
        probability: Float32 = torch.sigmoid(network(_channels_first(pixels)))[:, 0].numpy()
    return probability


def _validation_loss(network: Any, tiles: Tiles) -> float:
    """Return the Dice loss of all known validation pixels together."""
    side = tiles.pixels.shape[1]
    padding = -side % STRIDE
    hit = probable = landslide = 0.0
    for first in range(0, len(tiles.pixels), VALIDATION_BATCH):
        chunk = slice(first, first + VALIDATION_BATCH)
        padded = np.pad(tiles.pixels[chunk], [(0, 0), (0, padding), (0, padding), (0, 0)])
        known, truth = tiles.labels[chunk] != UNKNOWN, tiles.labels[chunk] == 1
        mapped = _landslide_probability(network, padded)[:, :side, :side] * known
        hit += mapped[truth].sum()
        probable += mapped.sum()
        landslide += truth.sum()
    return float(1 - 2 * hit / max(probable + landslide, 1e-7))
