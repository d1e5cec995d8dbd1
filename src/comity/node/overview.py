"""How a peer stands, in numbers and in sentences: for `status`, and later for pages.

Deliberately not here: any case.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from comity.core.fields import format_instant
from comity.node.casework import facts
from comity.node.log import store
from comity.node.models import Docket, Evidence, Outbox, Pairing
from comity.node.node import Node


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer as it stands now. `waits` lists (reason, count) of what has not been receipted."""

    party: str
    name: str
    founded: bool
    held: bool
    evidence: int
    heard_at: datetime | None
    log_size: int
    their_log_size: int
    cases: int
    open_cases: int
    waits: tuple[tuple[str, int], ...]
    stuck: tuple[tuple[str, int], ...]

    def value(self) -> dict[str, object]:
        """Return the same for JSON."""
        return {
            "cases": self.cases,
            "evidence": self.evidence,
            "founded": self.founded,
            "heard-at": None if self.heard_at is None else format_instant(self.heard_at),
            "held": self.held,
            "log-size": self.log_size,
            "open-cases": self.open_cases,
            "party": self.party,
            "stuck": dict(self.stuck),
            "their-log-size": self.their_log_size,
            "waiting": dict(self.waits),
        }

    def sentences(self) -> Iterator[str]:
        """Yield how the peer stands, for people."""
        heard = f"last heard on {self.heard_at:%d %B %Y at %H:%M} UTC" if self.heard_at else "never heard yet"
        yield f"{self.name} ({self.party}): {self.open_cases} of {self.cases} cases open; {heard}."
        if not self.founded:
            yield "  The founding note is not signed by both yet: nothing can be said."
        if self.held:
            yield f"  HELD: {self.evidence} pairs of sayings contradict each other; an officer must decide."
        yield f"  Our log has {self.log_size} entries; of theirs {self.their_log_size} are witnessed."
        for reason, count in self.waits:
            yield f"  {count} not sent yet: {reason or 'about to be sent'}"
        for reason, count in self.stuck:
            yield f"  {count} STUCK: {reason}"


def pairings(node: Node) -> list[Pairing]:
    """Return every pairing of the node."""
    return list(Pairing.objects.using(node.alias).order_by("theirs"))


def peer(node: Node, row: Pairing) -> Peer:
    """Return how a peer stands."""
    outbox = Outbox.objects.using(node.alias).filter(pairing=row.id)
    docket = Docket.objects.using(node.alias).filter(pairing=row.id)
    signed = facts.of(node, row.id)
    return Peer(
        party=row.theirs,
        name=signed.theirs.name.en,
        founded=row.our_note is not None and row.their_note is not None,
        held=row.held,
        evidence=Evidence.objects.using(node.alias).filter(pairing=row.id).count(),
        heard_at=row.heard_at,
        log_size=store.frontier(node, row.id).size,
        their_log_size=row.their_size,
        cases=docket.count(),
        open_cases=docket.filter(closed=False).count(),
        waits=tuple(
            outbox.filter(state="waiting").values_list("reason").annotate(n=Count("id")).order_by("reason")
        ),
        stuck=tuple(
            outbox.filter(state="stuck").values_list("reason").annotate(n=Count("id")).order_by("reason")
        ),
    )
