"""Two clones and a remote that fails: nothing is lost, and the same command goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.pipeline.workshop import Workshop
from support.servers import FaultyServer, faulty_server

CREDENTIALS: dict[str, Any] = {
    "AWS_ACCESS_KEY_ID": "tester",
    "AWS_SECRET_ACCESS_KEY": "secret tester",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_MAX_ATTEMPTS": "1",
}


@pytest.fixture
def s3() -> Iterator[FaultyServer]:
    """An S3 endpoint behind a proxy that can fail; it has the bucket `slidelens`."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {
        "aws_access_key_id": "tester",
        "aws_secret_access_key": "secret tester",
        "region_name": "us-east-1",
    }
    behind = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=behind, **keys).create_bucket(Bucket="slidelens")
    with faulty_server("", behind) as proxy:
        yield proxy
    server.stop()


def with_remote(shop: Workshop, address: str, endpoint: str = "") -> Workshop:
    shop.run("dvc", "remote", "add", "--default", "team", address)
    shop.run("dvc", "remote", "modify", "team", "verify", "true")
    if endpoint:
        shop.run("dvc", "remote", "modify", "team", "endpointurl", endpoint)
    shop.commit("remote")
    return shop


def clone(shop: Workshop, folder: Path) -> Workshop:
    shop.run("git", "clone", "-q", str(shop.folder), str(folder))
    return Workshop(folder)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("fault", ["500", "503", "cuts off", "closes"])
def test_a_push_that_fails_goes_on_when_it_is_run_again(
    fault: str, finished: Workshop, tmp_path: Path, s3: FaultyServer
) -> None:
    a = with_remote(finished.copy(tmp_path / "A"), "s3://slidelens/study", s3.address)
    s3.fault = fault
    failed = a.run("dvc", "push", check=False, **CREDENTIALS)
    assert failed.returncode != 0
    assert "secret tester" not in failed.stdout + failed.stderr
    s3.fault = ""
    a.run("dvc", "push", **CREDENTIALS)
    b = clone(a, tmp_path / "B")
    s3.fault = fault
    failed = b.run("dvc", "pull", check=False, **CREDENTIALS)
    assert failed.returncode != 0
    s3.fault = ""
    b.run("dvc", "pull", **CREDENTIALS)
    assert "up to date" in b.run("dvc", "status").stdout


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_late_server_and_a_push_that_is_killed(
    finished: Workshop, tmp_path: Path, s3: FaultyServer
) -> None:
    a = with_remote(finished.copy(tmp_path / "A"), "s3://slidelens/study", s3.address)
    s3.late_s = 0.5
    process = subprocess.Popen(
        ["dvc", "push", "--jobs", "1"],
        cwd=a.folder,
        env=a.environment(**CREDENTIALS),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(15)
    process.kill()
    process.wait()
    s3.late_s = 0.0
    a.run("dvc", "push", **CREDENTIALS)
    b = clone(a, tmp_path / "B")
    b.run("dvc", "pull", **CREDENTIALS)
    assert "up to date" in b.run("dvc", "status").stdout


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_push_and_pull_at_once(finished: Workshop, tmp_path: Path) -> None:
    a = with_remote(finished.copy(tmp_path / "A"), str(tmp_path / "shared folder"))
    b = clone(a, tmp_path / "B")
    push = subprocess.Popen(
        ["dvc", "push", "--quiet"], cwd=a.folder, env=a.environment(), stderr=subprocess.DEVNULL
    )
    b.run("dvc", "pull", check=False)  # some are there, some not yet
    assert push.wait(300) == 0
    b.run("dvc", "pull")
    assert "up to date" in b.run("dvc", "status").stdout


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_what_is_missing_or_damaged_comes_back(finished: Workshop, tmp_path: Path) -> None:
    remote = tmp_path / "remote"
    a = with_remote(finished.copy(tmp_path / "A"), str(remote))
    a.run("dvc", "push")
    b = clone(a, tmp_path / "B")
    missing, *_ = sorted(path for path in remote.rglob("*") if path.is_file())
    missing.unlink()
    assert b.run("dvc", "pull", check=False).returncode != 0
    # DVC takes the files of a folder for pushed while the folder's own object is there.
    for listing in remote.rglob("*.dir"):
        listing.unlink()
    a.run("dvc", "push")
    b.run("dvc", "pull")
    cached = max(
        (path for path in (b.folder / ".dvc/cache/files").rglob("*") if path.is_file()),
        key=lambda path: path.stat().st_size,
    )
    cached.chmod(0o644)
    cached.write_bytes(b"garbage")
    b.run("dvc", "checkout", "--force", check=False)
    b.run("dvc", "pull")
    assert "up to date" in b.run("dvc", "status").stdout


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_two_repros_at_once_and_a_lock_that_a_kill_left(finished: Workshop, tmp_path: Path) -> None:
    shop = finished.copy(tmp_path / "A")
    shop.set_params({"lr": 0.002})
    first = subprocess.Popen(
        ["dvc", "repro", "pretrain"],
        cwd=shop.folder,
        env=shop.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdout is not None
    for line in first.stdout:
        if line.startswith("Running stage 'pretrain'"):
            break
    second = shop.run("dvc", "repro", "pretrain", check=False)
    assert second.returncode != 0
    assert "is busy, it is being blocked by" in second.stderr
    first.stdout.read()
    first.stdout.close()
    assert first.wait(300) == 0
    (shop.folder / ".dvc/tmp/rwlock").write_text('{"write": {"')
    shop.run("python", "-m", "slidelens.pipeline.repro")
    assert "up to date" in shop.run("dvc", "status").stdout
