"""A body to fill in: every field of a content, with what is expected in it.

    comity procedures body clearance/1 > clearance.json

The form is drawn from the model, so it cannot be out of date. What must be filled in stands
as `{"text": null}` or as a row of choices, neither of which any content accepts: a form with
a forgotten field is refused and the field is named. What may be left out is null already;
a record that may be left out is shown whole, and is removed by whoever does not need it.

Deliberately not here: the words of fields in English and Hindi (`docs/tracks/`), and the
check of what was filled in, which `say` does.
"""

import types
from collections.abc import Iterator
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from comity.core.canonical import Json
from comity.core.errors import Malformed
from comity.tracks.registry import Registry

_KINDS: Final = {"bool": "true or false", "dict": "object", "int": "number"}


def form(registry: Registry, body_type: str) -> Json:
    """Return the form of a content of `body_type`; `Malformed` if there is no such type."""
    model = registry.content_model(body_type)
    if model is None:
        known = sorted({name for one in registry.listed for name in one.bodies})
        raise Malformed(f"no body type {body_type!r:.60}; there are {', '.join(known)}")
    return _record(model)


def _record(model: type[BaseModel]) -> Json:
    return {name: _field(info) for name, info in model.model_fields.items()}


def _field(info: FieldInfo) -> Json:
    if info.is_required():
        return _blank(info.annotation)
    record = next((part for part in _parts(info.annotation) if _is_record(part)), None)
    if record is not None and info.default is None:
        return _record(record)
    return list(info.default) if isinstance(info.default, tuple) else info.default


def _blank(annotation: Any) -> Json:
    """Return what stands where something of that type must be filled in."""
    kind = next(part for part in _parts(annotation) if part is not type(None))
    if get_origin(kind) is Literal:
        return " | ".join(str(choice) for choice in get_args(kind))
    if get_origin(kind) is tuple:
        return [_blank(get_args(kind)[0])]
    if _is_record(kind):
        return _record(kind)
    name = getattr(get_origin(kind) or kind, "__name__", "")
    return {_KINDS.get(name, "text"): None}


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield the members of a union, each without its rules; a plain type by itself."""
    if get_origin(annotation) in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _parts(part)
    elif hasattr(annotation, "__metadata__"):
        yield from _parts(get_args(annotation)[0])
    else:
        yield annotation


def _is_record(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
