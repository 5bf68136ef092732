"""Findings of the audit as text and as JSON."""

from __future__ import annotations

from slidelens.learning.audit.leakage import Finding
from slidelens.learning.audit.report import RandomSplitEstimate, findings_json, findings_text

SOUND = Finding("2013", "statistics are those of train blocks", 0)
BROKEN = Finding("2014", "landslides lie in one part", 3)


def test_findings_without_a_leak() -> None:
    assert findings_text([SOUND], None).splitlines() == [
        "ok   2013: statistics are those of train blocks",
        "no test ground leaked",
    ]
    assert findings_json([SOUND], None) == {
        "leaks": 0,
        "findings": [
            {"where": "2013", "rule": "statistics are those of train blocks", "broken": 0}
        ],
    }


def test_a_leak_is_counted_and_has_a_remedy() -> None:
    assert findings_text([SOUND, BROKEN], None).splitlines()[1:] == [
        "LEAK 2014: landslides lie in one part (3 do not)",
        "1 leak: run `dvc repro prepare`, and report it if they stay",
    ]
    assert findings_json([SOUND, BROKEN], None)["leaks"] == 1


def test_the_estimate_of_a_random_split_stands_below() -> None:
    estimate = RandomSplitEstimate("2013", f1_claimed=0.91234, f1_blocks=None)
    assert findings_text([SOUND], estimate).splitlines()[-1] == (
        "2013: F1 0.912 with randomly parted, overlapping patches; – on test blocks"
    )
    assert findings_json([SOUND], estimate)["careless"] == {
        "date": "2013",
        "f1_claimed": 0.91234,
        "f1_blocks": None,
    }
