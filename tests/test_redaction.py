"""Secrets never stand in messages."""

from __future__ import annotations

import pytest

from slidelens.redaction import redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://someone:secret@host:5000/api", "http://host:5000/api"),
        ("no answer from http://token@host; retry", "no answer from http://host; retry"),
        ("http://someone:p@ss/w:rd@host/api", "http://host/api"),
        ("postgresql://u:p@db/mlflow", "postgresql://db/mlflow"),
        ("s3://bucket/x?X-Amz-Signature=abc&part=1", "s3://bucket/x?X-Amz-Signature=…&part=1"),
        ("aws_secret_access_key=abc/def+1 failed", "aws_secret_access_key=… failed"),
        (
            "https://b.blob.core.windows.net/x?sv=1&sig=ab%2Fc&sp=r",
            "https://b.blob.core.windows.net/x?sv=1&sig=…&sp=r",
        ),
        ("AccountKey=ab/c==;EndpointSuffix=x", "AccountKey=…;EndpointSuffix=x"),
        (
            "remote {'url': 's3://b', 'secret_access_key': 'abc'}",
            "remote {'url': 's3://b', 'secret_access_key': '…'}",
        ),
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer …"),
        ("https://x.invalid/a?api_key=abc", "https://x.invalid/a?api_key=…"),
        (
            "fatal: could not read https://me:ghp_123@github.com/a/b.git",
            "fatal: could not read https://github.com/a/b.git",
        ),
        # Nothing secret in these.
        ("git@github.com:a/b.git", "git@github.com:a/b.git"),
        ("unexpected token: <", "unexpected token: <"),
        ("a basic question", "a basic question"),
        ("sqlite:////home/me@work/mlflow.db", "sqlite:////home/me@work/mlflow.db"),
        ("finetune@2015: http://host:5000/", "finetune@2015: http://host:5000/"),
        ("lr=0.001", "lr=0.001"),
    ],
)
def test_addresses_and_named_secrets(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_values_of_variables_that_hold_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "correct horse")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "")
    assert redact("401 for correct horse") == "401 for …"
