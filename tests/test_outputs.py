"""What an output may replace, and what killed processes leave behind."""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from slidelens import outputs
from slidelens.errors import OutputError
from slidelens.files import atomic_write, atomic_write_folder, write_text
from slidelens.outputs import (
    output_file,
    output_folder,
    process_is_running,
    require_geopackage,
    require_geotiff,
    require_png,
)
from support.studies import tree


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(path))


def make_device(path: Path) -> None:
    try:
        os.mknod(path, 0o020600, os.makedev(1, 3))  # as /dev/null
    except PermissionError:
        pytest.skip("only root may make devices")


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (make_pipe, "a pipe"),
        (make_socket, "a socket"),
        (make_device, "a device"),
        (Path.mkdir, "a folder"),
    ],
)
@pytest.mark.parametrize("linked", [False, True])
def test_what_is_no_regular_file_is_never_replaced(
    tmp_path: Path, make: Callable[[Path], None], kind: str, *, linked: bool
) -> None:
    path = tmp_path / "out"
    make(path)
    before = path.stat()
    if linked:
        (tmp_path / "link").symlink_to(path)
        path = tmp_path / "link"
    with pytest.raises(OutputError, match=f"out|link is {kind} and is not replaced; name another"):
        write_text(path, "x")
    after = path.stat()
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)


@pytest.mark.parametrize("make", [make_pipe, make_device, Path.touch])
def test_what_is_no_folder_is_never_replaced_by_one(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "out")
    with pytest.raises(OutputError, match="not a folder; name another folder"):
        output_folder(tmp_path / "out", ["*"])


def test_a_link_to_nothing_makes_its_file_if_the_folder_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    write_text(tmp_path / "a", "x")
    assert (tmp_path / "b").read_text() == "x"
    (tmp_path / "c").symlink_to(tmp_path / "disk/c")
    with pytest.raises(OutputError, match="whose folder is missing; mount the disk, or remove"):
        output_file(tmp_path / "c")
    with pytest.raises(OutputError, match="whose folder is missing"):
        output_folder(tmp_path / "c")
    assert not (tmp_path / "disk").exists()


def test_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "a")
    for check in (output_file, output_folder):
        with pytest.raises(OutputError, match="symbolic links; it is a link to itself"):
            check(tmp_path / "a")


def test_an_object_in_the_cache_of_dvc_is_not_replaced_through_its_link(tmp_path: Path) -> None:
    cached = tmp_path / "cached"
    cached.write_text("weights")
    cached.chmod(0o444)
    (tmp_path / "a.h5").symlink_to(cached)
    with pytest.raises(OutputError, match="read-only file .*cached; .*`dvc unprotect`"):
        write_text(tmp_path / "a.h5", "x")
    assert cached.read_text() == "weights"


def test_a_null_character_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\\x00b.* cannot be written: .*; choose another name"):
        output_file(tmp_path / "a\0b")


@pytest.mark.parametrize("name", ["a\udce9b.gpkg", "a\udce9b/o.gpkg"], ids=["file", "folder"])
def test_a_name_that_is_not_utf_8_is_no_vector_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="is not in UTF-8; choose another"):
        output_file(tmp_path / name)
    text = (tmp_path / name).with_suffix(".txt")
    assert output_file(text) == text  # the file system does not mind


@pytest.mark.parametrize("name", ["notes.md", "tables/notes.md", "tables/deep/a.csv", "x.csv"])
def test_a_folder_that_holds_files_of_the_user_is_not_replaced(tmp_path: Path, name: str) -> None:
    own = ["index.html", "tables/*.csv"]
    write_text(tmp_path / "report/index.html", "old")
    write_text(tmp_path / "report" / name, "mine")
    before = tree(tmp_path)
    with (
        pytest.raises(OutputError, match=rf"holds {name}, which slidelens did not write there "),
        atomic_write_folder(tmp_path / "report", own),
    ):
        pytest.fail("found out too late")
    assert tree(tmp_path) == before


def test_a_file_put_into_the_folder_in_the_meantime_is_not_lost(tmp_path: Path) -> None:
    write_text(tmp_path / "out/a.txt", "old")
    with (  # noqa: PT012 (what fails is the block)
        pytest.raises(OutputError, match="holds notes.md"),
        atomic_write_folder(tmp_path / "out", ["a.txt"]) as folder,
    ):
        (folder / "a.txt").write_text("new")
        write_text(tmp_path / "out/notes.md", "mine")
    assert tree(tmp_path / "out") == {"a.txt": b"old", "notes.md": b"mine"}


def test_what_programs_put_beside_our_files_goes_with_them(tmp_path: Path) -> None:
    for name in ("a.tif", "a.tif.aux.xml", "b.gpkg-wal", ".DS_Store", "sub/Thumbs.db"):
        write_text(tmp_path / "out" / name, "x")
    with atomic_write_folder(tmp_path / "out", ["a.tif", "b.gpkg"]):
        pass
    assert tree(tmp_path) == {}


def test_a_linked_folder_inside_is_not_ours(tmp_path: Path) -> None:
    write_text(tmp_path / "mine/a.csv", "mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/tables").symlink_to(tmp_path / "mine")
    with pytest.raises(OutputError, match="holds tables, which"):
        output_folder(tmp_path / "out", ["tables/*.csv"])


def test_the_current_folder_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for path in (Path(), Path("../here"), Path("..")):
        with pytest.raises(OutputError, match="is the current folder and is not replaced"):
            output_folder(path)


def test_a_mounted_disk_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slidelens.outputs.os.path.ismount", lambda _: True)
    with pytest.raises(OutputError, match="is a mounted disk and is not replaced; name a folder"):
        output_folder(tmp_path)


KILLED = """
import os, signal, sys
from pathlib import Path
from slidelens.files import atomic_write_folder
{before}
with atomic_write_folder(Path(sys.argv[1]), ["a.txt"]) as folder:
    (folder / "a.txt").write_text("new")
    {inside}
"""


def kill(path: Path, before: str = "", inside: str = "") -> None:
    code = KILLED.format(before=before, inside=inside)
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=60)
    assert done.returncode == -9


def test_a_process_killed_between_the_two_renames_has_its_output_put_back(tmp_path: Path) -> None:
    write_text(tmp_path / "out/a.txt", "old")
    kill(
        tmp_path / "out",
        before="rename = Path.rename; Path.rename = lambda path, to:"
        " os.kill(os.getpid(), 9) if path.name == 'new' else rename(path, to)",
    )
    assert not (tmp_path / "out").exists()
    with (  # noqa: PT012 (what fails is the block)
        pytest.raises(RuntimeError, match="stop"),
        atomic_write_folder(tmp_path / "out", ["a.txt"]),
    ):
        assert (tmp_path / "out/a.txt").read_text() == "old"
        raise RuntimeError("stop")
    assert tree(tmp_path) == {"out/a.txt": b"old"}


def litter(path: Path, machine: str, process: int, age_s: float = 0) -> Path:
    folder = path.parent / f".{path.name}.{machine}-{process}-abcd1234"
    write_text(folder / ".slidelens-lock", "")
    os.utime(folder, (time.time() - age_s, time.time() - age_s))
    return folder


def test_the_number_of_a_killed_process_may_be_used_again(tmp_path: Path) -> None:
    """As in containers, where every process has the same number."""
    path = tmp_path / "out.tif"
    left = litter(path, platform.node(), os.getpid(), age_s=60)
    write_text(path, "x")
    assert not left.exists()


def test_the_folder_of_a_process_that_has_just_begun_stays(tmp_path: Path) -> None:
    path = tmp_path / "out.tif"
    left = litter(path, platform.node(), os.getpid())
    write_text(path, "x")
    assert left.exists()


@pytest.mark.parametrize(("age_s", "stays"), [(3600, True), (100_000, False)])
def test_a_folder_of_another_machine_is_removed_when_a_day_old(
    tmp_path: Path, age_s: float, *, stays: bool
) -> None:
    path = tmp_path / "out.tif"
    left = litter(path, "other-machine", 1, age_s)
    write_text(path, "x")
    assert left.exists() == stays


def test_a_locked_folder_stays_however_old(tmp_path: Path) -> None:
    path = tmp_path / "out.tif"
    with outputs.folder_beside(path) as folder:
        os.utime(folder, (0, 0))
        renamed = folder.rename(tmp_path / ".out.tif.other-machine-99-abcd1234")
        write_text(path, "x")
        assert renamed.exists()


def test_new_folders_stay_only_if_something_is_written_there(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    with pytest.raises(OutputError, match="full"), atomic_write(tmp_path / "old/new/a/x.csv"):
        raise OutputError("the disk is full")
    assert [each.name for each in tmp_path.rglob("*")] == ["old"]
    write_text(tmp_path / "old/new/b/x.csv", "x")
    with pytest.raises(OutputError, match="full"), atomic_write(tmp_path / "old/new/c/x.csv"):
        raise OutputError("the disk is full")
    assert [each.name for each in (tmp_path / "old/new").rglob("*")] == ["b", "x.csv"]


def test_processes() -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert process_is_running(os.getpid())
    assert not process_is_running(done.pid)
    assert process_is_running(10**30)


def test_a_name_that_does_not_tell_the_format_is_refused() -> None:
    with pytest.raises(OutputError, match=r"a/d3\.png would hold a GeoTIFF, .*name it a/d3\.tif$"):
        require_geotiff(Path("a/d3.png"))
    with pytest.raises(OutputError, match=r"out would hold a GeoPackage, .*name it out\.gpkg$"):
        require_geopackage(Path("out"))
    with pytest.raises(OutputError, match=r"s\.pdf would hold a PNG image, .*name it s\.png$"):
        require_png(Path("s.pdf"))
    require_geotiff(Path("a.TIFF"))
    require_geopackage(Path("O.GPKG"))
    require_png(Path("s.Png"))
