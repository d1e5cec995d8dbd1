"""`comity`: the tree of commands, and how any of them ends.

Exit codes: 0 done; 1 a fault of ours; 2 the command or a name in it is wrong; 3 refused, and
nothing was written; 4 the evidence does not hold; 5 the peer, a port or a lock is in the
way: try again; 6 the node or its keys cannot be used; 130 interrupted.

Deliberately not here: what the commands do.
"""

import sys
from typing import Final

import typer

from comity import __version__
from comity.cli import cases, demo, exercising, instruments, nodes, output, pairs, procedures, verifying
from comity.core.errors import ComityError

EXIT_CODES: Final = {
    "cannot-say": 3,
    "not-released": 3,
    "not-that-office": 3,
    "cannot-pair": 3,
    "unsound": 3,
    "unproven": 4,
    "unreachable": 5,
    "already-served": 5,
    "lost-race": 5,
    "no-receipt-yet": 5,
    "not-a-node": 6,
    "already-a-node": 6,
    "keys-unreadable": 6,
}
"""By the error's code; every other error on purpose ends with 2."""

INTERRUPTED: Final = 130

app = typer.Typer(
    name="comity",
    help="The working system of a standing security dialogue between two governments.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(pairs.app, name="pair")
app.add_typer(procedures.app, name="procedures")
app.add_typer(cases.app, name="case")
app.add_typer(exercising.app, name="exercise")
app.add_typer(instruments.app, name="instrument")
app.command("init")(nodes.init)
app.command("serve")(nodes.serve)
app.command("status")(nodes.status)
app.command("doctor")(nodes.doctor)
app.command("rebuild")(nodes.rebuild)
app.command("officer")(nodes.officer)
app.command("link")(nodes.link)
app.command("say")(cases.say)
app.command("verify")(verifying.verify)
app.command("demo")(demo.demo)


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"comity {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Hold the options that stand before a command."""


def app_main() -> None:
    """Run the command line and end with its exit code."""
    try:
        app()  # ends by itself, with 2 for a command that is written wrongly
    except ComityError as error:
        output.fault(error)
        sys.exit(EXIT_CODES.get(error.code, 2))
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            output.note("stopped; nothing is lost")
        raise


if __name__ == "__main__":
    app_main()
