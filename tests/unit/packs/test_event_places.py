"""Lint admits an event exactly where it has an effect, and says at its line where else it may be named."""

from pathlib import Path

import pytest

from shared.contracts.catalogue import CATALOGUE, Place
from shared.packs.language.diagnostics import LocatedDiagnostic
from shared.packs.publishing.check import check
from shared.packs.publishing.draft import draft_of
from shared.packs.publishing.load import load_pack
from tests.support.event_packs import documents_naming, pack_naming
from tests.support.event_places import EXPECTED, PLACES, admitted

LINES = {
    "CLOCK_START": "sla: clocks[watched].start",
    "CLOCK_STOP": "sla: clocks[watched].stop[0]",
    "CLOCK_CANCEL": "sla: clocks[watched].cancel_on[0]",
    "CLOCK_PAUSE": "sla: clocks[watched].pause_on[0]",
    "CLOCK_RESUME": "sla: clocks[watched].resume_on[0]",
    "INDICATOR": "sla: indicators[counted].measure.count.of",
    "RULE": "notify: rules[tell].on",
    "RULE_CONDITION": "notify: rules[tell_if_reached].when",
    "RULE_STEP": "notify: rules[tell_if_in_step].when",
    "REACTION": "intake: steps[react].on[0].event",
    "LINKED_REACTION": "intake: steps[react_to_part].on[0].event",
    "GATE": "intake: steps[gated].require[0].that",
    "LINKED_GATE": "intake: steps[gated_by_part].require[0].that",
    "REGISTRATION": "intake: case_types[complaint].require[0].that",
    "SAMPLE": "intake: recurring[audit].sample.reached",
    "RETENTION": "intake: retention[complaints].from",
    "SETTLEMENT_GATE": "settlement: remedies[refund].require.quote[0].that",
}


def said(found: tuple[LocatedDiagnostic, ...]) -> list[str]:
    return [f"{Path(each.file).stem}: {each.path}: {each.message}" for each in found]


def test_the_table_has_every_event_and_every_place() -> None:
    assert set(EXPECTED) == {event.name for event in CATALOGUE} | {"step.taken"}
    assert set(PLACES) == {place.name for place in Place}


def test_the_pack_of_these_tests_has_no_fault(tmp_path: Path) -> None:
    assert said(pack_naming(tmp_path).diagnostics) == []


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("event", EXPECTED)
def test_an_event_is_admitted_where_it_has_an_effect_and_refused_elsewhere(event: str, place: str) -> None:
    draft = draft_of(documents_naming(**{place: event}))
    assert draft.is_whole
    errors = [f"{error.section}: {error.message}" for error in check(draft) if error.severity == "error"]
    if EXPECTED[event][place]:
        assert errors == []
    else:
        section = LINES[place].partition(":")[0]
        assert any(line.startswith(f"{section}: {event} has no effect at ") for line in errors), errors


@pytest.mark.parametrize("place", PLACES)
def test_a_refusal_stands_at_its_line(tmp_path: Path, place: str) -> None:
    errors = said(pack_naming(tmp_path, **{place: "case.advanced"}).errors)
    assert any(line.startswith(f"{LINES[place]}: case.advanced has no effect at ") for line in errors), errors


@pytest.mark.parametrize(
    ("event", "place", "message"),
    [
        ("message.sent", "RULE",
         ("message.sent has no effect at `on` of a notify rule; it may be named at a clock, the measure of an indicator, "
         "`on` of a step without `relation`, `on` of a step with `relation`")),
        ("case.advanced", "CLOCK_START",
         "case.advanced has no effect at a clock's `start`; every step publishes it; name a milestone that the step reaches"),
        ("case.registered", "CLOCK_CANCEL",
         ("case.registered has no effect at a clock's `cancel_on`; it is the first event of a case, so it ends nothing; "
         "it may be named at a clock's `start`, the measure of an indicator")),
        ("clock.breached", "SETTLEMENT_GATE",
         "clock.breached has no effect at `milestones` of a settlement expression; it may be named at `on` of a notify rule"),
        ("step.taken", "REACTION",
         ("step.taken has no effect at `on` of a step without `relation`: a step of the pack reaches it; name the `relation` "
         "of the case that reaches it")),
        ("organisation.created", "RULE",
         "organisation.created has no effect at `on` of a notify rule; it is about an organisation, not about a case"),
    ],
)  # fmt: skip
def test_a_refusal_says_where_the_event_may_be_named(tmp_path: Path, event: str, place: str, message: str) -> None:
    errors = said(pack_naming(tmp_path, **{place: event}).errors)
    assert any(line.startswith(f"{LINES[place]}: {message}") for line in errors), errors


@pytest.mark.parametrize(
    ("place", "condition"),
    [
        ("GATE", "'message.sent' not in milestones"),
        ("GATE", "contains(milestones, 'message.sent')"),
        ("LINKED_GATE", "'message.sent' in parent.milestones"),
    ],
)
def test_every_way_to_ask_for_a_milestone_is_looked_at(tmp_path: Path, place: str, condition: str) -> None:
    pack = pack_naming(tmp_path)
    file = pack.folder / "intake.yaml"
    text = file.read_text(encoding="utf-8")
    asked = {"GATE": "'ready.stop' in milestones", "LINKED_GATE": "some(links.part, 'ready.stop' in #.milestones)"}[
        place
    ]
    assert asked in text
    file.write_text(text.replace(asked, condition), encoding="utf-8")
    errors = said(load_pack(pack.folder).errors)
    assert any(line.startswith(f"{LINES[place]}: message.sent has no effect at `milestones`") for line in errors), (
        errors
    )


def test_each_place_but_one_admits_something() -> None:
    assert [place for place in PLACES if not admitted(place)] == ["REGISTRATION"]


@pytest.mark.parametrize(
    "condition",
    [
        "some(milestones, # == 'message.sent')",
        "count(milestones, # == 'message.sent') > 0",
        "len(filter(milestones, # == 'message.sent')) > 0",
        "milestones[0] == 'message.sent'",
        "('message.sent') in milestones",
        "'message.sent' in (parent.milestones ?? [])",
    ],
)
def test_an_event_that_is_looked_for_inside_a_list_is_looked_at(tmp_path: Path, condition: str) -> None:
    pack = pack_naming(tmp_path)
    file = pack.folder / "intake.yaml"
    text = file.read_text(encoding="utf-8")
    for name in ("message.sent", "mesage.sent"):
        asked = condition.replace("message.sent", name)
        file.write_text(text.replace("'ready.stop' in milestones", asked), encoding="utf-8")
        errors = said(load_pack(pack.folder).errors)
        wanted = "has no effect at `milestones`" if name == "message.sent" else f"is never {name!r}"
        assert any(line.startswith(LINES["GATE"]) and wanted in line for line in errors), errors
