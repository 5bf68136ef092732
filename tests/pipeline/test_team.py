"""Two clones and a remote: a shared folder, and a real S3 endpoint on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.pipeline.workshop import Workshop

CREDENTIALS: dict[str, Any] = {
    "AWS_ACCESS_KEY_ID": "tester",
    "AWS_SECRET_ACCESS_KEY": "tester",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The address of an S3 endpoint that has the bucket `slidelens`."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    keys = {
        "aws_access_key_id": "tester",
        "aws_secret_access_key": "tester",
        "region_name": "us-east-1",
    }
    boto3.client("s3", endpoint_url=address, **keys).create_bucket(Bucket="slidelens")
    yield address
    server.stop()


def clone(shop: Workshop, folder: Path) -> Workshop:
    shop.run("git", "clone", "-q", str(shop.folder), str(folder))
    return Workshop(folder)


@pytest.mark.long
def test_a_shared_folder(finished: Workshop, tmp_path: Path) -> None:
    a = finished.copy(tmp_path / "A")
    a.run("dvc", "remote", "add", "--default", "team", str(tmp_path / "shared folder"))
    a.run("dvc", "remote", "modify", "team", "verify", "true")
    a.commit("remote")
    a.run("dvc", "push", "--run-cache")
    b = clone(a, tmp_path / "B")
    b.run("dvc", "pull", "--run-cache")
    assert "up to date" in b.run("dvc", "status").stdout
    assert b.stages_run("dvc", "repro") == []
    assert b.json("metrics/f1.json") == a.json("metrics/f1.json")


def test_s3_whole_study_and_one_dates_weights_alone(
    finished: Workshop, tmp_path: Path, bucket: str
) -> None:
    a = finished.copy(tmp_path / "A")
    a.run("dvc", "remote", "add", "--default", "team", "s3://slidelens/study")
    a.run("dvc", "remote", "modify", "team", "endpointurl", bucket)
    a.run("dvc", "remote", "modify", "team", "verify", "true")
    a.commit("remote")
    a.run("dvc", "push", **CREDENTIALS)
    one = clone(a, tmp_path / "one")
    one.run("dvc", "pull", "models/2016.weights.h5", **CREDENTIALS)
    assert [path.name for path in (one.folder / "models").iterdir() if path.suffix == ".h5"] == [
        "2016.weights.h5"
    ]
    assert not (one.folder / "data/prepared").exists()
    b = clone(a, tmp_path / "B")
    b.run("dvc", "pull", **CREDENTIALS)
    assert "up to date" in b.run("dvc", "status").stdout
    assert b.stages_run("dvc", "repro") == []


def test_a_corrupted_object_is_refused(finished: Workshop, tmp_path: Path) -> None:
    a = finished.copy(tmp_path / "A")
    remote = tmp_path / "remote"
    a.run("dvc", "remote", "add", "--default", "team", str(remote))
    a.run("dvc", "remote", "modify", "team", "verify", "true")
    a.commit("remote")
    a.run("dvc", "push")
    weights = a.folder / "models/2016.weights.h5"
    for path in remote.rglob("*"):
        if (
            path.is_file()
            and path.stat().st_size == weights.stat().st_size
            and path.read_bytes() == weights.read_bytes()
        ):
            path.chmod(0o644)
            path.write_bytes(bytes(byte ^ 255 for byte in weights.read_bytes()))
            break
    else:
        pytest.fail("the remote does not hold the weights")
    b = clone(a, tmp_path / "B")
    pulled = b.run("dvc", "pull", "models/2016.weights.h5", check=False)
    assert pulled.returncode != 0
    assert not (b.folder / "models/2016.weights.h5").exists()
