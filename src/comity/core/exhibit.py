"""What an evidence file holds, parsed: directories, turns, verdicts, bodies, tables, proofs.

Every record is held to its one spelling here, and a record that does not parse is named.
Nothing is believed yet: that is `evidence`.

Deliberately not here: signatures of turns and verdicts, proofs, and judging anything.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TypeVar

from comity.core import bundle as bundles
from comity.core import canonical, envelope
from comity.core import case as cases
from comity.core.body import parse_plain
from comity.core.bundle import Bundle
from comity.core.case import Said, Standing, Verdict
from comity.core.clock import Calendar, calendar_hash, parse_calendar
from comity.core.envelope import Envelope
from comity.core.errors import ComityError, Malformed
from comity.core.fields import object_
from comity.core.founding import pairing_id
from comity.core.instrument import Annex, Instrument, founding_annex, in_force, latest_text, parse_annex
from comity.core.keys import Directory, open_directory
from comity.core.procedure import Procedure, parse_procedure
from comity.core.turn import FOUNDING_NOTE, Statement, Turn, Under, parse_statement, parse_turn

TEXT_SAYINGS: Final = ("propose", "amend")

T = TypeVar("T")


@dataclass
class Exhibit:
    """The parsed parts of the file. `founding`: both roots were found to have signed the note."""

    pairing: str
    exporter: str
    directories: dict[str, Directory]
    notes: list[bytes]
    turns: list[tuple[Envelope, Turn]]
    statements: list[tuple[Envelope, Statement]]
    plains: dict[str, bytes]
    procedures: dict[str, Procedure]
    calendars: dict[str, Calendar]
    made: str
    founding: bool = False
    proofs: list[bytes] = field(default_factory=list)

    def procedure(self, table: str) -> Procedure | None:
        return self.procedures.get(table)

    def calendar(self, digest: str) -> Calendar | None:
        return self.calendars.get(digest)

    def saids(self, case: str) -> list[Said]:
        """The turns of a case with the verdicts that the file holds on them."""
        verdicts = {s.turn: s for _, s in self.statements if s.kind in ("accepted", "refused")}
        found = []
        for sealed, turn in self.turns:
            if turn.case == case:
                verdict = verdicts.get(sealed.hash)
                what = Verdict(verdict.kind) if verdict else Verdict.PENDING
                found.append(
                    Said(
                        turn,
                        sealed.hash,
                        what,
                        verdict.at if verdict else None,
                        verdict.code if verdict else None,
                    )
                )
        return found

    def refusal(self, turn: str) -> str | None:
        """The code with which the file's verdict refuses a turn, or None."""
        codes = (told.code for _, told in self.statements if told.turn == turn and told.kind == "refused")
        return next(codes, None)

    def annexes(self) -> Iterator[Annex]:
        """The annex of every text of an instrument whose body is in the file."""
        for _, turn in self.turns:
            if turn.says in TEXT_SAYINGS and turn.body is not None and turn.body.plain in self.plains:
                with suppress(Malformed):
                    yield parse_annex(object_(parse_plain(self.plains[turn.body.plain])[1], "annex"))

    def parties(self, case: str) -> tuple[str, str]:
        """The opener and the other party of a case."""
        opener = case.partition("-")[0]
        return opener, next(party for party in self.directories if party != opener)

    def instrument(self, under: Under, sender: str) -> Instrument | None:
        """The instrument as it stood after the turns named, from the file alone."""
        if under.instrument == FOUNDING_NOTE:
            one, other = self.directories.values()
            return Instrument(FOUNDING_NOTE, founding_annex(one, other), True) if self.founding else None
        saids = {said.hash: said for said in self.saids(under.instrument)}
        digests = [digest for digest in (under.ours, under.theirs) if digest]
        if any(digest not in saids for digest in digests):
            return None
        if under.ours and saids[under.ours].turn.sender != sender:
            return None
        named = [saids[digest] for digest in digests]
        until = {said.turn.sender: said.turn.n for said in named}
        seen = [said for said in saids.values() if said.turn.n <= until.get(said.turn.sender, 0)]
        procedure = self.procedures.get(seen[0].turn.table) if seen else None
        if procedure is None:
            return None
        standing = cases.fold(procedure, *self.parties(under.instrument), seen)
        annex = self.text(standing)
        return None if annex is None else in_force(under.instrument, standing, annex)

    def text(self, standing: Standing) -> Annex | None:
        """The annex of the text on the table in an instrument's case, from the file alone."""
        digest = latest_text(standing, TEXT_SAYINGS)
        turn = next((line.said.turn for line in standing.lines if line.said.hash == digest), None)
        if turn is None or turn.body is None or turn.body.plain not in self.plains:
            return None
        try:
            return parse_annex(object_(parse_plain(self.plains[turn.body.plain])[1], "annex"))
        except Malformed:  # then no honest node accepted a turn under it
            return None


def parse_exhibit(bundle: Bundle) -> Exhibit:
    """Return the parts of an evidence bundle; raise `Malformed` or `Unproven` with the record named."""
    with naming("cover"):
        cover = bundles.parse_cover(bundle)
    directories = {}
    for number, text in enumerate(bundle.of("directory"), 1):
        with naming(f"directory {number}"):
            directory = open_directory(envelope.parse(text))
        directories[directory.party] = directory
    both = {cover.sender, cover.receiver}
    if not len(bundle.of("directory")) == len(both) == 2 or set(directories) != both:
        raise Malformed(
            f"expected one directory each of two parties, {sorted(both)}, got {list(directories)}"
        )
    file = Exhibit(
        pairing=cover.pairing,
        exporter=cover.sender,
        directories=directories,
        notes=list(bundle.of("founding")),
        turns=list(_parsed(bundle.of("turn"), "turn", envelope.TURN, parse_turn)),
        statements=list(_parsed(bundle.of("statement"), "statement", envelope.STATEMENT, parse_statement)),
        plains={canonical.digest(plain): plain for plain in bundle.of("plain")},
        procedures=dict(_procedures(bundle.of("procedure"))),
        calendars=dict(_calendars(bundle.of("calendar"))),
        made=pairing_id(*bundle.of("directory")),
        proofs=list(bundle.of("proof")),
    )
    for name, senders in (
        ("turn", [turn.sender for _, turn in file.turns]),
        ("statement", [told.sender for _, told in file.statements]),
    ):
        for number, sender in enumerate(senders, 1):
            if sender not in directories:
                raise Malformed(
                    f"{name} {number}: expected a saying of {' or '.join(directories)}, got {sender}"
                )
    return file


class naming:  # noqa: N801  # reads as a clause: with naming("turn 3")
    """Puts the name of a record before whatever is wrong with it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ComityError):
            raise type(error)(f"{self._name}: {error}") from error


def _parsed(
    texts: Iterable[bytes], name: str, payload_type: str, parse: Callable[[bytes], T]
) -> Iterator[tuple[Envelope, T]]:
    for number, text in enumerate(texts, 1):
        with naming(f"{name} {number}"):
            sealed = envelope.parse(text)
            if sealed.payload_type != payload_type:
                raise Malformed(f"expected {payload_type}, got {sealed.payload_type}")
            yield sealed, parse(sealed.payload)


def _procedures(texts: Iterable[bytes]) -> Iterator[tuple[str, Procedure]]:
    for number, text in enumerate(texts, 1):
        with naming(f"procedure {number}"):
            procedure = parse_procedure(text)
            yield procedure.hash, procedure


def _calendars(texts: Iterable[bytes]) -> Iterator[tuple[str, Calendar]]:
    for number, text in enumerate(texts, 1):
        with naming(f"calendar {number}"):
            calendar = parse_calendar(text)
            yield calendar_hash(calendar), calendar
