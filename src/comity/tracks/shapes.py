"""The small field types that contents of every track are made of, and how a wrong one is named.

Every field is text, a whole number, true or false, or a list or record of these: a content
has no floating-point number, no date object and one spelling of each value. A wrong field
is reported by its place and by the *kind* of error, never by its value, because a value
may be a person's.

Deliberately not here: contents themselves (each track's `bodies`), and what characters may
stand in a signed text at all (`core.canonical`).
"""

from collections.abc import Callable
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from comity.core.body import Content
from comity.core.errors import Malformed
from comity.core.marking import parse_day

_TRIMMED: Final = r"^\S(.*\S)?$"


def wrong(kind: str, fix: str, field: str | None = None) -> PydanticCustomError:
    """Return the error to raise for a field: its kind, and what to do, without the value.

    `field` names the place where a rule over several fields puts the blame.
    """
    return PydanticCustomError(kind, fix, None if field is None else {"field": field})


def checked(check: Callable[[str], object], kind: str, fix: str) -> AfterValidator:
    """Return a validator that runs `check` and says `kind` and `fix` where it raises `Malformed`."""

    def run(value: str) -> str:
        try:
            check(value)
        except Malformed:
            # Not chained: the message of the cause names the value.
            raise wrong(kind, fix) from None
        return value

    return AfterValidator(run)


def _a_day(value: str) -> None:
    parse_day(value, "day")


Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=_TRIMMED)]
"""One line of text, without white space around it."""

Prose = Annotated[str, StringConstraints(min_length=1, max_length=8_000)]
"""Text of several lines."""

Day = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    checked(_a_day, "day", "write a day that exists as year-month-day, such as 2026-11-23"),
]

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 as 64 lower-case hexadecimal digits."""

PartyId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,3}$")]
OfficeAddress = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,3}/[A-Z0-9][A-Z0-9-]{1,23}$")]
CaseId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,3}-[0-9a-f]{32}$")]
TrackId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]{1,39}$")]
"""The folder name of a track. Open, because tracks are added without a new body."""


class Bilingual(Content):
    """One saying in English and in Hindi. Which of them rules is for the instrument to say."""

    en: Prose
    hi: Prose
