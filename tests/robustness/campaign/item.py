"""What an input of the campaign is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EITHER, REFUSED, TOLD, ACCEPTED = "either", "refused", "told", "accepted"
STAGES = ("prepare", "pretrain", "finetune", "evaluate", "density", "revise", "lifecycle", "report")
OUTCOMES = ("clear line", "accepted", "wrong line", "traceback", "hang", "silently wrong")
SERVED = ".served"  # file in which a server's address is noted, and what stands for it in `words`
SERVED_AT = "http://served"
FAILURES = (*OUTCOMES[2:], "broken input")  # the last: the campaign itself is wrong


@dataclass(frozen=True)
class Input:
    """One malformed or strange input and the command that gets it.

    Attributes:
        name: Unique: kind, trait and command, for example `vector/open-ring/sizes`.
        words: The command line: a command of `slidelens`, or a stage with its arguments.
        write: Writes the files below the folder that the command runs in.
        about: A refusal names at least one of these texts; empty: one of the paths in `words`.
        expect: REFUSED: to be accepted is wrong. TOLD: acceptance needs a warning or a note.
            ACCEPTED: to be refused is wrong. EITHER: both are right.
        answer: Expected values of the JSON on standard output, by dotted key, if it is accepted.
        outputs: Paths that must be there if it is accepted.
        kept: Paths whose bytes must stay as they were, whatever comes.
        needs_network: Whether the command builds a network.
        environment: Environment variables to set.
        memory_bytes: Memory that the process may map beyond what it has at its start.
    """

    name: str
    words: tuple[str, ...]
    write: Callable[[Path], object]
    about: tuple[str, ...] = ()
    expect: str = EITHER
    answer: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    needs_network: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    memory_bytes: float = 3e9

    @property
    def kind(self) -> str:
        """Return the first part of the name."""
        return self.name.partition("/")[0]

    @property
    def command(self) -> str:
        """Return the command or stage."""
        return self.words[0]

    @property
    def is_slow(self) -> bool:
        """Return whether it builds a network, which takes seconds; the report does to draw one."""
        return self.needs_network or self.command == "stage:report"

    @property
    def is_stage(self) -> bool:
        """Return whether the words name a stage, as `stage:lifecycle` where a command is alike."""
        return self.command.startswith("stage:")


@dataclass(frozen=True)
class Result:
    """What a process did with an input.

    Attributes:
        name: That of the input.
        status: Exit status; None if a signal or the time limit ended it.
        is_hung: Whether the time limit ended it.
        broken: Traceback of the input's own writer: the campaign is wrong, not slidelens.
        changed: Those of `kept` whose bytes changed.
        missing: Those of `outputs` that are not there.
        there: Paths among the words and `about` that were there before the command ran.
    """

    name: str
    status: int | None
    is_hung: bool
    seconds: float
    out: str
    err: str
    broken: str = ""
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    there: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How an input's result is judged.

    Attributes:
        outcome: One of OUTCOMES.
        why: What is wrong, or the line of the refusal.
        module: Module of slidelens in which a traceback ends; empty if there is none.
    """

    input: Input
    result: Result
    outcome: str
    why: str
    module: str = ""
