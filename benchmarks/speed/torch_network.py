"""A U-Net of segmentation_models_pytorch about as large as slidelens' network with 16 filters.

python -m benchmarks.speed.torch_network train SCENE LABELS WEIGHTS --statistics FILE trains it for
some minutes, so that its probabilities mean something; `whole` writes its answer for a whole image
in one pass, and `alone` prints how many megapixels a second it does on a window in memory.

It has a ResNet-18 encoder of depth 4 and a decoder of 64, 32, 16 and 16 channels: 45,000
multiplications a pixel and 3.1 million weights in use (slidelens: 47,000 and 1.9 million). This
module runs in the environment of the other tools, which lacks slidelens.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio

from benchmarks.arguments import argument_parser

ENCODER, DEPTH, DECODER = "resnet18", 4, (64, 32, 16, 16)
STRIDE = 2**DEPTH
CLASSES = 2  # as geoai needs it; the second is landslide
PATCH_PX, BATCH, UNKNOWN = 128, 8, 255
WINDOW_PX, ALONE_S = 512, 10
Pixels = npt.NDArray[np.float32]
_KEPT: list[Any] = []  # an operator lives as long as its library


def load_torch() -> Any:
    """Import and return torch, also where torchvision is not built for it.

    The registry's torchvision expects CUDA; beside a torch for CPUs its import fails for want of
    two operators, which no network here uses.
    """
    import torch

    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in [one for one in sys.modules if one.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float threshold) -> Tensor")
        _KEPT.append(library)
    return torch


def build_network(bands: int, weights: Path | None = None) -> Any:
    """Return the network, with the weights of a file if one is given."""
    torch = load_torch()
    import segmentation_models_pytorch as smp

    torch.manual_seed(1)
    network = smp.Unet(
        ENCODER,
        encoder_depth=DEPTH,
        decoder_channels=DECODER,
        encoder_weights=None,
        in_channels=bands,
        classes=CLASSES,
    )
    if weights is not None:
        network.load_state_dict(torch.load(weights, weights_only=True))
        network.eval()
    return network


def read_statistics(path: Path) -> tuple[Pixels, Pixels]:
    """Return mean and standard deviation of each band, (bands, 1, 1)."""
    values = json.loads(path.read_text(encoding="utf-8"))
    mean, deviation = (
        np.array(values[name], np.float32)[:, None, None] for name in ("mean", "deviation")
    )
    return mean, deviation


def read_standardised(scene: Path, statistics: Path) -> Pixels:
    """Return the (bands, height, width) standardised pixels of a scene."""
    mean, deviation = read_statistics(statistics)
    with rasterio.open(scene) as source:
        pixels: Pixels = (source.read().astype(np.float32) - mean) / deviation
    return pixels


def train(scene: Path, labels: Path, statistics: Path, out: Path, steps: int) -> float:
    """Train on random patches, half of them on landslides; return the mean loss of the last steps.

    Args:
        scene: Training image.
        labels: Raster on its grid: 1 landslide, 0 none, 255 unknown.
        statistics: JSON file with `mean` and `deviation` of the bands.
        out: Weights file to write.
        steps: Number of steps.
    """
    torch = load_torch()
    pixels = read_standardised(scene, statistics)
    with rasterio.open(labels) as source:
        truth = source.read(1)
    network, draws = build_network(len(pixels)), np.random.default_rng(1)
    optimiser = torch.optim.Adam(network.parameters(), 1e-3)
    loss_of = torch.nn.CrossEntropyLoss(ignore_index=UNKNOWN)
    landslides, losses = np.argwhere(truth == 1), []
    for _ in range(steps):
        corners = [_corner(landslides, truth.shape, draws, half) for half in range(BATCH)]
        cuts = [np.s_[row : row + PATCH_PX, column : column + PATCH_PX] for row, column in corners]
        image = torch.from_numpy(np.stack([pixels[(slice(None), *cut)] for cut in cuts]))
        target = torch.from_numpy(np.stack([truth[cut] for cut in cuts]).astype(np.int64))
        optimiser.zero_grad()
        loss = loss_of(network(image), target)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    torch.save(network.state_dict(), out)
    return float(np.mean(losses[-50:]))


def _corner(
    landslides: npt.NDArray[np.intp],
    shape: tuple[int, int],
    draws: np.random.Generator,
    number: int,
) -> tuple[int, int]:
    """Return the upper left corner of a patch; every other one is centred on a landslide."""
    most = [length - PATCH_PX for length in shape]
    if number % 2 and len(landslides):
        centre = landslides[draws.integers(len(landslides))] - PATCH_PX // 2
        row, column = np.clip(centre, 0, most)
        return int(row), int(column)
    return int(draws.integers(most[0] + 1)), int(draws.integers(most[1] + 1))


def landslide_probability(network: Any, pixels: Pixels) -> Pixels:
    """Return (height, width) probability of (bands, height, width) standardised pixels."""
    torch = load_torch()
    height, width = pixels.shape[1:]
    padded = np.pad(pixels, [(0, 0), (0, -height % STRIDE), (0, -width % STRIDE)])
    with torch.inference_mode():
        scores = network(torch.from_numpy(padded)[None])
        probability: Pixels = torch.softmax(scores.float(), dim=1)[0, 1].numpy()
    return probability[:height, :width]


def measure_alone(bands: int) -> float:
    """Return the megapixels a second of the float32 network on windows in memory."""
    torch = load_torch()
    network = build_network(bands).eval()
    pixels = torch.randn(1, bands, WINDOW_PX, WINDOW_PX)
    with torch.inference_mode():
        network(pixels)
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < ALONE_S:
            network(pixels)
            count += 1
    return count * WINDOW_PX**2 / 1e6 / (time.perf_counter() - start)


def main() -> None:
    """Do what the arguments ask for."""
    parser = argument_parser("benchmarks.speed.torch_network", __doc__)
    tasks = parser.add_subparsers(dest="task", required=True)
    training, whole, alone = (tasks.add_parser(name) for name in ("train", "whole", "alone"))
    training.add_argument("scene", type=Path)
    training.add_argument("labels", type=Path)
    training.add_argument("weights", type=Path)
    training.add_argument("--steps", type=int, default=400)
    whole.add_argument("scene", type=Path)
    whole.add_argument("out", type=Path, help="file .npy")
    whole.add_argument("--weights", type=Path, required=True)
    for task in (training, whole):
        task.add_argument("--statistics", type=Path, required=True)
    alone.add_argument("--bands", type=int, default=5)
    given = parser.parse_args()
    if given.task == "alone":
        print(measure_alone(given.bands))
    elif given.task == "train":
        loss = train(given.scene, given.labels, given.statistics, given.weights, given.steps)
        print(f"loss {loss:.4f}")
    else:
        pixels = read_standardised(given.scene, given.statistics)
        network = build_network(len(pixels), given.weights)
        np.save(given.out, landslide_probability(network, pixels))


if __name__ == "__main__":
    main()
