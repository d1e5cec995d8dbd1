"""Commands about a node itself: init, serve, status, doctor, rebuild, officer, link.

Deliberately not here: cases (`cases`) and peers (`pairs`).
"""

import secrets
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from comity.cli import opening, output
from comity.cli.opening import Dir, Json, PassphraseFile
from comity.core.errors import ComityError
from comity.core.keys import Name, Office


def init(
    party: Annotated[str, typer.Option(help="Two or three letters, such as IN.")],
    name: Annotated[str, typer.Option(help="The party's name: English, a slash, Hindi.")],
    secretariat: Annotated[
        str, typer.Option(help="The office that runs the dialogue: ADDRESS=English/Hindi.")
    ],
    office: Annotated[list[str] | None, typer.Option(help="Another office. May be repeated.")] = None,
    port: Annotated[int, typer.Option(help="Where the node listens on this machine.")] = 8701,
    exercise: Annotated[bool, typer.Option(help="A node for practice: all it says is so marked.")] = False,
    directory: Dir = Path("comity-node"),
    passphrase_file: PassphraseFile = None,
    root_passphrase_file: Annotated[
        Path | None, typer.Option(help="A file with the passphrase for the root key.")
    ] = None,
) -> None:
    """Make a node: its keys, its signed directory and its database."""
    opening.setup()
    from comity.node import founding

    offices = (_office(secretariat, True), *(_office(given, False) for given in office or []))
    plan = founding.Plan(party=party, name=_name(name), offices=offices, exercise=exercise, port=port)
    founding.found(
        directory.resolve(),
        plan,
        root_passphrase=opening.passphrase(root_passphrase_file, "New passphrase for the root key: "),
        passphrase=opening.passphrase(passphrase_file, "New passphrase for the node's keys: "),
        now=datetime.now(UTC),
    )
    output.say(f"The node of {party} is in {directory}.")
    output.say("Next: `comity officer`, then `comity pair offer` for the file that the peer is given.")


def _name(given: str) -> Name:
    english, slash, hindi = given.partition("/")
    if not slash or not english.strip() or not hindi.strip():
        raise ComityError(f"name: expected English/Hindi, got {given!r}")
    return Name(english.strip(), hindi.strip())


def _office(given: str, secretariat: bool) -> Office:
    address, equals, name = given.partition("=")
    if not equals:
        raise ComityError(f"office: expected ADDRESS=English/Hindi, such as IN/CBN=…/…, got {given!r}")
    return Office(address, _name(name), secretariat)


def serve(directory: Dir = Path(), passphrase_file: PassphraseFile = None) -> None:
    """Serve the node: its pages, the peer's door, and delivery. Stop it with Ctrl-C."""
    node = opening.node(directory, passphrase_file)
    from comity.node import founding
    from comity.node.serving import Serving
    from comity.site.wsgi import application

    founding.migrate(node.path)
    founding.keep_tables(node)
    serving = Serving(node, application(node))
    serving.start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: serving.ask_to_stop())
    output.say(f"{node.settings.name}: {serving.address}  (sign in with `comity link`; stop with Ctrl-C)")
    while not serving.wait(1):
        pass
    serving.stop()


def status(directory: Dir = Path(), passphrase_file: PassphraseFile = None, json: Json = False) -> None:
    """Say how each peer stands: what waits and why, what was heard, what is held."""
    node = opening.node(directory, passphrase_file)
    from comity.node import overview

    found = [overview.peer(node, row) for row in overview.pairings(node)]
    if json:
        output.as_json({"party": node.party, "peers": [peer.value() for peer in found]})
        return
    output.heading(f"{node.settings.name} ({node.party}){'  EXERCISE' if node.settings.exercise else ''}")
    if not found:
        output.say("No peer yet: `comity pair offer` writes the file to give them.")
    for peer in found:
        for words in peer.sentences():
            output.say(words)


def doctor(directory: Dir = Path(), passphrase_file: PassphraseFile = None, json: Json = False) -> None:
    """Examine the node: each check with its result, the reason and the fix."""
    node = opening.node(directory, passphrase_file)
    from comity.node import doctoring

    checks = doctoring.examine(node)
    if json:
        output.as_json([{"check": c.name, "fix": c.fix, "ok": c.ok, "what": c.words} for c in checks])
    else:
        for check in checks:
            output.say(f"{'well ' if check.ok else 'FAULT'}  {check.name}: {check.words}")
            if not check.ok:
                output.say(f"       {check.fix}")
    if not all(check.ok for check in checks):
        raise typer.Exit(4)


def rebuild(directory: Dir = Path(), passphrase_file: PassphraseFile = None) -> None:
    """Throw the docket away and compute it again from the signed turns."""
    node = opening.node(directory, passphrase_file)
    from comity.node.casework import docket

    count = docket.rebuild(
        node, lambda done: output.note(f"{done} cases") if output.console.is_terminal else None
    )
    output.say(f"{count} cases rebuilt.")


def officer(
    name: Annotated[str, typer.Argument(help="The officer's name. It never leaves this node.")],
    office: Annotated[list[str], typer.Option(help="An office that the officer holds. May be repeated.")],
    role: Annotated[
        str, typer.Option(help="officer, releasing-officer, secretariat, oversight, …")
    ] = "officer",
    directory: Dir = Path(),
    passphrase_file: PassphraseFile = None,
) -> None:
    """Enter an officer, and print the number by which turns know them."""
    node = opening.node(directory, passphrase_file)
    from comity.node import people

    appointed = people.appoint(node, name, tuple(office), role, node.clock.now().date())
    output.say(f"{appointed.number}")


def link(
    number: Annotated[int, typer.Option("--as", help="The officer's number.")],
    directory: Dir = Path(),
    passphrase_file: PassphraseFile = None,
) -> None:
    """Print a link to the pages. It works once, for fifteen minutes, from this machine."""
    node = opening.node(directory, passphrase_file)
    from comity.web import links

    token = links.issue(node, number, node.clock.now())
    output.say(links.address(node, token))


def new_passphrase() -> str:
    """Return a fresh passphrase for a demonstration's key file."""
    return secrets.token_urlsafe(24)
