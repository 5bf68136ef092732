"""Malformed and strange inputs over all commands and stages: one line, or the right answer.

`PYTHONPATH=tests:. python -m robustness.campaign --only NAME` runs an input that fails here.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from typing import Any

import pytest

from robustness.campaign.corpus import corpus, sample
from robustness.campaign.item import ACCEPTED, REFUSED, TOLD, Input, Outcome, Result
from robustness.campaign.judge import judge
from robustness.campaign.running import failures, run_inputs, table
from slidelens import commands
from support.sharing import make_once


def outcomes(items: Sequence[Input], factory: pytest.TempPathFactory, name: str) -> None:
    """Run inputs; fail with the table and every wrong outcome."""
    folder = make_once(factory, f"campaign {name}", lambda new: None)
    found = run_inputs(items, folder)
    wrong = [f"{one.outcome}: {one.input.name}: {one.why} {one.module}" for one in failures(found)]
    assert not wrong, "\n".join([table(found), *wrong])


def test_a_sample_of_the_campaign(tmp_path_factory: pytest.TempPathFactory) -> None:
    outcomes(sample(10, 0), tmp_path_factory, "sample")


@pytest.mark.long
def test_the_campaign(tmp_path_factory: pytest.TempPathFactory) -> None:
    outcomes(sample(1500, 150), tmp_path_factory, "all")


def test_the_corpus_is_large_and_the_same_each_time() -> None:
    assert len(corpus()) > 1000
    assert [item.name for item in sample(50, 4)] == [item.name for item in sample(50, 4)]
    assert {item.kind for item in sample(80, 12)} == {item.kind for item in corpus()}


def test_every_command_has_inputs() -> None:
    names = {module.name.rstrip("_") for module in pkgutil.iter_modules(commands.__path__)}
    assert names - {"review"} <= {item.command for item in corpus()}


def judged(status: int | None, out: str = "", err: str = "", **changes: Any) -> Outcome:
    """Judge what `slidelens sizes in.gpkg` printed, with a file in.gpkg there."""
    item = Input("vector/x/sizes", ("sizes", "in.gpkg"), lambda folder: None, **changes)
    is_hung = status is None
    return judge(item, Result(item.name, status, is_hung, 1.0, out, err, there=("in.gpkg",)))


@pytest.mark.parametrize(
    ("err", "outcome"),
    [
        ("slidelens sizes: in.gpkg is empty; write it again\n", "clear line"),
        ("warning: 1 row\nslidelens sizes: in.gpkg is empty\n", "clear line"),
        ("slidelens sizes: it is empty\n", "wrong line"),
        ("slidelens sizes: in.gpkg\nis empty\n", "wrong line"),
        ("", "wrong line"),
        ("slidelens sizes: in.gpkg is bad; set --pixel-m\n", "wrong line"),
        ("slidelens sizes: in.gpkg is bad; set study.crs\n", "wrong line"),
        ("slidelens sizes: there is no inventory in.gpkg; check the path\n", "wrong line"),
        ("slidelens sizes: in.gpkg: KeyError('x')\n", "wrong line"),
        ("slidelens sizes: in.gpkg " + "x" * 1000, "wrong line"),
    ],
)
def test_refusals(err: str, outcome: str) -> None:
    assert judged(2, err=err).outcome == outcome


@pytest.mark.parametrize(
    ("out", "changes", "outcome"),
    [
        ('{"n": 4}', {"answer": {"n": 4}}, "accepted"),
        ('{"n": 4}', {"answer": {"n": (4, 5)}}, "accepted"),
        ('{"n": 3}', {"answer": {"n": 4}}, "silently wrong"),
        ('{"n": NaN}', {}, "silently wrong"),
        ('{"n": 4}', {"expect": REFUSED}, "silently wrong"),
        ('{"n": 4}', {"expect": TOLD}, "silently wrong"),
        ('{"n": 4}', {"expect": ACCEPTED}, "accepted"),
    ],
)
def test_answers(out: str, changes: dict[str, Any], outcome: str) -> None:
    assert judged(0, out, **changes).outcome == outcome


def test_a_hang_and_a_traceback() -> None:
    assert judged(None).outcome == "hang"
    err = 'File "/x/slidelens/geo/vectors/inventory.py", line 3, in read\nValueError: no\n'
    found = judged(1, err=err)
    assert (found.outcome, found.module) == ("traceback", "geo/vectors/inventory.py")


def test_a_sound_file_must_not_be_refused() -> None:
    assert judged(2, err="slidelens sizes: in.gpkg is bad", expect=ACCEPTED).outcome == "wrong line"
