"""One case told in real turns, for tests of tracks: who says what, and where it then stands.

`Story(table)` keeps one set of turns; `say` adds one that is accepted a day later, or at
`at`; `cross` adds two that have not seen each other. Contents and signatures are not here.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from comity.core.case import Said, Standing, Verdict, fold
from comity.core.marking import Marking
from comity.core.procedure import Procedure
from comity.core.turn import FOUNDING_NOTE, Declared, Turn, Under, turn_payload

NOON = datetime(2026, 11, 23, 5, 11, tzinfo=UTC)


class Story:
    """A case between `opener` and `other` under a table."""

    def __init__(self, procedure: Procedure, opener: str = "IN", other: str = "US") -> None:
        self.procedure, self.opener, self.other = procedure, opener, other
        self.saids: list[Said] = []
        self.now = NOON

    @property
    def standing(self) -> Standing:
        return fold(self.procedure, self.opener, self.other, self.saids)

    @property
    def state(self) -> str:
        return self.standing.state

    def say(self, party: str, says: str, at: datetime | None = None) -> "Story":
        """Add an accepted turn of `party` that has seen everything."""
        return self._add(self._turn(party, says), at)

    def cross(self, first: tuple[str, str], second: tuple[str, str]) -> "Story":
        """Add two accepted turns, of both parties, neither of which had seen the other."""
        turns = [self._turn(*first), self._turn(*second)]
        for turn in turns:
            self._add(turn, None)
        return self

    def _add(self, turn: Turn, at: datetime | None) -> "Story":
        self.now = at or self.now + timedelta(days=1)
        digest = hashlib.sha256(turn_payload(turn)).hexdigest()
        self.saids.append(Said(turn, digest, Verdict.ACCEPTED, self.now))
        return self

    def _turn(self, party: str, says: str) -> Turn:
        standing = self.standing
        rival = self.other if party == self.opener else self.opener
        head, seen = standing.head(party), standing.seen(rival)
        step = self.procedure.step(standing.state, standing.role(party), says)
        assert step is not None, f"{party} may not say {says} in {standing.state}"
        return Turn(
            pairing="0" * 64,
            sender=party,
            receiver=rival,
            case=f"{self.opener}-{'0' * 32}",
            n=head.turn.n + 1 if head else 1,
            prev=head.hash if head else None,
            seen=seen.hash if seen else None,
            procedure=self.procedure.id,
            table=self.procedure.hash,
            under=Under(FOUNDING_NOTE),
            says=says,
            office=f"{party}/AA",
            addressed=f"{rival}/BB",
            by=1,
            released_by=2,
            said_at=NOON,
            exercise=True,
            marking=Marking(
                owner=party,
                tlp="AMBER",
                releasable_to=(rival,),
                purpose="test",
                retain_until=date(2030, 1, 1),
            ),
            declares=Declared(step.declares, NOON) if step.declares else None,
        )


@pytest.fixture(scope="session")
def story() -> Callable[..., Story]:
    """Make a story: `story(table)` or `story(table, opener="US", other="IN")`."""
    return Story
