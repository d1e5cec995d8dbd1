"""What a case waits for: its clocks, whose blocks, and what may be said next and by whom.

Deliberately not here: counting days (`core.clock`), and whether a turn would be accepted
(`core.verdict` is asked when it is said).
"""

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from comity.core import verdict
from comity.core.case import Running, Standing
from comity.core.clock import Holiday
from comity.core.keys import Name
from comity.core.procedure import Step
from comity.core.verdict import DueClock
from comity.tracks.counternarcotics.blocking import which_blocks
from comity.tracks.counternarcotics.table import PRE_EXPORT_NOTIFICATION
from comity.web.moments import Moment
from comity.web.telling import Teller


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock of the case, as a page shows it."""

    title: str
    status: str
    due: Moment | None
    is_over: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Next:
    """One step that may be said next; `command` says it, where it is ours."""

    label: str
    notes: tuple[str, ...]
    command: str


Blocks = Callable[[Standing, Iterable[DueClock], dict[str, Name], datetime], Name]


def _shipment(standing: Standing, due: Iterable[DueClock], names: dict[str, Name], now: datetime) -> Name:
    return which_blocks(standing, due, names, now).words


_BLOCKS: Final[dict[str, Blocks]] = {PRE_EXPORT_NOTIFICATION.id: _shipment}
"""By procedure: who says which of two clocks holds the case back."""


def blocks(teller: Teller, now: datetime) -> str:
    """Return in words whose clock holds the case back; empty where the procedure has no such rule."""
    found = _BLOCKS.get(teller.standing.procedure.id)
    if found is None:
        return ""
    names = {party: teller.signed.directory(party).name for party in teller.signed.parties}
    due = verdict.due_clocks(teller.standing, teller.signed)
    return found(teller.standing, due, names, now).in_language(teller.language)


def clocks(teller: Teller, now: datetime) -> list[Clock]:
    """Return the clocks that run or stand still."""
    return [_clock(teller, running, now) for running in teller.standing.clocks]


def _clock(teller: Teller, running: Running, now: datetime) -> Clock:
    title = teller.word("clock-of", clock=teller.clock(running.slot.name), party=teller.party(running.owner))
    if not running.spans:
        return Clock(title, teller.word("clock-unstarted"), None, False, ())
    ended = running.spans[-1][1]
    if ended is not None:
        stopped = teller.moments.at(ended).words
        return Clock(title, teller.word("clock-paused", moment=stopped), None, False, ())
    due = verdict.due_of(teller.standing, running.slot.name, teller.signed)
    if not isinstance(due, DueClock):
        return Clock(title, teller.word("clock-unknown"), None, False, ())
    is_over = due.due.at <= now
    moment = teller.moments.until(due.due.at, due.owner)
    status = teller.word("clock-over" if is_over else "clock-due", moment=moment.words)
    return Clock(title, status, moment, is_over, tuple(_notes(teller, running, due)))


def _notes(teller: Teller, running: Running, clock: DueClock) -> Iterable[str]:
    counted = {"days": str(clock.days), "calendar": f"{clock.calendar.id} {clock.calendar.version}"}
    yield teller.word("clock-since", moment=teller.moments.at(running.spans[-1][0]).words)
    yield teller.word(clock.counting, **counted)
    if clock.counting == "working-days":
        if clock.due.skipped:
            days = "; ".join(_holiday(teller, day) for day in clock.due.skipped)
            yield teller.word("not-counted", days=days)
        if not clock.calendar.verified:
            yield teller.word("calendar-unverified")
        if clock.due.outside_table:
            yield teller.word("outside-table")
    meaning = teller.words.silences.get(clock.silence) if teller.words else None
    if meaning is not None:
        yield teller.word("silence-means", meaning=meaning.in_language(teller.language))


def _holiday(teller: Teller, day: Holiday) -> str:
    key = "holiday" if day.verified else "holiday-unverified"
    return teller.word(key, name=day.name, day=teller.moments.day(day.on).words)


def may_say(teller: Teller, party: str) -> list[Next]:
    """Return the steps by which a party may go on from where the case stands."""
    return [_next(teller, step, party) for step in teller.standing.may_say(party)]


def _next(teller: Teller, step: Step, party: str) -> Next:
    label = teller.name(teller.words.says if teller.words else {}, step.says)
    command = _command(teller, step) if party == teller.node.party else ""
    return Next(label, tuple(_needs(teller, step)), command)


def _needs(teller: Teller, step: Step) -> Iterable[str]:
    if step.interrupt:
        yield teller.word("interrupt")
    if step.body:
        yield teller.word("needs-body", body=teller.body(step.body))
    if step.four_eyes:
        yield teller.word("needs-two")
    for gate in step.gates:
        yield teller.word("needs-gate", gate=teller.name(teller.words.gates if teller.words else {}, gate))
    if step.declares:
        yield teller.word("needs-clock", clock=teller.clock(step.declares))


def _command(teller: Teller, step: Step) -> str:
    """Return the commands that say a step; what an officer must fill in is in capitals."""
    first = f"comity procedures body {shlex.quote(step.body)} > FILE.json\n" if step.body else ""
    parts = ["comity", "say", step.says, "--case", teller.file.case, "--as", "OFFICER"]
    if step.four_eyes:
        parts += ["--released-by", "SECOND-OFFICER"]
    if step.body:
        parts += ["--body", "FILE.json"]
    parts += ["--dir", str(teller.node.path)]
    return first + " ".join(shlex.quote(part) for part in parts)
