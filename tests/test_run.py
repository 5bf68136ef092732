"""Exit status and standard error of commands and stages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from slidelens.errors import SceneError
from slidelens.run import run


def raising(error: BaseException) -> int:
    raise error


@pytest.mark.parametrize(("returned", "status"), [(None, 0), (0, 0), (2, 2)])
def test_the_works_own_status(returned: int | None, status: int) -> None:
    assert run("name", lambda: returned) == status


def test_bad_input_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("prepare", lambda: raising(SceneError("there is no scene\n  a.tif"))) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "prepare: there is no scene a.tif\n")


def test_an_interrupt_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("prepare", lambda: raising(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err == "prepare: interrupted; nothing half written is kept\n"


def test_a_file_that_may_not_be_read_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run("check", lambda: raising(PermissionError(13, "Permission denied", "raw/a.gpkg"))) == 2
    )
    assert (
        capsys.readouterr().err
        == "check: raw/a.gpkg: Permission denied; fix that and run it again\n"
    )


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run("name", lambda: raising(ZeroDivisionError()))


def python(code: str, stdout: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )


PRINTING = "import sys; from slidelens.run import run; sys.exit(run('name', lambda: print('{}')))"


def test_a_reader_that_has_gone_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = python(PRINTING, writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_output_that_cannot_be_written_is_one_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    full = os.open("/dev/full", os.O_WRONLY)
    done = python(PRINTING, full)
    os.close(full)
    assert (done.returncode, done.stderr) == (
        2,
        "name: standard output: No space left on device; fix that and run it again\n",
    )


def test_what_is_logged_goes_to_standard_error() -> None:
    code = (
        "import logging; from slidelens.run import run;"
        "run('name', lambda: logging.getLogger('slidelens.geo').info('12 landslides'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("", "info: 12 landslides\n")


WARNING = """
import sys, types, warnings
from slidelens.run import run
module = types.ModuleType("{name}")
exec("import numpy as np\\ndef divide(): return np.ones(1) / np.zeros(1)", module.__dict__)
sys.exit(run("name", lambda: module.divide() is None))
"""


@pytest.mark.parametrize(
    ("module", "shown"), [("slidelens.analysis.x", True), ("keras.src", False)]
)
def test_a_warning_about_our_code_is_shown_and_one_about_a_librarys_is_not(
    module: str, shown: bool
) -> None:
    code = WARNING.replace("{name}", module)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0
    assert ("divide by zero encountered" in done.stderr) == shown, done.stderr
    assert done.stderr.count("\n") == int(shown)


@pytest.mark.parametrize(
    ("missing", "extra"), [("tensorflow", "train"), ("keras.src", "train"), ("mlflow", "pipeline")]
)
def test_a_package_that_is_not_installed_is_named_with_its_extra(
    capsys: pytest.CaptureFixture[str], missing: str, extra: str
) -> None:
    def work() -> None:
        raise ModuleNotFoundError("no", name=missing)

    assert run("slidelens map", work) == 2
    expected = f"needs {missing}, which is not installed; run pip install 'slidelens[{extra}]'"
    assert capsys.readouterr().err == f"slidelens map: {expected}\n"


def test_a_missing_module_of_our_own_is_a_bug_and_stays_a_traceback() -> None:
    def work() -> None:
        raise ModuleNotFoundError("no", name="slidelens.nowhere")

    with pytest.raises(ModuleNotFoundError):
        run("slidelens map", work)
