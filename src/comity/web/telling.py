"""The way of a case in words: each turn, who said it, what it said, and what became of it.

Told from the signed turns and the verdicts on them, as `core.case` lays them out; each
signature is checked again for every showing.

Deliberately not here: what runs and what may come next (`waiting`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from comity.core import envelope
from comity.core.case import Effect, Line, Said, Standing, Verdict
from comity.core.codes import CODES
from comity.core.errors import ComityError
from comity.core.keys import Name
from comity.core.turn import Turn, parse_statement
from comity.node import models
from comity.node.instruments import Facts, content_of
from comity.node.log.cases import CaseFile
from comity.node.node import Node
from comity.tracks.words import Words
from comity.web.contents import Reader
from comity.web.moments import Moment, Moments
from comity.web.shown import Shown
from comity.web.words import RELATIONS, word


@dataclass(frozen=True, slots=True)
class Linked:
    """Another case, and how this one is related to it."""

    relation: str
    case: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One turn as a page shows it. `effect` is a class for the style, `effect_label` its word."""

    n: int
    is_ours: bool
    title: str
    from_to: str
    said: Moment
    effect: str
    effect_label: str
    effect_words: str
    verdict: Moment | None
    code: str
    then: str
    exercise: bool
    body_title: str
    body: tuple[Shown, ...]
    body_is_gone: bool
    links: tuple[Linked, ...]
    proofs: tuple[tuple[str, str], ...]
    hash: str


@dataclass(frozen=True, slots=True)
class Papers:
    """What stands in the record about the turns of one case, read in a handful of queries."""

    texts: Mapping[str, bytes]
    verdicts: Mapping[str, models.Verdict]
    receipts: Mapping[str, int]
    outbox: Mapping[str, models.Outbox]
    officers: Mapping[int, str]


def papers(node: Node, file: CaseFile) -> Papers:
    """Read what the record holds about the turns of a case."""
    alias, hashes = node.alias, [said.hash for said in file.saids]
    slots = models.Slot.objects.using(alias).filter(pairing=file.pairing, case=file.case)
    verdicts = models.Verdict.objects.using(alias).filter(pairing=file.pairing, turn__in=hashes)
    receipts = models.Receipt.objects.using(alias).filter(item__in=hashes)
    queued = models.Outbox.objects.using(alias).filter(pairing=file.pairing, item__in=hashes)
    return Papers(
        texts={digest: bytes(text) for digest, text in slots.values_list("hash", "text")},
        verdicts={row.turn: row for row in verdicts},
        receipts=dict(receipts.values_list("item", "index")),
        outbox={row.item: row for row in queued},
        officers=dict(models.Officer.objects.using(alias).values_list("number", "name")),
    )


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells the turns of one case to one reader."""

    node: Node
    signed: Facts
    file: CaseFile
    standing: Standing
    words: Words | None
    moments: Moments
    papers: Papers

    @property
    def language(self) -> str:
        return self.moments.language

    def tell(self) -> Iterable[Told]:
        """Yield every turn that is here: first those laid out, then those that wait."""
        for line in self.standing.lines:
            yield self._told(line.said, line)
        for said in self.standing.waiting:
            yield self._told(said, None)

    def party(self, party: str) -> str:
        """Return a party's name in the reader's language."""
        return self.signed.directory(party).name.in_language(self.language)

    def office(self, address: str) -> str:
        """Return an office's name with its address; the address alone where no directory has it."""
        found = self.signed.directory(address.partition("/")[0]).office(address)
        return f"{found.name.in_language(self.language)} ({address})" if found else address

    def name(self, names: Mapping[str, Name], key: str) -> str:
        """Return a word of the procedure; the key itself where there is none."""
        found = names.get(key)
        return found.in_language(self.language) if found else key

    def done(self, says: str) -> str:
        """Return what was done by a step, as a line of the record reads."""
        return self.name(self.words.done if self.words else {}, says)

    def state(self, state: str) -> str:
        """Return a state in words."""
        return self.name(self.words.states if self.words else {}, state)

    def clock(self, clock: str) -> str:
        """Return a clock's name."""
        return self.name(self.words.clocks if self.words else {}, clock)

    def body(self, body_type: str) -> str:
        """Return what a body is called."""
        return self.name(self.words.bodies if self.words else {}, body_type)

    def word(self, key: str, **values: str) -> str:
        """Return words of the page in the reader's language."""
        return word(key, self.language, **values)

    def _told(self, said: Said, line: Line | None) -> Told:
        turn = said.turn
        content = content_of(self.node, turn) if turn.body else None
        effect, effect_words = self._effect(said, line)
        return Told(
            n=turn.n,
            is_ours=turn.sender == self.node.party,
            title=self._title(turn, effect),
            from_to=self._from_to(turn),
            said=self.moments.at(turn.said_at),
            effect=effect,
            effect_label=self.word(effect),
            effect_words=effect_words,
            verdict=None if said.at is None else self.moments.at(said.at),
            code=said.code or "",
            then="" if line is None else self.state(line.state),
            exercise=turn.exercise,
            body_title=self.body(turn.body.type) if turn.body else "",
            body=() if content is None or turn.body is None else self._reader(turn.body.type).fields(content),
            body_is_gone=turn.body is not None and content is None,
            links=tuple(Linked(self.name(RELATIONS, link.relation), link.case) for link in turn.links),
            proofs=tuple(self._proofs(said)),
            hash=said.hash,
        )

    def _title(self, turn: Turn, effect: str) -> str:
        """What was said reads as done only where it had an effect."""
        party = self.party(turn.sender)
        if effect in ("refused", "crossed"):
            says = self.name(self.words.says if self.words else {}, turn.says)
            return self.word("said-in-vain", party=party, says=says)
        return self.word("said-by", party=party, done=self.done(turn.says))

    def _from_to(self, turn: Turn) -> str:
        return self.word("from-to", office=self.office(turn.office), addressed=self.office(turn.addressed))

    def _reader(self, body_type: str) -> Reader:
        return Reader(self.words, body_type, self.moments, self.node.registry)

    def _effect(self, said: Said, line: Line | None) -> tuple[str, str]:
        """Return what became of a turn: a key of the page's words, and a sentence."""
        if said.verdict is Verdict.REFUSED:
            return "refused", self._refusal(said)
        if line is None:
            return "waits", self.word("waits-for")
        if line.effect is Effect.CROSSED:
            return "crossed", self._crossing(line)
        if line.effect is Effect.REFUSED:
            return "crossed", self.word("no-effect")
        if line.provisional:
            return "provisional", self.word("provisional-by", party=self.party(said.turn.receiver))
        return "accepted", ""

    def _refusal(self, said: Said) -> str:
        code = CODES.get(said.code or "")
        row = self.papers.verdicts.get(said.hash)
        if code is None or row is None:
            return said.code or ""
        statement = parse_statement(envelope.parse(bytes(row.text)).payload)
        return code.sentence(dict(statement.detail), self.language)

    def _crossing(self, line: Line) -> str:
        winner = next((one.said.turn for one in self.standing.lines if one.said.hash == line.crossed), None)
        if winner is None:
            return ""
        return self.word(
            "crossed-by", party=self.party(winner.sender), n=str(winner.n), done=self.done(winner.says)
        )

    def _proofs(self, said: Said) -> Iterable[tuple[str, str]]:
        turn = said.turn
        yield self.word("by"), self._officers(turn)
        yield self.word("signature"), self._signature(said)
        yield self.word("receipt"), self._receipt(said)
        yield self.word("marking"), self._marking(turn)
        for attestation in turn.attests:
            key = "attested-override" if attestation.override else "attested"
            gate = self.name(self.words.gates if self.words else {}, attestation.gate)
            officers = ", ".join(self._officer(turn, number) for number in attestation.by)
            yield self.word("attests"), self.word(key, gate=gate, officers=officers)
        if turn.declares is not None:
            due = self.moments.at(turn.declares.due_at).words
            clock = self.clock(turn.declares.clock)
            yield self.word("declares"), self.word("declared", clock=clock, moment=due)

    def _officers(self, turn: Turn) -> str:
        first = self._officer(turn, turn.by)
        if turn.released_by is None:
            return first
        return f"{first}; {self.word('released', officer=self._officer(turn, turn.released_by))}"

    def _officer(self, turn: Turn, number: int) -> str:
        """An officer of ours by name; of the peer's we know the number and nothing else."""
        name = self.papers.officers.get(number) if turn.sender == self.node.party else None
        if name is None:
            return self.word("officer", number=str(number))
        return self.word("officer-named", name=name, number=str(number))

    def _signature(self, said: Said) -> str:
        turn = said.turn
        try:
            sealed = envelope.parse(self.papers.texts[said.hash])
            key = self.signed.directory(turn.sender).by_id.get(sealed.key_id)
            if key is None:
                return self.word("signature-unknown")
            if (sealed.hash, key.use, key.office) != (said.hash, "office-signing", turn.office):
                return self.word("signature-bad")
            sealed.verify(key.verifier)
        except ComityError:
            return self.word("signature-bad")
        return self.word("signature-ok", office=turn.office)

    def _receipt(self, said: Said) -> str:
        if said.turn.sender != self.node.party:
            row = self.papers.verdicts.get(said.hash)
            return self.word("receipt-given", index=str(row.index)) if row else self.word("receipt-none")
        index = self.papers.receipts.get(said.hash)
        if index is not None:
            return self.word("receipt-held", party=self.party(said.turn.receiver), index=str(index))
        queued = self.papers.outbox.get(said.hash)
        if queued is None:
            return self.word("receipt-none")
        return self.word("receipt-why", reason=queued.reason or self.word("receipt-waiting"))

    def _marking(self, turn: Turn) -> str:
        marking = turn.marking
        known = self.signed.parties
        audience = ", ".join(self.party(one) if one in known else one for one in marking.releasable_to)
        said = self.word(
            "marked",
            tlp=marking.tlp,
            owner=self.party(marking.owner) if marking.owner in known else marking.owner,
            audience=audience or self.word("nobody"),
            purpose=marking.purpose,
            day=self.moments.day(marking.retain_until).words,
        )
        return f"{said} {self.word(f'onward-{marking.onward}')}"
