"""Residual U-Net: additions, and strides instead of poolings."""

from __future__ import annotations

from support.studies import small_network


def test_residual_blocks_add_and_do_not_pool() -> None:
    network = small_network(2, 3, architecture="resunet")
    assert len([layer for layer in network.layers if type(layer).__name__ == "Add"]) == 9
    assert {
        layer.pool_size for layer in network.layers if type(layer).__name__ == "MaxPooling2D"
    } == {(1, 1)}  # every other pixel, unchanged
    assert {
        layer.name
        for layer in network.layers
        if getattr(layer, "strides", None) == (2, 2) and layer.name.endswith("conv1")
    } == {f"down{block}_conv1" for block in (2, 3, 4, 5)}
