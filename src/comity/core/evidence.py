"""Evidence: one case in one file, checked by a stranger with no database and no network.

The file is a bundle that says `evidence`: both directories, both founding notes, the turns
of the case and of the instrument it rests on, the verdicts, the plain bodies that may be
shown, the procedures and calendars by which all was judged, and for every turn and verdict a
proof (C2SP tlog-proof) that it stands in the log of one party under a checkpoint that this
party signed.

`verify` believes nothing that the file says of itself. It checks every signature, hash and
proof, judges every turn again by the same list as the two nodes did, and folds the case
anew. What it cannot know it lists in plain sentences under "not proved".

Deliberately not here: making the file (`node.disclosure.export`), and whose root keys these
are: two fingerprints are left for a person to compare.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from comity.core import bundle as bundles
from comity.core import case as cases
from comity.core import envelope
from comity.core.body import parse_plain
from comity.core.bundle import Bundle
from comity.core.canonical import JsonObject
from comity.core.case import Said, Standing, Verdict
from comity.core.checkpoint import LOG_ED25519, Verifier, open_checkpoint
from comity.core.codes import CODES
from comity.core.errors import ComityError, Malformed, Unproven
from comity.core.exhibit import Exhibit, naming, parse_exhibit
from comity.core.founding import check_note
from comity.core.keys import key_id, root_fingerprint
from comity.core.log import check_inclusion, leaf_hash
from comity.core.procedure import Procedure
from comity.core.proof import parse_proof
from comity.core.verdict import ACCEPTED, Judgement, Question, judge

_FOREVER: Final = datetime(9999, 1, 1, tzinfo=UTC)

ParseContent = Callable[[str, str, JsonObject], object]
"""Parses a content by body type and schema hash; raises `Malformed`."""


@dataclass
class Report:
    """What was found: faults, what is proved, and what is not. Sound when there is no fault."""

    faults: list[str] = field(default_factory=list)
    proved: list[str] = field(default_factory=list)
    not_proved: list[str] = field(default_factory=list)
    roots: dict[str, str] = field(default_factory=dict)
    case: str = ""
    state: str = ""
    exercise: bool = False
    lines: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.faults


def verify(text: bytes, case: str | None = None, parse_content: ParseContent | None = None) -> Report:
    """Check an evidence file and say in sentences what it proves. Raises nothing for a bad file.

    `case` picks the case where the file holds more than one beside its instrument.
    """
    report = Report()
    try:
        bundle = bundles.parse(text)
        file = parse_exhibit(bundle)
    except (Malformed, Unproven) as error:
        report.faults.append(f"The file does not parse: {error}.")
        return report
    report.roots |= {party: root_fingerprint(each.root) for party, each in file.directories.items()}
    _check_cover(bundle, file, report)
    for check in (
        _check_founding,
        _check_turns,
        _check_slots,
        _check_statements,
        _check_plains,
        _check_tables,
        _check_proofs,
    ):
        check(file, report)
    if parse_content is not None:
        _check_contents(file, parse_content, report)
    _check_cases(file, case, report)
    _limits(file, report)
    return report


def _check_cover(bundle: Bundle, file: Exhibit, report: Report) -> None:
    key = file.directories[file.exporter].by_id.get(bundle.cover.key_id)
    try:
        if key is None or key.use != "node-signing":
            raise Unproven("it is not signed by the node key of the party that exported it")
        bundles.open_cover(bundle, key.verifier)
    except Unproven as error:
        report.faults.append(f"The cover of the file does not hold: {error}.")


def _check_founding(file: Exhibit, report: Report) -> None:
    one, other = file.directories.values()
    signers = set()
    if file.made != file.pairing:
        report.faults.append("The two directories do not make the pairing that the file names.")
    for number, text in enumerate(file.notes, 1):
        try:
            named = envelope.parse(text).key_id
            signer = next(d for d in (one, other) if key_id("root", d.root) == named)
            check_note(text, one, other, file.pairing, signer)
            signers.add(signer.party)
        except (ComityError, StopIteration) as error:
            report.faults.append(f"Founding note {number} does not hold: {_words(error)}.")
    file.founding = signers == {one.party, other.party}
    if file.founding:
        report.proved.append("Both root keys signed the founding note of this pairing.")
    else:
        report.faults.append("The founding note is not signed by both roots.")


def _words(error: Exception) -> str:
    return "it is signed by neither root" if isinstance(error, StopIteration) else str(error)


def _check_turns(file: Exhibit, report: Report) -> None:
    before = len(report.faults)
    for number, (sealed, turn) in enumerate(file.turns, 1):
        directory = file.directories.get(turn.sender)
        key = directory.by_id.get(sealed.key_id) if directory else None
        try:
            if key is None or key.use == "office-opening":
                raise Unproven(f"its key is not a signing key of {turn.sender}")
            sealed.verify(key.verifier)
            wrong = key.use != "office-signing" or key.office != turn.office
            if wrong and file.refusal(sealed.hash) != "wrong-key":
                raise Unproven(f"its key is not a signing key of {turn.office}")
        except Unproven as error:
            report.faults.append(f"Turn {number} ({turn.sender} says {turn.says}): {error}.")
    if len(report.faults) == before:
        report.proved.append(f"{len(file.turns)} turns are signed by the offices that they name.")


def _check_slots(file: Exhibit, report: Report) -> None:
    """One party says one thing in a slot: two are equivocation, and the case is then nobody's word."""
    slots: dict[tuple[str, str, int], str] = {}
    for number, (sealed, turn) in enumerate(file.turns, 1):
        first = slots.setdefault((turn.case, turn.sender, turn.n), sealed.hash)
        if first != sealed.hash:
            report.faults.append(f"Turn {number}: {turn.sender} said two different things in slot {turn.n}.")


def _check_statements(file: Exhibit, report: Report) -> None:
    before, turns = len(report.faults), {sealed.hash: turn for sealed, turn in file.turns}
    judged: set[str] = set()
    for number, (sealed, statement) in enumerate(file.statements, 1):
        directory = file.directories.get(statement.sender)
        key = directory.by_id.get(sealed.key_id) if directory else None
        try:
            if key is None or key.use != "node-signing":
                raise Unproven(f"its key is not the node key of {statement.sender}")
            sealed.verify(key.verifier)
            turn = turns.get(statement.turn)
            if turn is None or (statement.pairing, statement.case) != (file.pairing, turn.case):
                raise Unproven("it is about a turn that is not in the file")
            if (statement.sender, statement.receiver) != (turn.receiver, turn.sender):
                raise Unproven("it is not given by the party to which the turn was said")
            if statement.kind in ("accepted", "refused") and statement.turn in judged:
                raise Unproven("it is a second verdict on one turn")
            judged |= {statement.turn} if statement.kind in ("accepted", "refused") else set()
        except Unproven as error:
            report.faults.append(f"Statement {number} ({statement.kind}): {error}.")
    if len(report.faults) == before:
        report.proved.append(f"{len(file.statements)} verdicts and statements are signed by the other node.")


def _check_plains(file: Exhibit, report: Report) -> None:
    named = {turn.body.plain for _, turn in file.turns if turn.body}
    for digest in file.plains.keys() - named:
        report.faults.append(
            f"A body (hash {digest[:12]}) is not the one that any turn names: it was changed."
        )
    shown, hidden = len(named & file.plains.keys()), len(named - file.plains.keys())
    if shown:
        report.proved.append(f"{shown} bodies are word for word what was signed.")
    if hidden:
        report.not_proved.append(
            f"What {hidden} bodies said: they are not in the file (destroyed, or not released to you)."
        )


def _check_tables(file: Exhibit, report: Report) -> None:
    """Procedures and calendars are named by their hashes in turns and annexes: no other belongs here."""
    tables = {turn.table for _, turn in file.turns}
    for digest, procedure in file.procedures.items():
        if digest not in tables:
            report.faults.append(f"The procedure {procedure.id} is the table of no turn: it was changed.")
    pinned = dict(pin for annex in file.annexes() for pin in annex.calendars)
    for digest, calendar in file.calendars.items():
        if digest not in pinned.values():
            report.faults.append(f"The calendar {calendar.id} is one that no annex names: it was changed.")
    for name in sorted(name for name, digest in pinned.items() if digest not in file.calendars):
        report.not_proved.append(f"When clocks by the calendar {name} are due: it is not in the file.")


def _check_contents(file: Exhibit, parse_content: ParseContent, report: Report) -> None:
    for sealed, turn in file.turns:
        plain = file.plains.get(turn.body.plain) if turn.body else None
        if plain is None or turn.body is None or file.refusal(sealed.hash) is not None:
            continue
        try:
            body_type, content = parse_plain(plain)
            parse_content(body_type, turn.body.schema, content)
        except Malformed as error:
            report.faults.append(f"The body of {turn.sender} {turn.says}: {error}.")


def _check_proofs(file: Exhibit, report: Report) -> None:
    texts = {sealed.hash: sealed.text for sealed, _ in [*file.turns, *file.statements]}
    held: dict[str, set[str]] = {party: set() for party in file.directories}
    roots: dict[tuple[str, int], bytes] = {}
    for number, text in enumerate(file.proofs, 1):
        try:
            with naming("its checkpoint"):
                shown = open_checkpoint(text.partition(b"\n\n")[2], _log_keys(file))
            proof = parse_proof(text)
            item = proof.extra.hex()
            if item not in texts:
                raise Unproven("it is about something that is not in the file")
            check_inclusion(leaf_hash(texts[item]), proof.index, shown.size, proof.hashes, shown.root)
            if roots.setdefault((shown.origin, shown.size), shown.root) != shown.root:
                raise Unproven("its checkpoint is of another log of the same size: the log was forked")
            held[shown.origin.rpartition("/")[2]].add(item)
        except (Malformed, Unproven) as error:
            report.faults.append(f"Receipt {number}: {error}.")
    for party in file.directories:
        sizes = [size for origin, size in roots if origin.endswith(f"/{party}")]
        if len(sizes) > 1:
            report.not_proved.append(
                f"That the {len(sizes)} checkpoints of {party} in the file are of one log that only grew."
            )
    for party, items in held.items():
        if items:
            report.proved.append(
                f"{len(items)} of these stand in the log of {party}, under checkpoints it signed."
            )
    _check_receipts(file, held, report)


def _log_keys(file: Exhibit) -> list[Verifier]:
    return [
        Verifier(f"comity/{file.pairing}/{party}", LOG_ED25519, key.public)
        for party, directory in file.directories.items()
        for key in directory.pinned("log")
    ]


def _check_receipts(file: Exhibit, held: dict[str, set[str]], report: Report) -> None:
    """Every turn and every verdict must stand in the log of the party that gives the file."""
    for sealed, turn in file.turns:
        if sealed.hash not in held[file.exporter]:
            report.faults.append(
                f"{turn.sender} {turn.says}: no proof that it stands in {file.exporter}'s log."
            )
    for sealed, statement in file.statements:
        if sealed.hash not in held[file.exporter]:
            report.faults.append(f"The verdict {statement.kind} on {statement.turn[:12]} has no proof.")
    unproved = sum(
        statement.sender != file.exporter and sealed.hash not in held[statement.sender]
        for sealed, statement in file.statements
    )
    if unproved:
        report.not_proved.append(f"That {unproved} verdicts stand in the log of the party that gave them.")


def _check_cases(file: Exhibit, case: str | None, report: Report) -> None:
    names = list(dict.fromkeys(turn.case for _, turn in file.turns))
    instruments = {turn.under.instrument for _, turn in file.turns}
    wanted = [name for name in names if name not in instruments] or names
    report.case = case or (wanted[0] if wanted else "")
    for name in names:
        standing = _judge_case(file, name, report)
        if standing is not None and name == report.case:
            report.state = standing.state
            report.exercise = any(line.said.turn.exercise for line in standing.lines)
            report.lines = [_told(line) for line in standing.lines]


def _judge_case(file: Exhibit, case: str, report: Report) -> Standing | None:
    """Judge every turn of a case again, and fold it. Any other verdict than the logged is a fault."""
    saids = file.saids(case)
    procedure = file.procedures.get(saids[0].turn.table)
    if procedure is None:
        report.faults.append(f"The procedure of case {case[:11]} is not in the file.")
        return None
    opener, other = file.parties(case)
    for said in saids:
        try:
            judgement = _judge(file, procedure, (opener, other), saids, said)
        except Malformed as error:
            report.faults.append(f"{said.turn.sender} {said.turn.says} (slot {said.turn.n}): {error}.")
            continue
        expected = said.verdict.value if said.verdict is not Verdict.PENDING else "accepted"
        if (judgement.kind, judgement.code) != (expected, said.code) and not _by_body(said, judgement):
            words = CODES[judgement.code].sentence(dict(judgement.detail)) if judgement.code else "accepted"
            report.faults.append(
                f"{said.turn.sender} {said.turn.says} (slot {said.turn.n}) was {expected}, "
                f"but by the signed rules it is {judgement.kind}: {words}"
            )
    standing = cases.fold(procedure, opener, other, saids)
    pending = sum(said.verdict is Verdict.PENDING for said in saids)
    if pending:
        report.not_proved.append(
            f"That the other side accepted {pending} turns: its verdict is not in the file."
        )
    report.proved.append(f"Judged again, case {case[:11]} of {procedure.id} stands at: {standing.state}.")
    return standing


def _by_body(said: Said, judgement: Judgement) -> bool:
    """Refusals that rest on the bytes of a body cannot be judged again without them."""
    codes = ("body-unreadable", "body-mismatch", "body-malformed", "exercise-mark")
    return judgement == ACCEPTED and said.code in codes and said.turn.body is not None


def _judge(
    file: Exhibit, procedure: Procedure, parties: tuple[str, str], saids: list[Said], said: Said
) -> Judgement:
    turn = said.turn
    others = tuple(s for s in saids if s.hash != said.hash and not _later(s, said))
    sealed = next(sealed for sealed, _ in file.turns if sealed.hash == said.hash)
    return judge(
        Question(
            turn=turn,
            pairing=file.pairing,
            sender=turn.sender,
            receiver=next(party for party in file.directories if party != turn.sender),
            exercise=any(directory.exercise for directory in file.directories.values()),
            key=file.directories[turn.sender].by_id.get(sealed.key_id),
            known=others,
            past=cases.past(procedure, *parties, others, turn),
            signed=file,
            body=ACCEPTED,
            now=_FOREVER,
        )
    )


def _later(other: Said, said: Said) -> bool:
    return other.turn.sender == said.turn.sender and other.turn.n > said.turn.n


def _told(line: cases.Line) -> str:
    turn, said = line.said.turn, line.said
    when = f"{turn.said_at:%d %B %Y %H:%M} UTC"
    fate = {
        "moved": said.verdict.value,
        "crossed": "crossed, without effect",
        "refused": f"refused ({said.code})",
    }
    return (
        f"{when}  {turn.office} says {turn.says} to {turn.addressed}: {fate[line.effect.value]}; {line.state}"
    )


def _limits(file: Exhibit, report: Report) -> None:
    for party, digits in report.roots.items():
        report.not_proved.append(
            f"That the root key {digits} belongs to {party}: compare the digits with what {party} tells you."
        )
    report.not_proved.append("That nothing was said in the case after the last checkpoint in the file.")
    report.not_proved.append("When something was said, beyond what each node's own clock claimed.")
    report.not_proved.append("Which person spoke: the signature is the office's.")
