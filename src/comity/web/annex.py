"""The annex of an instrument as people read it: procedures, offices, ceilings, clocks.

Deliberately not here: what an annex means and enforces (`core.instrument`).
"""

from collections.abc import Iterator

from comity.core.canonical import JsonObject
from comity.core.errors import Malformed
from comity.core.instrument import Annex, AnnexLine, Terms, parse_annex
from comity.tracks.registry import Registry, UnknownProcedure
from comity.tracks.words import SILENCES, Words
from comity.web.moments import Moments
from comity.web.shown import Shown
from comity.web.words import ANNEX, word


def shown(label: str, value: JsonObject, registry: Registry, moments: Moments) -> Shown | None:
    """Return the annex as fields; None where it is none (a refused body may hold anything)."""
    try:
        annex = parse_annex(value)
    except Malformed:
        return None
    return Shown(label, "fields", parts=tuple(_parts(annex, registry, moments)))


def _parts(annex: Annex, registry: Registry, moments: Moments) -> Iterator[Shown]:
    language = moments.language
    yield Shown(_label("in-force-from", language), "day", moment=moments.day(annex.in_force_from))
    if annex.until is not None:
        yield Shown(_label("until", language), "day", moment=moments.day(annex.until))
    yield _text("notice-days", str(annex.notice_days), language)
    for line in annex.lines:
        words = _words(line.procedure, registry)
        title = words.title.in_language(language) if words else line.procedure
        yield Shown(title, "fields", parts=tuple(_line(line, words, language)))
    for name, digest in annex.calendars:
        yield Shown(f"{_label('calendar', language)} {name}", "code", text=digest)


def _line(line: AnnexLine, words: Words | None, language: str) -> Iterator[Shown]:
    yield Shown(_label("procedure", language), "code", text=line.procedure)
    offices = "; ".join(", ".join(addresses) for _, addresses in line.offices)
    yield _text("offices", offices, language)
    yield _text("purposes", ", ".join(line.purposes), language)
    yield _text("ceiling", f"TLP:{line.ceiling}", language)
    if line.terms:
        terms = tuple(Shown("", "text", text=_term(one, words, language)) for one in line.terms)
        yield Shown(_label("clocks", language), "items", parts=terms)
    run_off = (
        word("days", language, days=str(line.run_off_days)) if line.run_off_days else word("stop", language)
    )
    yield _text("run-off-days", run_off, language)
    for digest in line.hashes:
        yield Shown(_label("hashes", language), "code", text=digest)


def _term(terms: Terms, words: Words | None, language: str) -> str:
    name = words.clocks.get(terms.clock) if words else None
    return word(
        "term",
        language,
        party=terms.party,
        clock=name.in_language(language) if name else terms.clock,
        days=word(terms.counting, language, days=str(terms.days), calendar=terms.calendar),
        silence=SILENCES[terms.silence].in_language(language),
    )


def _words(procedure: str, registry: Registry) -> Words | None:
    try:
        return registry.current(procedure).words
    except UnknownProcedure:
        return None


def _text(key: str, text: str, language: str) -> Shown:
    return Shown(_label(key, language), "text", text=text)


def _label(key: str, language: str) -> str:
    return ANNEX[key].in_language(language)
