"""`intaglio`: the verbs, and how errors become one line and an exit code.

    0    done
    1    a fault of ours
    2    the command line, an input or the machine's resources are at fault
    130  interrupted

Verbs import torch only when they run, so that `--help` answers at once.
"""

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from intaglio.cli import (
    bench,
    compact,
    compare,
    demo,
    distill,
    doctor,
    evaluate,
    export,
    gallery,
    import_checkpoint,
    inspect,
    models,
    prune,
    sample,
    score,
    serve,
    study,
    stylize,
    ticket,
    train,
    translate,
)
from intaglio.cli.launched import refuse_several
from intaglio.vocabulary.errors import IntaglioError


@dataclass
class GlobalOptions:
    """What the options before the verb say."""

    debug: bool = False
    arguments: Sequence[str] = ()
    """All of them, for those who note what was run."""


app = typer.Typer(name="intaglio", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
app.command("bench")(bench.run)
app.command("compare")(compare.run)
app.command("demo")(demo.run)
app.command("distill")(distill.run)
app.command("doctor")(doctor.run)
app.command("evaluate")(evaluate.run)
app.command("export")(export.run)
app.command("gallery")(gallery.run)
app.command("import")(import_checkpoint.run)
app.command("inspect")(inspect.run)
app.command("models")(models.run)
app.command("prune")(prune.run)
app.command("compact")(compact.run)
app.command("sample")(sample.run)
app.command("score")(score.run)
app.command("serve")(serve.run)
app.command("stylize")(stylize.run)
app.add_typer(study.app, name="study")
app.add_typer(ticket.app, name="ticket")
app.command("train")(train.run)
app.command("translate")(translate.run)


def _version(wanted: bool) -> None:
    if wanted:
        from intaglio import __version__

        typer.echo(f"intaglio {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)] = False,
) -> None:
    """Carve generative image networks down to what matters, and run them on pictures of any size."""
    context.ensure_object(GlobalOptions).debug = debug
    refuse_several(context.invoked_subcommand)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: without the program's name; those of the process if left out.

    """
    _share_processors()
    global_options = GlobalOptions(arguments=tuple(sys.argv[1:] if arguments is None else arguments))
    try:
        code = typer.main.get_command(app).main(
            arguments if arguments is None else list(arguments), prog_name="intaglio", standalone_mode=False, obj=global_options
        )
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except typer.TyperException as error:
        return _fail(_describe_misuse(error), 2)
    except Exception as error:
        if global_options.debug:
            traceback.print_exc()
        if isinstance(error, IntaglioError):
            return _fail(f"error: {error}", 2)
        if isinstance(error, PermissionError) and error.filename:
            return _fail(f"error: {error.filename}: no right to look there; change its rights, or name another", 2)
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            place = f" for {error.filename}" if error.filename else ""
            return _fail(f"error: no room on the disk{place}; make room, then run the same command again", 2)
        return _fail(f"internal error: {type(error).__name__}: {error} (run with --debug for the traceback)", 1)
    return _fail("interrupted", 130) if code == 130 else int(code or 0)


def _describe_misuse(error: typer.TyperException) -> str:
    """A usage error in our style; the class that knows message and context is not public in typer."""
    message = getattr(error, "format_message", error.__str__)()
    command = getattr(getattr(error, "ctx", None), "command_path", "intaglio")
    return f"error: {message.rstrip('.')}; see {command} --help"


def _share_processors() -> None:
    """Let threads that wait for each other give the processor up soon; torch reads this when it is first imported.

    GNU's OpenMP spins 300 times as long, which gains nothing measurable on an idle machine. On a busy one the thread that is
    waited for cannot run meanwhile: two stylizations at once on two cores took 36 s each, and take 14 s; one alone takes 7.8 s.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def _fail(message: str, code: int) -> int:
    typer.echo(f"intaglio: {' '.join(message.split())}", err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
