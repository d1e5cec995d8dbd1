"""`comity pair`: two files, and six groups of digits of each read aloud.

    comity pair offer > in.directory            give this file to the peer
    comity pair show us.directory               what they must read out, and what you do
    comity pair confirm us.directory --digits "..." --address http://...
    comity pair root                            the digits of our root key, for an auditor

Deliberately not here: unpairing, and new directories.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from comity.cli import opening, output
from comity.cli.opening import Dir, Json, PassphraseFile, Peer

app = typer.Typer(help="Pair with a peer: offer, show, confirm.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The peer's directory file.", exists=True, dir_okay=False)]


@app.command()
def offer(directory: Dir = Path()) -> None:
    """Write our signed directory to standard output: the file that the peer is given."""
    opening.setup()
    from comity.node.node import DIRECTORY_FILE, read_settings

    read_settings(directory)
    sys.stdout.buffer.write((directory / DIRECTORY_FILE).read_bytes())


@app.command()
def root(directory: Dir = Path()) -> None:
    """Print the digits of our root key: what `comity verify --root` is given, by us ourselves."""
    opening.setup()
    from comity.core import envelope
    from comity.core.keys import open_directory, root_fingerprint
    from comity.node.node import DIRECTORY_FILE, read_settings

    read_settings(directory)
    ours = open_directory(envelope.parse((directory / DIRECTORY_FILE).read_bytes()))
    output.say(root_fingerprint(ours.root))


@app.command()
def show(
    file: File, directory: Dir = Path(), passphrase_file: PassphraseFile = None, json: Json = False
) -> None:
    """Show whose file it is, and the digits to read to each other on the telephone."""
    node = opening.node(directory, passphrase_file)
    from comity.node.peers import pairing

    proposed = pairing.propose(node, file.read_bytes())
    if json:
        output.as_json(
            {
                "pairing": proposed.id,
                "party": proposed.peer.party,
                "they-read": proposed.they_read,
                "we-read": proposed.we_read,
            }
        )
        return
    output.say(f"The file is the directory of {proposed.peer.name.en} ({proposed.peer.party}).")
    output.say("Telephone them on a number that you already had. They must read out to you:")
    output.heading(f"    {proposed.they_read}")
    output.say("and you read out to them the digits of your own file:")
    output.heading(f"    {proposed.we_read}")


@app.command()
def confirm(
    file: File,
    digits: Annotated[str, typer.Option(help="The digits as the peer read them out.")],
    address: Annotated[str, typer.Option(help="Where the peer's node listens, http://host:port.")] = "",
    directory: Dir = Path(),
    passphrase_file: PassphraseFile = None,
    root_passphrase_file: Annotated[
        Path | None, typer.Option(help="A file with the passphrase of the root key.")
    ] = None,
) -> None:
    """Sign the founding note with our root key. The pairing works once both have."""
    node = opening.node(directory, passphrase_file)
    from comity.node.keyring import ROOT_FILE, FileSigner, read_keys
    from comity.node.peers import pairing

    secret = opening.passphrase(root_passphrase_file, "Passphrase of the root key: ")
    root = FileSigner(read_keys(node.path / "keys" / ROOT_FILE, secret)[0])
    row = pairing.confirm(node, file.read_bytes(), digits, root, address)
    output.say(f"Paired with {row.theirs}: our founding note is signed and waits to be sent.")
    output.say("Now carry the root key file away, and keep it offline.")


@app.command()
def held(peer: Peer = None, directory: Dir = Path(), passphrase_file: PassphraseFile = None) -> None:
    """Show what contradicts where a pairing is held."""
    node = opening.node(directory, passphrase_file)
    from comity.node.casework import facts
    from comity.node.peers import holding

    row = facts.pairing_with(node, peer)
    output.say(f"The pairing with {row.theirs} is {'HELD' if row.held else 'not held'}.")
    for words in holding.contradictions(node, row.id):
        output.say(f"  {words}")


@app.command()
def resume(
    by: Annotated[int, typer.Option("--as", help="The officer who decided; the secretariat's.")],
    peer: Peer = None,
    directory: Dir = Path(),
    passphrase_file: PassphraseFile = None,
) -> None:
    """Let a held pairing go on, after `comity pair held` was read. The evidence stays."""
    node = opening.node(directory, passphrase_file)
    from comity.node.casework import facts
    from comity.node.peers import holding
    from comity.node.people import check_holds

    row = facts.pairing_with(node, peer)
    check_holds(node, by, node.directory.secretariat.address, node.clock.now().date())
    holding.resume(node, row.id, by)
    output.say(f"The pairing with {row.theirs} goes on. The evidence is kept.")
