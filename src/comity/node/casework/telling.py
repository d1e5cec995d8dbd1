"""A case told in words and values: the way so far, the clocks, what may be said next.

What the command line prints and what `--json` gives are drawn from the same value.
Deliberately not here: bodies' words for pages, and anything about a person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from comity.core import verdict
from comity.core.case import Effect, Line, Standing
from comity.core.codes import CODES
from comity.core.fields import format_instant
from comity.core.keys import Name
from comity.core.verdict import DueClock
from comity.node.casework import facts
from comity.node.log.cases import load
from comity.node.models import Docket, Outbox, Receipt
from comity.node.node import Node
from comity.tracks.counternarcotics.blocking import which_blocks
from comity.tracks.dialogue.annexes import DECISIONS, PRE_EXPORT


@dataclass(frozen=True, slots=True)
class Told:
    """One case as it stands at this node."""

    case: str
    procedure: str
    exercise: bool
    standing: Standing
    clocks: tuple[DueClock, ...]
    blocking: str
    receipted: frozenset[str]
    outbox: dict[str, str]

    def value(self) -> dict[str, object]:
        """Return the case for JSON."""
        return {
            "blocking": self.blocking or None,
            "case": self.case,
            "clocks": [
                {"due-at": format_instant(c.due.at), "name": c.name, "owner": c.owner, "silence": c.silence}
                for c in self.clocks
            ],
            "exercise": self.exercise,
            "may-say": {
                party: [step.says for step in self.standing.may_say(party)]
                for party in (self.standing.opener, self.standing.other)
            },
            "procedure": self.procedure,
            "state": self.standing.state,
            "turn-of": self.standing.turn_of,
            "turns": [self._line_value(line) for line in self.standing.lines],
        }

    def _line_value(self, line: Line) -> dict[str, object]:
        said = line.said
        return {
            "code": said.code,
            "effect": line.effect.value,
            "office": said.turn.office,
            "provisional": line.provisional,
            "receipt": said.hash in self.receipted,
            "said-at": format_instant(said.turn.said_at),
            "says": said.turn.says,
            "slot": said.turn.n,
            "state": line.state,
            "turn": said.hash,
            "verdict": said.verdict.value,
        }

    def sentences(self) -> Iterator[str]:
        """Yield the case for people."""
        if self.exercise:
            yield "EXERCISE. Nothing in this case is about a real shipment."
        yield f"Case {self.case} ({self.procedure}) stands at: {self.standing.state}"
        for line in self.standing.lines:
            yield f"  {self._line(line)}"
        for clock in self.clocks:
            yield (
                f"  Clock {clock.name} of {clock.owner}: {clock.days} {clock.counting}, due "
                f"{clock.due.at:%d %B %Y, %H:%M} UTC; silence means {clock.silence}. {clock.due.words}"
            )
        if self.blocking:
            yield f"  {self.blocking}"
        for party in (self.standing.opener, self.standing.other):
            steps = self.standing.may_say(party)
            if steps:
                yield f"  {party} may say: {', '.join(step.says for step in steps)}"

    def _line(self, line: Line) -> str:
        said, turn = line.said, line.said.turn
        told = f"{turn.said_at:%d %B %Y, %H:%M} UTC  {turn.office} says {turn.says} to {turn.addressed}"
        if line.effect is Effect.CROSSED:
            return f"{told}: crossed, without effect"
        if line.effect is Effect.REFUSED:
            code = CODES.get(said.code or "")
            return f"{told}: refused ({code.sentence({}) if code else said.code})"
        if line.provisional:
            return f"{told}: provisional, {self.outbox.get(said.hash) or 'about to be sent'}"
        proof = ", receipt held" if said.hash in self.receipted else ""
        return f"{told}: accepted{proof}; {line.state}"


def tell(node: Node, row: Docket) -> Told:
    """Return the case that a docket row stands for, folded from its turns now."""
    signed = facts.of(node, row.pairing)
    file = load(node, row.pairing, signed.parties, (row.case,))[row.case]
    standing = file.shown
    if standing is None:
        raise facts.NoSuchPeer(f"the table of case {row.case} is not here")
    clocks = tuple(verdict.due_clocks(standing, signed))
    names = {directory.party: directory.name for directory in (signed.ours, signed.theirs)}
    hashes = [said.hash for said in file.saids]
    receipted = Receipt.objects.using(node.alias).filter(item__in=hashes).values_list("item", flat=True)
    waiting = Outbox.objects.using(node.alias).filter(pairing=row.pairing, item__in=hashes)
    return Told(
        case=row.case,
        procedure=row.procedure,
        exercise=row.exercise,
        standing=standing,
        clocks=clocks,
        blocking=_blocking(standing, clocks, names, node.clock.now()),
        receipted=frozenset(receipted),
        outbox=dict(waiting.values_list("item", "reason")),
    )


def _blocking(standing: Standing, clocks: tuple[DueClock, ...], names: dict[str, Name], now: datetime) -> str:
    """Say whose clock holds a shipment back; empty for procedures about something else."""
    if standing.procedure.id != PRE_EXPORT:
        return ""
    return which_blocks(standing, clocks, names, now, DECISIONS).words.en
