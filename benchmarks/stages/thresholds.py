"""Compare rules for the threshold of fine-tuned weights, in a finished study.

python -m benchmarks.stages.thresholds [--folder .] prints F1 on the test blocks of each date, with
the map of its own weights and these thresholds:

validation, outputs: the middle of the outputs around the best F1 on the validation blocks
validation, logits: the middle of their logits
both, outputs: the middle of the outputs, by the train and the validation blocks
both, logits: the middle of their logits, which is the rule of `finetune`
best: the threshold that is best on the test blocks themselves, which no rule can know

The network sees the whole map here, and in `finetune` the train and validation blocks alone.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from benchmarks.arguments import add_study_folder, argument_parser, run_or_exit
from slidelens.analysis.accuracy.confusion import count
from slidelens.dataset.parts import TEST, TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import read_prepared
from slidelens.layout import Layout
from slidelens.learning.inference.loading import load_network
from slidelens.learning.inference.thresholds import BestThreshold, best_threshold
from slidelens.learning.mapping.prediction import predict_dataset
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.params.loading import load_params
from slidelens.types import Float32, Mask, UInt8


def main() -> None:
    """Print the table."""
    parser = argument_parser("benchmarks.stages.thresholds", __doc__)
    add_study_folder(parser)
    run_or_exit(_print_table, parser.parse_args())


def _print_table(arguments: argparse.Namespace) -> None:
    quiet_tensorflow()
    layout = Layout(arguments.folder)
    rows = {}
    for date in load_params(arguments.folder / "params.yaml").dates:
        prepared = read_prepared(layout.prepared_date(date))
        metadata, network = load_network(layout.weights(date))
        rows[date] = compare_rules(
            predict_dataset(prepared, metadata, network).output,
            np.where(prepared.scene.valid, prepared.labels, np.uint8(UNKNOWN)),
            prepared.split_map,
        )
    table = pd.DataFrame(rows).T
    table.loc["mean"] = table.mean()
    print(table.round(3).to_string())


def compare_rules(output: Float32, labels: UInt8, parts: UInt8) -> dict[str, float]:
    """Return F1 on the test blocks by each rule.

    Args:
        output: (height, width) output of the network.
        labels: (height, width) 0, 1 or UNKNOWN.
        parts: (height, width) parts of the split.
    """
    scored = {}
    test = parts == TEST
    for name, chosen in {
        "validation": parts == VALIDATION,
        "both": (parts == TRAIN) | (parts == VALIDATION),
    }.items():
        tuned = BestThreshold()
        tuned.add(output[chosen], labels[chosen])
        scored[f"{name}, outputs"] = _f1(
            output, labels, test, best_threshold(output[chosen], labels[chosen])
        )
        scored[f"{name}, logits"] = _f1(output, labels, test, tuned.choose())
    tested = BestThreshold()
    tested.add(output[test], labels[test])
    scored["best"] = tested.f1().max() if (labels[test] == 1).any() else np.nan
    return scored


def _f1(output: Float32, labels: UInt8, test: Mask, threshold: float) -> float:
    f1 = count(labels == 1, output >= threshold, test & (labels != UNKNOWN)).f1
    return np.nan if f1 is None else f1


if __name__ == "__main__":
    main()
