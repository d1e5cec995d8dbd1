"""Which chemicals are controlled, by whom, since when, and how sure we are of it.

The facts are in `control_table.toml` beside this module: 67 rows in our own form, each
fact with the key of its source and `sourced` or `unverified`. A fact without a date is
said to be without a date; nothing is asserted because a day is missing. The table is a
working aid: nothing here is enforced as law, and the answer of an officer goes before it.

    acetic anhydride on 2018-06-01 in "UN"  ->  listed, Table I since 2001 [JS]
    acetic anhydride on 2018-06-01 in "US"  ->  listed-date-not-seen, List II [DOCM]

Deliberately not here: how anything is made; matching of misspelt names and of free text
(that is a question for a chemist, and for the matching layer); what a case does with an
answer; the texts of the Harmonized System.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from types import MappingProxyType
from typing import Final, Literal, cast

from comity.core import canonical, fields
from comity.core.canonical import JsonObject
from comity.core.errors import Malformed
from comity.tracks.counternarcotics.consignment import parse_subheading

Kind = Literal["substance", "preparation", "equipment"]
Verified = Literal["sourced", "unverified"]
State = Literal["listed", "not-listed", "not-found", "see-rules"]
Standing = Literal[
    "listed",
    "listed-date-not-seen",
    "day-not-seen",
    "not-yet-listed",
    "not-listed",
    "not-found",
    "see-rules",
    "no-entry",
]

KINDS: Final = ("substance", "preparation", "equipment")
VERIFIED: Final = ("sourced", "unverified")
STATES: Final = ("listed", "not-listed", "not-found", "see-rules")
REGIMES: Final = (
    "article-12", "listed-chemical", "permit", "regulated-machine",
    "unique-registration", "no-objection-certificate", "controlled-substance",
)  # fmt: skip
NAMES: Final = MappingProxyType(
    {"UN": "the 1988 Convention", "US": "the table for the United States", "IN": "the table for India"}
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A short text (a CAS number, a code) with the keys of its sources."""

    text: str
    verified: Verified
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """An HS 2022 subheading, six digits; `names_it` if its text names the substance, else a residual line."""

    subheading: str
    names_it: bool
    verified: Verified
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold of the United States as its source words it; `flow` is import-export or domestic."""

    flow: str
    text: str
    verified: Verified
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """The days between which something began: one day, a year, `earliest` alone, or nothing known."""

    earliest: date | None
    latest: date | None
    words: str


@dataclass(frozen=True, slots=True)
class Status:
    """One thing that one jurisdiction says about a row, or about the part of it in `scope`."""

    jurisdiction: str
    state: State
    list: str
    instrument: str
    regime: str
    since: Span
    until: Span
    scope: str
    verified: Verified
    sources: tuple[str, ...]
    note: str

    @property
    def effective_from(self) -> date | None:
        """The day it took effect; None unless exactly that day was seen."""
        return self.since.earliest if self.since.earliest == self.since.latest else None


@dataclass(frozen=True, slots=True)
class Substance:
    """One row. `group`: more than one chemical answers to it, so its CAS number is only the best known."""

    id: str
    kind: Kind
    name: str
    other_names: tuple[str, ...]
    group: bool
    drugs: str
    cas: Fact | None
    hs: Heading | None
    dea_code: Fact | None
    us_thresholds: tuple[Threshold, ...]
    statuses: tuple[Status, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Salt:
    """How much of a salt's weight is the base, as a decimal string between 0 and 1."""

    substance: str
    names: tuple[str, ...]
    base_fraction: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ControlStatus:
    """What the table says of a substance in a jurisdiction on a day, in plain words.

    `in_force` are the statuses that hold on the day, or may; it is empty unless the standing
    is one of `listed`, `listed-date-not-seen` and `day-not-seen`. `verified` is `sourced` only
    if everything is that the standing rests on.
    """

    jurisdiction: str
    on: date
    standing: Standing
    in_force: tuple[Status, ...]
    verified: Verified
    sources: tuple[str, ...]
    words: str

    @property
    def regimes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(status.regime for status in self.in_force if status.regime))


# ------------------------------------------------------------------------------- CAS numbers

_CAS: Final = re.compile(r"([1-9][0-9]{1,6})-([0-9]{2})-([0-9])", re.ASCII)


def check_cas(text: str) -> None:
    """Raise `Malformed` unless `text` is a CAS number with the right check digit.

    The last digit is the sum of the others, each times its place from the right, modulo 10.
    """
    match = _CAS.fullmatch(text)
    if match is None:
        raise Malformed(f"CAS number: expected digits as 108-24-7, got {text!r:.80}")
    digits = match[1] + match[2]
    expected = sum(place * int(digit) for place, digit in enumerate(reversed(digits), start=1)) % 10
    if int(match[3]) != expected:
        raise Malformed(
            f"CAS number {text}: expected check digit {expected}, got {match[3]}; compare it with the label"
        )


# ----------------------------------------------------------------------------------- looking up


def find(name_or_cas: str) -> tuple[Substance, ...]:
    """Return the rows with that id, CAS number, name or other name, in the order of the table.

    Case, spaces and punctuation do not count. Nothing is guessed: an empty answer means that
    the table has no such word, not that the substance is free.
    """
    if _CAS.fullmatch(name_or_cas.strip()):
        return _BY_WORD.get(name_or_cas.strip(), ())
    return _BY_WORD.get(_folded(name_or_cas), ())


def named_by_hs(subheading: str) -> tuple[Substance, ...]:
    """Return the rows that the text of an HS 2022 subheading names, in the order of the table."""
    digits = parse_subheading(subheading)
    return tuple(one for one in SUBSTANCES if one.hs and one.hs.names_it and one.hs.subheading == digits)


def hs_named_subheadings() -> tuple[str, ...]:
    """Return the subheadings whose text names a row, ascending, six digits each."""
    return tuple(sorted({one.hs.subheading for one in SUBSTANCES if one.hs and one.hs.names_it}))


def base_fraction(substance: Substance, salt: str) -> Salt | None:
    """Return what part of the weight of `salt` is the base; None where no source was seen."""
    wanted = _folded(salt)
    for one in SALTS:
        if one.substance == substance.id and wanted in map(_folded, one.names):
            return one
    return None


def _folded(name: str) -> str:
    spelt = name.casefold().replace("α", "alpha").replace("γ", "gamma")
    return "".join(character for character in spelt if character.isalnum())


# --------------------------------------------------------------------------- status at a day


def status_on(substance: Substance, jurisdiction: str, on: date) -> ControlStatus:
    """Return what the table says of `substance` in `jurisdiction` ("UN", "US", "IN") on the day `on`.

    The standing is `listed` only where the day it took effect is known and past. Where the
    table holds no date it is `listed-date-not-seen`, also for days long ago; where it holds
    only the year, and `on` is in it, `day-not-seen`. `not-found` is not `not-listed`.
    """
    held = tuple(one for one in substance.statuses if one.jurisdiction == jurisdiction)
    listed = tuple(one for one in held if one.state == "listed")
    in_force = tuple(one for one in listed if _phase(one, on) != "no")
    rests_on = in_force or listed or held
    sourced = bool(rests_on) and all(one.verified == "sourced" for one in rests_on)
    standing = _standing(held, listed, in_force, on)
    told = "; ".join(map(_line, rests_on))
    doubt = "unverified: " if in_force and not any(one.verified == "sourced" for one in in_force) else ""
    opening = f"{substance.name} on {on.isoformat()} under {NAMES.get(jurisdiction, jurisdiction)}"
    return ControlStatus(
        jurisdiction=jurisdiction,
        on=on,
        standing=standing,
        in_force=in_force,
        verified="sourced" if sourced else "unverified",
        sources=tuple(dict.fromkeys(key for one in rests_on for key in one.sources)),
        words=f"{opening}: {doubt}{_OPENINGS[standing]}" + (f" ({told})" if told else ""),
    )


def _standing(
    held: Sequence[Status], listed: Sequence[Status], in_force: Sequence[Status], on: date
) -> Standing:
    if not held:
        return "no-entry"
    if not listed:
        return cast(Standing, held[0].state)
    if not in_force:
        return "not-yet-listed"
    # What is said of the whole row goes before what is said of a part of it.
    whole = [one for one in in_force if not one.scope] or in_force
    phases = {_phase(one, on) for one in whole}
    if "yes" in phases:
        return "listed"
    return "day-not-seen" if "within" in phases else "listed-date-not-seen"


def _phase(status: Status, on: date) -> Literal["no", "yes", "within", "undated"]:
    begun, ended = _passed(status.since, on), _passed(status.until, on)
    if begun == "no" or ended == "yes":
        return "no"
    return "within" if ended == "within" else begun


def _passed(span: Span, on: date) -> Literal["no", "yes", "within", "undated"]:
    if not span.words:  # an `until` that is not there never comes; a `since` always has words
        return "no"
    if span.earliest is not None and on < span.earliest:
        return "no"
    if span.latest is None:
        return "undated"
    return "yes" if on >= span.latest else "within"


_OPENINGS: Final[Mapping[Standing, str]] = MappingProxyType(
    {
        "listed": "listed",
        "listed-date-not-seen": "listed, but the day it took effect was not seen",
        "day-not-seen": "its listing begins or changes in this year, on a day that was not seen",
        "not-yet-listed": "not yet listed",
        "not-listed": "not listed",
        "not-found": "not found in the lists that were seen, which does not mean that it is free",
        "see-rules": "not listed by itself; see the rules",
        "no-entry": "the table has no entry",
    }
)


def _line(status: Status) -> str:
    parts = [part for part in (status.list, status.instrument) if part]
    if status.scope:
        parts.append(f"for {status.scope}")
    if status.state == "listed":
        parts.append(status.since.words)
    if status.until.words:
        parts.append(status.until.words)
    if status.regime:
        parts.append(f"regime {status.regime}")
    if status.note:
        parts.append(status.note)
    if status.verified == "unverified":
        parts.append("unverified")
    if status.sources:
        parts.append(f"[{', '.join(status.sources)}]")
    return ", ".join(parts)


# -------------------------------------------------------------------------- reading the table


def _a_span(value: JsonObject, key: str) -> Span:
    written = fields.text_or_none(value, key)
    if written is None:
        return Span(None, None, "")
    if re.fullmatch(r"[0-9]{4}", written):
        return Span(date(int(written), 1, 1), date(int(written), 12, 31), f"{key} {written}")
    day = date.fromisoformat(written)
    return Span(day, day, f"{key} {written}")


def _a_status(value: JsonObject, sources: JsonObject) -> Status:
    since, published = _a_span(value, "since"), _a_span(value, "published")
    if published.earliest is not None:
        since = Span(published.earliest, None, f"published {published.earliest.isoformat()}, effect not seen")
    elif not since.words:
        since = Span(None, None, "date not seen")
    return Status(
        jurisdiction=fields.choice(value, "jurisdiction", tuple(NAMES)),
        state=cast(State, fields.choice(value, "state", STATES)),
        list=fields.text_or_none(value, "list") or "",
        instrument=fields.text_or_none(value, "instrument") or "",
        regime=fields.choice(value, "regime", REGIMES) if "regime" in value else "",
        since=since,
        until=_a_span(value, "until"),
        scope=fields.text_or_none(value, "scope") or "",
        verified=_verified(value),
        sources=_source_keys(value, sources) if "sources" in value else (),
        note=fields.text_or_none(value, "note") or "",
    )


def _verified(value: JsonObject) -> Verified:
    return cast(Verified, fields.choice(value, "verified", VERIFIED))


def _source_keys(value: JsonObject, sources: JsonObject) -> tuple[str, ...]:
    keys = fields.texts(value, "sources")
    if not keys or not set(keys) <= sources.keys():
        raise Malformed(f"sources: expected keys of the table of sources, got {list(keys)}")
    return keys


def _a_cas(value: JsonObject, sources: JsonObject) -> Fact:
    number = fields.text(value, "number")
    check_cas(number)
    return Fact(number, "sourced", _source_keys(value, sources))


def _a_heading(value: JsonObject, sources: JsonObject) -> Heading:
    return Heading(
        subheading=parse_subheading(fields.text(value, "subheading")),
        names_it=fields.truth(value, "names_it"),
        verified=_verified(value),
        sources=_source_keys(value, sources),
    )


def _a_substance(value: JsonObject, sources: JsonObject) -> Substance:
    cas, hs, code = (fields.object_or_none(value, key) for key in ("cas", "hs", "dea_code"))
    return Substance(
        id=fields.text(value, "id"),
        kind=cast(Kind, fields.choice(value, "kind", KINDS)),
        name=fields.text(value, "name"),
        other_names=fields.texts(value, "other_names"),
        group=fields.truth(value, "group"),
        drugs=fields.text(value, "drugs"),
        cas=_a_cas(cas, sources) if cas else None,
        hs=_a_heading(hs, sources) if hs else None,
        dea_code=Fact(fields.text(code, "code"), _verified(code), _source_keys(code, sources))
        if code
        else None,
        us_thresholds=tuple(
            Threshold(
                fields.choice(one, "flow", ("import-export", "domestic")),
                fields.text(one, "text"),
                _verified(one),
                _source_keys(one, sources),
            )
            for one in (fields.objects(value, "us_thresholds") if "us_thresholds" in value else ())
        ),
        statuses=tuple(_a_status(one, sources) for one in fields.objects(value, "statuses")),
        note=fields.text_or_none(value, "note") or "",
    )


def _a_salt(value: JsonObject, sources: JsonObject) -> Salt:
    return Salt(
        substance=fields.text(value, "substance"),
        names=fields.texts(value, "names"),
        base_fraction=fields.text(value, "base_fraction"),
        sources=_source_keys(value, sources),
    )


def _by_word(substances: Iterable[Substance]) -> dict[str, tuple[Substance, ...]]:
    found: dict[str, tuple[Substance, ...]] = {}
    for one in substances:
        words = {_folded(word) for word in (one.id, one.name, *one.other_names)}
        for word in sorted(words | ({one.cas.text} if one.cas else set())):
            found[word] = (*found.get(word, ()), one)
    return found


_TABLE: Final[JsonObject] = tomllib.loads(
    resources.files("comity.tracks.counternarcotics")
    .joinpath("control_table.toml")
    .read_text(encoding="utf-8")
)
_SOURCES: Final = fields.object_(_TABLE, "sources")

TABLE_VERSION: Final = fields.integer(_TABLE, "version", least=1)
TABLE_HASH: Final = canonical.digest(canonical.encode(_TABLE))
"""SHA-256 of the canonical JSON of the table: comments and layout of the file do not count."""

SOURCES: Final[Mapping[str, str]] = MappingProxyType({key: fields.text(_SOURCES, key) for key in _SOURCES})
SUBSTANCES: Final = tuple(_a_substance(one, _SOURCES) for one in fields.objects(_TABLE, "substance"))
SALTS: Final = tuple(_a_salt(one, _SOURCES) for one in fields.objects(_TABLE, "salt"))
_BY_WORD: Final = _by_word(SUBSTANCES)
