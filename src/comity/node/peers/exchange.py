"""A bundle in, a bundle out: what the peer pushes, and our signed answer with its proofs.

The answer lists every item of the push with its verdict or reason, the signed verdicts, our
checkpoint, and for each the path that shows it in our log. The same push twice gets the
same verdicts, byte for byte.

Deliberately not here: HTTP, and what a verdict rests on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from comity.core import bundle as bundles
from comity.core import canonical, envelope
from comity.core.bundle import Answer, Bundle, Cover, Record
from comity.core.errors import ComityError, Malformed, Unproven
from comity.core.log import consistency_proof
from comity.node.casework import arriving, facts
from comity.node.casework.arriving import Arrived, Received, Told
from comity.node.instruments import Facts
from comity.node.log import store
from comity.node.models import Pairing
from comity.node.node import Node
from comity.node.peers import pairing as pairings


class Unwelcome(ComityError):
    """Whoever sent this is not a peer of this node. It is told nothing else."""

    code = "unwelcome"


@dataclass(frozen=True, slots=True)
class _Item:
    """One item of a push: what it is called in the answer, and what became of its parsing."""

    name: str
    parsed: Arrived | Told | None
    answer: Answer | None = None


def receive(node: Node, text: bytes) -> bytes:
    """Take in a push and return the answer. Raises `Unwelcome` for what is not a peer's push."""
    bundle, cover, signed = open_push(node, text)
    answers = _founding(signed, bundle)
    sealed_bodies = {canonical.digest(body): body for body in bundle.of("body")}
    items = [
        _parsed(signed, record, sealed_bodies)
        for record in bundle.records
        if record.kind in ("turn", "statement")
    ]
    parsed = [item.parsed for item in items if item.parsed is not None]
    received = arriving.receive(node, signed.pairing.id, parsed) if parsed else []
    results = iter(received)
    all_received = [
        next(results) if item.parsed is not None else Received(item.answer or Answer(item.name, "malformed"))
        for item in items
    ]
    return _answer(signed, cover, [*answers, *all_received])


def open_push(node: Node, text: bytes) -> tuple[Bundle, Cover, Facts]:
    """Parse a push and prove whose it is, from its signed cover alone."""
    try:
        bundle = bundles.parse(text)
        claimed = bundles.parse_cover(bundle)
    except Malformed as error:
        raise Unwelcome(str(error)) from error
    row = Pairing.objects.using(node.alias).filter(id=claimed.pairing).first()
    if row is None:
        raise Unwelcome("no such pairing here")
    signed = facts.of(node, row.id)
    key = signed.key(bundle.cover.key_id)
    if key is None or key.use != "node-signing":
        raise Unwelcome("no such pairing here")
    try:
        cover = bundles.open_cover(bundle, key.verifier)
    except Unproven as error:
        raise Unwelcome("no such pairing here") from error
    if (cover.sender, cover.receiver, cover.says) != (row.theirs, row.ours, "push"):
        raise Unwelcome("no such pairing here")
    return bundle, cover, signed


def _founding(signed: Facts, bundle: Bundle) -> list[Received]:
    answers = []
    for text in bundle.of("founding"):
        name = canonical.digest(text)
        try:
            index = pairings.receive_note(signed.node, signed.pairing.id, text)
            answers.append(Received(Answer(name, "logged", index=index)))
        except (Malformed, Unproven) as error:
            answers.append(Received(_malformed(name, error)))
    return answers


def _parsed(signed: Facts, record: Record, sealed_bodies: dict[str, bytes]) -> _Item:
    try:
        if record.kind == "turn":
            turn = arriving.prepare_turn(signed, record.text, sealed_bodies)
            return _Item(turn.sealed.hash, turn)
        told = arriving.prepare_statement(signed, record.text)
        return _Item(told.sealed.hash, told)
    except (Malformed, Unproven) as error:
        name = _name(record.text)
        return _Item(name, None, _malformed(name, error))


def _name(text: bytes) -> str:
    """What the sender calls an item: by its payload, and by its bytes where it has none."""
    try:
        return envelope.parse(text).hash
    except Malformed:
        return canonical.digest(text)


def _malformed(name: str, error: ComityError) -> Answer:
    return Answer(name, "malformed", error.code, (("what", str(error)[:300]),))


def _answer(signed: Facts, cover: Cover, received: Sequence[Received]) -> bytes:
    node, pairing = signed.node, signed.pairing.id
    tree = store.frontier(node, pairing)
    indices = [r.answer.index for r in received if r.answer.index is not None]
    reader = store.StoredHashes(node, pairing)
    paths = store.paths(reader, indices, tree.size)
    grew = consistency_proof(cover.knows, tree.size, reader) if 0 < cover.knows <= tree.size else ()
    verdicts = dict.fromkeys(r.verdict for r in received if r.verdict is not None)
    records = [
        bundles.answers_record([r.answer for r in received]),
        *(Record("statement", text) for text in verdicts),
        Record("checkpoint", store.signed_checkpoint(node, pairing, tree)),
        bundles.proofs_record(paths, grew),
    ]
    answering = Cover(
        pairing=pairing,
        sender=signed.pairing.ours,
        receiver=signed.pairing.theirs,
        says="answer",
        at=node.clock.now(),
        answers=cover.contents,
    )
    return bundles.pack(records, answering, node.node_signer())
