"""`comity instrument`: a text to begin from, and a signature under the text on the table.

    comity instrument draft --from 2026-11-24 > memorandum.json
    comity say propose --procedure instrument.negotiation ... --body memorandum.json
    comity instrument signature IN-5f0c --capacity "Home Secretary/गृह सचिव" > signature.json

Both print a body for `comity say`; neither says anything. The draft is the exercise
Memorandum with the annex that Comity proposes; what nobody has verified of it is named on
standard error, because a lawyer settles that before signature.

Deliberately not here: saying it (`cases`), and which terms are right.
"""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import orjson
import typer

from comity.cli import opening, output
from comity.cli.opening import Dir, PassphraseFile
from comity.core.body import Content
from comity.core.errors import ComityError, Malformed
from comity.tracks.counternarcotics.table import PRE_EXPORT_NOTIFICATION
from comity.tracks.dialogue import february_2024
from comity.tracks.dialogue.annexes import PRE_EXPORT_CLOCKS, precursor_annex
from comity.tracks.dialogue.bodies import InstrumentSignature
from comity.tracks.registry import content_json
from comity.tracks.shapes import Bilingual

app = typer.Typer(help="Instruments: a text to begin from, a signature.", no_args_is_help=True)


class NoText(ComityError):
    """The case has no text on the table: there is nothing to sign."""

    code = "no-text"


@app.command()
def draft(
    since: Annotated[str, typer.Option("--from", help="The day from which it is in force: year-month-day.")],
    until: Annotated[str | None, typer.Option(help="Its last day; left out, it has none.")] = None,
    session: Annotated[
        str | None, typer.Option(help="The case of the session at which it is signed.")
    ] = None,
) -> None:
    """Print the exercise Memorandum with the proposed annex, to be edited and proposed."""
    annex = precursor_annex(
        (PRE_EXPORT_NOTIFICATION.hash,), _day(since), None if until is None else _day(until)
    )
    _print(february_2024.demo_memorandum(annex, session))
    for clock in PRE_EXPORT_CLOCKS:
        if clock.unverified:
            terms = clock.terms
            output.note(
                f"unverified, for a lawyer to settle ({terms.party}, {terms.clock}): {clock.unverified}"
            )


@app.command()
def signature(
    case: Annotated[str, typer.Argument(help="The instrument's case, or how it begins.")],
    capacity: Annotated[str, typer.Option(help="In what capacity: English, a slash, Hindi.")],
    directory: Dir = Path(),
    passphrase_file: PassphraseFile = None,
) -> None:
    """Print a signature under the text that is on the table, for `comity say sign --body`."""
    node = opening.node(directory, passphrase_file)
    from comity.core.instrument import latest_text
    from comity.node.casework import facts, finding
    from comity.node.instruments import TEXT_SAYINGS

    row = finding.find(node, case)
    standing = facts.of(node, row.pairing).file(row.case).standing
    signs = None if standing is None else latest_text(standing, TEXT_SAYINGS)
    if signs is None:
        raise NoText(f"case {row.case} has no text on the table")
    english, _, hindi = (part.strip() for part in capacity.partition("/"))
    if not english or not hindi:
        raise ComityError(f"capacity: expected English/Hindi, got {capacity!r:.80}")
    _print(InstrumentSignature(signs=signs, capacity=Bilingual(en=english, hi=hindi)))


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise Malformed(f"expected a day as 2026-11-24, got {given!r:.40}") from None


def _print(content: Content) -> None:
    sys.stdout.write(orjson.dumps(content_json(content), option=orjson.OPT_INDENT_2).decode() + "\n")
