"""U-Net++: nested blocks between encoder and decoder."""

from __future__ import annotations

from support.studies import small_network


def test_nested_blocks_concatenate_all_before_them() -> None:
    network = small_network(2, 3, architecture="unet_plus_plus")
    skips = [layer for layer in network.layers if type(layer).__name__ == "Concatenate"]
    assert len(skips) == 4 + 3 + 2 + 1
    # the upsampled block and the four of the first row
    assert network.get_layer("up1_4_skip").output.shape[-1] == 5 * 2
