"""The docket: one row for each case, computed from its turns, for lists to read.

A projection. It is written in the transaction that changed the case, and `rebuild` computes
all of it again from the log; a test holds the two to the same rows. It holds no word of any
body.

Deliberately not here: what an officer may see of it (`web.guard`, `disclosure`).
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from comity.core import verdict
from comity.core.case import Standing
from comity.node.casework import facts
from comity.node.log import bulk
from comity.node.log.cases import CaseFile, load
from comity.node.log.door import Draft
from comity.node.models import LOCAL, Docket, Pairing, Slot
from comity.node.node import Node

_KEYS: Final = ("pairing", "case")
REBUILD_BATCH: Final = 500


def project(draft: Draft) -> list[Callable[[], object]]:
    """Return what to write so that the docket follows the draft."""
    if draft.log == LOCAL or not draft.touched:
        return []
    signed = facts.of(draft.node, draft.log)
    rows = [row for name in draft.touched if (row := docket_row(draft.node, draft.files[name], signed))]
    return [partial(_write, draft.node, rows)] if rows else []


def docket_row(node: Node, file: CaseFile, signed: verdict.Signed) -> Docket | None:
    """Return the row of a case; None where its opener has said nothing, or its table is not here.

    A case whose opening was refused has a row too: what was said must not be lost from sight.
    """
    standing, first = file.shown, file.first or file.attempt
    if standing is None or first is None:
        return None
    ours = first.sender == node.party
    due = min(verdict.due_clocks(standing, signed), key=lambda clock: clock.due.at, default=None)
    instants = [said.at or said.turn.said_at for said in file.saids]
    return Docket(
        pairing=file.pairing,
        case=file.case,
        procedure=first.procedure,
        table=first.table,
        opener=first.sender,
        our_office=first.office if ours else first.addressed,
        their_office=first.addressed if ours else first.office,
        state=standing.state,
        turn_of=standing.turn_of or "",
        closed=standing.closed,
        provisional=standing.provisional,
        exercise=first.exercise,
        turns=len(file.saids),
        opened_at=first.said_at,
        last_at=max(instants),
        due_at=None if due is None else due.due.at,
        due_by="" if due is None else due.owner,
    )


def _write(node: Node, rows: list[Docket]) -> None:
    bulk.insert(node.alias, rows, replace=_KEYS)


def rebuild(node: Node, progress: Callable[[int], None] = lambda _count: None) -> int:
    """Throw the docket away and compute it again from the turns; return the number of cases."""
    Docket.objects.using(node.alias).all().delete()
    count = 0
    for pairing in Pairing.objects.using(node.alias).all():
        signed = facts.of(node, pairing.id)
        names = list(
            Slot.objects.using(node.alias)
            .filter(pairing=pairing.id)
            .order_by("case")
            .values_list("case", flat=True)
            .distinct()
        )
        for start in range(0, len(names), REBUILD_BATCH):
            files = load(
                node, pairing.id, (pairing.ours, pairing.theirs), names[start : start + REBUILD_BATCH]
            )
            _write(node, [row for file in files.values() if (row := docket_row(node, file, signed))])
            count += len(files)
            progress(count)
    return count


def standing_of(node: Node, pairing: str, case: str) -> Standing | None:
    """Return where a case stands, folded from its turns now."""
    parties = facts.of(node, pairing).parties
    return load(node, pairing, parties, (case,))[case].shown
