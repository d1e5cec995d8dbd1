"""`comity procedures`: the tables, as they are read aloud, checked and drawn; and bodies to fill in.

Deliberately not here: which of them a pair has switched on (`comity status`).
"""

import sys
from typing import Annotated

import orjson
import typer

from comity.cli import forms, output
from comity.cli.opening import Json
from comity.core import soundness
from comity.core.procedure import canonical_json, diagram, markdown_table
from comity.tracks.registry import shipped
from comity.tracks.schemas import schema_bytes

app = typer.Typer(help="The procedures: list, show, check, diagram, body.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="The procedure's id; see `comity procedures list`.")]


@app.command("list")
def list_(json: Json = False) -> None:
    """List every procedure that this node can run."""
    listed = shipped().listed
    if json:
        output.as_json(
            [{"hash": p.procedure.hash, "id": p.procedure.id, "version": p.procedure.version} for p in listed]
        )
        return
    rows = [
        (p.procedure.id, str(p.procedure.version), p.words.title.en, p.procedure.hash[:16]) for p in listed
    ]
    output.table("", ("procedure", "version", "title", "hash begins"), rows)


@app.command()
def show(procedure: Id, json: Json = False) -> None:
    """Show a procedure's table."""
    found = shipped().current(procedure).procedure
    sys.stdout.write(canonical_json(found).decode() + "\n" if json else markdown_table(found))


@app.command()
def check(
    procedure: Annotated[str | None, typer.Argument(help="One procedure; all of them if left out.")] = None,
    json: Json = False,
) -> None:
    """Explore what two nodes could do under a table, and say what was found, with the bound."""
    listed = [shipped().current(procedure)] if procedure else list(shipped().listed)
    reports = [soundness.check(one.procedure) for one in listed]
    if json:
        output.as_json([{"faults": [f.sentence for f in r.faults], "id": r.procedure_id} for r in reports])
    else:
        for report in reports:
            output.say(f"{report.procedure_id}: {report.sentence()}")
            for fault in report.faults:
                output.say(f"  {fault.kind}: {fault.sentence}")
                for line in fault.conversation:
                    output.say(f"    {line}")
    if any(report.faults for report in reports):
        raise soundness.Unsound(next(r for r in reports if r.faults))


@app.command("diagram")
def diagram_(procedure: Id) -> None:
    """Print the state diagram as Mermaid text."""
    sys.stdout.write(diagram(shipped().current(procedure).procedure))


@app.command()
def body(
    body_type: Annotated[str, typer.Argument(help="What a step carries, such as clearance/1.")],
    schema: Annotated[bool, typer.Option(help="Its JSON Schema, as tables pin it.")] = False,
) -> None:
    """Print a body to fill in, for `comity say --body`."""
    if schema:
        sys.stdout.write(schema_bytes(body_type).decode() + "\n")
        return
    blank = orjson.dumps(forms.form(shipped(), body_type), option=orjson.OPT_INDENT_2)
    sys.stdout.write(blank.decode() + "\n")
