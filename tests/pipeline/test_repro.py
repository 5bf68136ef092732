"""`make repro`: the dates' stages side by side, with the results of `dvc repro`."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.pipeline import repro
from support.pipeline.workshop import Workshop
from support.studies import params_for

DATES = ["2013", "2014", "2015", "2016"]


def test_as_many_dates_for_each_worker_are_mapped_by_it_alone() -> None:
    params = params_for(Path("raw"), DATES)
    assert repro.stages_by_worker(params, 2) == [
        ["finetune@2013", "finetune@2015", "evaluate@2013", "evaluate@2015"],
        ["finetune@2014", "finetune@2016", "evaluate@2014", "evaluate@2016"],
    ]
    assert repro.stages_by_worker(params_for(Path("raw"), ["2013"]), 2) == [
        ["finetune@2013", "evaluate@2013"]
    ]


def test_workers_with_a_date_more_leave_evaluations_to_the_others() -> None:
    dates = [str(year) for year in range(2013, 2020)]
    assert repro.stages_by_worker(params_for(Path("raw"), dates), 3) == [
        [*(f"finetune@{date}" for date in ("2013", "2016", "2019")), "evaluate@2019"],
        ["finetune@2014", "finetune@2017", "evaluate@2014", "evaluate@2017", "evaluate@2013"],
        ["finetune@2015", "finetune@2018", "evaluate@2015", "evaluate@2018", "evaluate@2016"],
    ]


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
@pytest.mark.parametrize("number", range(1, 12))
def test_every_stage_is_run_once_and_evaluations_after_the_fine_tuning(
    number: int, workers: int
) -> None:
    dates = [str(2000 + year) for year in range(number)]
    shares = repro.stages_by_worker(params_for(Path("raw"), dates), workers)
    stages = [stage for share in shares for stage in share]
    assert sorted(stages) == sorted(
        f"{stage}@{date}" for date in dates for stage in ("finetune", "evaluate")
    )
    ends, seconds = {}, {"finetune": 3, "evaluate": 2}
    for share in shares:
        now = 0
        for stage in share:
            now += seconds[stage.split("@")[0]]
            ends[stage] = now
    for date in dates:
        assert ends[f"evaluate@{date}"] - seconds["evaluate"] >= ends[f"finetune@{date}"]


def test_a_date_that_waits_for_another_is_left_to_the_end() -> None:
    starts = {"2013": "pretrained", "2014": "2013", "2015": "pretrained", "2016": "2014"}
    assert repro.stages_by_worker(params_for(Path("raw"), DATES, finetune__from=starts), 2) == [
        ["finetune@2013", "evaluate@2013"],
        ["finetune@2015", "evaluate@2015"],
    ]


@pytest.mark.parametrize(
    ("cores", "gib", "workers"), [(2, 8, 3), (8, 24, 3), (2, 5, 2), (1, 8, 1), (2, 4, 1)]
)
def test_only_as_many_as_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch, cores: int, gib: int, workers: int
) -> None:
    monkeypatch.setattr(repro, "usable_cores", lambda: cores)
    monkeypatch.setattr(repro, "total_memory_bytes", lambda: gib * 2**30)
    assert repro.workers_with_room() == workers


@pytest.mark.parametrize("broken", ["", '{"wri', "\0\0"])
def test_locks_that_a_killed_command_left_half_written_are_removed(
    broken: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / ".dvc/tmp/rwlock"
    repro.remove_broken_lock(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text('{"read": {}}')
    repro.remove_broken_lock(tmp_path)
    assert path.exists()
    path.write_text(broken)
    caplog.set_level("INFO", "slidelens")
    repro.remove_broken_lock(tmp_path)
    assert not path.exists()
    assert "half written by a killed command" in caplog.text


@pytest.mark.long
def test_side_by_side_is_as_one_after_another(finished: Workshop, tmp_path: Path) -> None:
    shop = finished.copy(tmp_path / "side by side")
    shop.set_params({"learning": {"gain": 0.25}, "epochs": 1})  # so that every date is trained anew
    done = shop.run("python", "-m", "slidelens.pipeline.repro")
    assert (
        "Running stage 'finetune" not in done.stdout
    )  # nothing was left to the `dvc repro` at the end
    for date in ("2015", "2016"):
        assert f"info: {date} epoch 2/2: loss 0." in done.stderr
        assert done.stderr.count(f"info: evaluate {date}: ") == 1  # once, not again at the end
    for stage in ("density", "revise", "lifecycle"):
        assert f"Running stage '{stage}'" not in done.stdout
    assert shop.run("dvc", "status").stdout == "Data and pipelines are up to date.\n"
    lock = (shop.folder / "dvc.lock").read_text()
    assert lock != (finished.folder / "dvc.lock").read_text()
