"""Attention U-Net: a gate on each skip."""

from __future__ import annotations

from support.studies import small_network


def test_a_gate_weights_each_of_the_4_skips() -> None:
    network = small_network(2, 3, architecture="attention_unet")
    assert [layer.name for layer in network.layers if type(layer).__name__ == "Multiply"] == [
        f"up{n}_gate_dimmed" for n in (4, 3, 2, 1)
    ]
    assert network.get_layer("up1_gate_share").output.shape[-1] == 1
