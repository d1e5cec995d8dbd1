"""The one list of procedures that this node can run, with their contents and words.

    current("counternarcotics.pre-export-notification").procedure.version   -> 1
    content_model("clearance/1")                                            -> Clearance

A registry is a value. The node carries `shipped()`, or another one: one that also has the
next version of a table lists both, finishes old cases by the old table's hash, and opens
new ones by the highest version. Nothing is registered at run time.

A table is checked for soundness before it can be listed: `Registry(...)` raises
`core.soundness.Unsound` for one that fails.

Deliberately not here: which procedures a pair has switched on (its instruments), and the
canonical JSON of tables that this release no longer has (the node keeps those bytes).
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from comity.core import canonical
from comity.core.body import Content
from comity.core.canonical import JsonObject
from comity.core.errors import ComityError, Malformed
from comity.core.procedure import Procedure
from comity.tracks import schemas
from comity.tracks.certificates import check_sound
from comity.tracks.counternarcotics import bodies as counternarcotics_bodies
from comity.tracks.counternarcotics import table as counternarcotics_table
from comity.tracks.counternarcotics import words as counternarcotics_words
from comity.tracks.dialogue import bodies as dialogue_bodies
from comity.tracks.dialogue import tables as dialogue_tables
from comity.tracks.dialogue import words as dialogue_words
from comity.tracks.words import Words


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A procedure with its words, the models of the bodies it may carry, and its track."""

    procedure: Procedure
    words: Words
    bodies: Mapping[str, type[Content]]
    track: str


class UnknownProcedure(ComityError, LookupError):
    """No procedure of that id is listed; `close` are ids that look like it."""

    code = "unknown-procedure"

    def __init__(self, procedure_id: str, close: tuple[str, ...]) -> None:
        like = f"; did you mean {' or '.join(close)}?" if close else ""
        super().__init__(f"no procedure {procedure_id!r:.80} is listed here{like}")
        self.procedure_id = procedure_id
        self.close = close


@dataclass(frozen=True)
class Registry:
    """Procedures by id and by hash, and content models by body type.

    Raises `Unsound` for a table that fails the check, and `Malformed` for a table or body
    type listed twice with different meaning, a body without a model, and a model whose
    schema is not the one that its table pins.
    """

    listed: tuple[Listed, ...]

    def __post_init__(self) -> None:
        self._check_once()
        for one in self.listed:
            _check_bodies(one)
            check_sound(one.procedure)

    def _check_once(self) -> None:
        seen: set[tuple[str, int]] = set()
        models: dict[str, type[Content]] = {}
        for one in self.listed:
            name = (one.procedure.id, one.procedure.version)
            if name in seen:
                raise Malformed(f"{name[0]} version {name[1]}: expected each version once, got two")
            seen.add(name)
            for body_type, model in one.bodies.items():
                if models.setdefault(body_type, model) is not model:
                    raise Malformed(
                        f"body type {body_type}: expected one model, got two; number the next one"
                    )

    @cached_property
    def _by_hash(self) -> dict[str, Procedure]:
        return {one.procedure.hash: one.procedure for one in self.listed}

    @cached_property
    def _current(self) -> dict[str, Listed]:
        ascending = sorted(self.listed, key=lambda one: one.procedure.version)
        return {one.procedure.id: one for one in ascending}

    @cached_property
    def _models(self) -> dict[str, type[Content]]:
        return {body_type: model for one in self.listed for body_type, model in one.bodies.items()}

    @cached_property
    def _schema_hashes(self) -> dict[str, str]:
        return {name: value for one in self.listed for name, value in one.procedure.bodies}

    def procedure_by_hash(self, table: str) -> Procedure | None:
        """Return the procedure whose canonical JSON has that hash, or None."""
        return self._by_hash.get(table)

    def listed_by_hash(self, table: str) -> Listed | None:
        """Return the same with its words and bodies, or None."""
        return next((one for one in self.listed if one.procedure.hash == table), None)

    def current(self, procedure_id: str) -> Listed:
        """Return the highest version of a procedure; raise `UnknownProcedure`."""
        found = self._current.get(procedure_id)
        if found is None:
            raise UnknownProcedure(
                procedure_id, tuple(difflib.get_close_matches(procedure_id, self._current))
            )
        return found

    def known_procedures(self) -> tuple[tuple[str, str], ...]:
        """Return (id, hash) of every table, in order: what a directory says that a node can run."""
        return tuple(sorted((one.procedure.id, one.procedure.hash) for one in self.listed))

    def content_model(self, body_type: str) -> type[Content] | None:
        """Return the model of a body type, or None."""
        return self._models.get(body_type)

    def schema_hash(self, body_type: str) -> str | None:
        """Return the hash of the released schema of a body type, or None."""
        return self._schema_hashes.get(body_type)

    def parse_content(self, body_type: str, schema_hash: str, content: JsonObject) -> Content:
        """Return the typed content. Raises `Malformed` with places and kinds, never with a value."""
        model = self._models.get(body_type)
        if model is None:
            raise Malformed("body type: not known here")
        if schema_hash != self._schema_hashes[body_type]:
            raise Malformed(f"{body_type}: the schema hash is not the released one")
        try:
            text = canonical.encode(content)
        except Malformed:
            # Not chained: the message of the cause may name a key or a value of the content.
            raise Malformed(f"{body_type}: not restricted JSON (docs/spec/canonical-json.md)") from None
        try:
            return model.model_validate_json(text)
        except ValidationError as error:
            raise Malformed(f"{body_type}: {_places(error)}") from None


def _check_bodies(one: Listed) -> None:
    name = one.procedure.id
    carried = {step.body for step in one.procedure.steps if step.body is not None}
    pinned = dict(one.procedure.bodies)
    if not carried == set(pinned) == set(one.bodies):
        raise Malformed(
            f"{name}: expected the same bodies in steps, pins and models, got {sorted(carried)}, "
            f"{sorted(pinned)}, {sorted(one.bodies)}"
        )
    for body_type, expected in pinned.items():
        if canonical.digest(schemas.schema_bytes(body_type)) != expected:
            raise Malformed(f"{name}: the table pins another schema of {body_type} than the released one")


# ------------------------------------------------------------------- what is wrong, and where

_ERRORS_MAX: Final = 8

_PLAIN: Final = frozenset(
    "bool_type dict_type frozen_field int_type greater_than_equal less_than_equal list_type literal_error "
    "missing model_type string_pattern_mismatch string_too_long string_too_short string_type too_long "
    "too_short tuple_type".split()
)
"""Kinds of pydantic whose message names the rule and not the value."""


def _places(error: ValidationError) -> str:
    details = error.errors(include_input=False, include_url=False)
    told = [_told(detail) for detail in details[:_ERRORS_MAX]]
    if len(details) > _ERRORS_MAX:
        told.append(f"and {len(details) - _ERRORS_MAX} more")
    return "; ".join(told)


def _told(detail: ErrorDetails) -> str:
    kind, place = detail["type"], detail["loc"]
    if kind == "extra_forbidden":
        # The name of an unknown field is the sender's: it may be a value gone astray.
        return f"{_path(place[:-1])}: extra_forbidden (a field that this body does not have)"
    own = "_" not in kind and kind.islower()
    if own:
        place = (*place, *filter(None, [detail.get("ctx", {}).get("field")]))
    return f"{_path(place)}: {kind}" + (f" ({detail['msg']})" if own or kind in _PLAIN else "")


def _path(place: tuple[int | str, ...]) -> str:
    path = ""
    for part in place:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".") or "the body"


def content_json(content: Content) -> JsonObject:
    """Return the content as restricted JSON: lists, text and whole numbers, None kept as null."""
    value: JsonObject = content.model_dump(mode="json")
    canonical.encode(value)
    return value


# ----------------------------------------------------------------------------------- the list


def _from_dialogue(procedure: Procedure, words: Words) -> Listed:
    models = {name: dialogue_bodies.BODIES[name] for name, _ in procedure.bodies}
    return Listed(procedure=procedure, words=words, bodies=models, track="dialogue")


LISTED: Final[tuple[Listed, ...]] = (
    _from_dialogue(dialogue_tables.SESSION, dialogue_words.SESSION),
    _from_dialogue(dialogue_tables.COMMITMENT, dialogue_words.COMMITMENT),
    _from_dialogue(dialogue_tables.NEGOTIATION, dialogue_words.NEGOTIATION),
    Listed(
        procedure=counternarcotics_table.PRE_EXPORT_NOTIFICATION,
        words=counternarcotics_words.PRE_EXPORT_NOTIFICATION,
        bodies=counternarcotics_bodies.BODIES,
        track="counternarcotics",
    ),
)
"""Every procedure of this release. A new area of cooperation is a folder and a row here."""


@cache
def shipped() -> Registry:
    """Return the registry of this release, its tables checked when first asked for."""
    return Registry(LISTED)


def procedure_by_hash(table: str) -> Procedure | None:
    """Return the shipped procedure whose canonical JSON has that hash, or None."""
    return shipped().procedure_by_hash(table)


def current(procedure_id: str) -> Listed:
    """Return the highest shipped version of a procedure; raise `UnknownProcedure`."""
    return shipped().current(procedure_id)


def known_procedures() -> tuple[tuple[str, str], ...]:
    """Return (id, hash) of every shipped table, in order."""
    return shipped().known_procedures()


def content_model(body_type: str) -> type[Content] | None:
    """Return the shipped model of a body type, or None."""
    return shipped().content_model(body_type)


def schema_hash(body_type: str) -> str | None:
    """Return the hash of the released schema of a body type, or None."""
    return shipped().schema_hash(body_type)


def parse_content(body_type: str, schema_hash: str, content: JsonObject) -> Content:
    """Return the typed content of a shipped body; raise `Malformed` (`Registry.parse_content`)."""
    return shipped().parse_content(body_type, schema_hash, content)


def tracks() -> Iterator[str]:
    """Yield the tracks of this release, in the order of the list, each once."""
    yield from dict.fromkeys(one.track for one in LISTED)
