"""`comity exercise`: practice with real trade statistics, marked as an exercise for ever.

    comity exercise notify FILE --as 1 --released-by 2     at the exporting node
    comity exercise answer --as 1 --released-by 2          at the importing node

`notify` turns each row of a UN Comtrade export file under a subheading that names a
controlled substance into a notification that says what the row says and no more; rows that
cannot be believed are refused by name. `answer` acknowledges every such notification that
waits for us and answers it by the rules of the control table on a day.

Deliberately not here: the rules (`tracks.counternarcotics.exercise`), and anything about
real shipments.
"""

import gzip
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO, cast

import typer

from comity.cli import opening, output
from comity.cli.opening import Dir, Json, PassphraseFile, Peer
from comity.core.errors import ComityError
from comity.core.marking import parse_day

if TYPE_CHECKING:
    from comity.node.casework.speaking import Saying
    from comity.node.models import Docket
    from comity.node.node import Node
    from comity.tracks.counternarcotics.exercise import Played

app = typer.Typer(help="Practise with real trade statistics: notify, answer.", no_args_is_help=True)

By = Annotated[int, typer.Option("--as", help="Your officer number.")]
Released = Annotated[int, typer.Option("--released-by", help="The second officer's number.")]
BATCH = 50


@app.command()
def notify(
    file: Annotated[Path, typer.Argument(help="A UN Comtrade export file, CSV or CSV.gz.")],
    by: By,
    released_by: Released,
    office: Annotated[str, typer.Option(help="Our office that notifies.")] = "IN/CBN",
    to: Annotated[str, typer.Option(help="The office that is notified.")] = "US/DEA",
    peer: Peer = None,
    directory: Dir = Path(),
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Notify every believable row of a file; refuse the others by name."""
    node = opening.node(directory, passphrase_file)
    from comity.node.casework import facts, finding, speaking
    from comity.node.people import check_holds
    from comity.tracks.counternarcotics.exercise import play
    from comity.tracks.dialogue.annexes import PRE_EXPORT

    for number in (by, released_by):
        check_holds(node, number, office, node.clock.now().date())
    pairing = facts.pairing_with(node, peer or to.partition("/")[0]).id
    under = finding.instrument_for(node, pairing, PRE_EXPORT)
    with _lines(file) as lines:
        played = list(play(lines, file.name, node.clock.now().date()))
    sayings = [
        _notifying(one, office, to, (by, released_by), under)
        for one in played
        if one.notification is not None
    ]
    for start in range(0, len(sayings), BATCH):
        speaking.say_all(node, pairing, sayings[start : start + BATCH])
        output.progress(min(start + BATCH, len(sayings)), len(sayings), "notified")
    _sum_up(played, json)


@contextmanager
def _lines(file: Path) -> Iterator[TextIO]:
    if not file.is_file():
        raise ComityError(f"{file}: no such file")
    opened = partial(gzip.open, file, "rt") if file.suffix == ".gz" else partial(file.open, "r")
    with opened(encoding="utf-8") as lines:
        yield cast(TextIO, lines)


def _notifying(one: "Played", office: str, to: str, hands: tuple[int, int], under: str) -> "Saying":
    from comity.node.casework.speaking import Saying
    from comity.tracks.dialogue.annexes import PRE_EXPORT
    from comity.tracks.registry import content_json

    assert one.notification is not None
    return Saying(
        procedure=PRE_EXPORT,
        says="notify",
        office=office,
        addressed=to,
        by=hands[0],
        released_by=hands[1],
        content=content_json(one.notification),
        under=under,
        exercise=True,
    )


def _sum_up(played: "list[Played]", json: bool) -> None:
    refused = [one.refusal for one in played if one.refusal is not None]
    if json:
        output.as_json(
            {
                "notified": len(played) - len(refused),
                "refused": [
                    {"line": r.row.line, "reason": r.reason, "subheading": r.row.subheading} for r in refused
                ],
                "rows": len(played),
            }
        )
        return
    output.say(f"{len(played)} rows name a controlled substance: {len(played) - len(refused)} notified.")
    for refusal in refused:
        output.say(f"  refused, {refusal.reason}: line {refusal.row.line}: {refusal.words.en}")


@app.command()
def answer(
    by: By,
    released_by: Released,
    on: Annotated[
        str | None, typer.Option(help="The day of the control table; else the period's last.")
    ] = None,
    directory: Dir = Path(),
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Acknowledge and answer every exercise notification that waits for us."""
    node = opening.node(directory, passphrase_file)
    from comity.node.models import Docket
    from comity.tracks.dialogue.annexes import PRE_EXPORT

    given = parse_day(on, "--on") if on else None
    rows = Docket.objects.using(node.alias).filter(
        procedure=PRE_EXPORT, exercise=True, turn_of=node.party, opener__in=_others(node), state="notified"
    )
    waiting = list(rows.order_by("opened_at", "case"))
    said: Counter[str] = Counter()
    for done, row in enumerate(waiting, 1):
        says = _answer(node, row, given, (by, released_by))
        if says is not None:
            said[says] += 1
        output.progress(done, len(waiting), "answered")
    if json:
        output.as_json({"answered": dict(said)})
        return
    output.say(
        f"{said.total()} exercise notifications answered: " + (", ".join(f"{n} {w}" for w, n in said.items()))
    )


def _others(node: "Node") -> list[str]:
    from comity.node.models import Pairing

    return list(Pairing.objects.using(node.alias).values_list("theirs", flat=True))


def _answer(node: "Node", row: "Docket", given: date | None, hands: tuple[int, int]) -> str | None:
    """Acknowledge one notification and answer it; return what was said. None: it is another kind."""
    from comity.node.casework import facts, speaking
    from comity.node.casework.speaking import Saying
    from comity.node.instruments import content_of
    from comity.node.people import check_holds
    from comity.tracks.counternarcotics import exercise
    from comity.tracks.counternarcotics.bodies import Acknowledgement, PreExportNotification
    from comity.tracks.registry import content_json

    for number in hands:
        check_holds(node, number, row.our_office, node.clock.now().date())
    first = facts.of(node, row.pairing).file(row.case).first
    content = content_of(node, first) if first else None
    if first is None or first.body is None or content is None or content.get("source") is None:
        return None
    parsed = node.registry.parse_content(first.body.type, first.body.schema, content)
    assert isinstance(parsed, PreExportNotification)
    assert parsed.source is not None
    reply = exercise.answer(parsed, given or date(int(parsed.source.period[:4]), 12, 31), node.party)
    acknowledged = Acknowledgement(case_reference=row.case[-8:], contact_office=row.our_office)
    for says, body in (("acknowledge", acknowledged), (reply.says, reply.content)):
        speaking.say(
            node,
            row.pairing,
            Saying(
                procedure=row.procedure,
                says=says,
                office=row.our_office,
                addressed=row.their_office,
                by=hands[0],
                released_by=hands[1],
                case=row.case,
                content=content_json(body),
            ),
        )
    return reply.says
