"""The signed facts of a node's pairings, made once and remembered with it.

Deliberately not here: any rule.
"""

from typing import cast

from comity.core.errors import ComityError
from comity.node.instruments import Facts
from comity.node.models import Pairing
from comity.node.node import Node


class NoSuchPeer(ComityError):
    """There is no pairing under that name."""

    code = "no-such-peer"


def known(node: Node) -> dict[str, Facts]:
    """Return the facts that are remembered with the node, by pairing."""
    return cast(dict[str, Facts], node.remembered.setdefault("facts", {}))


def of(node: Node, pairing: str) -> Facts:
    """Return the signed facts of a pairing."""
    found = known(node).get(pairing)
    if found is None:
        found = known(node).setdefault(pairing, Facts(node, row(node, pairing)))
    return found


def refresh(node: Node, pairing: str) -> Facts:
    """Read the pairing's row again (an address, a hold or a founding note has changed)."""
    known(node).pop(pairing, None)
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
