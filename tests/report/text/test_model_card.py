"""The model card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from slidelens.report.text.model_card import model_card
from support.report.results import weights_metadata
from support.studies import params_for


def test_the_model_card_names_the_start_of_each_network() -> None:
    params = params_for(
        Path("study"), ["2013", "2014"], finetune__from={"2013": "pretrained", "2014": "2013"}
    )
    metadata = weights_metadata(params.model)
    f1 = {"f1": {"2013": 0.5, "2014": None}}
    sections = model_card(
        params, metadata, f1, {"epoch": 3, "validation": {"f1": None}}, simulated=True
    )
    text = " ".join(sentence for part in sections.values() for sentence in part)
    assert "One network for each date" in text
    ensemble = " ".join(
        model_card(
            params,
            replace(metadata, members=3),
            f1,
            {"epoch": 3, "validation": {"f1": None}},
            simulated=True,
        )["Model"]
    )
    assert "The mean of 3 independently trained networks for each date" in ensemble
    for words in (
        "from the pretrained one (2014 from that of 2013)",
        "green, red, nir, pixels of 10 m",
        "SIMULATED",
        "by date: 2013: 0.50.",
    ):
        assert words in text
