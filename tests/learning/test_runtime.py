"""TensorFlow at run time: precision, devices and summaries."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.errors import ResourceError
from slidelens.learning import runtime
from slidelens.learning.networks.ensemble import build_members
from slidelens.learning.runtime import (
    network_summary,
    out_of_memory,
    precision_policy,
    quiet_tensorflow,
    strategy,
)
from slidelens.params.schema import ModelParams
from support.studies import small_network


def test_one_device_needs_no_strategy() -> None:
    quiet_tensorflow()
    import tensorflow as tf

    if len(tf.config.list_physical_devices("GPU")) > 1:
        pytest.skip("there are several GPUs")
    assert strategy().num_replicas_in_sync == 1


@pytest.mark.parametrize(
    ("flags", "policy"),
    [
        ("fma avx512f avx512_bf16 amx", "mixed_bfloat16"),
        ("fma avx512f", "float32"),
        (None, "float32"),
    ],
)
def test_half_precision_only_where_the_processor_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str | None, policy: str
) -> None:
    quiet_tensorflow()
    import tensorflow as tf

    if flags is not None:
        (tmp_path / "cpuinfo").write_text(f"flags\t: {flags}\n")
    monkeypatch.setattr(runtime, "Path", lambda _: tmp_path / "cpuinfo")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: [])
    assert precision_policy("auto") == policy
    assert precision_policy("off") == "float32"


@pytest.mark.parametrize(
    ("capability", "policy"),
    [((8, 0), "mixed_bfloat16"), ((9, 0), "mixed_bfloat16"), ((7, 5), "float32")],
)
def test_half_precision_only_where_the_gpu_has_it(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], policy: str
) -> None:
    quiet_tensorflow()
    import tensorflow as tf

    monkeypatch.setattr(
        tf.config, "list_physical_devices", lambda kind: ["a GPU"] if kind == "GPU" else []
    )
    monkeypatch.setattr(
        tf.config.experimental, "get_device_details", lambda _: {"compute_capability": capability}
    )
    assert precision_policy("auto") == policy


def test_the_summary_names_layers_and_weights() -> None:
    text = network_summary(small_network(filters=2, bands=3))
    assert "down1_conv1" in text
    assert "Total params" in text


def test_the_summary_lists_each_member() -> None:
    quiet_tensorflow()
    text = network_summary(build_members(ModelParams(), 2, 3, members=2, seed=1))
    assert "member1" in text
    assert "member2" in text
    assert text.count("down1_conv1") >= 2


@pytest.mark.parametrize("kind", ["python", "tensorflow"])
def test_too_little_memory_is_told_with_the_remedy(kind: str) -> None:
    import tensorflow as tf

    error = MemoryError() if kind == "python" else tf.errors.ResourceExhaustedError(None, None, "")
    line = "^training needs more memory than there is; make batch_size smaller$"
    with (
        pytest.raises(ResourceError, match=line),
        out_of_memory("training", "make batch_size smaller"),
    ):
        raise error
