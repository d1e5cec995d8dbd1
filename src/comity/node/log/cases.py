"""The turns of a case as values: what verdicts and projections are computed from.

Deliberately not here: rows that mean something by themselves; a case is always folded from
the signed turns.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from comity.core import case as cases
from comity.core import envelope
from comity.core.case import Said, Standing, Verdict
from comity.core.procedure import Procedure
from comity.core.turn import Turn, parse_turn
from comity.node import models
from comity.node.node import Node


@dataclass(frozen=True)
class CaseFile:
    """Every turn of one case that is here, with the verdicts on them."""

    pairing: str
    case: str
    parties: tuple[str, str]
    tables: Callable[[str], Procedure | None]
    saids: tuple[Said, ...] = ()

    @cached_property
    def standing(self) -> Standing | None:
        """Where the case stands; None while no turn of it counts or its table is not here."""
        first = self.first
        procedure = self.tables(first.table) if first else None
        return None if procedure is None else cases.fold(procedure, self.opener, self.other, self.saids)

    @property
    def first(self) -> Turn | None:
        """The turn that opened the case, or None: the opener's first that was not refused."""
        live = [
            s.turn for s in self.saids if s.verdict is not Verdict.REFUSED and s.turn.sender == self.opener
        ]
        return min(live, key=lambda turn: turn.n, default=None)

    @property
    def attempt(self) -> Turn | None:
        """The opener's first turn, refused or not: what a case that never opened is shown by."""
        turns = (said.turn for said in self.saids if said.turn.sender == self.opener)
        return min(turns, key=lambda turn: turn.n, default=None)

    @property
    def shown(self) -> Standing | None:
        """Where the case stands, for people: at its start where every attempt to open it was refused."""
        attempt = None if self.standing else self.attempt
        procedure = self.tables(attempt.table) if attempt else None
        if procedure is None:
            return self.standing
        return cases.fold(procedure, self.opener, self.other, self.saids)

    @property
    def opener(self) -> str:
        return self.case.partition("-")[0]

    @property
    def other(self) -> str:
        return self.parties[1] if self.opener == self.parties[0] else self.parties[0]

    @cached_property
    def by_hash(self) -> dict[str, Said]:
        return {said.hash: said for said in self.saids}

    @cached_property
    def by_slot(self) -> dict[tuple[str, int], Said]:
        return {(said.turn.sender, said.turn.n): said for said in self.saids}

    def past(self, turn: Turn) -> Standing | None:
        """Where the case stood for the speaker of `turn`; None if its table is not here."""
        procedure = self.tables(turn.table)
        if procedure is None:
            return None
        standing = self.standing
        if standing is not None and cases.extend(standing, Said(turn, "")) is not None:
            return standing  # it has seen everything, which is nearly always so
        return cases.past(procedure, self.opener, self.other, self.saids, turn)

    def with_said(self, said: Said) -> "CaseFile":
        """Return the file with one more turn."""
        after = replace(self, saids=(*self.saids, said))
        if "standing" in self.__dict__ and self.standing is not None:
            extended = cases.extend(self.standing, said)
            if extended is not None:
                after.__dict__["standing"] = extended
        return after

    def with_verdict(self, turn: str, said: Said) -> "CaseFile":
        """Return the file with what is now known of a turn that it holds."""
        return replace(self, saids=tuple(said if s.hash == turn else s for s in self.saids))


def load(node: Node, pairing: str, parties: tuple[str, str], names: Iterable[str]) -> dict[str, CaseFile]:
    """Read case files from the database: two queries, however many cases."""
    wanted = list(dict.fromkeys(names))
    saids: dict[str, list[Said]] = {name: [] for name in wanted}
    where = {"pairing": pairing, "case__in": wanted}
    verdicts = {v.turn: v for v in models.Verdict.objects.using(node.alias).filter(**where)}
    for slot in models.Slot.objects.using(node.alias).filter(**where).order_by("id"):
        turn = parse_turn(envelope.parse(bytes(slot.text)).payload)
        saids[slot.case].append(with_verdict(Said(turn, slot.hash), verdicts.get(slot.hash)))
    return {
        name: CaseFile(pairing, name, parties, node.procedure, tuple(found)) for name, found in saids.items()
    }


def with_verdict(said: Said, verdict: models.Verdict | None) -> Said:
    """Return the turn with the verdict of a row, if there is one."""
    if verdict is None:
        return said
    what = Verdict.ACCEPTED if verdict.accepted else Verdict.REFUSED
    return replace(said, verdict=what, at=verdict.at, code=verdict.code or None)
