"""Run the command line `slidelens`.

Each module of `slidelens.commands` has a function `command(…) -> None`: its annotated parameters
are the arguments and options, its docstring is the help. Parameters called `out`, `figure` and
`csv` name what it writes: files, new folders where the metavar is FOLDER, and where it is DIR
folders that may hold earlier results, which the command itself checks. Only the module of the
typed command is imported. `COMMANDS` holds the names, panels and one-line helps of all commands.
"""

from __future__ import annotations

import importlib
import keyword
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from slidelens import __version__, console
from slidelens.errors import ParamsError
from slidelens.escaping import one_line
from slidelens.outputs import require_ending, require_folder_name
from slidelens.overwriting import refuse_overwriting, refuse_what_is_no_file
from slidelens.redaction import redact
from slidelens.run import run


class Entry(NamedTuple):
    """A command in the overview: the panel that it stands in and a one-line help."""

    panel: str
    help: str


_HELP = ("-h", "--help")
_TYPES = {"float_parsing": "a number", "int_parsing": "a whole number"}  # by pydantic's error
_STUDY, _FILES, _EXPERIMENTS = "A study", "Files", "Experiments"
COMMANDS = {
    "init": Entry(_STUDY, "Create a study repository"),
    "check": Entry(_STUDY, "Check a study's files and say how to fix them"),
    "dates": Entry(_STUDY, "Set the dates of the pipeline"),
    "drift": Entry(_STUDY, "Measure how far each date is from the training image"),
    "audit": Entry(_STUDY, "Verify that no test block leaked into training"),
    "catalog": Entry(_STUDY, "Write a study as a STAC collection and a QGIS project"),
    "fetch": Entry(_FILES, "Fetch images of an area from a STAC catalogue"),
    "import": Entry(_FILES, "Bring training sets and inventories into a study"),
    "map": Entry(_FILES, "Map the landslides of images"),
    "review": Entry(_FILES, "Turn an inventory edited in a GIS into labels"),
    "adapt": Entry(_FILES, "Adapt weights to an image with a handful of marks"),
    "export": Entry(_FILES, "Write weights as ONNX, for QGIS and other programs"),
    "density": Entry(_FILES, "Compute the kernel density of an inventory"),
    "sizes": Entry(_FILES, "Fit the size-frequency distribution of an inventory"),
    "compare": Entry(_FILES, "Compare two inventories or two revisions"),
    "lifecycle": Entry(_FILES, "Trace landslides through dated inventories"),
    "register": Entry(_EXPERIMENTS, "Register weights in MLflow's model registry"),
    "table2": Entry(_EXPERIMENTS, "Print the table of the hyper-parameter experiments"),
    "sweep": Entry(_EXPERIMENTS, "Queue or run the hyper-parameter experiments"),
    "ablations": Entry(_EXPERIMENTS, "Measure what each part of the method contributes"),
    "transfer": Entry(_EXPERIMENTS, "Score every date with every date's weights"),
}


def main(argv: list[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: Words of the command line; by default those of the process.

    Returns:
        0, or the status of the failure: 2 after one line on standard error, 130 after Ctrl-C.

    Raises:
        SystemExit: After --help and --version (status 0), or if the words cannot be read (2).
    """
    argv = sys.argv[1:] if argv is None else argv
    typed = argv[0] if argv and argv[0] in COMMANDS else None
    name = f"slidelens {typed}" if typed else "slidelens"
    return run(name, lambda: _dispatch(argv, typed, name))


def _dispatch(argv: list[str], typed: str | None, name: str) -> int:
    module = load(typed) if typed else None
    group = command_line(typed, module)
    try:
        with group.make_context("slidelens", list(argv)) as context:
            group.invoke(context)
    except typer.Exit as stop:
        if {*_HELP, "--version"} & set(argv):
            raise SystemExit(stop.exit_code) from None
        return stop.exit_code
    except TyperException as error:
        text = one_line(redact(_one_line(error)))
        print(f"{name}: error: {text} (see `{name} --help`)", file=sys.stderr)
        raise SystemExit(2) from None
    return 0


def _one_line(error: TyperException) -> str:
    """Return what is wrong with the words, with the option's name where it is known."""
    parameter, text = getattr(error, "param", None), _reason(error)
    if not text or parameter is None:
        text = error.format_message()
    elif getattr(parameter, "opts", None):
        is_option = parameter.param_type_name == "option"
        name = max(parameter.opts, key=len) if is_option else parameter.display_name_raw
        return _on_a_line(f"{name}: {text}")
    text = _on_a_line(text)
    return text[:1].lower() + text[1:]


def _on_a_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


def _reason(error: TyperException) -> str:
    """Return the message of an error, with the value that could not be read."""
    errors = getattr(error.__cause__, "errors", None)  # those of pydantic, which reads values
    if errors is None:
        return error.message
    detail = errors()[0]
    if detail["type"] in _TYPES:
        return f"{detail['input']} is not {_TYPES[detail['type']]}"
    if detail["type"] == "greater_than_equal":
        return f"{detail['input']} is too small; give {detail['ctx']['ge']} or more"
    return str(detail["msg"]).removeprefix("Value error, ")


def load(name: str) -> ModuleType:
    """Import the module of a command; names that Python reserves end in an underscore there."""
    module = f"{name}_" if keyword.iskeyword(name) else name
    return importlib.import_module(f"slidelens.commands.{module}")


class Command(TyperCommand):
    """A command that takes several values after an option and never overwrites what it reads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name arguments in capitals, as the documentation does."""
        super().__init__(*args, **kwargs)
        for parameter in self.params:
            if parameter.param_type_name == "argument" and parameter.metavar is None:
                parameter.metavar = str(parameter.name).upper()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words, after each of several values has been given an option of its own."""
        names = (
            name
            for parameter in self.params
            if console.takes_several(getattr(parameter, "metavar", None))
            for name in parameter.opts
        )
        return super().parse_args(ctx, console.expand_several(args, names))

    def invoke(self, ctx: Any) -> Any:
        """Run the command unless an output would take the place of an input."""
        options = [each for each in self.params if each.param_type_name == "option"]
        metavars = {each.name: getattr(each, "metavar", "") for each in options}
        folders = [name for name, metavar in metavars.items() if metavar == "FOLDER"]
        kept = [name for name, metavar in metavars.items() if metavar == "DIR"]
        refuse_overwriting(ctx.params)
        refuse_what_is_no_file(
            {name: value for name, value in ctx.params.items() if name not in kept}, folders
        )
        _require_names(ctx.params, kept)
        try:
            return super().invoke(ctx)
        except ParamsError as error:
            names = {str(each.name): max(each.opts, key=len) for each in options}
            raise ParamsError(_with_option(str(error), names)) from error


def _with_option(text: str, options: Mapping[str, str]) -> str:
    """Return a message with the option behind the name of a parameter that it begins with.

    Rules and options of maps are also read from params.yaml, so their messages name no option.
    """
    name, verb, rest = text.partition(" is ")
    if name not in options or options[name] in rest:
        return text
    return f"{name} ({options[name]}){verb}{rest}"


def _require_names(parameters: Mapping[str, object], folders: Collection[str]) -> None:
    """Raise OutputError if the name of a CSV table or a folder is that of something else."""
    for name, value in parameters.items():
        if name == "csv" and isinstance(value, Path):
            require_ending(value, "CSV table", ".csv")
        if name in folders and isinstance(value, Path):
            require_folder_name(value)


class Overview(TyperGroup):
    """All commands, listed in panels also where the help is plain text."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands of each panel."""
        del ctx
        for panel in dict.fromkeys(entry.panel for entry in COMMANDS.values()):
            with formatter.section(panel):
                formatter.write_dl(
                    [(name, entry.help) for name, entry in COMMANDS.items() if entry.panel == panel]
                )


def command_line(typed: str | None = None, module: ModuleType | None = None) -> TyperGroup:
    """Return the command line, with the options of the typed command alone.

    Args:
        typed: Name of the typed command.
        module: Its module.
    """
    app = typer.Typer(
        cls=Overview,
        rich_markup_mode="rich" if console.is_terminal() else None,
        add_completion=False,
        context_settings={"help_option_names": list(_HELP)},
        help="Landslide inventories for every date of a satellite image series.",
    )
    app.callback()(_overview)
    for name, entry in COMMANDS.items():
        is_typed = name == typed and module is not None
        function = module.command if is_typed and module else _not_loaded
        app.command(
            name, cls=Command, help=None if is_typed else entry.help, rich_help_panel=entry.panel
        )(function)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return group


def _not_loaded() -> None:
    """Stand in for a command that was not typed."""


def _show_version(is_asked: bool) -> None:
    if is_asked:
        print(f"slidelens {__version__}")
        raise typer.Exit


def _overview(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    del version
