"""`comity verify`: check an evidence file with no database and no network.

Deliberately not here: Django. This command loads the core and the tracks, nothing else.
"""

from pathlib import Path
from typing import Annotated

import typer

from comity.cli import output
from comity.cli.opening import Json
from comity.core.errors import ComityError, Unproven
from comity.core.evidence import Report
from comity.core.evidence import verify as verify_evidence


def verify(
    file: Annotated[Path, typer.Argument(help="A file made by `comity case export`.")],
    root: Annotated[
        list[str] | None,
        typer.Option(help="PARTY=DIGITS: the root digits that the party itself told you. May be repeated."),
    ] = None,
    json: Json = False,
) -> None:
    """Check an evidence file, and say in plain sentences what it proves and what it does not."""
    from comity.tracks.registry import shipped

    if not file.is_file():
        raise ComityError(f"{file}: no such file")
    report = verify_evidence(file.read_bytes(), parse_content=shipped().parse_content)
    for given in root or []:
        _compare(report, given)
    if json:
        output.as_json(_value(report))
    else:
        _show(report)
    if not report.sound:
        raise Unproven(f"{file} does not prove what it claims")


def _compare(report: Report, given: str) -> None:
    party, _, digits = given.partition("=")
    want, got = "".join(digits.split()), "".join(report.roots.get(party, "").split())
    if not want or want != got:
        report.faults.append(f"The root key in the file is not the one that you were told is {party}'s.")
        return
    report.not_proved = [words for words in report.not_proved if f"belongs to {party}:" not in words]
    report.proved.append(f"The root key in the file is the one that you were told is {party}'s.")


def _value(report: Report) -> dict[str, object]:
    return {
        "case": report.case,
        "exercise": report.exercise,
        "faults": report.faults,
        "not-proved": report.not_proved,
        "proved": report.proved,
        "roots": report.roots,
        "sound": report.sound,
        "state": report.state,
        "turns": report.lines,
    }


def _show(report: Report) -> None:
    if report.exercise:
        output.heading("EXERCISE. Nothing in this file is about a real shipment.")
    if report.case:
        output.heading(f"Case {report.case}, which stands at: {report.state}")
    for words in report.lines:
        output.say(f"  {words}")
    for title, sentences in (
        ("Faults", report.faults),
        ("Proved", report.proved),
        ("Not proved", report.not_proved),
    ):
        if sentences:
            output.heading(title)
            for words in sentences:
                output.say(f"  - {words}")
