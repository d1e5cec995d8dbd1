"""A case in one file that a stranger can check: turns, verdicts, bodies and proofs.

The file holds what `core.evidence` needs and nothing of any other case but the instrument
that this one rests on. A body goes in only where its marking lets it go to whom the file is
for, and is still here; the others stand in it by hash. Every export is written down in the
local log, which no peer sees.

Deliberately not here: the checking.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from comity.core import bundle as bundles
from comity.core import canonical, envelope
from comity.core.bundle import Cover, Record
from comity.core.case import Said
from comity.core.clock import calendar_bytes
from comity.core.errors import ComityError
from comity.core.log import HASH_SIZE
from comity.core.procedure import canonical_json
from comity.core.proof import Proof, proof_bytes
from comity.core.turn import FOUNDING_NOTE
from comity.node import models
from comity.node.casework import facts
from comity.node.disclosure import decisions
from comity.node.instruments import Facts, plain_of
from comity.node.log import store
from comity.node.log.cases import CaseFile
from comity.node.node import Node
from comity.tracks.calendars import CALENDARS


class NoSuchCase(ComityError):
    """There is no case under that name here, or it is not for you to know."""

    code = "no-such-case"


@dataclass(frozen=True, slots=True)
class _Gathered:
    turns: dict[str, bytes]
    verdicts: dict[str, bytes]
    verdict_items: dict[str, str]


def export(node: Node, pairing: str, case: str, officer: int) -> bytes:
    """Return the evidence file of a case; the act is logged under the officer's number."""
    signed = facts.of(node, pairing)
    files = _files(signed, case)
    gathered = _gather(node, pairing, files)
    records = [
        *(Record("directory", text) for text in (bytes(signed.pairing.our_directory), _theirs(signed))),
        *(Record("founding", bytes(t)) for t in (signed.pairing.our_note, signed.pairing.their_note) if t),
        *_tables(signed, files),
        *(Record("turn", text) for text in gathered.turns.values()),
        *(Record("statement", text) for text in gathered.verdicts.values()),
        *_plains(node, files),
        *_proofs(signed, gathered),
    ]
    cover = Cover(
        pairing=pairing,
        sender=signed.pairing.ours,
        receiver=signed.pairing.theirs,
        says="evidence",
        at=node.clock.now(),
    )
    packed = bundles.pack(records, cover, node.node_signer())
    decisions.log(node, "exported", pairing, case, officer, canonical.digest(packed))
    return packed


def _theirs(signed: Facts) -> bytes:
    return bytes(signed.pairing.their_directory)


def _files(signed: Facts, case: str) -> list[CaseFile]:
    """The case, and before it the instruments that its turns rest on."""
    file = signed.file(case)
    if not file.saids:
        raise NoSuchCase(f"there is no case {case} here")
    names = dict.fromkeys(said.turn.under.instrument for said in file.saids)
    return [*(signed.file(name) for name in names if name != FOUNDING_NOTE), file]


def _gather(node: Node, pairing: str, files: Iterable[CaseFile]) -> _Gathered:
    hashes = [said.hash for file in files for said in file.saids]
    turns = store.texts(node, pairing, hashes)
    rows = models.Verdict.objects.using(node.alias).filter(pairing=pairing, turn__in=hashes)
    verdicts = {row.turn: bytes(row.text) for row in rows}
    return _Gathered(
        turns={digest: turns[digest] for digest in hashes},
        verdicts={digest: verdicts[digest] for digest in hashes if digest in verdicts},
        verdict_items={
            digest: envelope.parse(verdicts[digest]).hash for digest in hashes if digest in verdicts
        },
    )


def _tables(signed: Facts, files: Iterable[CaseFile]) -> Iterable[Record]:
    tables = dict.fromkeys(said.turn.table for file in files for said in file.saids)
    for table in tables:
        procedure = signed.procedure(table)
        if procedure is not None:
            yield Record("procedure", canonical_json(procedure))
    for digest in _calendars(signed, files):
        yield Record("calendar", calendar_bytes(CALENDARS[digest]))


def _calendars(signed: Facts, files: Iterable[CaseFile]) -> dict[str, None]:
    pinned: dict[str, None] = {}
    for file in files:
        annex = signed.annex(file, file.standing) if file.standing else None
        for _, digest in annex.calendars if annex else ():
            if digest in CALENDARS:
                pinned[digest] = None
    return pinned


def _plains(node: Node, files: Iterable[CaseFile]) -> Iterable[Record]:
    for file in files:
        for said in file.saids:
            plain = _plain(node, said)
            if plain is not None:
                yield Record("plain", plain)


def _plain(node: Node, said: Said) -> bytes | None:
    if said.turn.body is None or not said.turn.marking.releasable_to:
        return None
    try:
        plain = plain_of(node, said.turn)
    except ComityError:
        return None
    # A refused body may be anything at all; only what its turn names is evidence.
    return plain if plain is not None and canonical.digest(plain) == said.turn.body.plain else None


def _proofs(signed: Facts, gathered: _Gathered) -> Iterable[Record]:
    node, pairing = signed.node, signed.pairing.id
    tree = store.frontier(node, pairing)
    note = store.signed_checkpoint(node, pairing, tree)
    items = [*gathered.turns, *gathered.verdict_items.values()]
    entries = models.Entry.objects.using(node.alias).filter(log=pairing, hash__in=items)
    places = dict(entries.values_list("hash", "index"))
    paths = store.paths(store.StoredHashes(node, pairing), places.values(), tree.size)
    for item in items:
        yield _proof(item, places[item], paths[places[item]], note)
    receipts = models.Receipt.objects.using(node.alias).select_related("checkpoint")
    for receipt in receipts.filter(item__in=list(gathered.turns)).order_by("index"):
        path = bytes(receipt.path)
        hashes = tuple(path[at : at + HASH_SIZE] for at in range(0, len(path), HASH_SIZE))
        yield _proof(
            gathered.verdict_items[receipt.item], receipt.index, hashes, bytes(receipt.checkpoint.note)
        )


def _proof(item: str, index: int, path: tuple[bytes, ...], note: bytes) -> Record:
    return Record("proof", proof_bytes(Proof(index, path, note, bytes.fromhex(item))))
