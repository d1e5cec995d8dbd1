"""Reading a log: entries, hashes for proofs, and signed checkpoints.

Deliberately not here: writing anything (`door`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from comity.core.checkpoint import Checkpoint, sign_checkpoint
from comity.core.log import Frontier, inclusion_proofs
from comity.node.models import LOCAL, Entry, Head, Pairing, Tile
from comity.node.node import Node


def origin(pairing: str, party: str) -> str:
    """Return the origin line of a party's log for a pair (C2SP tlog-checkpoint)."""
    return f"comity/{pairing}/{party}"


@dataclass(frozen=True, slots=True)
class StoredHashes:
    """The hashes of a log as `core.log` reads them: leaves from entries, the rest from tiles."""

    node: Node
    log: str

    def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        span = {"log": self.log, "index__gte": start, "index__lt": start + count}
        if level == 0:
            rows = Entry.objects.using(self.node.alias).filter(**span).order_by("index")
            return [bytes(leaf) for leaf in rows.values_list("leaf", flat=True)]
        tiles = Tile.objects.using(self.node.alias).filter(level=level, **span).order_by("index")
        return [bytes(found) for found in tiles.values_list("hash", flat=True)]


def frontier(node: Node, log: str) -> Frontier:
    """Return how far a log has come; the empty tree where nothing was ever appended."""
    head = Head.objects.using(node.alias).filter(log=log).first()
    return Frontier.unpack(bytes(head.frontier)) if head else Frontier()


def paths(node: Node, log: str, indices: Iterable[int], size: int) -> dict[int, tuple[bytes, ...]]:
    """Return the inclusion path of each entry in the tree of `size`."""
    wanted = sorted(set(indices))
    found = inclusion_proofs(wanted, size, StoredHashes(node, log))
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
