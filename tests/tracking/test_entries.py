"""Names, metrics and batches as MLflow allows them."""

from __future__ import annotations

from typing import Any

import pytest

from slidelens.tracking.entries import (
    defined_metrics,
    log_params,
    log_rows,
    log_tags,
    valid_name,
)


class Client:
    """Stands in for MLflow's client and keeps the batches that it is sent."""

    def __init__(self) -> None:
        self.batches: list[dict[str, list[Any]]] = []

    def log_batch(self, run_id: str, **entries: list[Any]) -> None:
        assert run_id == "a run"
        self.batches.append(entries)


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("finetune@2015", "finetune.2015"),
        ("data/prepared/a-b c", "data/prepared/a-b c"),
        ("Höhe [m]", "H_he _m_"),
    ],
)
def test_a_name_keeps_what_mlflow_allows(name: str, valid: str) -> None:
    assert valid_name(name) == valid


def test_undefined_metrics_are_left_out() -> None:
    metrics = {"f1": None, "loss": float("nan"), "mean": {"recall": 1, "note": "text"}}
    assert defined_metrics(metrics) == {"mean.recall": 1.0}


def test_tags_and_parameters_are_cut_and_sent_a_hundred_at_a_time() -> None:
    client: Any = Client()
    log_tags(client, "a run", {f"tag{i}": 6000 * "x" for i in range(101)})
    log_params(client, "a run", {f"p{i}": 7000 * "x" for i in range(101)})
    assert [len(entries) for batch in client.batches for entries in batch.values()] == [
        100,
        1,
        100,
        1,
    ]
    assert len(client.batches[0]["tags"][0].value) == 5000
    assert len(client.batches[2]["params"][0].value) == 6000


def test_rows_of_metrics_are_sent_a_thousand_values_at_a_time() -> None:
    client: Any = Client()
    log_rows(client, "a run", [(7, step, {"loss": 1.0, "f1": 0.5}) for step in range(501)])
    assert [len(batch["metrics"]) for batch in client.batches] == [1000, 2]
    last = client.batches[1]["metrics"][0]
    assert (last.key, last.value, last.timestamp, last.step) == ("loss", 1.0, 7, 500)
