"""The docket: the cases of this node, the latest first, fifty at a time.

It is read from the projection of that name, which holds no word of any body.

Deliberately not here: what a case says (`case`), and any change.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from comity.core.keys import Directory
from comity.node.casework import facts
from comity.node.models import Docket
from comity.node.node import Node
from comity.web import frame
from comity.web.guard import Request
from comity.web.moments import Moment, Moments
from comity.web.words import word

ROWS_MAX: Final = 50
STATES: Final = ("open", "closed", "all")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """One case as a line of the list."""

    case: str
    short: str
    procedure: str
    peer: str
    our_office: str
    their_office: str
    state: str
    closed: bool
    provisional: bool
    exercise: bool
    turn_of: str
    is_ours: bool
    due: Moment | None
    due_by: str
    ran_out: bool
    last: Moment


def docket(request: Request) -> HttpResponse:
    """Show which cases there are, whose turn it is in each, and what is due."""
    node, chosen = request.node, request.GET.get("state", "open")
    state = chosen if chosen in STATES else "open"
    procedure = request.GET.get("procedure", "")
    rows = _narrowed(node, state, procedure)
    page = list(_after(rows, request.GET.get("after", ""))[: ROWS_MAX + 1])
    ctx = {
        **frame.of(request),
        "page": "docket",
        "title": word("docket", request.language),
        "counts": _counts(node, request.language),
        "rows": [_row(node, row, request.language) for row in page[:ROWS_MAX]],
        "states": [(name, word(name, request.language)) for name in STATES],
        "state": state,
        "procedures": _procedures(node, request.language),
        "procedure": procedure,
        "next": _query(state, procedure, page[ROWS_MAX - 1]) if len(page) > ROWS_MAX else "",
        "is_later_page": bool(request.GET.get("after")),
        "first": _query(state, procedure, None),
        "is_empty": not Docket.objects.using(node.alias).exists(),
        "command": f"comity say --dir {node.path} --help",
    }
    return render(request, "docket.html", ctx)


def _narrowed(node: Node, state: str, procedure: str) -> "QuerySet[Docket]":
    rows = Docket.objects.using(node.alias).order_by("-last_at", "-id")
    if state != "all":
        rows = rows.filter(closed=state == "closed")
    return rows.filter(procedure=procedure) if procedure else rows


def _after(rows: "QuerySet[Docket]", cursor: str) -> "QuerySet[Docket]":
    """Return what follows the cursor: microseconds of the epoch, and the row that was last."""
    micros, _, number = cursor.partition("-")
    if not (micros.isascii() and micros.isdigit() and number.isascii() and number.isdigit()):
        return rows
    if len(micros) > 16 or len(number) > 18:
        return rows
    at = _EPOCH + timedelta(microseconds=int(micros))
    return rows.filter(Q(last_at__lt=at) | Q(last_at=at, id__lt=int(number)))


def _query(state: str, procedure: str, last: Docket | None) -> str:
    query = QueryDict(mutable=True)
    query["state"] = state
    if procedure:
        query["procedure"] = procedure
    if last is not None:
        query["after"] = f"{(last.last_at - _EPOCH) // timedelta(microseconds=1)}-{last.pk}"
    return f"?{query.urlencode()}"


def _counts(node: Node, language: str) -> str:
    found = Docket.objects.using(node.alias).aggregate(
        all=Count("id"), closed=Count("id", filter=Q(closed=True))
    )
    opened = found["all"] - found["closed"]
    return word("counts", language, open=str(opened), closed=str(found["closed"]), all=str(found["all"]))


def _procedures(node: Node, language: str) -> list[tuple[str, str]]:
    rows = Docket.objects.using(node.alias).order_by("procedure")
    names = rows.values_list("procedure", flat=True).distinct()
    return [(name, frame.title(node, name, None, language)) for name in names]


def _row(node: Node, row: Docket, language: str) -> Row:
    signed = facts.of(node, row.pairing)
    peer, moments = signed.theirs, Moments(language, signed.parties)
    now = node.clock.now()
    named: dict[str, Directory] = {signed.ours.party: signed.ours, peer.party: peer}
    return Row(
        case=row.case,
        short=frame.short(row.case),
        procedure=frame.title(node, row.procedure, row.table, language),
        peer=peer.name.in_language(language),
        our_office=row.our_office,
        their_office=row.their_office,
        state=frame.state(node, row.procedure, row.table, row.state, language),
        closed=row.closed,
        provisional=row.provisional,
        exercise=row.exercise,
        turn_of=named[row.turn_of].name.in_language(language) if row.turn_of in named else "",
        is_ours=row.turn_of == node.party,
        due=None if row.due_at is None else moments.until(row.due_at, row.due_by),
        due_by=named[row.due_by].name.in_language(language) if row.due_by in named else row.due_by,
        ran_out=row.due_at is not None and row.due_at <= now,
        last=moments.at(row.last_at),
    )
