"""Proposals for an instrument's annex: what an operator sees first and may change.

The terms that count are those that both sides sign. A default says where it comes from and
whether that was verified; an unverified one is for a lawyer to settle before signature.

Deliberately not here: the annex's form (`core.instrument`), the tables that it switches on
(their hashes are arguments), and who may sign.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from comity.core.clock import calendar_hash
from comity.core.instrument import Annex, AnnexLine, Terms
from comity.core.keys import Name
from comity.tracks.calendars import CURRENT

PRE_EXPORT: Final = "counternarcotics.pre-export-notification"
PRECURSOR_CONTROL: Final = "precursor-control"
"""The purpose for which notifications may be marked."""

CALENDAR_IN: Final = "IN/central-government"
CALENDAR_US: Final = "US/federal"

OFFICES: Final = (("IN", ("IN/CBN",)), ("US", ("US/DEA",)))
"""India's Central Bureau of Narcotics; the Drug Enforcement Administration of the United States."""

DECISIONS: Final = {"IN": Name("certificate", "अनापत्ति प्रमाणपत्र"), "US": Name("review", "परीक्षण")}
"""What each party's decision is called where a case says who blocks."""


@dataclass(frozen=True, slots=True)
class DefaultClock:
    """Terms for a clock slot, with their source, and what of them nobody has verified."""

    terms: Terms
    source: str
    unverified: str | None


PRE_EXPORT_CLOCKS: Final = (
    DefaultClock(
        Terms("US", "decision", 15, "calendar-days", CALENDAR_US, "consent"),
        "21 CFR part 1313: notice 15 days before the import of a listed chemical",
        "that the import may go on after 15 days of silence (from memory)",
    ),
    DefaultClock(
        Terms("US", "waiting", 15, "calendar-days", CALENDAR_US, "may-send"),
        "21 CFR part 1313: notice 15 days before the export of a listed chemical",
        "that the export may go on unless it is suspended (from memory)",
    ),
    DefaultClock(
        Terms("IN", "decision", 21, "working-days", CALENDAR_IN, "no-consent"),
        "Order on regulation of controlled substances, 2013: a no-objection certificate is issued or denied "
        "within 21 working days of the application",
        None,
    ),
    DefaultClock(
        Terms("IN", "waiting", 21, "working-days", CALENDAR_IN, "overdue"),
        "the same Order, for export",
        None,
    ),
)
"""The two governments' own periods. They disagree, and the case holds both."""

RUN_OFF_DAYS: Final = 90
NOTICE_DAYS: Final = 90
"""Proposals of ours."""


def pre_export_line(
    hashes: Iterable[str],
    offices: tuple[tuple[str, tuple[str, ...]], ...] = OFFICES,
    clocks: Iterable[DefaultClock] = PRE_EXPORT_CLOCKS,
) -> AnnexLine:
    """Return the proposed annex line for pre-export notifications under tables with these hashes."""
    return AnnexLine(
        procedure=PRE_EXPORT,
        hashes=tuple(hashes),
        offices=offices,
        purposes=(PRECURSOR_CONTROL,),
        ceiling="AMBER+STRICT",
        terms=tuple(clock.terms for clock in clocks),
        run_off_days=RUN_OFF_DAYS,
    )


def pinned_calendars() -> tuple[tuple[str, str], ...]:
    """Return the calendars that the default clocks name, each with the hash of its newest version."""
    return tuple((name, calendar_hash(CURRENT[name])) for name in (CALENDAR_IN, CALENDAR_US))


def precursor_annex(hashes: Iterable[str], in_force_from: date, until: date | None = None) -> Annex:
    """Return the proposed annex of a memorandum on precursor control."""
    return Annex(
        in_force_from=in_force_from,
        until=until,
        notice_days=NOTICE_DAYS,
        lines=(pre_export_line(hashes),),
        calendars=pinned_calendars(),
    )
