"""The tree against known answers, against the definition in RFC 6962, its proofs against every small lie."""

import importlib.util
import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.core.errors import Malformed, Unproven
from comity.core.log import (
    EMPTY_ROOT,
    SIZE_MAX,
    TILE_HEIGHT,
    Frontier,
    MemoryLog,
    check_consistency,
    check_inclusion,
    consistency_proof,
    frontier_at,
    grow,
    inclusion_proof,
    inclusion_proofs,
    leaf_hash,
    new_hashes,
    node_hash,
)

ROOT = Path(__file__).parents[2]

# Shared by implementations of Certificate Transparency: eight entries, and the root after each.
ENTRIES = [
    bytes.fromhex(data)
    for data in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(i.to_bytes(4, "big")) for i in range(count)]


def log_of(count: int) -> MemoryLog:
    log = MemoryLog()
    log.extend(leaves(count))
    return log


BIG = log_of(70_000)  # two stored levels, both with a ragged end


def mth(d: Sequence[bytes]) -> bytes:
    """The definition of RFC 6962, section 2.1, word for word, over leaf hashes."""
    if len(d) < 2:
        return d[0] if d else EMPTY_ROOT
    k = split(len(d))
    return node_hash(mth(d[:k]), mth(d[k:]))


def path(m: int, d: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(d) == 1:
        return []
    k = split(len(d))
    return [*path(m, d[:k]), mth(d[k:])] if m < k else [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m: int, d: Sequence[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if m == len(d):
        return [] if whole else [mth(d)]
    k = split(len(d))
    if m <= k:
        return [*subproof(m, d[:k], whole), mth(d[k:])]
    return [*subproof(m - k, d[k:], False), mth(d[:k])]


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    return 1 << ((n - 1).bit_length() - 1)


def turns(m: int, n: int) -> str:
    """The shape of the path to leaf m of n: on which side each sibling stands, from the leaf up."""
    if n == 1:
        return ""
    k = split(n)
    return turns(m, k) + "r" if m < k else turns(m - k, n - k) + "l"


def overlap(m: int, n: int, whole: bool = True) -> str:
    """The shape of the consistency proof from m to n."""
    if m == n:
        return "" if whole else "."
    k = split(n)
    return overlap(m, k, whole) + "r" if m <= k else overlap(m - k, n - k, False) + "l"


def flipped(data: bytes, bit: int) -> bytes:
    bit %= len(data) * 8
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


class Counting:
    """A reader that notes what it was asked for."""

    def __init__(self, log: MemoryLog) -> None:
        self.log = log
        self.reads: list[tuple[int, int, int]] = []

    def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        self.reads.append((level, start, count))
        return self.log.hashes(level, start, count)


def vectors_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vectors_log", ROOT / "scripts/vectors/log.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def vectors() -> dict[str, Any]:
    made: dict[str, Any] = vectors_module().log_vectors()
    return made


# ------------------------------------------------------------------------------ known answers


def test_the_roots_are_those_of_certificate_transparency() -> None:
    log = MemoryLog()
    assert log.root() == EMPTY_ROOT == sha256(b"").digest()

    for index, (entry, root) in enumerate(zip(ENTRIES, ROOTS, strict=True)):
        assert log.append(entry) == index
        assert log.root().hex() == root

    assert [log.root(size).hex() for size in range(1, 9)] == ROOTS


def test_every_path_and_proof_is_that_of_the_definition() -> None:
    all_leaves = leaves(40)
    log = log_of(40)
    for new in range(1, 41):
        tree = all_leaves[:new]
        assert log.root(new) == mth(tree)
        for index in range(new):
            assert list(log.inclusion_proof(index, new)) == path(index, tree)
        for old in range(1, new + 1):
            assert list(log.consistency_proof(old, new)) == subproof(old, tree, True)


@pytest.mark.parametrize("size", [255, 256, 257, 511, 512, 513, 65_536, 65_537, 70_000])
def test_the_edges_of_tiles_change_nothing(size: int) -> None:
    tree = leaves(size)
    root = mth(tree)
    assert BIG.root(size) == root

    for index in sorted({0, 1, 254, 255, 256, 300, size - 2, size - 1} & set(range(size))):
        proof = inclusion_proof(index, size, BIG)
        assert list(proof) == path(index, tree)
        check_inclusion(tree[index], index, size, proof, root)

    for old in sorted({1, 2, 254, 255, 256, 257, size - 1} & set(range(size))):
        check_consistency(old, size, mth(tree[:old]), root, consistency_proof(old, size, BIG))


# ------------------------------------------------------------------------------ the frontier


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=80), st.data())
def test_however_leaves_are_cut_into_batches_the_frontier_is_one(
    hashes: list[bytes], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(hashes)))
    whole = Frontier().extend(hashes)

    assert Frontier().extend(hashes[:cut]).extend(hashes[cut:]) == whole
    assert whole.root() == mth(hashes)
    assert whole.size == len(hashes)


@given(st.integers(0, 3_000))
def test_a_frontier_survives_packing_and_is_found_again_from_the_store(size: int) -> None:
    frontier = Frontier().extend(leaves(size))

    assert Frontier.unpack(frontier.pack()) == frontier
    assert frontier_at(size, BIG) == frontier
    assert len(frontier.pack()) == 8 + 32 * size.bit_count()


@given(st.binary(max_size=80))
def test_bytes_are_one_frontier_or_none(packed: bytes) -> None:
    try:
        frontier = Frontier.unpack(packed)
    except Malformed:
        return
    assert frontier.pack() == packed


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"\0" * 7,
        b"\0" * 9,
        b"\0" * 40,
        (1).to_bytes(8, "big"),
        (3).to_bytes(8, "big") + b"\1" * 32,
        (2**63).to_bytes(8, "big") + b"\1" * 32,
        (1).to_bytes(8, "big") + b"\1" * 33,
    ],
)
def test_a_frontier_with_a_hash_too_many_or_too_few_is_refused(packed: bytes) -> None:
    with pytest.raises(Malformed):
        Frontier.unpack(packed)


def test_a_leaf_hash_of_another_length_is_refused() -> None:
    with pytest.raises(Malformed, match="leaf hash 1 to have 32 bytes, got 31"):
        Frontier().extend([bytes(32), bytes(31)])
    with pytest.raises(Malformed, match="every hash"):
        Frontier(1, (bytes(31),))


def test_extending_leaves_the_old_frontier_as_it_was() -> None:
    before = Frontier().extend(leaves(5))
    packed = before.pack()

    before.extend(leaves(3))

    assert before.pack() == packed


# ------------------------------------------------------------------------------ what is stored


@given(st.lists(st.integers(1, 700), min_size=1, max_size=4))
@settings(max_examples=30)
def test_the_hashes_to_store_are_exactly_the_complete_tiles(batches: list[int]) -> None:
    total = sum(batches)
    all_leaves, frontier, stored, done = leaves(total), Frontier(), [], 0
    for count in batches:
        batch = all_leaves[done : done + count]
        assert new_hashes(frontier, batch) == grow(frontier, batch)[1]
        frontier, new = grow(frontier, batch)
        stored += new
        done += count

    width = 1 << TILE_HEIGHT
    assert stored == [(8, i, mth(all_leaves[i * width : (i + 1) * width])) for i in range(total // width)]


def test_a_second_stored_level_begins_at_65536_leaves() -> None:
    stored = new_hashes(Frontier(), leaves(70_000))

    assert [(got.level, got.number) for got in stored if got.level == 16] == [(16, 0)]
    assert len(stored) == 274
    assert BIG.hashes(16, 0, 1) == [mth(leaves(65_536))]


def test_a_hundred_neighbouring_proofs_read_each_tile_once() -> None:
    reader = Counting(BIG)

    proofs = inclusion_proofs(range(40_000, 40_100), 70_000, reader)

    assert proofs == [inclusion_proof(index, 70_000, BIG) for index in range(40_000, 40_100)]
    assert len(reader.reads) == len(set(reader.reads)) <= 6
    assert all(count <= 256 and start % 256 == 0 and level % 8 == 0 for level, start, count in reader.reads)


def test_no_proof_for_no_leaves_reads_nothing() -> None:
    reader = Counting(BIG)

    assert inclusion_proofs([], 70_000, reader) == []
    assert reader.reads == []


def test_a_store_that_lost_hashes_is_named_and_not_believed() -> None:
    class Forgetful:
        def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
            return [] if level else BIG.hashes(level, start, count)

    with pytest.raises(Malformed, match="stored hashes of level 8 from number 0"):
        inclusion_proof(3, 1000, Forgetful())


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0), (0, -1)])
def test_no_proof_is_made_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(Malformed):
        inclusion_proof(index, size, BIG)


@pytest.mark.parametrize(("old", "new"), [(-1, 5), (6, 5), (1, 70_001), (1, SIZE_MAX + 1)])
def test_no_proof_is_made_between_sizes_that_the_log_never_had(old: int, new: int) -> None:
    with pytest.raises(Malformed):
        consistency_proof(old, new, BIG)


# ------------------------------------------------------------------------------ proofs and lies


@given(st.data())
def test_every_inclusion_proof_holds_and_no_flipped_bit_does(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 1_200))
    index = data.draw(st.integers(0, size - 1))
    leaf, proof, root = BIG.hashes(0, index, 1)[0], inclusion_proof(index, size, BIG), BIG.root(size)
    check_inclusion(leaf, index, size, proof, root)

    bit = data.draw(st.integers(0, 255))
    lies: list[tuple[bytes, int, Sequence[bytes], bytes]] = [
        (flipped(leaf, bit), index, proof, root),
        (leaf, index, proof, flipped(root, bit)),
        (leaf, index ^ 1 << bit % 63, proof, root),
        (leaf, index, [*proof, bytes(32)], root),
    ]
    lies += [(leaf, index, [*proof[:i], flipped(p, bit), *proof[i + 1 :]], root) for i, p in enumerate(proof)]
    lies += [(leaf, index, [*proof[:i], *proof[i + 1 :]], root) for i in range(len(proof))]
    for a_leaf, an_index, a_proof, a_root in lies:
        with pytest.raises(Unproven):
            check_inclusion(a_leaf, an_index, size, a_proof, a_root)


@given(st.data())
def test_another_size_holds_only_where_the_path_has_the_same_shape(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 1_200))
    index = data.draw(st.integers(0, size - 1))
    other = size ^ 1 << data.draw(st.integers(0, 12))
    same_shape = index < other and turns(index, other) == turns(index, size)

    def check() -> None:
        leaf = BIG.hashes(0, index, 1)[0]
        check_inclusion(leaf, index, other, inclusion_proof(index, size, BIG), BIG.root(size))

    if same_shape:
        check()  # the reason why sizes are taken from signed checkpoints only
    else:
        with pytest.raises(Unproven):
            check()


@given(st.data())
def test_every_consistency_proof_holds_and_no_flipped_bit_does(data: st.DataObject) -> None:
    new = data.draw(st.integers(0, 1_200))
    old = data.draw(st.integers(0, new))
    before, after, proof = BIG.root(old), BIG.root(new), consistency_proof(old, new, BIG)
    check_consistency(old, new, before, after, proof)

    bit = data.draw(st.integers(0, 255))
    lies: list[tuple[bytes, bytes, Sequence[bytes]]] = [
        (flipped(before, bit), after, proof),
        (before, after, [*proof, bytes(32)]),
    ]
    if old:  # the empty tree begins every tree
        lies.append((before, flipped(after, bit), proof))
    lies += [(before, after, [*proof[:i], flipped(p, bit), *proof[i + 1 :]]) for i, p in enumerate(proof)]
    lies += [(before, after, [*proof[:i], *proof[i + 1 :]]) for i in range(len(proof))]
    for a_before, an_after, a_proof in lies:
        with pytest.raises(Unproven):
            check_consistency(old, new, a_before, an_after, a_proof)


@given(st.data())
def test_other_sizes_are_consistent_only_where_the_proof_has_the_same_shape(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 600))
    old = data.draw(st.integers(1, new - 1))
    bit = 1 << data.draw(st.integers(0, 10))
    other_old, other_new = data.draw(st.sampled_from([(old ^ bit, new), (old, new ^ bit)]))
    same_shape = 0 < other_old < other_new and overlap(other_old, other_new) == overlap(old, new)

    def check() -> None:
        check_consistency(
            other_old, other_new, BIG.root(old), BIG.root(new), consistency_proof(old, new, BIG)
        )

    if same_shape:
        check()
    else:
        with pytest.raises(Unproven):
            check()


def test_a_rewritten_past_is_not_consistent() -> None:
    honest, forged = MemoryLog(ENTRIES), MemoryLog([b"forged", *ENTRIES[1:]])

    for old in range(1, 8):
        with pytest.raises(Unproven):
            check_consistency(old, 8, honest.root(old), forged.root(), forged.consistency_proof(old))


def test_equal_sizes_with_other_roots_are_a_fork() -> None:
    with pytest.raises(Unproven, match="size 8"):
        check_consistency(8, 8, bytes.fromhex(ROOTS[7]), bytes.fromhex(ROOTS[6]), ())


def test_the_empty_tree_has_one_root_and_begins_every_tree() -> None:
    check_consistency(0, 8, EMPTY_ROOT, bytes.fromhex(ROOTS[7]), ())
    check_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, ())
    for before, after in [(bytes(32), EMPTY_ROOT), (EMPTY_ROOT, bytes(32)), (bytes(32), bytes(32))]:
        with pytest.raises(Unproven):
            check_consistency(0, 0, before, after, ())
    with pytest.raises(Unproven):
        check_consistency(0, 8, bytes(32), bytes.fromhex(ROOTS[7]), ())


def test_a_proof_with_a_short_hash_is_refused_before_it_is_hashed() -> None:
    log = MemoryLog(ENTRIES)
    proof = log.inclusion_proof(6)
    with pytest.raises(Unproven, match="32 bytes"):
        check_inclusion(leaf_hash(ENTRIES[6]), 6, 8, [proof[0][:31], *proof[1:]], log.root())
    with pytest.raises(Unproven, match="32 bytes"):
        check_consistency(6, 8, log.root(6), log.root() + b"\0", log.consistency_proof(6))


# ------------------------------------------------------------------------------ page and vectors


def test_the_vectors_are_the_same_on_every_run_and_plain_json() -> None:
    made = vectors()

    assert vectors() == made
    assert json.loads(json.dumps(made)) == made
    assert [row["root"] for row in made["tree"]["roots"]] == ROOTS
    assert [row["data"] for row in made["tree"]["leaves"]] == [entry.hex() for entry in ENTRIES]


def test_every_example_of_the_page_is_true() -> None:
    tree, stored = vectors()["tree"], vectors()["stored"]
    packed = next(row["packed"] for row in tree["frontiers"] if row["size"] == 6)
    inclusion = next(row["proof"] for row in tree["inclusion"] if (row["index"], row["size"]) == (6, 8))
    consistency = next(row["proof"] for row in tree["consistency"] if (row["old"], row["new"]) == (6, 8))

    assert [block.split() for block in blocks(ROOT / "docs/spec/log.md")] == [
        [entry.hex() or "(empty)" for entry in ENTRIES],
        [tree["leaves"][1]["hash"]],
        [tree["empty_root"]],
        [tree["roots"][7]["root"]],
        [packed[:16], packed[16:80], packed[80:]],
        [next(row["hash"] for row in stored["some"] if row["level"] == 16)],
        inclusion,
        consistency,
    ]


def test_the_page_is_right_that_one_path_can_fit_two_sizes() -> None:
    tree = leaves(5)
    check_inclusion(tree[0], 0, 7, path(0, tree), mth(tree))


def blocks(page: Path) -> list[str]:
    """What stands in the fenced examples of a page, in order."""
    return [part.split("```")[0] for part in page.read_text().split("```text\n")[1:]]
