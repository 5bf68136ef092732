"""The ledger of several scenes."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.api.mapping.job_ledger import Job, open_ledger, require_ledger_or_nothing
from slidelens.errors import OutputError

DONE = Job("s/a.tif", "a", "done", 3, 1234.5, 0.1 + 0.2, 0.5, 1.5, identity="0a")
FAILED = Job('s/"b", c.tif', "b", "failed", message="cannot read s/b.tif: 3, 4")


def test_jobs_are_read_as_they_were_written(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "out") as ledger:
        ledger.put(DONE, FAILED)
    with open_ledger(tmp_path / "out") as ledger:
        assert list(ledger.jobs.values()) == [DONE, FAILED]


def test_lines_that_are_no_jobs_are_left_out(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ledger.put(DONE)
    with (tmp_path / "jobs.csv").open("ab") as file:
        file.write(b"s/c.tif,c,maybe\ns/d.tif,d,done,many,,,,,,\n\xff\xfe\n")
    with open_ledger(tmp_path) as ledger:
        assert list(ledger.jobs.values()) == [DONE]


def test_no_formula_is_written_for_a_spreadsheet(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ledger.put(Job("=HYPERLINK(1)", "a", "failed"))
    assert "\n'=HYPERLINK(1),a,failed" in (tmp_path / "jobs.csv").read_text()


def test_a_folder_of_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "probability.tif").touch()
    with pytest.raises(OutputError, match=r"holds probability.tif and no jobs.csv of slidelens"):
        require_ledger_or_nothing(tmp_path)
    (tmp_path / "jobs.csv").write_text("name,salary\n")
    with pytest.raises(OutputError, match="nothing in it is overwritten"):
        require_ledger_or_nothing(tmp_path)


def test_two_processes_do_not_work_in_one_folder(tmp_path: Path) -> None:
    with (
        open_ledger(tmp_path),
        pytest.raises(OutputError, match="is in use: another process maps scenes into it"),
        open_ledger(tmp_path),
    ):
        pass
