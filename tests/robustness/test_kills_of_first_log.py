"""Kills while MLflow makes its database: the next stage logs, and nothing stays behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.tracking.stores import environment

# In one process that has imported MLflow, a fork for each stage: it stops itself before the n-th
# statement that changes the schema, and the next one has to log.
PROGRAM = """
import collections, json, os, pathlib, signal, sqlite3, sys
import mlflow, sqlalchemy, alembic.command
from mlflow.store.tracking import sqlalchemy_store
from slidelens.tracking.run import stage_run

def stage(folder, stop_at=None, number=9):
    process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    os.chdir(folder)
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
    seen = 0
    def count(connection, cursor, statement, *_):
        nonlocal seen
        seen += statement.lstrip().upper().startswith(("CREATE", "ALTER", "DROP"))
        if stop_at is not None and seen >= stop_at:
            os.kill(os.getpid(), number)
    sqlalchemy.event.listen(sqlalchemy.engine.Engine, "before_cursor_execute", count)
    status = 0
    try:
        with stage_run("pretrain", {"lr": 1e-3}) as run:
            run.scores({"f1": 0.5})
    except BaseException as error:
        print(type(error).__name__, error, file=sys.stderr)
        status = 1
    finally:
        sys.stderr.flush()
        (folder / "seen").write_text(str(seen))
        os._exit(status)

root, moments, signals = pathlib.Path(sys.argv[1]), *map(json.loads, sys.argv[2:])
(root / "whole").mkdir()
assert stage(root / "whole") == 0
statements = int((root / "whole/seen").read_text())
outcomes = collections.Counter()
for name in signals:
    number = getattr(signal, name)
    for moment in moments or range(1, statements):
        folder = root / f"{name} {moment}"
        folder.mkdir()
        assert stage(folder, moment, number) == -number
        half = (folder / "mlflow.db").exists() and (folder / "mlflow.db").stat().st_size > 0
        status = stage(folder)
        store = sqlite3.connect(folder / "mlflow.db")
        runs = [row[0] for row in store.execute("select status from runs")] if not status else []
        store.close()
        left = {path.name for path in folder.iterdir()} - {"mlflow.db", "mlflow.db.lock", "seen"}
        good = not status and set(runs) == {"FINISHED"} and not left and not half
        outcomes["goes on" if good else f"{status} {runs} {left} {half}"] += 1
print(json.dumps([statements, outcomes]))
"""


def outcomes(folder: Path, moments: list[int], signals: list[str]) -> tuple[int, dict[str, int]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), json.dumps(moments), json.dumps(signals)],
        env=environment(MLFLOW_DISABLE_TELEMETRY="true", MLFLOW_LOGGING_LEVEL="CRITICAL"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    statements, counted = json.loads(done.stdout)
    return statements, counted


@pytest.mark.long
def test_three_moments(tmp_path: Path) -> None:
    statements, counted = outcomes(tmp_path, [2, 40, 90], ["SIGKILL"])
    assert statements > 90
    assert counted == {"goes on": 3}


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_every_moment(tmp_path: Path) -> None:
    statements, counted = outcomes(tmp_path, [], ["SIGKILL", "SIGHUP"])
    assert counted == {"goes on": 2 * (statements - 1)}
