"""Networks as steps on arrays."""

from __future__ import annotations

import numpy as np

from slidelens.learning.inference.engines.tensorflow import compile_tensorflow
from slidelens.learning.inference.plans.plan import plan_of
from slidelens.learning.networks.registry import build_network
from slidelens.learning.runtime import compile_predictor, quiet_tensorflow
from slidelens.params.schema import ModelParams
from support.learning.networks import normalised_architectures

PIXELS = np.random.default_rng(1).normal(size=(64, 96, 3)).astype(np.float32)


@normalised_architectures
def test_the_steps_compute_what_the_network_does(architecture: str, normalisation: str) -> None:
    quiet_tensorflow()
    import keras

    keras.utils.set_random_seed(1)
    model = ModelParams(architecture=architecture, normalisation=normalisation)  # type: ignore[arg-type]
    network, random = build_network(model, 2, 3), np.random.default_rng(2)
    network.set_weights(
        [
            weight + np.abs(random.normal(scale=0.1, size=weight.shape)) * (weight.ndim == 1)
            for weight in network.get_weights()
        ]
    )
    margin = 16
    output = compile_tensorflow(plan_of(network), None, margin, "float32")(PIXELS)
    expected = compile_predictor(network)(PIXELS[None])[0, margin:-margin, margin:-margin]
    assert expected.std() > 1e-3
    np.testing.assert_allclose(output, expected, atol=2e-5)


def test_normalisation_and_relu_become_part_of_the_convolutions() -> None:
    quiet_tensorflow()
    kinds = [step.kind for step in plan_of(build_network(ModelParams(), 2, 3)).steps]
    assert set(kinds) == {"convolution", "transposed", "pool", "concatenate"}
    assert kinds.count("convolution") == 2 * 9 + 1


def test_a_scale_whose_input_others_need_too_remains() -> None:
    quiet_tensorflow()
    steps = plan_of(build_network(ModelParams(architecture="resunet"), 2, 3)).steps
    kinds = [step.kind for step in steps]
    assert "scale" in kinds
    assert "relu" in kinds
