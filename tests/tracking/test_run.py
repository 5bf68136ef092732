"""Runs in MLflow: a parent an experiment, a child a stage, in a database and on a server, together and when something fails."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slidelens.errors import TrackingError
from slidelens.tracking import run as experiment
from slidelens.tracking.entries import Row
from slidelens.tracking.identity import data_hashes, flatten, identify
from slidelens.tracking.reading import logged_experiments
from slidelens.tracking.run import StageRun, stage_run
from slidelens.tracking.store import connect, repository_root, tracking_uri

# MLflow 3.17 uses a loader option that SQLAlchemy 2.1 has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")

SURROUNDINGS = (
    "DVC_ROOT",
    "DVC_EXP_NAME",
    "DVC_EXP_BASELINE_REV",
    "DVC_STAGE",
    "MLFLOW_TRACKING_URI",
)

# One stage of three epochs, in a process of its own; the sleep makes two of them overlap.
STAGE = """
import sys, time
from slidelens.tracking.run import stage_run
date, = sys.argv[1:]
with stage_run("finetune", {"lr": 1e-3, "model": {"filters": 8}}, date=date) as run:
    for step in range(3):
        run.epoch(step, {"loss": 1.0 - step / 10})
        time.sleep(0.3)
    run.text("model.txt", "U-Net")
    run.scores({"f1": 0.7})
"""


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SURROUNDINGS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store for all tests of this file that differ in their parameters; its path has what paths have."""
    folder = tmp_path_factory.mktemp("mlflow") / "a b#c%20d?é"
    folder.mkdir()
    return folder


@pytest.fixture
def root(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DVC_ROOT", str(folder))
    return folder


def runs(uri: str) -> list[Any]:
    client = connect(uri)
    found = client.get_experiment_by_name("slidelens")
    assert found is not None
    return list(client.search_runs([found.experiment_id], order_by=["attributes.start_time ASC"]))


def family(uri: str, **params: str) -> tuple[list[Any], list[Any]]:
    """Parents and children that were logged with these parameters."""
    mine = [
        run
        for run in runs(uri)
        if all(run.data.params.get(name) == value for name, value in params.items())
    ]
    children = [run for run in mine if "mlflow.parentRunId" in run.data.tags]
    return [run for run in mine if run not in children], children


def local_path(artifact_uri: str) -> Path:
    return Path(urllib.request.url2pathname(artifact_uri.removeprefix("file://")))


def test_a_stage_is_a_child_of_its_experiment(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DVC_EXP_NAME", "puffy-aims")
    monkeypatch.setenv("DVC_EXP_BASELINE_REV", "abc123")
    figure = tmp_path / "curves.png"
    figure.write_bytes(b"PNG")
    params = {
        "lr": 1e-5,
        "test": "whole",
        "model": {"filters": 8},
        "dates": ["2015", "2016"],
        "study": {"crs": None},
    }
    with stage_run("finetune", params, {"data/prepared/2015": "1f.dir"}, "2015") as run:
        run.epoch(0, {"loss": 0.9, "val_f1": None})
        run.epoch(1, {"loss": 0.5, "val_f1": 0.4})
        run.scores({"f1": 0.7, "before": {"f1": 0.6}})
        run.figure(figure)
        run.text("model.txt", "U-Net")
        run.tags({"device": "CPU"})

    uri = tracking_uri()
    (parent,), (child,) = family(uri, test="whole")
    logged = {
        "lr": "1e-05",
        "test": "whole",
        "model.filters": "8",
        "dates": '["2015", "2016"]',
        "study.crs": "null",
    }
    assert parent.data.params == child.data.params == logged
    assert (parent.info.run_name, child.info.run_name) == ("puffy-aims", "finetune-2015")
    assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
    for tags in (parent.data.tags, child.data.tags):
        assert (
            tags["dvc.exp_name"],
            tags["dvc.baseline_rev"],
            tags["data.data/prepared/2015"],
        ) == ("puffy-aims", "abc123", "1f.dir")
    assert (child.data.tags["slidelens.stage"], child.data.tags["device"]) == (
        "finetune@2015",
        "CPU",
    )
    assert parent.data.metrics == {"finetune.2015.f1": 0.7, "finetune.2015.before.f1": 0.6}
    assert child.data.metrics == {"loss": 0.5, "val_f1": 0.4, "f1": 0.7, "before.f1": 0.6}
    history = connect(uri).get_metric_history(child.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(0, 0.9), (1, 0.5)]
    assert (parent.info.status, child.info.status) == ("FINISHED", "FINISHED")
    artifacts = local_path(child.info.artifact_uri)
    assert artifacts.is_relative_to(root / "mlartifacts")
    assert (artifacts / "figures" / "curves.png").read_bytes() == b"PNG"
    assert (artifacts / "model.txt").read_text() == "U-Net"


def test_the_stages_of_an_experiment_share_a_parent_and_another_parameter_makes_another(
    root: Path,
) -> None:
    for stage, lr in (("pretrain", 1e-3), ("density", 1e-3), ("pretrain", 1e-4)):
        with stage_run(stage, {"lr": lr, "test": "shared"}):
            pass
    parents, children = family(tracking_uri(), test="shared")
    lr_of = {parent.info.run_id: parent.data.params["lr"] for parent in parents}
    assert sorted(lr_of.values()) == ["0.0001", "0.001"]
    assert [lr_of[child.data.tags["mlflow.parentRunId"]] for child in children] == [
        "0.001",
        "0.001",
        "0.0001",
    ]


def test_an_undefined_score_is_named_not_logged(root: Path) -> None:
    with stage_run("evaluate", {"test": "undefined"}, date="2013") as run:
        run.scores({"f1": None, "loss": 0.2, "recall": float("nan")})
    (parent,), (child,) = family(tracking_uri(), test="undefined")
    assert child.data.tags["undefined"] == "f1, recall"
    assert child.data.metrics == {"loss": 0.2}
    assert parent.data.metrics == {"evaluate.2013.loss": 0.2}


def test_a_final_score_is_the_last_point_of_a_curve_of_its_name(root: Path) -> None:
    with stage_run("pretrain", {"test": "latest"}) as run:
        run.epoch(7, {"f1": 0.9})
        run.scores({"f1": 0.8})
    _, (child,) = family(tracking_uri(), test="latest")
    history = connect(tracking_uri()).get_metric_history(child.info.run_id, "f1")
    assert sorted((point.step, point.value) for point in history) == [(7, 0.9), (8, 0.8)]
    assert child.data.metrics == {"f1": 0.8}


def test_a_summary_has_also_the_scores_of_skipped_stages(root: Path) -> None:
    with stage_run("density", {"test": "summary"}) as run:
        run.summary({"pretrain": {"test_f1": 0.6}, "finetune": {"mean": {"f1": None}}})
    assert {
        run.name: run.metrics
        for run in logged_experiments(tracking_uri())
        if run.params["test"] == "summary"
    } == {identify({"test": "summary"}).name: {"pretrain.test_f1": 0.6}}


@pytest.mark.parametrize(
    ("error", "status"),
    [(ValueError("no landslide"), "FAILED"), (KeyboardInterrupt("stopped by hand"), "KILLED")],
)
def test_an_error_ends_the_run_and_goes_on_up(
    root: Path, error: BaseException, status: str
) -> None:
    with pytest.raises(type(error), match=str(error)), stage_run("pretrain", {"test": status}):
        raise error
    (parent,), (child,) = family(tracking_uri(), test=status)
    assert (parent.info.status, child.info.status) == (status, status)
    assert child.data.tags["error"] == f"{type(error).__name__}: {error}"


def test_a_killed_stage_is_ended_by_its_next_start(root: Path) -> None:
    params = {"test": "stale"}
    killed = StageRun(tracking_uri(), "finetune", "2015", identify(params), params, {})
    killed.begin()  # and never ends, as after kill -9
    deadline = time.monotonic() + 60
    while not killed.child_id and time.monotonic() < deadline:
        time.sleep(0.01)
    with stage_run("finetune", params, date="2016"):
        pass
    (parent,), _ = family(tracking_uri(), test="stale")
    assert parent.info.status == "RUNNING"  # as far as anyone can know, 2015 still runs
    with stage_run("finetune", params, date="2015"):
        pass
    (parent,), children = family(tracking_uri(), test="stale")
    assert parent.info.status == "FINISHED"
    assert sorted((run.info.run_name, run.info.status) for run in children) == [
        ("finetune-2015", "FINISHED"),
        ("finetune-2015", "KILLED"),
        ("finetune-2016", "FINISHED"),
    ]


def test_an_entry_that_cannot_be_logged_is_left_out_with_a_warning(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with stage_run("pretrain", {"test": "dropped"}) as run:
        run.figure(root / "missing.png")
        run.scores({"f1": 0.5})
    _, (child,) = family(tracking_uri(), test="dropped")
    assert (child.info.status, child.data.metrics) == ("FINISHED", {"f1": 0.5})
    assert "missing.png" in caplog.text
    assert "this entry is not logged" in caplog.text


def test_epochs_are_sent_together(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, log_rows = [], experiment.log_rows

    def counting(client: Any, run_id: str, rows: list[Row]) -> None:
        sent.append(len(rows))
        log_rows(client, run_id, rows)

    monkeypatch.setattr(experiment, "log_rows", counting)
    with stage_run("pretrain", {"test": "together"}) as run:
        for step in range(500):
            run.epoch(step, {"loss": 1.0, "val_loss": 1.0, "lr": 1e-3})
    _, (child,) = family(tracking_uri(), test="together")
    assert (
        sent == [500]
    )  # in the 5 s after the run was opened nothing is sent, then everything: 1,500 values in two batches
    assert len(connect(tracking_uri()).get_metric_history(child.info.run_id, "val_loss")) == 500


# The experiment's identity


def test_the_experiment_is_told_by_name_baseline_and_parameters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = identify({"lr": "0.001", "seed": "1"})
    assert identify({"seed": "1", "lr": "0.001"}) == plain
    assert identify({"seed": "2", "lr": "0.001"}).key != plain.key
    monkeypatch.setenv("DVC_EXP_NAME", "puffy-aims")
    named = identify({"lr": "0.001", "seed": "1"})
    monkeypatch.setenv("DVC_EXP_BASELINE_REV", "abc123")
    assert len({plain.key, named.key, identify({"lr": "0.001", "seed": "1"}).key}) == 3


def test_a_plain_run_is_named_after_its_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert identify({}).name.startswith("repro-no-git-")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    revision = subprocess.run(
        [*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    identity = identify({})
    assert identity.name.startswith(f"repro-{revision[:7]}-")
    assert identity.tags["git.revision"] == revision


@given(
    st.recursive(
        st.integers() | st.none(),
        lambda inner: st.dictionaries(st.text("ab", min_size=1), inner, min_size=1),
        max_leaves=8,
    )
)
def test_flat_names_lead_to_the_values(values: Any) -> None:
    for name, value in flatten({"root": values}).items():
        inner: Any = {"root": values}
        for part in name.split("."):
            inner = inner[part]
        assert inner == value
        assert not isinstance(value, dict)


# The store's address


def test_the_root_is_that_of_the_main_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "demo" / "study"
    inner.mkdir(parents=True)
    (tmp_path / "demo" / "dvc.yaml").touch()
    monkeypatch.chdir(inner)
    assert repository_root() == tmp_path / "demo"
    (tmp_path / ".git").mkdir()
    assert repository_root() == tmp_path
    monkeypatch.setenv(
        "DVC_ROOT", "/elsewhere"
    )  # DVC works in .dvc/tmp/exps/… and names the main repository
    assert repository_root() == Path("/elsewhere")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "sqlite:////main repo/mlflow.db"),
        ("", "sqlite:////main repo/mlflow.db"),
        ("http://host:5000", "http://host:5000"),
        ("sqlite:////store/mlflow.db", "sqlite:////store/mlflow.db"),
        (
            "sqlite:///store/mlflow.db",
            "sqlite:////main repo/store/mlflow.db",
        ),  # not that of each temporary copy
    ],
)
def test_the_store_is_one_wherever_dvc_runs(
    given: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_ROOT", "/main repo")
    if given is not None:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", given)
    assert tracking_uri() == expected


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("htp://host:5000", "knows no such kind of address"),
        ("localhost:5000", "knows no such kind of address"),
        ("http:/host:5000", "names no host"),
        ("/some/folder", "a folder, which MLflow 3 no longer takes"),
        ("sqlite:////{file}/mlflow.db", "Not a directory|File exists"),
        ("sqlite:////{file}", "not a database"),
    ],
)
def test_a_store_that_cannot_work_is_refused_at_once(
    uri: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no database, but long enough to be taken for one: " + 100 * "x")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri.format(file=tmp_path / "file"))
    with (
        pytest.raises(
            TrackingError, match=f"cannot be used: .*({reason}).* set MLFLOW_TRACKING_URI"
        ),
        stage_run("pretrain", {}),
    ):
        pytest.fail("the stage must not start")


def test_reading_names_what_is_missing(root: Path, tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="there is no MLflow store"):
        logged_experiments(f"sqlite:///{tmp_path}/mlflow.db")
    assert not (tmp_path / "mlflow.db").exists()
    with stage_run("pretrain", {"test": "reading"}):
        pass
    with pytest.raises(TrackingError, match="has no experiment other"):
        logged_experiments(tracking_uri(), "other")


def test_hashes_are_those_of_dvc(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    (folder / "a").mkdir(parents=True)
    for name, text in (("a/b.txt", "one"), ("a-b.txt", "two"), ("é x.txt", "three")):
        (folder / name).write_text(text)
    # `dvc add f` of DVC 3.67 writes the first into f.dvc; the second is `md5sum`.
    assert list(data_hashes([folder, folder / "a" / "b.txt"]).values()) == [
        "297a6d5743bcde477d2982c2b35c4335.dir",
        "f97c5d29941bfb1b2fdab0874906ab82",
    ]


# Servers, and several at once


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def environment(**extra: str) -> dict[str, str]:
    source = Path(experiment.__file__).resolve().parents[2]
    return (
        {name: value for name, value in os.environ.items() if name not in SURROUNDINGS}
        | {"PYTHONPATH": str(source)}
        | extra
    )


def two_stages_at_once(cwd: Path, **extra: str) -> None:
    commands = [[sys.executable, "-c", STAGE, date] for date in ("2015", "2016")]
    both = [
        subprocess.Popen(
            command, cwd=cwd, env=environment(**extra), stderr=subprocess.PIPE, text=True
        )
        for command in commands
    ]
    answers = [process.communicate(timeout=200)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    assert answers == ["", ""]


def assert_one_parent_with_two_children(uri: str) -> list[Any]:
    (parent,), children = family(uri)
    assert parent.data.metrics == {"finetune.2015.f1": 0.7, "finetune.2016.f1": 0.7}
    assert parent.info.status == "FINISHED"
    assert {run.info.run_name: run.info.status for run in children} == {
        "finetune-2015": "FINISHED",
        "finetune-2016": "FINISHED",
    }
    assert len(children) == 2
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parent.info.run_id}
    return children


def test_two_stages_that_make_the_store_at_once_have_one_parent(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "main repo", tmp_path / "copy"
    root.mkdir()
    elsewhere.mkdir()
    two_stages_at_once(elsewhere, DVC_ROOT=str(root))
    assert_one_parent_with_two_children(f"sqlite:///{root}/mlflow.db")
    assert list(elsewhere.iterdir()) == []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, address = tmp_path_factory.mktemp("server"), f"http://127.0.0.1:{free_port()}"
    store, destination, port = (
        f"sqlite:///{folder}/mlflow.db",
        str(folder / "artifacts"),
        address.rpartition(":")[2],
    )
    options = [
        "--backend-store-uri",
        store,
        "--artifacts-destination",
        destination,
        "--port",
        port,
        "--workers",
        "1",
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *options],
            cwd=folder,
            env=environment(MLFLOW_DISABLE_TELEMETRY="true"),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for(address, process)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the MLflow server did not start"
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
                assert answer.read() == b"OK"
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"no MLflow server at {address} after two minutes")


@pytest.mark.timeout(300)
def test_two_stages_log_to_a_server_at_once(server: str, tmp_path: Path) -> None:
    two_stages_at_once(tmp_path, MLFLOW_TRACKING_URI=server, MLFLOW_HTTP_REQUEST_TIMEOUT="60")
    children = assert_one_parent_with_two_children(server)
    client = connect(server)
    for child in children:
        assert [point.step for point in client.get_metric_history(child.info.run_id, "loss")] == [
            0,
            1,
            2,
        ]
        assert [artifact.path for artifact in client.list_artifacts(child.info.run_id)] == [
            "model.txt"
        ]
    assert [run.params for run in logged_experiments(server)] == [
        {"lr": "0.001", "model.filters": "8"}
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_away_costs_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://someone:secret@{address}")
    done = False
    with stage_run("pretrain", {"lr": 1e-3}) as run:
        for step in range(100):
            run.epoch(step, {"loss": 0.5})
        run.scores({"f1": 0.5})
        done = True
    assert done
    warnings = [
        record.getMessage() for record in caplog.records if record.name == "slidelens.tracking.run"
    ]
    assert len(warnings) == 2
    assert "the stage goes on and its log waits" in warnings[0]
    assert "did not take all of run pretrain" in warnings[1]
    assert all(f"http://{address}" in warning and "secret" not in warning for warning in warnings)
    assert all("\n" not in warning for warning in warnings)


def test_what_was_logged_while_the_server_was_away_is_sent_when_it_is_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected, away = connect, [True]

    def sometimes(uri: str) -> Any:
        if away[0]:
            raise ConnectionError("refused")
        return connected(uri)

    monkeypatch.setattr(experiment, "connect", sometimes)
    with stage_run("pretrain", {"test": "back"}) as run:
        run.epoch(0, {"loss": 0.9})
        run.text("model.txt", "U-Net")
        away[0] = False
        run.epoch(1, {"loss": 0.8})
        run.scores({"f1": 0.7})
    (parent,), (child,) = family(tracking_uri(), test="back")
    history = connected(tracking_uri()).get_metric_history(child.info.run_id, "loss")
    assert [point.value for point in history] == [0.9, 0.8]
    assert (parent.data.metrics, child.info.status) == ({"pretrain.f1": 0.7}, "FINISHED")


def test_nothing_is_imported_before_it_is_needed() -> None:
    code = "import json, sys, slidelens.tracking.run; print(json.dumps([name for name in ('mlflow', 'pandas') if name in sys.modules]))"
    answer = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert json.loads(answer.stdout) == []
