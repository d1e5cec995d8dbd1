"""May this leave, now, to them? Asked anew at each way out; a refusal is final there.

The rules are a short list over the marking: an empty audience is nobody, the audience
names the peer, the day of destruction has not come, and what another party owns goes out
only with its consent, whose silence is not consent.

Deliberately not here: verdicts on what arrives. A receiver needs no policy to accept, so
nothing here can make two nodes disagree.
"""

from datetime import datetime

from comity.core.errors import ComityError
from comity.core.marking import Marking
from comity.node.casework import facts
from comity.node.node import Node


class NotReleased(ComityError):
    """The marking, or the day, does not let this leave."""

    code = "not-released"


def check(node: Node, pairing: str, marking: Marking, office: str, now: datetime) -> None:
    """Raise `NotReleased` unless something so marked may leave `office` for the peer now."""
    reason = objection(node, pairing, marking, now)
    if reason is not None:
        raise NotReleased(f"{office}: {reason}")


def objection(node: Node, pairing: str, marking: Marking, now: datetime) -> str | None:
    """Return why something so marked may not leave for the peer now, or None."""
    ours, theirs = facts.of(node, pairing).parties
    if not marking.releasable_to:
        return "the marking releases it to nobody"
    if theirs not in marking.releasable_to:
        return f"the marking does not release it to {theirs}"
    if marking.retain_until <= now.date():
        return f"it was to be destroyed on {marking.retain_until:%d %B %Y}"
    if marking.owner not in (ours, theirs):
        return f"it belongs to {marking.owner}, whose consent is not recorded here"
    return None
