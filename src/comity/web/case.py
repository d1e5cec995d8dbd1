"""One case: where it stands, what it waits for, what may be said, and all that was said.

A look at bodies is written down in the local log before anything is shown: once for each
session, case and set of bodies.

Deliberately not here: deciding, saying, and anything that changes the case.
"""

import threading
from collections import OrderedDict
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render

from comity.core import canonical
from comity.core.turn import CASE, FOUNDING_NOTE, Turn
from comity.node.casework import doors, facts
from comity.node.disclosure import decisions
from comity.node.log.cases import CaseFile
from comity.node.models import Docket
from comity.web import answers, frame, telling, waiting
from comity.web.guard import Request
from comity.web.moments import Moments
from comity.web.telling import Teller
from comity.web.words import RELATIONS

LOOKED: Final = "looked"
LOOKS_REMEMBERED: Final = 10_000


def case(request: Request, name: str) -> HttpResponse:
    """Show a case. One that is not here gets the answer that tells nothing."""
    node = request.node
    rows = Docket.objects.using(node.alias).filter(case=name)
    row = rows.order_by("pairing").first() if CASE.fullmatch(name) else None
    if row is None:
        return answers.nothing()
    doors.door(node, row.pairing).refresh()  # an officer's command may have written since
    signed = facts.of(node, row.pairing)
    file = signed.file(row.case)
    standing, first = file.shown, file.first or file.attempt
    if standing is None or first is None:
        return answers.nothing()
    write_down(request, file)
    teller = Teller(
        node,
        signed,
        file,
        standing,
        frame.words_of(node, row.procedure, row.table),
        Moments(request.language, signed.parties),
        telling.papers(node, file),
    )
    ctx = {**frame.of(request), **_standing(teller, row, first), **_next(teller)}
    ctx["turns"] = list(teller.tell())
    return render(request, "case.html", ctx)


def _standing(teller: Teller, row: Docket, first: Turn) -> dict[str, object]:
    ours, theirs = teller.signed.parties
    links = dict.fromkeys(link for said in teller.file.saids for link in said.turn.links)
    speaker = teller.standing.turn_of
    return {
        "title": frame.title(teller.node, row.procedure, row.table, teller.language),
        "case": row.case,
        "short": frame.short(row.case),
        "case_is_exercise": row.exercise,
        "procedure": row.procedure,
        "state": teller.state(teller.standing.state),
        "closed": teller.standing.closed,
        "is_held": facts.is_held(teller.node, row.pairing),
        "turn_of": "" if speaker is None else teller.party(speaker),
        "is_ours": speaker == ours,
        "offices": [
            (teller.party(ours), teller.office(row.our_office)),
            (teller.party(theirs), teller.office(row.their_office)),
        ],
        "opened": teller.moments.at(first.said_at),
        "under": "" if first.under.instrument == FOUNDING_NOTE else first.under.instrument,
        "links": [telling.Linked(teller.name(RELATIONS, link.relation), link.case) for link in links],
    }


def _next(teller: Teller) -> dict[str, object]:
    now = teller.node.clock.now()
    ours, theirs = teller.signed.parties
    return {
        "clocks": waiting.clocks(teller, now),
        "blocks": waiting.blocks(teller, now),
        "is_provisional": teller.standing.provisional,
        "ours_next": waiting.may_say(teller, ours),
        "theirs_next": waiting.may_say(teller, theirs),
        "peer": teller.party(theirs),
    }


# ------------------------------------------------------------------------ who looked at what

_looks: OrderedDict[tuple[str, str, str, str], None] = OrderedDict()
"""What this process has written down already, for as long as it remembers; forgetting one
only writes it down again."""
_looking = threading.Lock()


def write_down(request: Request, file: CaseFile) -> None:
    """Log that the session's officer looked at the bodies of a case; nothing where it has none.

    The log names the officer's number, the case, and a hash over the bodies' hashes.
    """
    plains = sorted({said.turn.body.plain for said in file.saids if said.turn.body is not None})
    if not plains:
        return
    about = canonical.digest("\n".join(plains).encode())
    look = (request.node.alias, request.sitting.id, file.case, about)
    with _looking:
        if look in _looks:
            return
    decisions.log(request.node, LOOKED, file.pairing, file.case, request.sitting.officer, about)
    with _looking:
        _looks[look] = None
        while len(_looks) > LOOKS_REMEMBERED:
            _looks.popitem(last=False)
