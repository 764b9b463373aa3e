"""Workflows and clocks as they are drawn: places by hand, and nothing that leaves its box."""

from pathlib import Path

import pytest

from operate.policy_page.clocks import clock_on_page
from operate.policy_page.drawn_text import text_width, wrapped
from operate.policy_page.labels import labels_of
from operate.policy_page.workflow import workflow_of
from operate.policy_page.workflow_drawing import Drawing, Head, Row, drawing_of
from shared.kernel.text import Text
from shared.packs.publishing.load import load_pack
from tests.support.packs import write_pack
from tests.support.policy_pages import SHIPPED, page


def small(folder: Path) -> Drawing:
    intake = load_pack(write_pack(folder / "small")).valid().intake
    return drawing_of(workflow_of(intake, intake.case_types[0]))


def test_statuses_are_columns_and_steps_are_rows(tmp_path: Path) -> None:
    drawing = small(tmp_path)
    accept, close = drawing.rows

    assert [(box.x, box.phase) for box in drawing.boxes] == [(67, "open"), (185, "closed")]  # 8 + 118 / 2, and 118 more
    assert (accept.dots, accept.heads) == ((67,), ())  # it stays
    assert (close.dots, close.heads) == ((67,), (Head(x=185, is_from_left=True),))
    assert (close.left, close.right) == (67, 185)
    assert close.y - accept.y == 36
    assert drawing.bottom_y is None


def test_a_step_that_only_goes_back_has_its_head_at_the_left() -> None:
    objection = next(flow for flow in page("laigang").workflows if flow.case_type.id == "quality_objection")
    depart = next(row for row in objection.drawing.rows if row.label.en == "Depart for the site")

    accepted, dispatched, investigated = (objection.drawing.boxes[index].x for index in (2, 3, 5))
    assert depart.dots == (accepted, investigated)
    assert depart.heads == (Head(x=dispatched, is_from_left=True), Head(x=dispatched, is_from_left=False))


@pytest.mark.parametrize("pack", SHIPPED)
def test_texts_stay_in_their_boxes_and_in_the_drawing(pack: str) -> None:
    for workflow in page(pack).workflows:
        drawing = workflow.drawing
        for line in (line for box in drawing.boxes for line in box.lines):
            assert text_width(line.text, size=12 if line.language == "zh" else 11) <= drawing.box_width, line
            assert line.y < drawing.box_height
        for row in drawing.rows:
            label = text_width(row.label.zh, size=13) + text_width(row.label.en, size=11)
            assert row.label_x >= 0
            assert row.label_x + label <= drawing.width, row.label
            assert drawing.box_y + drawing.box_height < row.y < drawing.height


def test_each_step_of_a_case_type_is_drawn() -> None:
    intake = load_pack("tobacco").valid().intake
    drawn = {each.case_type.id: [row.label.en for row in each.drawing.rows] for each in page("tobacco").workflows}

    # Statuses that the type never has are left out, and with them the steps that begin there.
    assert drawn["rectification"] == [
        step.label.en for step in intake.steps if not step.case_types or "rectification" in step.case_types
    ]


def drawn_row(case_type: str, label: str) -> tuple[Drawing, Row]:
    drawing = next(each.drawing for each in page("tobacco").workflows if each.case_type.id == case_type)
    return drawing, next(row for row in drawing.rows if row.label.en == label)


def test_a_step_after_which_the_case_is_of_another_type_leads_out_of_the_drawing() -> None:
    drawing, row = drawn_row("suggestion", "Take it as a complaint → Complaint")
    registered, submitted = (drawing.boxes[index].x for index in (0, 1))

    assert row.label.zh == "转为投诉 → 投诉"
    assert row.dots == (registered, submitted)
    assert row.heads == (Head(x=submitted + 30, is_from_left=True),)
    assert (row.left, row.right) == (registered, submitted + 30)


def test_and_comes_into_the_drawing_of_the_other_type_from_outside() -> None:
    drawing, row = drawn_row("complaint", "Consultation, Suggestion → Take it as a complaint")
    registered = drawing.boxes[0].x

    assert row.label.zh == "咨询、建议 → 转为投诉"
    assert row.dots == ()
    assert row.heads == (Head(x=registered, is_from_left=True),)
    assert (row.left, row.right) == (registered - 30, registered)
    assert "Decided by the leader" not in {line.text for box in drawing.boxes for line in box.lines}


def test_a_line_breaks_between_words_and_between_chinese_characters() -> None:
    assert wrapped("Handed to the department", size=10, width=70) == ("Handed to", "the", "department")
    assert wrapped("不属范围，已说明", size=10, width=40) == ("不属范围，", "已说明")  # a comma begins no line


def test_a_bar_is_as_long_as_its_time_beside_the_longest_and_warns_where_it_does() -> None:
    sections = load_pack("laigang").valid()
    labels = labels_of(sections)
    rules = {clock.id: clock for clock in sections.sla.clocks}
    departure, cycle = (clock_on_page(rules[clock_id], labels) for clock_id in ("departure", "cycle"))

    # 2 and 3 working days, a warning one working day before; 20 and 7, a warning after 80 %.
    assert [(bar.length, bar.warns) for bar in departure.bars] == [(66.67, (33.33,)), (100, (66.67,))]
    assert [(bar.length, bar.warns) for bar in cycle.bars] == [(100, (80,)), (35, (28,))]
    assert departure.bars[0].until == Text(zh="2 个工作日", en="2 working days")
    assert departure.bars[1].when is None
    assert departure.rules == ("LG-35a", "LG-35b")


def test_a_goal_that_the_case_states_has_a_bar_of_no_known_length() -> None:
    promised = next(each for each in page("tobacco").clocks if each.clock.id == "promised_reply")

    assert [(bar.is_stated, bar.until) for bar in promised.bars] == [
        (True, "facts.promised_on"),
        (False, Text(zh="1 个工作日", en="1 working day")),
    ]
