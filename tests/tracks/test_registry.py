"""The list of procedures: what is in it, that it is sound, and that its released files are true."""

import importlib.machinery
import importlib.util
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from comity.core import canonical
from comity.core.body import Content, schema_json
from comity.core.errors import Malformed
from comity.core.procedure import Step, canonical_json, parse_procedure
from comity.core.soundness import Bound, Unsound, check
from comity.tracks import registry, schemas
from comity.tracks.certificates import certified
from comity.tracks.registry import LISTED, Listed, Registry, UnknownProcedure
from comity.tracks.words import field_paths

REPOSITORY = Path(__file__).resolve().parents[2]
IDS = [one.procedure.id for one in LISTED]
PEN = "counternarcotics.pre-export-notification"


@pytest.fixture(params=LISTED, ids=IDS)
def listed(request: pytest.FixtureRequest) -> Listed:
    found = request.param
    assert isinstance(found, Listed)
    return found


# ------------------------------------------------------------------------------------ tables


def test_each_table_is_sound_without_two_turns_on_the_wire(listed: Listed) -> None:
    assert check(listed.procedure, Bound(crossings=2, queue=1)).faults == ()


def test_each_certificate_holds_when_the_table_is_walked_again(listed: Listed) -> None:
    assert check(listed.procedure, certified()[listed.procedure.hash]).faults == ()


def test_each_table_has_a_certificate_of_the_bound_that_is_asked_for(listed: Listed) -> None:
    assert certified()[listed.procedure.hash] == Bound(), "run scripts/make-certificates"


def test_no_certificate_is_of_a_table_that_is_not_listed() -> None:
    assert set(certified()) == {one.procedure.hash for one in LISTED}


def test_each_table_is_read_back_from_its_canonical_json(listed: Listed) -> None:
    assert parse_procedure(canonical_json(listed.procedure)) == listed.procedure


def test_in_each_table_a_decision_takes_two_officers() -> None:
    two = {step.says for one in LISTED for step in one.procedure.steps if step.four_eyes}

    assert two == {"notify", "clear", "clear-with-conditions", "object", "correct", "sign", "terminate"}


def test_a_table_with_a_fault_cannot_be_listed() -> None:
    listed = registry.current("dialogue.commitment")
    stuck = Step(listed.procedure.steps[0].then, listed.procedure.roles[1], "vanish", "nowhere")
    broken = replace(listed.procedure, steps=(*listed.procedure.steps, stuck), version=2)

    with pytest.raises(Unsound, match="nowhere"):
        Registry((replace(listed, procedure=broken),))


# ---------------------------------------------------------------------------- released files


def test_each_released_schema_is_that_of_its_model(listed: Listed) -> None:
    for body_type, model in listed.bodies.items():
        assert schemas.schema_bytes(body_type) == schema_json(model), "run scripts/make-schemas"


def test_no_schema_is_released_without_a_model() -> None:
    folder = Path(schemas.__file__).parent
    names = {schemas.file_name(body_type) for one in LISTED for body_type in one.bodies}

    assert {path.name for path in folder.glob("*.json")} == names


def test_a_body_without_a_released_schema_says_what_to_run() -> None:
    with pytest.raises(Malformed, match="make-schemas"):
        schemas.released("never-heard-of/1")


def _script(name: str) -> ModuleType:
    path = str(REPOSITORY / "scripts" / name)
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), path)
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_each_page_is_drawn_from_its_table() -> None:
    folder = REPOSITORY / "docs" / "tracks"

    for name, text in _script("make-docs").pages():
        assert (folder / name).read_text(encoding="utf-8") == text, f"run scripts/make-docs for {name}"


def test_a_released_schema_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = _script("make-schemas")
    vars(script)["FOLDER"] = tmp_path
    (tmp_path / "dispute.1.json").write_bytes(b"{}")

    assert script.main([]) == 1
    assert "dispute.1.json" in capsys.readouterr().out
    assert (tmp_path / "dispute.1.json").read_bytes() == b"{}"
    assert script.main(["--unreleased"]) == 0
    assert (tmp_path / "dispute.1.json").read_bytes() == schemas.schema_bytes("dispute/1")


# ------------------------------------------------------------------------------- looking up


def test_a_procedure_is_found_by_its_id_and_by_its_hash(listed: Listed) -> None:
    assert registry.current(listed.procedure.id) is listed
    assert registry.procedure_by_hash(listed.procedure.hash) is listed.procedure


def test_an_unknown_id_names_those_that_look_like_it() -> None:
    with pytest.raises(UnknownProcedure, match=f"did you mean {PEN}") as found:
        registry.current("counternarcotics.preexport-notification")

    assert found.value.close == (PEN,)
    assert isinstance(found.value, LookupError)


def test_an_unknown_hash_and_an_unknown_body_type_are_none() -> None:
    assert registry.procedure_by_hash("0" * 64) is None
    assert registry.content_model("never-heard-of/1") is None
    assert registry.schema_hash("never-heard-of/1") is None


def test_a_directory_names_every_table_in_order() -> None:
    known = registry.known_procedures()

    assert known == tuple(sorted(known))
    assert {name for name, _ in known} == {*IDS}
    assert "instrument.negotiation" in {name for name, _ in known}


def _next_version() -> tuple[Listed, Listed]:
    """The notification, and a second version of it in which no more time can be taken."""
    first = registry.current(PEN)
    steps = tuple(
        step for step in first.procedure.steps if step.says != "extend" and "extended" not in step.state
    )
    steps = tuple(step for step in steps if step.state != "asked-again")
    clocks = tuple(
        replace(
            clock,
            runs_in=tuple(state for state in clock.runs_in if state not in ("extended", "asked-again")),
            paused_in=tuple(state for state in clock.paused_in if state != "asked-again"),
            restarts_on=tuple(says for says in clock.restarts_on if says != "extend"),
        )
        for clock in first.procedure.clocks
    )
    steps = tuple(
        replace(
            step,
            beats=tuple(says for says in step.beats if says != "extend"),
            yields=tuple(says for says in step.yields if says != "extend"),
        )
        for step in steps
    )
    bodies = {name: model for name, model in first.bodies.items() if name != "extension/1"}
    pins = tuple(pin for pin in first.procedure.bodies if pin[0] != "extension/1")
    second = replace(first.procedure, version=2, steps=steps, clocks=clocks, bodies=pins)
    return first, replace(first, procedure=second, bodies=bodies)


def test_a_node_that_also_has_the_next_version_finishes_old_cases_by_the_old_one() -> None:
    first, second = _next_version()

    both = Registry((first, second))

    assert both.current(PEN).procedure.version == 2
    assert both.procedure_by_hash(first.procedure.hash) == first.procedure
    assert len(both.known_procedures()) == 2


def test_a_new_version_of_a_small_table_is_walked_and_listed_beside_the_old_one() -> None:
    first = registry.current("dialogue.commitment")
    second = replace(first, procedure=replace(first.procedure, version=2))

    both = Registry((second, first))

    assert both.current("dialogue.commitment").procedure.version == 2
    assert both.procedure_by_hash(first.procedure.hash) == first.procedure
    assert both.listed_by_hash(second.procedure.hash) == second


def test_the_same_version_is_listed_once() -> None:
    with pytest.raises(Malformed, match="each version once"):
        Registry((LISTED[0], LISTED[0]))


class Other(Content):
    """Another content under a name that is taken."""

    text: str


def test_a_body_type_has_one_model() -> None:
    first = registry.current("dialogue.commitment")
    second = replace(
        first, procedure=replace(first.procedure, version=2), bodies={**first.bodies, "dispute/1": Other}
    )

    with pytest.raises(Malformed, match="expected one model"):
        Registry((first, second))


def test_a_body_that_a_step_carries_has_a_model_and_a_pin() -> None:
    first = registry.current("dialogue.commitment")

    with pytest.raises(Malformed, match="steps, pins and models"):
        Registry((replace(first, bodies={}),))


def test_a_table_that_pins_another_schema_than_the_released_one_is_not_listed() -> None:
    first = registry.current("dialogue.commitment")
    pins = tuple((name, canonical.digest(name.encode())) for name, _ in first.procedure.bodies)

    with pytest.raises(Malformed, match="pins another schema"):
        Registry((replace(first, procedure=replace(first.procedure, bodies=pins)),))


# ------------------------------------------------------------------------------------- words


def _named(one: Listed) -> Iterator[tuple[str, object]]:
    table, words = one.procedure, one.words
    yield "title", words.title
    yield from ((f"role {name}", words.roles.get(name)) for name in table.roles)
    yield from ((f"state {name}", words.states.get(name)) for name in table.states)
    for step in table.steps:
        yield f"says {step.says}", words.says.get(step.says)
        yield f"done {step.says}", words.done.get(step.says)
    for clock in table.clocks:
        yield f"clock {clock.name}", words.clocks.get(clock.name)
        yield from ((f"silence {name}", words.silences.get(name)) for name in clock.silences)
    yield from ((f"gate {gate.name}", words.gates.get(gate.name)) for gate in table.gates)
    for body_type, model in one.bodies.items():
        yield body_type, words.bodies.get(body_type)
        for path, values in field_paths(model):
            yield f"{body_type} {path}", words.fields[body_type].get(path)
            for value in values:
                yield f"{body_type} {path} {value}", words.choices[body_type][path].get(value)


def test_everything_that_can_be_shown_has_a_name_in_both_languages(listed: Listed) -> None:
    for what, name in _named(listed):
        assert name is not None, f"{listed.procedure.id}: {what} has no name"
        assert name.en.strip(), what  # type: ignore[attr-defined]
        assert any("\u0900" <= character <= "\u097f" for character in name.hi), what  # type: ignore[attr-defined]


def test_no_name_is_of_something_that_is_not_there(listed: Listed) -> None:
    table, words = listed.procedure, listed.words

    assert set(words.states) == set(table.states)
    assert set(words.says) == set(words.done) == {step.says for step in table.steps}
    assert set(words.clocks) == {clock.name for clock in table.clocks}
    assert set(words.bodies) == set(words.fields) == set(listed.bodies)
    for body_type, model in listed.bodies.items():
        paths = dict(field_paths(model))
        assert set(words.fields[body_type]) == set(paths)
        closed = {path: set(values) for path, values in paths.items() if values}
        assert {path: set(names) for path, names in words.choices.get(body_type, {}).items()} == closed


def test_the_names_of_states_in_one_table_differ(listed: Listed) -> None:
    for language in ("en", "hi"):
        names = [name.in_language(language) for name in listed.words.states.values()]
        assert len(set(names)) == len(names)
