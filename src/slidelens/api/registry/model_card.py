"""Model cards of registered weights."""

from __future__ import annotations

import json

from slidelens.api.generic import SCORES, is_generic
from slidelens.api.network import Network, describe_adaptation
from slidelens.learning.exporting.patches import patch_bands
from slidelens.params.schema import DEMO_ROOT
from slidelens.registry.records import LoggedRun

_SCORES = ("f1", "precision", "recall")


def write_model_card(network: Network, run: LoggedRun | None, licence: str) -> str:
    """Return what is known about weights, as markdown.

    Args:
        network: The network.
        run: The experiment that they are of.
        licence: Licence of the weights; empty if not known.
    """
    rows = "\n".join(f"| {name} | {value} |" for name, value in _facts(network, run, licence))
    bands = patch_bands(network.metadata)
    return f"""# {network.path.name.removesuffix(".weights.h5")}

Landslide probability of the pixels of an image.

| | |
| --- | --- |
{rows}

## How good it is

{_scores(network, run)}

## Use

`slidelens map IMAGE --weights models:/NAME/VERSION -o DIR` maps an image.

`mlflow models serve` answers for patches (n, height, width, {len(bands)}) of the bands
{", ".join(bands)} as they are in a file, with probabilities (n, height, width).
Pixels that are 0 in all bands are no data. A pixel is landslide from
{network.threshold:g} on. Near the edges of a patch the network sees less than in a map.

## Where not to use it

On images with other pixels, bands or units than those above. Probabilities are calibrated for the
ground of the training alone: look at the map of other ground before you use it.
"""


def _facts(network: Network, run: LoggedRun | None, licence: str) -> list[tuple[str, str]]:
    metadata = network.metadata
    how = "by the training data"
    if metadata.uses_own_statistics:
        how = "each image by its own statistics"
    if metadata.local_window_px:
        how = f"by windows of {metadata.local_window_px} pixels"
    facts = [
        ("Network", f"{network.architecture}, {metadata.filters} filters"),
        ("Networks averaged", str(metadata.members)),
        ("Input", f"{', '.join(network.bands)}; standardised {how}"),
        ("Pixels", metadata.described_pixels),
        ("Trained on", ", ".join(network.trained_on) or "nothing: random weights"),
        ("Threshold", f"{network.threshold:g}"),
        ("Experiment", "not known" if run is None else f"{run.name} (run {run.run_id})"),
        ("Licence", licence or "not known"),
    ]
    if metadata.adapted is not None:
        facts.append(("Adapted from", f"{metadata.adapted.weights[:16]}…"))
    return facts


def _scores(network: Network, run: LoggedRun | None) -> str:
    if is_generic(network):
        regions = json.loads(SCORES.read_text(encoding="utf-8"))["regions"]
        scores = ", ".join(f"{name} {values['f1']:.2f}" for name, values in regions.items())
        return f"F1 on regions left out of the training: {scores}."
    if adaptation := describe_adaptation(network):
        return adaptation
    date = network.trained_on[-1] if network.trained_on else ""
    found = [
        f"{score} {run.metrics[name]:.3f}"
        for score in _SCORES
        if run is not None and (name := f"evaluate.{date}.after.{score}") in run.metrics
    ]
    if not found:
        return "Not known here; map ground with known landslides and `slidelens compare`."
    is_demo = run is not None and run.params.get("study.root") == DEMO_ROOT
    images = "simulated images of the demo, which say nothing about real ground; test blocks"
    where = f"{images if is_demo else 'test blocks'} of {date}, which the training has not seen"
    return f"On {where}: {', '.join(found)}."
