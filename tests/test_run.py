"""Exit status and standard error of commands and stages."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from slidelens.errors import SceneError
from slidelens.run import resumable, run


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


def test_an_interrupted_command_says_how_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        with resumable("the same command goes on"):
            raise KeyboardInterrupt

    assert run("map", work) == 130
    assert capsys.readouterr().err == "map: interrupted; the same command goes on\n"


def test_a_file_that_may_not_be_read_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run("check", lambda: raising(PermissionError(13, "Permission denied", "raw/a.gpkg"))) == 2
    )
    assert (
        capsys.readouterr().err
        == "check: raw/a.gpkg: Permission denied; fix that and run it again\n"
    )


@pytest.mark.parametrize("value", ["1", "yes"])
def test_a_developer_sees_the_traceback_of_a_bug(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SLIDELENS_DEBUG", value)
    with pytest.raises(ZeroDivisionError):
        run("name", lambda: raising(ZeroDivisionError()))


@pytest.mark.parametrize("value", [None, "", "0"])
def test_a_user_sees_one_line_of_a_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: str | None
) -> None:
    monkeypatch.delenv("SLIDELENS_DEBUG")
    if value is not None:
        monkeypatch.setenv("SLIDELENS_DEBUG", value)
    assert run("sizes", lambda: raising(ZeroDivisionError("by\nzero"))) == 70
    text = capsys.readouterr().err
    assert text.startswith("sizes: internal error: ZeroDivisionError: by zero (test_run.py:")
    assert text.endswith(
        "; this is a bug: run it again with SLIDELENS_DEBUG=1 and report the traceback\n"
    )
    assert text.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            MemoryError("Unable to allocate 7 TiB"),
            "not enough memory (Unable to allocate 7 TiB); use",
        ),
        (MemoryError(), "there is not enough memory; use a smaller area or larger pixels"),
        (
            RecursionError("maximum recursion depth"),
            "nested too deeply to be read; check the files",
        ),
        (OverflowError("int too large"), "too large to compute with (int too large); check the"),
    ],
)
def test_limits_of_the_machine_are_one_line(
    error: Exception, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SLIDELENS_DEBUG")
    assert run("map", lambda: raising(error)) == 2
    message = capsys.readouterr().err
    assert text in message
    assert message.count("\n") == 1


@pytest.mark.parametrize(
    "reason", ["failed to map segment from shared object", "cannot allocate memory"]
)
def test_a_library_that_does_not_fit_into_memory_is_named(
    reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("map", lambda: raising(ImportError(f"/lib/libgdal.so.36: {reason}"))) == 2
    expected = "map: too little memory to load libgdal.so.36; raise the limit (ulimit -v)\n"
    assert capsys.readouterr().err == expected


def test_messages_obey_no_control_characters_and_tell_no_secrets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = SceneError("no \033[31mred\u202e band in http://me:geheim@host/a.tif?token=abc")
    assert run("map", lambda: raising(error)) == 2
    assert capsys.readouterr().err == (
        "map: no \\x1b[31mred\\u202e band in http://host/a.tif?token=…\n"
    )


SIGNALLED = """
import os, signal, sys, time
from pathlib import Path
from slidelens.files import atomic_write
from slidelens.run import run

def work():
    try:
        with atomic_write(Path(sys.argv[1])) as temporary:
            temporary.write_text("half")
            print("writing", flush=True)
            for _ in range(600):
                time.sleep(0.1)
    finally:
        print("tidying up", flush=True)
        time.sleep({seconds})
        print("tidy", flush=True)

sys.exit(run("map", work))
"""


def set_signals(ignored: int | None) -> None:
    """Handle signals as a terminal's commands do, also where the tests run in the background."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN if number == ignored else signal.SIG_DFL)


def signalled(
    path: Path, *numbers: int, seconds: float = 0, ignored: int | None = None
) -> tuple[int, str, str]:
    """Return status and output of a process that gets signals, the later ones in its tidying up."""
    with subprocess.Popen(
        [sys.executable, "-c", SIGNALLED.replace("{seconds}", str(seconds)), str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=partial(set_signals, ignored),  # noqa: PLW1509
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        for index, number in enumerate(numbers):
            process.send_signal(number)
            if index == 0 and number != ignored:
                assert process.stdout.readline() == "tidying up\n"
            time.sleep(0.2)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_command_without_litter(tmp_path: Path, number: int) -> None:
    (tmp_path / "out").write_text("old")
    status, out, err = signalled(tmp_path / "out", number)
    assert (status, out) == (128 + number, "tidy\n")
    assert err == "map: interrupted; nothing half written is kept\n"
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_second_signal_waits_until_everything_is_tidy(tmp_path: Path) -> None:
    status, out, err = signalled(tmp_path / "out", signal.SIGINT, signal.SIGINT, seconds=1)
    assert (status, out) == (130, "tidy\n")
    assert err.splitlines() == [
        "map: tidying up; press Ctrl-C again to stop at once",
        "map: interrupted; nothing half written is kept",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_third_signal_ends_at_once(tmp_path: Path) -> None:
    numbers = [signal.SIGINT, signal.SIGINT, signal.SIGTERM]
    status, out, err = signalled(tmp_path / "out", *numbers, seconds=30)
    assert (status, out) == (143, "")
    assert "Traceback" not in err


def test_a_signal_that_nohup_ignores_stays_ignored(tmp_path: Path) -> None:
    numbers = [signal.SIGHUP, signal.SIGTERM]
    assert signalled(tmp_path / "out", *numbers, ignored=signal.SIGHUP)[0] == 143


def test_handlers_of_the_caller_are_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    run("name", lambda: raising(KeyboardInterrupt()))
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_thread_that_may_set_no_handlers() -> None:
    with ThreadPoolExecutor() as pool:
        assert pool.submit(run, "name", lambda: 0).result() == 0


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


def test_what_is_logged_obeys_no_control_characters_and_tells_no_secrets() -> None:
    code = (
        "import logging; from slidelens.run import run;"
        "run('name', lambda: logging.getLogger('slidelens.geo').warning("
        "'%s at %s', 'a\\033[2Jb', 'http://u:geheim@host'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == "warning: a\\x1b[2Jb at http://host\n"


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


def test_a_missing_module_of_our_own_is_a_bug() -> None:
    def work() -> None:
        raise ModuleNotFoundError("no", name="slidelens.nowhere")

    with pytest.raises(ModuleNotFoundError):
        run("slidelens map", work)
