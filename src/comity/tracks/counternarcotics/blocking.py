"""Which of two governments' clocks holds a shipment back, and why, in words.

Two clocks run on one case. The importing authority's decides what its silence means; the
exporting authority's is its own notice period. A shipment may be lawful to send and not
yet lawful to receive, and the case must say which of the two it waits for.

    India's certificate blocks: its 21 working days end on 22 December 2026 (24:00 in New
    Delhi, 13:30 on 22 December 2026 in Washington) and its silence is not consent. ...

Nothing here is legal advice: what silence means is what the annex, signed by both, says.

Deliberately not here: counting days (`core.clock`), which clocks run (`core.case`,
`core.verdict.due_clocks`), and the present time, which is an argument.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

from comity.core.case import Standing
from comity.core.clock import Calendar
from comity.core.keys import Name
from comity.core.verdict import DueClock
from comity.tracks.counternarcotics.table import EXPORTING, IMPORTING

Kind = Literal["decided", "question-open", "not-accepted", "decision", "notice-period", "silence", "nothing"]

_MONTHS: Final = (
    Name("January", "जनवरी"),
    Name("February", "फ़रवरी"),
    Name("March", "मार्च"),
    Name("April", "अप्रैल"),
    Name("May", "मई"),
    Name("June", "जून"),
    Name("July", "जुलाई"),
    Name("August", "अगस्त"),
    Name("September", "सितंबर"),
    Name("October", "अक्टूबर"),
    Name("November", "नवंबर"),
    Name("December", "दिसंबर"),
)
_CAPITALS: Final = {"New Delhi": "नई दिल्ली", "Washington": "वाशिंगटन"}
_UNITS: Final = {
    "working-days": Name("working days", "कार्य-दिवस"),
    "calendar-days": Name("days", "दिन"),
}
_DECISION: Final = Name("decision", "निर्णय")

_OUTCOMES: Final = {
    "cleared": Name("{importer} has cleared the shipment.", "{importer} ने अनापत्ति दे दी है।"),
    "cleared-with-conditions": Name(
        "{importer} has cleared the shipment with conditions; they must hold.",
        "{importer} ने शर्तों के साथ अनापत्ति दी है; शर्तें पूरी होनी चाहिए।",
    ),
    "objected": Name(
        "{importer} has objected: the shipment may not go.", "{importer} ने आपत्ति की है: प्रेषण नहीं जा सकता।"
    ),
    "withdrawn": Name(
        "{exporter} has withdrawn the notification: there is no shipment.",
        "{exporter} ने सूचना वापस ले ली है: कोई प्रेषण नहीं है।",
    ),
    "silence-declared": Name(
        "{exporter} has declared that the silence of {importer} was consent.",
        "{exporter} ने घोषित किया है कि {importer} का मौन सहमति था।",
    ),
}


@dataclass(frozen=True, slots=True)
class Blocking:
    """What a shipment waits for. `party` is whom, `clock` which clock, `until` its first instant after.

    `party` is None where nobody's clock blocks; `until` where no instant ends the wait.
    """

    kind: Kind
    party: str | None
    clock: str | None
    until: datetime | None
    words: Name


@dataclass(frozen=True, slots=True)
class _Side:
    """A party with its name, what it calls its decision, and its clock if it runs."""

    party: str
    name: Name
    decision: Name
    clock: DueClock | None

    def is_over(self, now: datetime) -> bool:
        return self.clock is None or self.clock.due.at <= now


def which_blocks(
    standing: Standing,
    due_clocks: Iterable[DueClock],
    names: Mapping[str, Name],
    now: datetime,
    decisions: Mapping[str, Name] | None = None,
) -> Blocking:
    """Return what the shipment of this case waits for at `now`, in English and Hindi.

    `due_clocks` are those of `core.verdict.due_clocks`; `names` the parties' names;
    `decisions` what a party calls its decision ("certificate"), where it is not that.
    """
    running = {clock.name: clock for clock in due_clocks}
    exporter, importer = (
        _Side(
            party,
            names.get(party, Name(party, party)),
            (decisions or {}).get(party, _DECISION),
            running.get(clock),
        )
        for party, clock in (
            (standing.party(EXPORTING), "waiting"),
            (standing.party(IMPORTING), "decision"),
        )
    )
    if standing.closed:
        filled = {"exporter": exporter, "importer": importer}
        words = _filled(_OUTCOMES[standing.state], filled)
        party = importer.party if standing.state == "objected" else None
        return Blocking("decided", party, None, None, words)
    if standing.state in ("asked", "asked-again"):
        return _asked(exporter, importer, now)
    return _open(exporter, importer, now)


def _filled(sentence: Name, sides: Mapping[str, _Side]) -> Name:
    english = sentence.en.format_map({key: _the(side.name.en) for key, side in sides.items()})
    hindi = sentence.hi.format_map({key: side.name.hi for key, side in sides.items()})
    return Name(english[:1].upper() + english[1:], hindi)


def _asked(exporter: _Side, importer: _Side, now: datetime) -> Blocking:
    words = Name(
        f"{_begun(_the(exporter.name.en))} blocks: {_the(importer.name.en)} has "
        f"asked, and its time to decide "
        "stands still until the answer.",
        f"{exporter.name.hi} रोक रहा है: {importer.name.hi} ने प्रश्न पूछा है, और उत्तर तक उसकी समय-सीमा रुकी है।",
    )
    return Blocking(
        "question-open", exporter.party, None, None, _joined(words, _notice(exporter, importer, now))
    )


def _open(exporter: _Side, importer: _Side, now: datetime) -> Blocking:
    clock, notice = importer.clock, _notice(exporter, importer, now)
    if clock is None:
        words = Name(
            f"{_begun(_the(importer.name.en))} blocks: it has not accepted the "
            f"notification yet, or the annex gives "
            "its decision no clock.",
            f"{importer.name.hi} रोक रहा है: उसने सूचना अभी स्वीकार नहीं की है, या "
            f"अनुलग्नक में उसके निर्णय की समय-सीमा नहीं है।",
        )
        return Blocking("not-accepted", importer.party, None, None, _joined(words, notice))
    if clock.silence != "consent":
        return Blocking(
            "decision",
            importer.party,
            "decision",
            None,
            _joined(_certificate(exporter, importer, now), notice),
        )
    if not importer.is_over(now):
        words = _consent_pending(exporter, importer)
        return Blocking("decision", importer.party, "decision", clock.due.at, _joined(words, notice))
    if not exporter.is_over(now) and exporter.clock is not None:
        words = _joined(_consent_over(exporter, importer), notice)
        return Blocking("notice-period", exporter.party, "waiting", exporter.clock.due.at, words)
    return Blocking("silence", None, None, None, _joined(_consent_over(exporter, importer), notice))


def _certificate(exporter: _Side, importer: _Side, now: datetime) -> Name:
    """The importer's silence is not consent: until it decides, nothing else matters."""
    assert importer.clock is not None
    over = importer.is_over(now)
    days, until = _days(importer.clock), _until(importer.clock, exporter.clock)
    english = f"{_begun(_of(importer.name.en))} {importer.decision.en} blocks: its {days.en} "
    hindi = f"{importer.name.hi} का {importer.decision.hi} रोक रहा है: उसके {days.hi} {until.hi} को "
    if over:
        english += f"ended on {until.en}, it is overdue, and its silence is not consent."
        hindi += "समाप्त हो गए, वह विलंबित है, और उसका मौन सहमति नहीं है।"
    else:
        english += f"end on {until.en} and its silence is not consent."
        hindi += "समाप्त होते हैं और उसका मौन सहमति नहीं है।"
    return Name(english, hindi)


def _consent_pending(exporter: _Side, importer: _Side) -> Name:
    assert importer.clock is not None
    days, until = _days(importer.clock), _until(importer.clock, exporter.clock)
    return Name(
        f"{_begun(_of(importer.name.en))} {importer.decision.en} blocks: its "
        f"{days.en} end on {until.en}; if it says "
        f"nothing until then, {_the(exporter.name.en)} may declare that its silence was consent.",
        f"{importer.name.hi} का {importer.decision.hi} रोक रहा है: उसके "
        f"{days.hi} {until.hi} को समाप्त होते हैं; तब तक वह कुछ "
        f"न कहे तो {exporter.name.hi} घोषित कर सकता है कि मौन सहमति था।",
    )


def _consent_over(exporter: _Side, importer: _Side) -> Name:
    assert importer.clock is not None
    days, until = _days(importer.clock), _until(importer.clock, exporter.clock)
    return Name(
        f"{_begun(_of(importer.name.en))} {days.en} ended on {until.en} without a decision; "
        f"{_the(exporter.name.en)} may declare that this silence was consent. "
        f"Until it does, an answer still counts.",
        f"{importer.name.hi} के {days.hi} {until.hi} को बिना निर्णय समाप्त हो "
        f"गए; {exporter.name.hi} घोषित कर सकता है कि यह मौन "
        "सहमति था। जब तक वह ऐसा न करे, उत्तर मान्य है।",
    )


def _notice(exporter: _Side, importer: _Side, now: datetime) -> Name | None:
    """What the exporter's own period adds, or None where it has no clock."""
    clock = exporter.clock
    if clock is None:
        return None
    days, until, over = _days(clock), _until(clock, importer.clock), exporter.is_over(now)
    needs_consent = importer.clock is None or importer.clock.silence != "consent"
    english = f"{_begun(_of(exporter.name.en))} own {days.en} {'ended' if over else 'end'} on {until.en}"
    hindi = f"{exporter.name.hi} के अपने {days.hi} {until.hi} को समाप्त {'हो गए' if over else 'होते हैं'}"
    if clock.silence == "may-send" and needs_consent:
        after = "since then" if over else "after that"
        return Name(
            f"{english}; {after} it may be lawful to send and is still unlawful to receive.",
            f"{hindi}; उसके बाद भेजना विधिसम्मत हो सकता है, पर प्राप्त करना तब भी विधिविरुद्ध है।",
        )
    if clock.silence == "may-send":
        return Name(
            f"{english}; {'it may now' if over else 'not before that may it'} be lawful to send.",
            f"{hindi}; {'अब भेजना विधिसम्मत हो सकता है' if over else 'उससे पहले भेजना विधिसम्मत नहीं'}।",
        )
    if over:
        return Name(f"{english} and are overdue.", f"{hindi} और विलंबित हैं।")
    return Name(f"{english}; after that they are overdue.", f"{hindi}; उसके बाद वे विलंबित हैं।")


# ----------------------------------------------------------------------------------- days in words


def _days(clock: DueClock) -> Name:
    unit = _UNITS[clock.counting]
    english = unit.en if clock.days != 1 else unit.en.removesuffix("s")
    return Name(f"{clock.days} {english}", f"{clock.days} {unit.hi}")


def _until(clock: DueClock, other: DueClock | None) -> Name:
    """Return the last day of a clock, and when it ends in both capitals."""
    here = clock.calendar.capital
    english, hindi = f"24:00 in {here}", f"{_CAPITALS.get(here, here)} में 24:00"
    if other is not None and other.calendar.capital != here:
        there, local = other.calendar.capital, _local(clock.due.at, other.calendar)
        at = local.strftime("%H:%M")
        english += f", {at} on {_written(local.date()).en} in {there}"
        hindi += f", {_CAPITALS.get(there, there)} में {_written(local.date()).hi} को {at}"
    day = _written(clock.due.on)
    unsure = clock.due.outside_table or not all(one.verified for one in clock.due.skipped)
    if unsure and clock.counting == "working-days":
        english += "; holidays not verified"
        hindi += "; अवकाश असत्यापित"
    return Name(f"{day.en} ({english})", f"{day.hi} ({hindi})")


def _written(on: date) -> Name:
    month = _MONTHS[on.month - 1]
    return Name(f"{on.day} {month.en} {on.year}", f"{on.day} {month.hi} {on.year}")


def _local(at: datetime, calendar: Calendar) -> datetime:
    """Return what the clocks of the calendar's capital show at an instant (without its offset)."""
    offset = calendar.offsets[0]
    for row in calendar.offsets:
        if row.from_at <= at:
            offset = row
    return at.astimezone(UTC).replace(tzinfo=None) + timedelta(minutes=offset.minutes_east)


def _joined(first: Name, second: Name | None) -> Name:
    return first if second is None else Name(f"{first.en} {second.en}", f"{first.hi} {second.hi}")


def _the(name: str) -> str:
    return f"the {name}" if name.startswith("United ") else name


def _of(name: str) -> str:
    return f"{_the(name)}'" if name.endswith("s") else f"{_the(name)}'s"


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]
