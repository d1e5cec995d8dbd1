"""Opening a node for a command: Django set up, directory and passphrase found.

The only place of the command line that reads the environment: COMITY_DIR names the node's
directory and COMITY_PASSPHRASE_FILE a file that holds the passphrase.

Deliberately not here: making a node.
"""

import os
import sys
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.core.errors import ComityError

if TYPE_CHECKING:
    from comity.node.node import Node

Dir = Annotated[
    Path, typer.Option("--dir", envvar="COMITY_DIR", help="The node's directory.", show_default="here")
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", envvar="COMITY_PASSPHRASE_FILE", help="A file with the passphrase."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Peer = Annotated[str | None, typer.Option("--peer", help="The peer's party, where there are several.")]


class NoPassphrase(ComityError):
    """There is no passphrase, and nobody to ask."""

    code = "keys-unreadable"


def setup() -> None:
    """Set Django up, once."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comity.site.settings")
    import django

    django.setup()


def node(directory: Path, passphrase_file: Path | None) -> "Node":
    """Open the node in a directory."""
    setup()
    from comity.node.node import open_node, read_settings

    directory = directory.resolve()
    read_settings(directory)
    return open_node(directory, passphrase(passphrase_file))


def passphrase(file: Path | None, prompt: str = "Passphrase of the node's keys: ") -> str:
    """Return the passphrase from a file, or ask on the terminal."""
    if file is not None:
        if not file.exists():
            raise NoPassphrase(f"{file}: no such file (--passphrase-file)")
        return file.read_text(encoding="utf-8").strip()
    if not sys.stdin.isatty():
        raise NoPassphrase("no terminal to ask on: give --passphrase-file or COMITY_PASSPHRASE_FILE")
    return getpass(prompt)
