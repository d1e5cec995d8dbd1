"""The doors and the signed facts of a node, made once and remembered with it.

Deliberately not here: any rule.
"""

from comity.core.errors import ComityError
from comity.node.instruments import Facts
from comity.node.log import store
from comity.node.log.door import Door
from comity.node.models import Pairing
from comity.node.node import Node


class NoSuchPeer(ComityError):
    """There is no pairing under that name."""

    code = "no-such-peer"


def door(node: Node, log: str) -> Door:
    """Return the one door by which anything is written to a log of this node."""
    from comity.node.casework.docket import project  # the docket reads facts: bound at first use

    found = node.doors.get(log)
    if found is None:
        found = node.doors.setdefault(log, Door(node, log, store.parties(node, log), project))
    return found


def of(node: Node, pairing: str) -> Facts:
    """Return the signed facts of a pairing."""
    known = node.facts.get(pairing)
    if known is None:
        known = node.facts.setdefault(pairing, Facts(node, row(node, pairing)))
    return known


def refresh(node: Node, pairing: str) -> Facts:
    """Read the pairing's row again (an address, a hold or a founding note has changed)."""
    node.facts.pop(pairing, None)
    return of(node, pairing)


def is_held(node: Node, pairing: str) -> bool:
    """Return whether the pairing is held; asked of the database, for an officer may just have decided."""
    return Pairing.objects.using(node.alias).filter(id=pairing, held=True).exists()


def row(node: Node, pairing: str) -> Pairing:
    """Return the pairing's row; `NoSuchPeer` if there is none."""
    found = Pairing.objects.using(node.alias).filter(id=pairing).first()
    if found is None:
        raise NoSuchPeer("there is no such pairing here")
    return found


def pairing_with(node: Node, party: str | None = None) -> Pairing:
    """Return the pairing with a party, or the only one there is."""
    rows = list(Pairing.objects.using(node.alias).filter(**({"theirs": party} if party else {})))
    if len(rows) != 1:
        names = ", ".join(sorted(r.theirs for r in Pairing.objects.using(node.alias).all())) or "none yet"
        raise NoSuchPeer(
            f"expected one peer{f' named {party}' if party else ''}, got {len(rows)} (peers: {names})"
        )
    return rows[0]
