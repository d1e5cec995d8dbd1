"""What is kept, and what is only remembered for speed.

**The record**, appended and never rewritten; the database itself refuses (`log.guard`):
`Entry`, `Tile`, `Slot`, `Verdict`, `Receipt`, `Witnessed`, `Told`, `Evidence`, `TableKept`. Not `Body`:
what a body row points at is destroyed on its date.

**One row that moves**: `Head`, the size of each log; whoever moves it from the size that he
saw has won the right to write what he prepared.

**Projections**, which `rebuild` throws away and computes again: `Docket`.

**Work in hand**: `Outbox`, `Pairing` (addresses, holds), `Officer`, `Tenure`.

Persons' data stand in none of these tables but `Officer.name`, and that never crosses: they
are read from the sealed body when a page shows them.

Deliberately not here: rules. A model says what a row is and no more.
"""

from typing import ClassVar

from django.db import models

LOCAL = "local"
"""The log that no peer sees: disclosure decisions and looks at persons' data."""


class Pairing(models.Model):
    """A peer: the two directories, the two founding notes, and where it listens."""

    id = models.CharField(max_length=64, primary_key=True)
    ours = models.CharField(max_length=3)
    theirs = models.CharField(max_length=3)
    our_directory = models.BinaryField()
    their_directory = models.BinaryField()
    our_note = models.BinaryField(null=True)
    their_note = models.BinaryField(null=True)
    address = models.CharField(max_length=200, blank=True)
    exercise = models.BooleanField()
    held = models.BooleanField(default=False)
    founded_at = models.DateTimeField()
    their_size = models.BigIntegerField(default=0)
    their_root = models.BinaryField(default=b"")
    their_checkpoint = models.BinaryField(default=b"")
    heard_at = models.DateTimeField(null=True)


class Head(models.Model):
    """How far a log has come: its size and the compact range that its root follows from."""

    log = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    frontier = models.BinaryField()


class Entry(models.Model):
    """One leaf of a log: the exact bytes of an envelope, ours or the peer's."""

    log = models.CharField(max_length=64)
    index = models.BigIntegerField()
    kind = models.CharField(max_length=16)
    party = models.CharField(max_length=3)
    hash = models.CharField(max_length=64)
    leaf = models.BinaryField()
    text = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "index"], name="entry_place"),
            models.UniqueConstraint(fields=["log", "hash"], name="entry_once"),
        ]


class Tile(models.Model):
    """A hash of a complete subtree, so that a proof need not read every leaf."""

    log = models.CharField(max_length=64)
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["log", "level", "index"], name="tile_place")]


class Slot(models.Model):
    """A turn in its slot. The unique constraint is what stops two writers, not the check."""

    pairing = models.CharField(max_length=64)
    case = models.CharField(max_length=40)
    party = models.CharField(max_length=3)
    n = models.IntegerField()
    hash = models.CharField(max_length=64, unique=True)
    body = models.CharField(max_length=64, blank=True)
    text = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pairing", "case", "party", "n"], name="slot_once")
        ]


class Verdict(models.Model):
    """The one verdict on a turn, with the statement that says it."""

    pairing = models.CharField(max_length=64)
    turn = models.CharField(max_length=64)
    case = models.CharField(max_length=40)
    accepted = models.BooleanField()
    code = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    index = models.BigIntegerField()
    text = models.BinaryField()

    class Meta:
        # Of the pairing: a turn of one pair may be pushed into another, and is refused there too.
        constraints: ClassVar = [models.UniqueConstraint(fields=["pairing", "turn"], name="verdict_once")]
        indexes: ClassVar = [
            models.Index(fields=["pairing", "case"], name="verdict_case"),
            models.Index(fields=["pairing", "index"], name="verdict_place"),
        ]


class Receipt(models.Model):
    """Proof that something stands in the peer's log: its index, path and checkpoint."""

    item = models.CharField(max_length=64, primary_key=True)
    pairing = models.CharField(max_length=64)
    index = models.BigIntegerField()
    path = models.BinaryField()
    checkpoint = models.ForeignKey("Witnessed", on_delete=models.PROTECT)


class Witnessed(models.Model):
    """A checkpoint of the peer's that we verified and found consistent with the one before."""

    pairing = models.CharField(max_length=64)
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.BinaryField()


class Told(models.Model):
    """That we stated something of a turn (delivered, opened, destroyed): once for each kind."""

    turn = models.CharField(max_length=64)
    kind = models.CharField(max_length=12)
    pairing = models.CharField(max_length=64)
    index = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["turn", "kind"], name="told_once")]


class Evidence(models.Model):
    """Two things that one party signed and that cannot both be: kept, and shown."""

    pairing = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    case = models.CharField(max_length=40, blank=True)
    first = models.BinaryField()
    second = models.BinaryField()
    at = models.DateTimeField()


class Body(models.Model):
    """A sealed body that lies in the node's directory, by the hash of its bytes."""

    sealed = models.CharField(max_length=64, primary_key=True)
    pairing = models.CharField(max_length=64)
    case = models.CharField(max_length=40)
    size_bytes = models.IntegerField()
    retain_until = models.DateField()


class TableKept(models.Model):
    """A procedure or calendar that was ever used here: its canonical JSON, by hash."""

    hash = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=16)
    text = models.BinaryField()


class Docket(models.Model):
    """Where a case stands, for lists. A projection: `rebuild` computes it again."""

    pairing = models.CharField(max_length=64)
    case = models.CharField(max_length=40)
    procedure = models.CharField(max_length=80)
    table = models.CharField(max_length=64)
    opener = models.CharField(max_length=3)
    our_office = models.CharField(max_length=30)
    their_office = models.CharField(max_length=30)
    state = models.CharField(max_length=40)
    turn_of = models.CharField(max_length=3, blank=True)
    closed = models.BooleanField()
    provisional = models.BooleanField()
    exercise = models.BooleanField()
    turns = models.IntegerField()
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    due_by = models.CharField(max_length=3, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["pairing", "case"], name="docket_case")]
        indexes: ClassVar = [
            models.Index(fields=["pairing", "-last_at"], name="docket_recent"),
            models.Index(fields=["our_office", "closed", "-last_at"], name="docket_office"),
        ]


class Outbox(models.Model):
    """Something on its way to the peer, with a state and a reason at any moment.

    `state`: waiting, receipted, refused, stuck. Identity was fixed when it was queued.
    """

    pairing = models.CharField(max_length=64)
    item = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    case = models.CharField(max_length=40, blank=True)
    index = models.BigIntegerField()
    body = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=12, default="waiting")
    reason = models.CharField(max_length=300, blank=True)
    attempts = models.IntegerField(default=0)
    queued_at = models.DateTimeField()
    next_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["pairing", "item"], name="outbox_once")]
        indexes: ClassVar = [models.Index(fields=["pairing", "state", "id"], name="outbox_waiting")]


class Officer(models.Model):
    """A person of this government. The number crosses; the name never does."""

    number = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, default="officer")


class Tenure(models.Model):
    """An officer holds an office from one date to another."""

    officer = models.ForeignKey(Officer, on_delete=models.PROTECT)
    office = models.CharField(max_length=30)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
