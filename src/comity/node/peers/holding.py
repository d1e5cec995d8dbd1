"""A pairing that is held: what contradicts, and an officer's decision to go on.

When one party has signed two things that cannot both be, both are kept as evidence and
nothing more is accepted or said with that peer until an officer has looked and decided. The
decision removes nothing: the evidence stays, and the local log says who decided.

Deliberately not here: finding a contradiction (`casework.arriving`).
"""

from collections.abc import Iterator

from comity.core import canonical, envelope
from comity.core.turn import parse_turn
from comity.node.casework import facts
from comity.node.disclosure import decisions
from comity.node.models import Evidence, Pairing
from comity.node.node import Node


def contradictions(node: Node, pairing: str) -> Iterator[str]:
    """Yield each pair of sayings that contradict each other, in a sentence."""
    for row in Evidence.objects.using(node.alias).filter(pairing=pairing).order_by("id"):
        turns = [parse_turn(envelope.parse(bytes(text)).payload) for text in (row.first, row.second)]
        first, second = turns
        yield (
            f"In case {row.case}, slot {first.n} of {first.sender} says both {first.says} "
            f"(said {first.said_at:%d %B %Y, %H:%M} UTC) and {second.says} "
            f"(said {second.said_at:%d %B %Y, %H:%M} UTC). The first one stands."
        )


def resume(node: Node, pairing: str, officer: int) -> None:
    """Let the pairing go on by an officer's decision, which the local log keeps."""
    rows = Evidence.objects.using(node.alias).filter(pairing=pairing).order_by("id")
    seen = b"".join(bytes(row.first) + bytes(row.second) for row in rows)
    decisions.log(node, "resumed", pairing, "", officer, canonical.digest(seen))
    Pairing.objects.using(node.alias).filter(id=pairing).update(held=False)
    facts.refresh(node, pairing)
