"""The door: the only writer of a log and of everything that follows from it.

A job is handed in, and what it wants to append is prepared in a `Draft`, outside any
transaction. Then one transaction moves the head of the tree *from the size that the draft
was prepared on*, and appends entries, hashes, rows and outbox with it:

    UPDATE head SET size = new WHERE log = ... AND size = old

Whoever loses that race prepares again. So the rule does not hang on a lock in this
process or on the isolation level of a database; the lock here only saves the work of
losing. Jobs that wait while another commits are committed together (group commit, at most
`BATCH_MAX`), and a caller returns only after the commit is on the disk.

Deliberately not here: parsing, sealing, verdicts, signatures of turns. They are done by
the caller before, or by the job on the draft, never inside the transaction.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar, cast

from django.db import models, transaction

from comity.core.errors import ComityError
from comity.core.log import Frontier, StoredHash, grow, leaf_hash
from comity.node import bodies
from comity.node.log import bulk, cases, store
from comity.node.log.cases import CaseFile
from comity.node.models import Body, Entry, Head, Tile
from comity.node.node import Node

BATCH_MAX: Final = 100
CASES_REMEMBERED: Final = 20_000
ATTEMPTS_MAX: Final = 50

T = TypeVar("T")


class LostRace(ComityError):
    """Another process kept moving the head; nothing was written."""

    code = "lost-race"


@dataclass
class Mind:
    """What this process remembers of a log between writes, valid for one size of its head."""

    tree: Frontier
    files: OrderedDict[str, CaseFile] = field(default_factory=OrderedDict)


class Draft:
    """What a batch of jobs wants to write, on top of the log as it is now.

    `bodies` are brought to the disk before the transaction begins: only those of turns that
    are about to be logged, so that what is told "not yet" leaves nothing behind.
    """

    def __init__(self, node: Node, log: str, mind: Mind, parties: tuple[str, str]) -> None:
        self.node, self.log, self.parties = node, log, parties
        self._mind = mind
        self.entries: list[Entry] = []
        self.rows: list[models.Model] = []
        self.changes: list[Callable[[], object]] = []
        self.bodies: list[bytes] = []
        self.files: dict[str, CaseFile] = {}
        self.touched: dict[str, None] = {}

    @property
    def size(self) -> int:
        """The size of the log once this draft is written."""
        return self._mind.tree.size + len(self.entries)

    def append(self, kind: str, party: str, digest: str, text: bytes) -> int:
        """Add an entry; return the index that it will have."""
        index = self.size
        self.entries.append(
            Entry(
                log=self.log,
                index=index,
                kind=kind,
                party=party,
                hash=digest,
                leaf=leaf_hash(text),
                text=text,
            )
        )
        return index

    def load(self, names: Iterable[str]) -> None:
        """Read those case files that are not in mind, in two queries."""
        missing = [name for name in dict.fromkeys(names) if name not in self.files and not self._recall(name)]
        if missing:
            self.files.update(cases.load(self.node, self.log, self.parties, missing))

    def file(self, name: str) -> CaseFile:
        """Return the case file, with what this draft adds to it."""
        self.load((name,))
        return self.files[name]

    def begin(self, name: str) -> CaseFile:
        """Return the empty file of a case whose id was made just now: there is nothing to read."""
        return self.files.setdefault(name, CaseFile(self.log, name, self.parties, self.node.procedure))

    def put(self, file: CaseFile) -> None:
        """Remember a changed case file; its projection is written with the batch."""
        self.files[file.case] = file
        self.touched[file.case] = None

    def _recall(self, name: str) -> bool:
        found = self._mind.files.get(name)
        if found is None:
            return False
        self.files[name] = found
        return True

    def mark(self) -> "_Mark":
        """Remember where the draft is, so that one job's failure takes back only its own."""
        lengths = tuple(len(part) for part in self._parts())
        return _Mark(lengths, dict(self.files), dict(self.touched))

    def back(self, mark: "_Mark") -> None:
        """Take back everything since `mark`."""
        self.files, self.touched = mark.files, mark.touched
        for part, length in zip(self._parts(), mark.lengths, strict=True):
            del part[length:]

    def _parts(self) -> "tuple[list[Any], ...]":
        return self.entries, self.rows, self.changes, self.bodies


@dataclass(frozen=True, slots=True)
class _Mark:
    """How long each part of a draft was, and which cases it had touched."""

    lengths: tuple[int, ...]
    files: dict[str, CaseFile]
    touched: dict[str, None]


Projecting = Callable[[Draft], Iterable[Callable[[], object]]]
"""Says how the projections change with a draft; asked before, run inside the transaction."""


Noticing = Callable[[Iterable[str] | None], None]
"""Told after a write which cases it changed; None where anything may have changed."""


class _Ticket(Generic[T]):
    """One job in the queue, and what came of it."""

    def __init__(self, job: Callable[[Draft], T]) -> None:
        self.job = job
        self.done = False
        self.value: T | None = None
        self.error: BaseException | None = None


class Door:
    """The door of one log of one node in this process."""

    def __init__(
        self, node: Node, log: str, parties: tuple[str, str], *, project: Projecting, notice: Noticing
    ) -> None:
        self._node, self._log = node, log
        self._parties, self._project, self._notice = parties, project, notice
        self._mind: Mind | None = None
        self._writing = threading.Lock()
        self._queueing = threading.Lock()
        self._queue: list[_Ticket[object]] = []

    def write(self, job: Callable[[Draft], T]) -> T:
        """Run `job` on a draft, commit what it drafted, and return what it returned.

        An error that the job raises takes back its own part only and is raised here.
        """
        ticket = _Ticket(job)
        with self._queueing:
            self._queue.append(cast(_Ticket[object], ticket))
        while not ticket.done:
            with self._writing:
                if not ticket.done:
                    self._lead()
        if ticket.error is not None:
            raise ticket.error
        return cast(T, ticket.value)

    def _lead(self) -> None:
        """Write the jobs that wait now, as one transaction."""
        with self._queueing:
            batch, self._queue = self._queue[:BATCH_MAX], self._queue[BATCH_MAX:]
        try:
            self._commit(batch)
        except BaseException as error:
            self._mind = None
            self._notice(None)  # what was remembered may have been touched before it was taken back
            for ticket in batch:
                ticket.error = ticket.error or error
        finally:
            for ticket in batch:
                ticket.done = True

    def _commit(self, batch: list[_Ticket[object]]) -> None:
        for _ in range(ATTEMPTS_MAX):
            mind = self._refreshed()
            draft = self._drafted(batch, mind)
            if not (draft.entries or draft.rows or draft.changes or draft.touched):
                return
            after, tiles = grow(mind.tree, [bytes(entry.leaf) for entry in draft.entries])
            bodies.keep(self._node, draft.bodies)
            if self._written(draft, mind, after, tiles):
                mind.tree = after
                _remember(mind, draft)
                self._notice(draft.touched)
                return
        raise LostRace(f"the head of the log {self._log[:12]} moved {ATTEMPTS_MAX} times while we prepared")

    def _drafted(self, batch: list[_Ticket[object]], mind: Mind) -> Draft:
        draft = Draft(self._node, self._log, mind, self._parties)
        for ticket in batch:
            ticket.value, ticket.error = None, None
            mark = draft.mark()
            try:
                ticket.value = ticket.job(draft)
            except Exception as error:
                draft.back(mark)
                ticket.error = error
        draft.changes.extend(self._project(draft))
        return draft

    def _written(self, draft: Draft, mind: Mind, after: Frontier, tiles: Iterable[StoredHash]) -> bool:
        alias = self._node.alias
        with transaction.atomic(using=alias):
            moved = (
                Head.objects.using(alias)
                .filter(log=self._log, size=mind.tree.size)
                .update(size=after.size, frontier=after.pack())
            )
            if not moved:
                return False
            bulk.insert(alias, draft.entries)
            bulk.insert(
                alias, [Tile(log=self._log, level=t.level, index=t.number, hash=t.hash) for t in tiles]
            )
            for kind, rows in _by_kind(draft.rows):
                # The same body may come twice: it is named by its hash.
                bulk.insert(alias, rows, ignore=kind is Body)
            for change in draft.changes:
                change()
        return True

    def _refreshed(self) -> Mind:
        """Return what we remember if the head is where we left it; else read it anew."""
        exists, tree = store.head(self._node, self._log)
        if not exists:
            heads = Head.objects.using(self._node.alias)
            heads.get_or_create(log=self._log, defaults={"size": 0, "frontier": Frontier().pack()})
        if self._mind is None or self._mind.tree != tree:
            self._mind = Mind(tree)
            self._notice(None)
        return self._mind

    def refresh(self) -> None:
        """Notice what another process has written since."""
        with self._writing:
            self._refreshed()

    def forget(self) -> None:
        """Drop what this process remembers of the log (tests, and after a rebuild)."""
        with self._writing:
            self._mind = None

    def tree(self) -> Frontier:
        """Return the log's present state from the database."""
        return store.frontier(self._node, self._log)


def _by_kind(rows: Iterable[models.Model]) -> Iterable[tuple[type[models.Model], list[models.Model]]]:
    kinds: dict[type[models.Model], list[models.Model]] = {}
    for row in rows:
        kinds.setdefault(type(row), []).append(row)
    return kinds.items()


def _remember(mind: Mind, draft: Draft) -> None:
    for name, file in draft.files.items():
        mind.files[name] = file
        mind.files.move_to_end(name)
    while len(mind.files) > CASES_REMEMBERED:
        mind.files.popitem(last=False)
