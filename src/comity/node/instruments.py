"""What both parties signed, as verdicts need it: procedures, instruments, calendars.

`Facts` answers the questions of `core.verdict` for one pairing, from turns and bodies that
are here. An answer depends only on what the question names (the turns of the instrument
that the sender had seen), so it may be remembered for ever.

Deliberately not here: negotiating an instrument, which is a case like any other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from comity.core import body as bodies
from comity.core import case as cases
from comity.core import envelope
from comity.core.body import Context
from comity.core.canonical import JsonObject
from comity.core.case import Said, Standing
from comity.core.clock import Calendar
from comity.core.errors import ComityError, Malformed
from comity.core.fields import object_
from comity.core.instrument import (
    Annex,
    Instrument,
    founding_annex,
    in_force,
    latest_text,
    parse_annex,
)
from comity.core.keys import Directory, Key, open_directory
from comity.core.procedure import Procedure
from comity.core.turn import FOUNDING_NOTE, Turn, Under
from comity.node import bodies as kept
from comity.node.log.cases import CaseFile, load
from comity.node.models import Pairing
from comity.node.node import Node
from comity.tracks.calendars import CALENDARS

INSTRUMENTS = "instrument."
TEXT_SAYINGS = ("propose", "amend")
"""What puts an instrument's text on the table (`tracks.dialogue`)."""


@dataclass
class Facts:
    """The signed facts of one pairing, as they are known to one node."""

    node: Node
    pairing: Pairing
    _files: dict[str, CaseFile] = field(default_factory=dict)
    _instruments: dict[tuple[Under, str], Instrument] = field(default_factory=dict)
    _annexes: dict[str, Annex] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ours: Directory = open_directory(envelope.parse(bytes(self.pairing.our_directory)))
        self.theirs: Directory = open_directory(envelope.parse(bytes(self.pairing.their_directory)))
        self.parties = (self.pairing.ours, self.pairing.theirs)
        self._founding = founding_annex(self.ours, self.theirs)

    def directory(self, party: str) -> Directory:
        """Return the directory of one of the two parties."""
        return self.ours if party == self.pairing.ours else self.theirs

    def key(self, key_id: str) -> Key | None:
        """Return a key of the peer's by its name, or None."""
        return self.theirs.by_id.get(key_id)

    def procedure(self, table: str) -> Procedure | None:
        """Return the procedure with that hash, or None if it is not here."""
        return self.node.procedure(table)

    def calendar(self, digest: str) -> Calendar | None:
        """Return the calendar with that hash, or None if it is not here."""
        return CALENDARS.get(digest)

    def founded(self) -> bool:
        """Return whether both roots have signed the founding note."""
        return self.pairing.our_note is not None and self.pairing.their_note is not None

    def instrument(self, under: Under, sender: str) -> Instrument | None:
        """Return the instrument as it stood after the turns that `under` names; None if not here."""
        if under.instrument == FOUNDING_NOTE:
            return Instrument(FOUNDING_NOTE, self._founding, True) if self.founded() else None
        known = self._instruments.get((under, sender))
        if known is not None:
            return known
        file = self.file(under.instrument)
        standing = _standing_at(file, under, sender)
        annex = None if standing is None else self.annex(file, standing)
        if standing is None or annex is None:
            return None
        found = in_force(under.instrument, standing, annex)
        if not standing.provisional:
            self._instruments[under, sender] = found
        return found

    def text(self, standing: Standing) -> Annex | None:
        """Return the annex of the text on the table in an instrument's case."""
        digest = latest_text(standing, TEXT_SAYINGS)
        turn = next((line.said.turn for line in standing.lines if line.said.hash == digest), None)
        return None if turn is None else self._annex(digest or "", turn)

    def annex(self, file: CaseFile, standing: Standing) -> Annex | None:
        """Return the annex of the text on the table, or None where its body is not here."""
        digest = latest_text(standing, TEXT_SAYINGS)
        return None if digest is None else self._annex(digest, file.by_hash[digest].turn)

    def _annex(self, digest: str, turn: Turn) -> Annex | None:
        if digest not in self._annexes:
            content = content_of(self.node, turn)
            if content is None:
                return None
            self._annexes[digest] = parse_annex(object_(content, "annex"))
        return self._annexes[digest]

    def file(self, case: str) -> CaseFile:
        """Return the turns of an instrument's case, remembered until the door says it changed."""
        found = self._files.get(case)
        if found is None:
            found = load(self.node, self.pairing.id, self.parties, (case,))[case]
            if found.first is not None and found.first.procedure.startswith(INSTRUMENTS):
                self._files[case] = found
        return found

    def changed(self, cases: Iterable[str]) -> None:
        """Forget these cases: the door has written something to them."""
        for case in cases:
            self._files.pop(case, None)


def _standing_at(file: CaseFile, under: Under, sender: str) -> Standing | None:
    """Return where the instrument's case stood after the turns named; None if one is not here."""
    named: dict[str, int] = {}
    for digest in (under.ours, under.theirs):
        said = file.by_hash.get(digest) if digest else None
        if digest and said is None:
            return None
        if said is not None:
            named[said.turn.sender] = said.turn.n
    first = file.first
    procedure = file.tables(first.table) if first else None
    if procedure is None or (under.ours and file.by_hash[under.ours].turn.sender != sender):
        return None
    seen: list[Said] = [said for said in file.saids if said.turn.n <= named.get(said.turn.sender, 0)]
    return cases.fold(procedure, file.opener, file.other, seen)


def context_of(turn: Turn) -> Context:
    """Return what the body of a turn is bound to."""
    return Context(turn.pairing, turn.case, turn.office, turn.addressed, turn.marking)


def open_body(node: Node, turn: Turn, sealed: bytes) -> bytes:
    """Return the plain bytes of a turn's body, by whichever opening key of ours fits.

    Raises `Malformed` or `Unproven`; neither names anything of the content.
    """
    for key_id in bodies.parse_sealed(sealed).wrapped:
        private = node.keyring.opening(key_id)
        if private is not None:
            content_key = bodies.unwrap(sealed, key_id, private, context_of(turn))
            return bodies.open_sealed(sealed, content_key, context_of(turn))
    raise Malformed("sealed body: not sealed to any opening key of this node")


def plain_of(node: Node, turn: Turn) -> bytes | None:
    """Return the plain bytes of a turn's body; None where it has none, or it is not here."""
    sealed = kept.read(node, turn.body.sealed) if turn.body else None
    return None if sealed is None else open_body(node, turn, sealed)


def content_of(node: Node, turn: Turn) -> JsonObject | None:
    """Return the content of a turn's body; None where it is not here or cannot be opened."""
    try:
        plain = plain_of(node, turn)
    except ComityError:
        return None
    return None if plain is None else bodies.parse_plain(plain)[1]
