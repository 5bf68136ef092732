"""TensorFlow at run time: precision, devices and summaries."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slidelens.errors import ResourceError
from slidelens.learning import runtime
from slidelens.learning.networks.ensemble import build_members
from slidelens.learning.runtime import (
    compile_predictor,
    network_summary,
    out_of_memory,
    precision_policy,
    quiet_tensorflow,
    strategy,
)
from slidelens.params.schema import ModelParams
from support.studies import small_network

TESTS = Path(__file__).parents[1]


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


def test_a_kernel_that_finds_no_memory_is_one_line_and_other_aborts_are_not() -> None:
    import tensorflow as tf

    for text, kind in (
        ("could not create a primitive, in file mkl", ResourceError),
        ("a transaction was aborted", tf.errors.AbortedError),
    ):
        with pytest.raises(kind), out_of_memory("mapping", "make the window smaller"):
            raise tf.errors.AbortedError(None, None, text)


LIMITED = """
import resource, psutil
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.run import run
size = psutil.Process().memory_info().vms + 1_000_000_000
resource.setrlimit(resource.RLIMIT_AS, (size, size))
raise SystemExit(run("map", quiet_tensorflow))
"""


def test_a_limit_with_which_tensorflow_would_abort_is_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("map: TensorFlow needs 3 GB of address space and the limit of")
    assert done.stderr.endswith("raise it, as with `ulimit -v unlimited`\n")
    assert done.stderr.count("\n") == 1


def test_tensorflow_is_imported_without_what_nobody_uses() -> None:
    """Both can be imported afterwards, and garbage is collected again."""
    code = """
import gc, sys
from slidelens.learning.runtime import quiet_tensorflow
quiet_tensorflow()
assert "keras" in sys.modules and not {"sklearn", "matplotlib"} & sys.modules.keys()
assert gc.isenabled()
import matplotlib.pyplot, sklearn
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.skipif("glibc" not in platform.libc_ver(), reason="another C library")
def test_freed_memory_is_kept_for_the_next_step() -> None:
    """Memory freed and asked for 50 times is not fetched from the system 50 times."""
    script = """
import resource
from slidelens.learning.runtime import quiet_tensorflow
quiet_tensorflow()
def pages():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
before, step = pages(), 100 * 100_000
for _ in range(50):
    tensors = [bytearray(step // 100) for _ in range(100)]
    del tensors
print((pages() - before) / (step / resource.getpagesize()))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert float(done.stdout) < 5


def test_a_network_is_traced_once_for_each_shape() -> None:
    network = small_network(2, 3)
    traces: list[int] = []
    layer = network.layers[1]
    call = layer.call

    def counted(values: Any) -> Any:
        traces.append(1)
        return call(values)

    layer.call = counted
    for side in (16, 16, 32):
        compile_predictor(network)(np.zeros((1, side, side, 3), np.float32))
    assert len(traces) == 2


def test_the_number_of_threads_does_not_change_a_map() -> None:
    """TensorFlow's number of threads holds for a whole process, so there are two of them."""
    code = """
import sys
from slidelens.learning.inference.engines.tensorflow import compile_tensorflow
from slidelens.learning.inference.plans.extents import extents_of, margin_of
from slidelens.learning.inference.plans.plan import plan_of
from support.studies import small_network
import numpy as np
plan = plan_of(small_network(8, 3))
extents = extents_of(plan)
margin = margin_of(plan, extents)
side = 64 + 2 * margin
pixels = np.random.default_rng(1).normal(size=(side, side, 3)).astype(np.float32)
core = compile_tensorflow(plan, extents, margin, "float32")(pixels)
sys.stdout.buffer.write(core.tobytes())
"""
    threads = "TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"
    own = {name: value for name, value in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    one, three = (
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            cwd=TESTS,
            env=own | dict.fromkeys(threads, number),
        ).stdout
        for number in "13"
    )
    assert len(one) == 4 * 64**2
    assert one == three
