"""Commands about cases: list, show, export, and `say`.

Deliberately not here: pages, forms, and a second officer's sign-in; `--released-by` is the
node's assertion, as the documents say.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import orjson
import typer

from comity.cli import opening, output, waiting
from comity.cli.opening import Dir, Json, PassphraseFile, Peer
from comity.core.canonical import JsonObject
from comity.core.errors import ComityError, Malformed
from comity.core.fields import format_instant

if TYPE_CHECKING:
    from comity.node.models import Docket
    from comity.node.node import Node

app = typer.Typer(help="Cases: list, show, export.", no_args_is_help=True)

Case = Annotated[str, typer.Argument(help="The case id, or how it begins.")]
As = Annotated[int, typer.Option("--as", help="Your officer number.")]


@app.command("list")
def list_(
    closed: Annotated[bool, typer.Option(help="Also the cases that are closed.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many, the latest first.")] = 50,
    directory: Dir = Path(),
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """List cases, the latest first."""
    node = opening.node(directory, passphrase_file)
    from comity.node.models import Docket

    rows = Docket.objects.using(node.alias).order_by("-last_at", "case")
    found = list((rows if closed else rows.filter(closed=False))[:limit])
    if json:
        output.as_json([_docket_value(row) for row in found])
        return
    output.table(
        "",
        ("case", "procedure", "state", "turn of", "due", "last"),
        [
            (
                row.case,
                row.procedure + (" EXERCISE" if row.exercise else ""),
                row.state + (" (provisional)" if row.provisional else ""),
                row.turn_of or "—",
                f"{output.when(row.due_at)} {row.due_by}" if row.due_at else "—",
                output.when(row.last_at),
            )
            for row in found
        ],
    )
    if not found:
        output.say("No open case. `comity case list --closed` shows the others.")


def _docket_value(row: "Docket") -> dict[str, object]:
    return {
        "case": row.case,
        "closed": row.closed,
        "due-at": None if row.due_at is None else format_instant(row.due_at),
        "due-by": row.due_by or None,
        "exercise": row.exercise,
        "last-at": format_instant(row.last_at),
        "procedure": row.procedure,
        "provisional": row.provisional,
        "state": row.state,
        "turn-of": row.turn_of or None,
        "turns": row.turns,
    }


@app.command()
def show(
    case: Case,
    directory: Dir = Path(),
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Show where a case stands: the way so far, the clocks, what may be said next and by whom."""
    node = opening.node(directory, passphrase_file)
    from comity.node.casework import finding, telling

    told = telling.tell(node, finding.find(node, case))
    if json:
        output.as_json(told.value())
        return
    for words in told.sentences():
        output.say(words)


@app.command()
def export(
    case: Case,
    to: Annotated[Path, typer.Option(help="The evidence file to write.")],
    by: As,
    directory: Dir = Path(),
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write a case into one file that a stranger can check with `comity verify`."""
    node = opening.node(directory, passphrase_file)
    from comity.node.casework import finding
    from comity.node.disclosure.export import export as export_case
    from comity.node.people import check_holds

    row = finding.find(node, case)
    check_holds(node, by, row.our_office, node.clock.now().date())
    text = export_case(node, row.pairing, row.case, by)
    part = to.with_name(to.name + ".part")
    part.write_bytes(text)
    part.replace(to)
    output.say(f"{to}: {len(text)} bytes. Check it anywhere with `comity verify {to.name}`.")


def say(
    says: Annotated[str, typer.Argument(help="What to say: a word of the procedure's table.")],
    by: As,
    case: Annotated[str | None, typer.Option(help="The case; left out, a new one is opened.")] = None,
    procedure: Annotated[str | None, typer.Option(help="For a new case: the procedure.")] = None,
    to: Annotated[str | None, typer.Option(help="The office addressed, such as US/DEA.")] = None,
    office: Annotated[str | None, typer.Option(help="Our office that speaks.")] = None,
    body: Annotated[Path | None, typer.Option(help="A JSON file with the content.")] = None,
    released_by: Annotated[int | None, typer.Option(help="The second officer's number.")] = None,
    exercise: Annotated[bool, typer.Option(help="Mark a new case as an exercise, for ever.")] = False,
    wait: Annotated[float, typer.Option(help="Wait up to so many seconds for the receipt.")] = 0,
    peer: Peer = None,
    directory: Dir = Path(),
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Say a turn: judged here first, then signed, kept and queued for the peer."""
    node = opening.node(directory, passphrase_file)
    from comity.node.casework import finding, speaking
    from comity.node.people import check_holds

    row = finding.find(node, case) if case else None
    pairing, name, ours, theirs, under = _place(node, row, procedure, peer, office, to)
    today = node.clock.now().date()
    for number in (by, released_by):
        if number is not None:
            check_holds(node, number, ours, today)
    said = speaking.say(
        node,
        pairing,
        speaking.Saying(
            procedure=name,
            says=says,
            office=ours,
            addressed=theirs,
            by=by,
            released_by=released_by,
            case=row.case if row else None,
            content=_content(body),
            under=under,
            exercise=exercise,
        ),
    )
    if json:
        output.as_json({"case": said.turn.case, "slot": said.turn.n, "turn": said.hash})
        if wait:
            waiting.wait_for_receipt(node, said.hash, wait)
        return
    output.say(
        f"Said in case {said.turn.case}, slot {said.turn.n}. It is provisional until {theirs} accepts it."
    )
    if wait:
        output.say(waiting.sentence(node, said.hash, wait))


def _place(
    node: "Node",
    row: "Docket | None",
    procedure: str | None,
    peer: str | None,
    office: str | None,
    to: str | None,
) -> tuple[str, str, str, str, str]:
    """Where a saying goes: (pairing, procedure, our office, their office, instrument)."""
    from comity.core.turn import FOUNDING_NOTE
    from comity.node.casework import facts, finding

    if row is not None:
        return row.pairing, row.procedure, office or row.our_office, to or row.their_office, FOUNDING_NOTE
    if not procedure or not office or not to:
        raise ComityError("a new case needs --procedure, --office and --to; an old one needs --case")
    pairing = facts.pairing_with(node, peer or to.partition("/")[0]).id
    node.registry.current(procedure)
    return pairing, procedure, office, to, finding.instrument_for(node, pairing, procedure)


def _content(file: Path | None) -> JsonObject | None:
    if file is None:
        return None
    if not file.is_file():
        raise ComityError(f"{file}: no such file (--body)")
    try:
        value = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise Malformed(f"{file}: not JSON ({error})") from error
    if not isinstance(value, dict):
        raise Malformed(f"{file}: expected an object")
    return cast(JsonObject, value)
