"""The log: an append-only Merkle tree, its frontier, and its proofs.

Hashing is that of RFC 6962, section 2.1: a leaf is SHA-256(0x00 || data), a node
is SHA-256(0x01 || left || right). A *subtree* is named by its level (0 is a leaf)
and its number among those of that level, so it covers the leaves `number << level`
up to, not including, `(number + 1) << level`.

    Frontier      what must be kept in order to append: at most 63 hashes
    grow          a longer frontier, and the few hashes worth storing beside the leaves
    HashReader    where proofs find leaf hashes and stored hashes again
    *_proof(s)    made here from a reader; *check_* raise `Unproven` unless a proof holds

Deliberately not here: storage (the node writes what `grow` returns in the same
transaction as the entries), signatures and sizes that a peer has vouched for
(`checkpoint`: a proof alone does not bind the size of a tree, see `check_inclusion`),
and what a leaf says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import NamedTuple, Protocol

from comity.core.errors import Malformed, Unproven

HASH_SIZE = 32
SIZE_MAX = 2**63 - 1
TILE_HEIGHT = 8
"""Hashes are stored at levels 0, 8, 16, ...; those between are computed from at most 256 of them."""

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry (RFC 6962, section 2.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbouring subtrees (RFC 6962, section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


class StoredHash(NamedTuple):
    """The root of the complete subtree `number` of a level that is a multiple of `TILE_HEIGHT`."""

    level: int
    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: the roots of its complete subtrees, largest first.

    There is one for each 1 in the binary form of `size`. Two trees with one
    frontier are one tree, up to a collision of SHA-256.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size <= SIZE_MAX:
            raise Malformed(f"expected a size from 0 to {SIZE_MAX}, got {self.size}")
        if len(self.peaks) != self.size.bit_count():
            raise Malformed(
                f"expected {self.size.bit_count()} hashes for a tree of {self.size}, got {len(self.peaks)}"
            )
        if any(len(peak) != HASH_SIZE for peak in self.peaks):
            raise Malformed(f"expected every hash of a frontier to have {HASH_SIZE} bytes")

    def extend(self, leaf_hashes: Iterable[bytes]) -> "Frontier":
        """The frontier after these leaves; `grow` also says which hashes to store."""
        return grow(self, leaf_hashes)[0]

    def root(self) -> bytes:
        """The root of the tree; `EMPTY_ROOT` if it has no leaves."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def pack(self) -> bytes:
        """The size as 8 bytes, big-endian, then the hashes, largest subtree first."""
        return self.size.to_bytes(8, "big") + b"".join(self.peaks)

    @classmethod
    def unpack(cls, packed: bytes) -> "Frontier":
        """Read what `pack` wrote. Raises `Malformed` for any other bytes."""
        if len(packed) < 8 or len(packed) % HASH_SIZE != 8:
            raise Malformed(f"expected a packed frontier of 8 + 32n bytes, got {len(packed)}")
        peaks = (packed[i : i + HASH_SIZE] for i in range(8, len(packed), HASH_SIZE))
        return cls(int.from_bytes(packed[:8], "big"), tuple(peaks))


def grow(before: Frontier, leaf_hashes: Iterable[bytes]) -> tuple[Frontier, list[StoredHash]]:
    """Append leaves: the new frontier, and the hashes to store with them (about one for every 255 leaves).

    The leaf hashes themselves are level 0 of the store; the caller has them.
    Takes one hash for each leaf, on average. Raises `Malformed` if a leaf hash
    is not 32 bytes long.
    """
    peaks, size, stored = list(before.peaks), before.size, []
    for got in leaf_hashes:
        if len(got) != HASH_SIZE:
            raise Malformed(f"expected leaf hash {size} to have {HASH_SIZE} bytes, got {len(got)}")
        root, level, number = got, 0, size
        while number & 1:
            root, level, number = node_hash(peaks.pop(), root), level + 1, number >> 1
            if level % TILE_HEIGHT == 0:
                stored.append(StoredHash(level, number, root))
        peaks.append(root)
        size += 1
    return Frontier(size, tuple(peaks)), stored


def new_hashes(before: Frontier, leaf_hashes: Iterable[bytes]) -> list[StoredHash]:
    """The second half of `grow`: which hashes to store when these leaves are appended."""
    return grow(before, leaf_hashes)[1]


class HashReader(Protocol):
    """Where the hashes of a log are kept: rows of a table, tiles on a disk, a list."""

    def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        """The roots of the complete subtrees `start` up to `start + count` of `level`.

        `level` is 0 or another multiple of `TILE_HEIGHT`, `count` from 1 to 256,
        and all of them lie in one tile: `start` is a multiple of 256.
        """
        ...


class _Tree:
    """A tree of `size` leaves, seen through a reader. It reads each tile at most once."""

    def __init__(self, size: int, reader: HashReader) -> None:
        if not 0 <= size <= SIZE_MAX:
            raise Malformed(f"expected a size from 0 to {SIZE_MAX}, got {size}")
        self.size = size
        self._reader = reader
        self._tiles: dict[tuple[int, int], list[Sequence[bytes]]] = {}
        self._edge = self._right_edge() if size else []

    def subtree(self, level: int, number: int) -> bytes:
        """The root of a subtree; if it is the last of its level it may be incomplete."""
        if number == (self.size - 1) >> level:
            return self._edge[level]
        return self.complete(level, number)

    def complete(self, level: int, number: int) -> bytes:
        row = level % TILE_HEIGHT
        tile = number >> (TILE_HEIGHT - row)
        place = (level - row, tile)
        rows = self._tiles.get(place)
        if rows is None:
            rows = self._tiles[place] = self._read(*place)
        return rows[row][number - (tile << (TILE_HEIGHT - row))]

    def _read(self, level: int, tile: int) -> list[Sequence[bytes]]:
        start = tile << TILE_HEIGHT
        count = min(1 << TILE_HEIGHT, (self.size >> level) - start)
        row = self._reader.hashes(level, start, count)
        if len(row) != count or any(len(got) != HASH_SIZE for got in row):
            raise Malformed(
                f"expected {count} stored hashes of level {level} from number {start} for a tree of "
                f"{self.size}, got {len(row)} or some not 32 bytes long: rebuild the stored hashes"
            )
        rows = [row]
        while len(rows) < TILE_HEIGHT and len(row) > 1:
            pairs = zip(islice(row, 0, None, 2), islice(row, 1, None, 2), strict=False)
            row = [node_hash(left, right) for left, right in pairs]
            rows.append(row)
        return rows

    def _right_edge(self) -> list[bytes]:
        """For each level, the root of its last subtree, which ends where the tree ends."""
        sn = self.size - 1
        edge = [self.complete(0, sn)]
        for level in range(sn.bit_length()):
            here, root = sn >> level, edge[-1]
            edge.append(node_hash(self.complete(level, here - 1), root) if here & 1 else root)
        return edge

    def path(self, index: int) -> tuple[bytes, ...]:
        """RFC 6962, section 2.1.1, from the leaf up."""
        proof, fn, sn, level = [], index, self.size - 1, 0
        while sn:
            sibling = fn ^ 1
            if sibling <= sn:
                proof.append(self.subtree(level, sibling))
            fn, sn, level = fn >> 1, sn >> 1, level + 1
        return tuple(proof)


def frontier_at(size: int, reader: HashReader) -> Frontier:
    """The frontier when the log had `size` leaves: its root at that time, or a check of a stored one."""
    tree = _Tree(size, reader)
    levels = (level for level in reversed(range(size.bit_length())) if size >> level & 1)
    return Frontier(size, tuple(tree.complete(level, (size >> level) - 1) for level in levels))


def inclusion_proofs(indices: Iterable[int], size: int, reader: HashReader) -> list[tuple[bytes, ...]]:
    """One inclusion proof for each leaf, under the root of `size` leaves.

    Reads each tile once: neighbouring leaves cost little more than one. Raises
    `Malformed` if a leaf is not in the tree or the store lacks a hash.
    """
    wanted = list(indices)
    for index in wanted:
        if not 0 <= index < size:
            raise Malformed(f"expected a leaf from 0 to {size - 1} in a tree of {size}, got {index}")
    tree = _Tree(size if wanted else 0, reader)
    return [tree.path(index) for index in wanted]


def inclusion_proof(index: int, size: int, reader: HashReader) -> tuple[bytes, ...]:
    """The proof that leaf `index` is in the tree of `size` leaves (RFC 6962, section 2.1.1)."""
    return inclusion_proofs([index], size, reader)[0]


def consistency_proof(old: int, new: int, reader: HashReader) -> tuple[bytes, ...]:
    """The proof that the tree of `old` leaves begins the tree of `new` (RFC 6962, section 2.1.2).

    Empty if the sizes are equal or `old` is 0: then there is nothing to show.
    Raises `Malformed` if `old` is larger than `new` or the store lacks a hash.
    """
    if not 0 <= old <= new:
        raise Malformed(f"expected an older size from 0 to {new}, got {old}")
    if old in (0, new):
        return ()
    tree, proof = _Tree(new, reader), []
    fn, sn, level = old - 1, new - 1, 0
    while fn & 1:
        fn, sn, level = fn >> 1, sn >> 1, level + 1
    if fn:
        proof.append(tree.complete(level, fn))  # else the old root is itself this subtree: the checker has it
    while sn:
        sibling = fn ^ 1
        if sibling <= sn:
            proof.append(tree.subtree(level, sibling))
        fn, sn, level = fn >> 1, sn >> 1, level + 1
    return tuple(proof)


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise `Unproven` unless `leaf` (a leaf hash) is leaf `index` of the tree with this size and root.

    This is RFC 9162, section 2.1.3.2, with its variable names. `size` and `root`
    must come from one signed checkpoint: some sizes give a path the same shape,
    so the proof does not tell a root of 5 leaves from one of 7.
    """
    _check_lengths(leaf, root, *proof)
    if not 0 <= index < size:
        raise Unproven(f"expected a leaf from 0 to {size - 1} in a tree of {size}, got {index}")
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            raise Unproven(f"{len(proof)} hashes are too many to prove leaf {index} in a tree of {size}")
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise Unproven(f"{len(proof)} hashes are too few to prove leaf {index} in a tree of {size}")
    if r != root:
        raise Unproven(f"leaf {index} of {size}: expected root {root.hex()}, the proof gives {r.hex()}")


def check_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise `Unproven` unless the old tree is the beginning of the new one.

    This is RFC 9162, section 2.1.4.2, with its variable names, and the two cases
    that it leaves out: equal sizes have equal roots, and the empty tree begins
    every tree; both with an empty proof. Each size and its root must come from
    one signed checkpoint.
    """
    _check_lengths(old_root, new_root, *proof)
    if not 0 <= old_size <= new_size:
        raise Unproven(f"expected an older size from 0 to {new_size}, got {old_size}")
    if old_size in (0, new_size):
        _check_trivial(old_size, old_root, EMPTY_ROOT if old_size == 0 else new_root, proof)
        if new_size == 0:
            _check_trivial(0, new_root, EMPTY_ROOT, proof)
        return
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not proof:
        raise Unproven(f"a consistency proof from {old_size} to {new_size} cannot be empty")
    fr, sr = _fold_consistency(old_size - 1, new_size - 1, path)
    if fr != old_root:
        raise Unproven(f"size {old_size}: expected root {old_root.hex()}, the proof gives {fr.hex()}")
    if sr != new_root:
        raise Unproven(f"size {new_size}: expected root {new_root.hex()}, the proof gives {sr.hex()}")


def _fold_consistency(fn: int, sn: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Steps 3 to 6 of RFC 9162, section 2.1.4.2: the old and the new root that the path gives."""
    old_size, new_size = fn + 1, sn + 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            raise Unproven(f"the consistency proof from {old_size} to {new_size} is too long")
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise Unproven(f"the consistency proof from {old_size} to {new_size} is too short")
    return fr, sr


def _check_trivial(size: int, got: bytes, want: bytes, proof: Sequence[bytes]) -> None:
    if proof:
        raise Unproven(f"expected an empty consistency proof from size {size}, got {len(proof)} hashes")
    if got != want:
        raise Unproven(f"size {size}: expected root {want.hex()}, got {got.hex()}")


def _check_lengths(*hashes: bytes) -> None:
    for got in hashes:
        if len(got) != HASH_SIZE:
            raise Unproven(f"expected hashes of {HASH_SIZE} bytes in a proof, got one of {len(got)}")


class MemoryLog:
    """A whole log in memory, hashes only: for exports, the simulation and tests.

    It is a `HashReader`, so all functions of this module work on it. Not for a
    node, whose log must be durable before it answers.
    """

    def __init__(self, entries: Iterable[bytes] = ()) -> None:
        self.frontier = Frontier()
        self._levels: dict[int, list[bytes]] = {0: []}
        self.extend(leaf_hash(data) for data in entries)

    def __len__(self) -> int:
        return self.frontier.size

    def append(self, data: bytes) -> int:
        """Append one entry and return its index."""
        self.extend([leaf_hash(data)])
        return self.frontier.size - 1

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Append entries by their leaf hashes."""
        leaves = list(leaf_hashes)
        self.frontier, stored = grow(self.frontier, leaves)
        self._levels[0] += leaves
        for level, _, got in stored:
            self._levels.setdefault(level, []).append(got)

    def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        """See `HashReader`."""
        return self._levels.get(level, [])[start : start + count]

    def root(self, size: int | None = None) -> bytes:
        """The root now, or when the log had `size` leaves."""
        frontier = self.frontier if size is None else frontier_at(size, self)
        return frontier.root()

    def inclusion_proof(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The proof that leaf `index` is in the tree now, or when it had `size` leaves."""
        return inclusion_proof(index, len(self) if size is None else size, self)

    def consistency_proof(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """The proof that the tree of `old` leaves begins the tree now, or of `new` leaves."""
        return consistency_proof(old, len(self) if new is None else new, self)
