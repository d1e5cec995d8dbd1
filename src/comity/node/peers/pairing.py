"""Pairing: two files, a fingerprint compared by voice, and the founding note.

Each government gives the other one file: its directory, signed by its root. On the telephone
each reads out thirty digits of the hash of *its own* file, and the other compares them with
the file that it was given. (One number for both would be weaker: whoever stands between the
two could search for two false files that make it agree, at the square root of the cost.) Who
has confirmed them signs the **founding note** with the root
key: the only instrument signed outside the system. When both notes are here, the note
switches on `dialogue.*`, `instrument.*` and `oversight.*` between the two secretariats, and
nothing else.

Deliberately not here: a new directory (rotation), and unpairing.
"""

from dataclasses import dataclass

from comity.core import canonical, envelope
from comity.core.envelope import Envelope, Signer
from comity.core.errors import ComityError
from comity.core.founding import check_note, founding_payload, pairing_id
from comity.core.instrument import founding_annex
from comity.core.keys import Directory, fingerprint, key_id, open_directory
from comity.node.casework import doors, facts
from comity.node.log.door import Draft
from comity.node.models import Entry, Outbox, Pairing
from comity.node.node import Node


class CannotPair(ComityError):
    """The two files do not make a pair, or the fingerprint does not agree."""

    code = "cannot-pair"


@dataclass(frozen=True, slots=True)
class Proposed:
    """What the two files would found: its id, what we read out, and what they must read out."""

    id: str
    we_read: str
    they_read: str
    peer: Directory


def propose(node: Node, theirs: bytes) -> Proposed:
    """Read the peer's file and say what pairing it would make. Changes nothing."""
    peer = open_directory(envelope.parse(theirs))
    ours = node.directory
    if peer.party == ours.party:
        raise CannotPair(f"the file is of {peer.party}, which is this node: give the peer's file")
    if peer.exercise != ours.exercise:
        kind = {True: "an exercise", False: "real work"}
        raise CannotPair(
            f"{peer.party} is made for {kind[peer.exercise]}, this node for {kind[ours.exercise]}"
        )
    if not founding_annex(ours, peer).lines:
        raise CannotPair(f"{peer.party} and this node have no table in common: update one of them")
    read = [fingerprint(envelope.parse(text).hash) for text in (node.directory_text, theirs)]
    return Proposed(pairing_id(node.directory_text, theirs), read[0], read[1], peer)


def confirm(node: Node, theirs: bytes, spoken: str, root: Signer, address: str) -> Pairing:
    """Found the pairing once the peer has read out the digits of the file that we were given.

    Signs the founding note with our root, logs it and queues it for the peer.
    """
    proposed = propose(node, theirs)
    if "".join(spoken.split()) != "".join(proposed.they_read.split()):
        raise CannotPair("the digits do not agree: stop, and find out whose file was changed")
    if root.key_id != key_id("root", node.directory.root):
        raise CannotPair("the root key given is not the one that signed our directory")
    now = node.clock.now().replace(microsecond=0)
    note = envelope.seal(
        envelope.FOUNDING, founding_payload(node.directory, proposed.peer, proposed.id), root
    )
    row, made = Pairing.objects.using(node.alias).get_or_create(
        id=proposed.id,
        defaults={
            "ours": node.party,
            "theirs": proposed.peer.party,
            "our_directory": node.directory_text,
            "their_directory": theirs,
            "our_note": note.text,
            "address": address,
            "exercise": node.directory.exercise,
            "founded_at": now,
        },
    )
    if made:
        doors.door(node, row.id).write(lambda draft: _queue(draft, note))
    return row


def move(node: Node, pairing: str, address: str) -> None:
    """Say where the peer listens now; nothing is sent to a peer without an address."""
    Pairing.objects.using(node.alias).filter(id=pairing).update(address=address)


def _queue(draft: Draft, note: Envelope) -> None:
    now = draft.node.clock.now()
    # The note's two envelopes have one payload, so the entry is named by the whole envelope.
    item = canonical.digest(note.text)
    index = draft.append("founding", draft.node.party, item, note.text)
    draft.rows.append(
        Outbox(pairing=draft.log, item=item, kind="founding", index=index, queued_at=now, next_at=now)
    )


def receive_note(node: Node, pairing: str, text: bytes) -> int:
    """Take in the peer's founding note; return its index in our log."""
    signed = facts.of(node, pairing)
    check_note(text, signed.ours, signed.theirs, pairing, signed.theirs)
    index = doors.door(node, pairing).write(lambda draft: _note(draft, text))
    facts.refresh(node, pairing)
    return index


def _note(draft: Draft, text: bytes) -> int:
    item = canonical.digest(text)
    found = Entry.objects.using(draft.node.alias).filter(log=draft.log, hash=item).first()
    if found is not None:
        return found.index
    draft.changes.append(
        lambda: Pairing.objects.using(draft.node.alias).filter(id=draft.log).update(their_note=text)
    )
    return draft.append("founding", facts.of(draft.node, draft.log).pairing.theirs, item, text)
