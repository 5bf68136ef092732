"""Nodes from the pixels of a file to standardised channels: what `TileSource` does to a scene."""

from __future__ import annotations

import numpy as np

from slidelens.dataset.level_channels import chosen_statistics, level_places
from slidelens.dataset.standardisation import BandStatistics
from slidelens.learning.inference.engines.onnx_nodes import BOOL, DOUBLE, FLOAT, Nodes, per_channel
from slidelens.study.images.channels import BRIGHTNESS, bands_of_channel

_NODATA_TOLERANCE = 1e-6  # of the value; programs scale pixels to and fro


def valid_pixels(nodes: Nodes, pixels: str, nodata: float | None) -> str:
    """Add whether each pixel is seen in every band: finite, and data.

    Args:
        nodes: The graph.
        pixels: Name of the (batch, bands, height, width) pixels.
        nodata: Value that stands for no data in any band; None: 0 in all bands does.

    Returns:
        Name of the (batch, 1, height, width) mask.
    """
    infinity = nodes.constant(np.array(np.inf, np.float32))
    finite = nodes.add("Less", nodes.add("Abs", pixels), infinity)
    if nodata is not None and np.isfinite(nodata):
        away = nodes.add(
            "Abs", nodes.add("Sub", pixels, nodes.constant(np.array(nodata, np.float32)))
        )
        tolerance = nodes.constant(np.array(_NODATA_TOLERANCE * abs(nodata), np.float32))
        finite = nodes.add("And", finite, nodes.add("Greater", away, tolerance))
    valid = _reduce(nodes, "ReduceMin", finite)
    if nodata is not None:
        return valid
    zero = nodes.constant(np.array(0, np.float32))
    seen = nodes.add("Not", nodes.add("Equal", pixels, zero))
    return nodes.add("And", valid, _reduce(nodes, "ReduceMax", seen))


def _reduce(nodes: Nodes, operator: str, mask: str) -> str:
    """Add whether all bands are true (ReduceMin), or any (ReduceMax)."""
    numbers = nodes.add("Cast", mask, to=FLOAT)
    return nodes.add("Cast", nodes.add(operator, numbers, axes=[1]), to=BOOL)


def hide(nodes: Nodes, values: str, valid: str, double: bool = False, output: str = "") -> str:
    """Add the values where they are valid, and 0 elsewhere."""
    zero = nodes.constant(np.array(0, np.float64 if double else np.float32))
    return nodes.add("Where", valid, values, zero, output=output)


def channels_of_bands(
    nodes: Nodes, pixels: str, bands: tuple[str, ...], channels: tuple[str, ...]
) -> str:
    """Add the channels of a network, bands or computed from bands; see `study.channels`.

    Args:
        nodes: The graph.
        pixels: Name of the (batch, bands, height, width) pixels, 0 where not valid.
        bands: Names of the bands.
        channels: Names of the channels.
    """
    if channels == bands:
        return pixels
    layers = [_channel(nodes, pixels, bands, name) for name in channels]
    return nodes.add("Concat", *layers, axis=1)


def _channel(nodes: Nodes, pixels: str, bands: tuple[str, ...], name: str) -> str:
    used = [bands.index(band) for band in bands_of_channel(name, bands)]
    if name == BRIGHTNESS and name not in bands:
        chosen = nodes.add("Gather", pixels, nodes.integers(*used), axis=1)
        return nodes.add("ReduceMean", chosen, axes=[1])
    layers = [nodes.add("Gather", pixels, nodes.integers(index), axis=1) for index in used]
    if len(layers) == 1:
        return layers[0]
    zero, one = (nodes.constant(np.array(value, np.float32)) for value in (0, 1))
    first, second = (nodes.add("Max", layer, zero) for layer in layers)
    total = nodes.add("Add", first, second)
    total = nodes.add("Where", nodes.add("Greater", total, zero), total, one)
    return nodes.add("Div", nodes.add("Sub", first, second), total)


def standardised(nodes: Nodes, channels: str, valid: str, statistics: BandStatistics) -> str:
    """Add what `standardise` computes; the channels are 0 where not valid."""
    mean, deviation = (
        per_channel(nodes, np.array(values, np.float32))
        for values in (statistics.mean, statistics.deviation)
    )
    return hide(nodes, nodes.add("Div", nodes.add("Sub", channels, mean), deviation), valid)


def standardised_locally(
    nodes: Nodes, channels: str, valid: str, side: int, levels: BandStatistics | None = None
) -> str:
    """Add what `standardise_around` computes, in float64, on a tile and its valid pixels.

    Args:
        nodes: The graph.
        channels: Name of the (batch, channels, height, width) channels, 0 where not valid.
        valid: Name of the (batch, 1, height, width) mask.
        side: Side of the square around each pixel, pixels.
        levels: Statistics of the channels, for the levels, which come after all others.
    """
    places = () if levels is None else level_places(levels.bands)
    if levels is not None and places:
        others = range(len(levels.bands) - len(places))
        parts = [
            nodes.add("Gather", channels, nodes.integers(*of_kind), axis=1)
            for of_kind in (others, places)
        ]
        image = standardised(nodes, parts[1], valid, chosen_statistics(levels, places))
        around = standardised_locally(nodes, parts[0], valid, side)
        return nodes.add("Concat", around, image, axis=1)
    share = nodes.add(
        "Max",
        _mean_around(nodes, nodes.add("Cast", valid, to=DOUBLE), side),
        _double(nodes, 0.5 / side**2),
    )
    values = nodes.add("Cast", channels, to=DOUBLE)
    centre = _mean_of_valid(nodes, values, valid)
    centred = hide(nodes, nodes.add("Sub", values, centre), valid, double=True)
    mean = nodes.add("Div", _mean_around(nodes, centred, side), share)
    squares = _mean_around(nodes, nodes.add("Mul", centred, centred), side)
    variance = nodes.add("Sub", nodes.add("Div", squares, share), nodes.add("Mul", mean, mean))
    deviation = nodes.add("Sqrt", nodes.add("Max", variance, _double(nodes, 0)))
    largest = nodes.add("ReduceMax", nodes.add("Abs", centred), axes=[2, 3])
    largest = nodes.add(
        "Where", nodes.add("Greater", largest, _double(nodes, 0)), largest, _double(nodes, 1)
    )
    flat = nodes.add("LessOrEqual", deviation, nodes.add("Mul", largest, _double(nodes, 1e-6)))
    scale = nodes.add("Where", flat, _double(nodes, 1), deviation)
    result = nodes.add("Div", nodes.add("Sub", centred, mean), scale)
    return nodes.add("Cast", hide(nodes, result, valid, double=True), to=FLOAT)


def _mean_of_valid(nodes: Nodes, values: str, valid: str) -> str:
    """Add the mean of each channel over the valid pixels; the values are 0 elsewhere."""
    number = nodes.add("ReduceSum", nodes.add("Cast", valid, to=DOUBLE), nodes.integers(2, 3))
    total = nodes.add("ReduceSum", values, nodes.integers(2, 3))
    return nodes.add("Div", total, nodes.add("Max", number, _double(nodes, 1)))


def _mean_around(nodes: Nodes, values: str, side: int) -> str:
    """Add the means over the square around each pixel, with 0 beyond the edges."""
    for axis in (2, 3):
        values = _sum_along(nodes, values, side, axis)
    return nodes.add("Div", values, _double(nodes, float(side) ** 2))


def _sum_along(nodes: Nodes, values: str, side: int, axis: int) -> str:
    """Add the sums of `side` values along an axis, as scipy's filters place them."""
    before, after = [0] * 4, [0] * 4
    before[axis], after[axis] = side // 2 + 1, side - 1 - side // 2
    padded = nodes.add("Pad", values, nodes.integers(*before, *after))
    sums = nodes.add("CumSum", padded, nodes.constant(np.array(axis, np.int64)))
    ends = [
        nodes.add("Slice", sums, nodes.integers(first), nodes.integers(last), nodes.integers(axis))
        for first, last in ((side, np.iinfo(np.int64).max), (0, -side))
    ]
    return nodes.add("Sub", *ends)


def _double(nodes: Nodes, value: float) -> str:
    return nodes.constant(np.array(value, np.float64))
