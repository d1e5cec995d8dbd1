"""Finding a case, and the instrument that switches a procedure on now.

Deliberately not here: full-text search, and what an officer may see.
"""

from comity.core.errors import ComityError
from comity.core.instrument import STATE_IN_FORCE
from comity.core.turn import FOUNDING_NOTE
from comity.node.casework import facts
from comity.node.casework.speaking import under_now
from comity.node.models import Docket
from comity.node.node import Node


class NoSuchCase(ComityError):
    """No case of that name is here, or more than one begins so."""

    code = "no-such-case"


def find(node: Node, beginning: str) -> Docket:
    """Return the one case whose id begins so."""
    rows = list(Docket.objects.using(node.alias).filter(case__startswith=beginning)[:2])
    if len(rows) == 1:
        return rows[0]
    if rows and any(row.case == beginning for row in rows):
        return next(row for row in rows if row.case == beginning)
    raise NoSuchCase(
        f"{'more than one case begins' if rows else 'no case here begins'} with {beginning!r:.60}"
    )


def instrument_for(node: Node, pairing: str, procedure: str) -> str:
    """Return the case of the instrument in force that switches the procedure on.

    `founding` where the founding note does, or where none does: then the saying is refused,
    with the reason.
    """
    signed = facts.of(node, pairing)
    rows = Docket.objects.using(node.alias).filter(pairing=pairing, state=STATE_IN_FORCE)
    for case in rows.order_by("-last_at").values_list("case", flat=True):
        instrument = signed.instrument(under_now(signed, case), signed.pairing.ours)
        if instrument and instrument.annex.line(procedure):
            return case
    return FOUNDING_NOTE
