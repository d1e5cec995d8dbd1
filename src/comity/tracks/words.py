"""What officers read about a procedure: titles, states, buttons and fields, in English and Hindi.

Words are outside a procedure's hash: a better translation is not another procedure. They
are complete, and a test says so: every name that a table or a content can show has a name
in both languages.

Deliberately not here: the words themselves (each track's `words`), codes of refusal
(`core.codes`), and the texts of pages.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel

from comity.core.keys import Name

Names = Mapping[str, Name]


@dataclass(frozen=True, kw_only=True)
class Words:
    """The names of one procedure, keyed as the table keys them.

    `says` reads as a button does ("Send the notification"), `done` as a line of the record
    ("notified"). `fields` and `choices` are keyed by body type and then by field path, as
    `exporter.name` or `substances[].quantity.unit`; choices then by the value.
    """

    title: Name
    roles: Names
    states: Names
    says: Names
    done: Names
    bodies: Names
    fields: Mapping[str, Names]
    choices: Mapping[str, Mapping[str, Names]]
    clocks: Names = field(default_factory=dict)
    gates: Names = field(default_factory=dict)
    silences: Names = field(default_factory=lambda: SILENCES)


SILENCES: Final[Names] = {
    "consent": Name("silence is consent", "मौन सहमति है"),
    "no-consent": Name("silence is not consent", "मौन सहमति नहीं है"),
    "may-send": Name("afterwards it may be lawful to send", "इसके बाद भेजना विधिसम्मत हो सकता है"),
    "overdue": Name("afterwards the answer is overdue", "इसके बाद उत्तर विलंबित है"),
    "lapse": Name("it lapses", "यह समाप्त हो जाता है"),
}
"""The meanings of silence, the same for every procedure."""


def named(**names: tuple[str, str]) -> Names:
    """Return names keyed in lower-kebab: `named(in_force=("in force", "प्रवृत्त"))`."""
    return {key.replace("_", "-"): Name(*both) for key, both in names.items()}


def labelled(prefix: str = "", /, **names: tuple[str, str]) -> Names:
    """Return names of fields under a path, keyed as Python writes them."""
    return {f"{prefix}{key}": Name(*both) for key, both in names.items()}


def field_paths(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every field path of a content with the closed list of its values, empty if open.

    `exporter`, `exporter.name`, `substances[]`... a list of records is `substances` and
    `substances[].name`.
    """
    for name, info in model.model_fields.items():
        path = f"{prefix}{name}"
        shapes = list(_shapes(info.annotation))
        yield (
            path,
            tuple(
                str(value) for shape in shapes if get_origin(shape) is Literal for value in get_args(shape)
            ),
        )
        dots = "[]." if any(get_origin(shape) is tuple for shape in shapes) else "."
        for shape in shapes:
            if isinstance(shape, type) and issubclass(shape, BaseModel):
                yield from field_paths(shape, f"{path}{dots}")


def _shapes(annotation: Any) -> Iterator[Any]:
    """Yield the annotation and all that it is built from: `tuple[Trader, ...] | None`."""
    yield annotation
    if get_origin(annotation) is not Literal:
        for part in get_args(annotation):
            yield from _shapes(part)
