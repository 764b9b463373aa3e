"""`redress policy new`: what is asked, what is refused, and that whatever is chosen gives a sound pack."""

from datetime import date
from itertools import product
from pathlib import Path

import pytest
from typer.testing import CliRunner

from operate.policy_commands import app
from operate.policy_coverage import coverage
from operate.policy_new.answers import Answers
from operate.policy_new.questions import QUESTIONS
from operate.policy_new.scaffold import write
from operate.scenarios.load import load_scenario
from shared.packs.publishing.load import load_pack

TODAY = date(2026, 11, 30)
CHOICES = list(product(("none", "refund", "exchange", "both"), ("none", "customer", "staff", "both")))
OTHERS = [
    {"country": "CN", "currency": "CNY", "days": "mon-fri", "first_response": "30 minute", "approval_limit": "none"},
    {"country": "none", "currency": "JPY", "days": "mon-sat", "first_response": "4 working_hour", "language": "en"},
    {"country": "DE", "currency": "KWD", "days": "every_day", "first_response": "2 week", "approval_limit": "300.125"},
]
"""Taken in turn, so that each comes with each remedy and each kind of notification at least once."""


def invoke(*words: str, typed: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(app, ["new", *words], input=typed)
    return result.exit_code, f"{result.output}{result.exception or ''}"


@pytest.mark.parametrize(
    ("remedies", "notifications", "others"),
    [(*choice, OTHERS[number % len(OTHERS)]) for number, choice in enumerate(CHOICES)],
)
def test_whatever_is_chosen_only_the_placeholders_are_told(
    remedies: str, notifications: str, others: dict[str, str], tmp_path: Path
) -> None:
    types = "complaint=投诉/Complaint; late_delivery"
    chosen = {"remedies": remedies, "notifications": notifications, "case_types": types, **others}

    loaded = write("shop", tmp_path / "shop", Answers.model_validate(chosen), today=TODAY)

    assert loaded.errors == ()
    assert {each.code for each in loaded.warnings} == {"placeholder"}
    assert coverage(loaded).is_whole
    for file in (tmp_path / "shop" / "scenarios").iterdir():
        assert load_scenario(file).warnings == ()


def test_a_placeholder_is_told_once_with_the_number_of_its_places(tmp_path: Path) -> None:
    loaded = write("shop", tmp_path / "shop", Answers(remedies="none", notifications="none"), today=TODAY)

    told = [each.text() for each in loaded.warnings]

    assert told[1] == (
        "steps[accept].cite: PLACEHOLDER-2 is no rule of a document (here and in 3 more places): "
        "write the rule's id and its place, such as `LS-3 s.3`"
    )
    assert len(told) == 3


def test_what_is_typed_is_what_the_pack_says(tmp_path: Path) -> None:
    typed = "灯具店\nLamp shop\nen\nEurope/Berlin\nEUR\nDE\nmon-sat\n08:30\n17:00\nfault=故障/Fault\n2 day\n3 week\nrefund\n750\nstaff\n"

    code, output = invoke("lamps", "--folder", str(tmp_path), typed=typed)

    assert code == 0, output
    sections = load_pack(tmp_path / "lamps").valid()
    assert (sections.pack.title.zh, sections.pack.title.en) == ("灯具店", "Lamp shop")
    assert (sections.pack.zone, sections.pack.currency, sections.pack.language) == ("Europe/Berlin", "EUR", "en")
    assert [(kind.id, kind.label.zh, kind.label.en) for kind in sections.intake.case_types] == [
        ("fault", "故障", "Fault")
    ]
    [calendar] = sections.sla.calendars
    assert calendar.country == "DE"
    assert [str(hours.opens) for hours in calendar.hours_of("sat")] == ["08:30"]
    durations = [clock.goals[0].duration for clock in sections.sla.clocks]
    assert [(each.amount, each.unit) for each in durations if each] == [(2, "day"), (3, "week")]
    assert [row.up_to for row in sections.settlement.approval] == [750, None]
    assert {rule.id for rule in sections.notify.rules} == {"deadline_near", "deadline_missed"}


def test_an_answer_that_cannot_be_read_is_asked_for_again(tmp_path: Path) -> None:
    typed = "\n\n\nMars\nAsia/Tokyo\n" + "\n" * 11

    code, output = invoke("shop", "--folder", str(tmp_path), typed=typed)

    assert code == 0, output
    assert "zone: write a time zone of the IANA database, such as Asia/Shanghai" in output
    assert load_pack(tmp_path / "shop").valid().pack.zone == "Asia/Tokyo"


def test_the_limit_is_not_asked_for_when_nothing_is_approved(tmp_path: Path) -> None:
    code, output = invoke("shop", "--folder", str(tmp_path), "--set", "remedies=none", typed="\n" * 20)

    assert code == 0, output
    assert QUESTIONS["notifications"].en in output
    assert QUESTIONS["approval_limit"].en not in output
    assert not (tmp_path / "shop" / "settlement.yaml").exists()


def test_questions_are_asked_in_chinese(tmp_path: Path) -> None:
    _, output = invoke("shop", "--folder", str(tmp_path), "--lang", "zh", typed="\n" * 20)

    assert QUESTIONS["resolution"].zh in output


def test_a_file_of_answers_is_enough_and_nothing_is_asked(tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text("currency: EUR\nresolution: 10 working_day\napproval_limit: 900\nremedies: both\n")

    code, output = invoke("shop", "--folder", str(tmp_path), "--answers", str(answers), "--set", "currency=USD")

    assert code == 0, output
    sections = load_pack(tmp_path / "shop").valid()
    assert sections.pack.currency == "USD"
    assert [row.up_to for row in sections.settlement.approval] == [900, None]
    assert QUESTIONS["zone"].en not in output


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "pack.yaml").write_text("mine")

    code, output = invoke("shop", "--folder", str(tmp_path), "--defaults")

    assert code == 1
    assert "is there already, and nothing of it was changed" in output
    assert [file.read_text() for file in (tmp_path / "shop").iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("currency=RMB", "currency: write a currency of ISO 4217"),
        ("country=XX", "country: write a country of ISO 3166"),
        ("closes=08:00", "closes: 08:00 is not after 09:00"),
        ("first_response=soon", "first_response: write `4 working_hour`"),
        ("case_types=Big one", "case_types: `Big one`: write `complaint=投诉/Complaint"),
        ("case_types=a-b; ab", "case_types: two types whose ids differ"),
        ("approval_limit=0.005", "approval_limit: CNY has 2 digits after the point"),
        ("title_zh=a\nb", "title_zh: write one line"),
        ("colour=red", "colour: "),
        ("colour", "write ANSWER=VALUE"),
    ],
)
def test_an_answer_that_was_given_and_cannot_be_read_writes_nothing(word: str, told: str, tmp_path: Path) -> None:
    code, output = invoke("shop", "--folder", str(tmp_path), "--defaults", "--set", word)

    assert code == 1
    assert told in output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["Shop", "1shop", "../shop", "a" * 65])
def test_a_name_that_is_no_id_is_refused(name: str, tmp_path: Path) -> None:
    code, output = invoke(name, "--folder", str(tmp_path), "--defaults")

    assert code == 1
    assert "is no id of a pack" in output


def test_a_pack_that_begins_after_what_is_known_of_holidays_states_how_far_they_were_checked(tmp_path: Path) -> None:
    loaded = write("shop", tmp_path / "shop", Answers(effective_from=date(2027, 12, 20)), today=TODAY)

    [calendar] = loaded.valid().sla.calendars
    assert calendar.confirmed_until == date(2028, 12, 31)  # the scenarios look into January 2028
