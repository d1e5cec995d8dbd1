"""Reading a log: entries, hashes for proofs, and signed checkpoints.

Deliberately not here: writing anything (`door`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connections

from comity.core.checkpoint import Checkpoint, sign_checkpoint
from comity.core.log import Frontier, inclusion_proofs
from comity.node.models import LOCAL, Entry, Pairing, Tile
from comity.node.node import Node


def origin(pairing: str, party: str) -> str:
    """Return the origin line of a party's log for a pair (C2SP tlog-checkpoint)."""
    return f"comity/{pairing}/{party}"


@dataclass(frozen=True, slots=True)
class StoredHashes:
    """The hashes of a log as `core.log` reads them: leaves from entries, the rest from tiles.

    One value remembers what it has read, so that all the proofs of an answer read the right
    edge of the tree once. What is read never changes: the log only grows.
    """

    node: Node
    log: str
    _read: dict[tuple[int, int, int], list[bytes]] = field(default_factory=dict)

    def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        place = (level, start, count)
        if place not in self._read:
            self._read[place] = self._query(level, start, count)
        return self._read[place]

    def _query(self, level: int, start: int, count: int) -> list[bytes]:
        span = {"log": self.log, "index__gte": start, "index__lt": start + count}
        if level == 0:
            rows = Entry.objects.using(self.node.alias).filter(**span).order_by("index")
            return [bytes(leaf) for leaf in rows.values_list("leaf", flat=True)]
        tiles = Tile.objects.using(self.node.alias).filter(level=level, **span).order_by("index")
        return [bytes(found) for found in tiles.values_list("hash", flat=True)]


def frontier(node: Node, log: str) -> Frontier:
    """Return how far a log has come; the empty tree where nothing was ever appended."""
    return head(node, log)[1]


def head(node: Node, log: str) -> tuple[bool, Frontier]:
    """Return whether the log has a head yet, and how far it has come.

    Written as SQL because it is asked several times for every turn that is said.
    """
    with connections[node.alias].cursor() as cursor:
        cursor.execute("SELECT frontier FROM node_head WHERE log = %s", [log])
        row = cursor.fetchone()
    return (True, Frontier.unpack(bytes(row[0]))) if row else (False, Frontier())


def paths(reader: StoredHashes, indices: Iterable[int], size: int) -> dict[int, tuple[bytes, ...]]:
    """Return the inclusion path of each entry in the tree of `size`."""
    wanted = sorted(set(indices))
    found = inclusion_proofs(wanted, size, reader)
    return dict(zip(wanted, found, strict=True))


def signed_checkpoint(node: Node, pairing: str, tree: Frontier) -> bytes:
    """Return our signed note over a state of the pair's log."""
    checkpoint = Checkpoint(origin(pairing, node.party), tree.size, tree.root())
    return sign_checkpoint(checkpoint, node.log_signer().private)


def texts(node: Node, log: str, hashes: Iterable[str]) -> dict[str, bytes]:
    """Return the envelopes of entries by the hash of their payload."""
    rows = Entry.objects.using(node.alias).filter(log=log, hash__in=list(hashes))
    return {digest: bytes(text) for digest, text in rows.values_list("hash", "text")}


def parties(node: Node, log: str) -> tuple[str, str]:
    """Return our party and the peer's for a pair's log; ours twice for the local one."""
    if log == LOCAL:
        return node.party, node.party
    row = Pairing.objects.using(node.alias).filter(id=log).values_list("ours", "theirs").get()
    return row[0], row[1]
