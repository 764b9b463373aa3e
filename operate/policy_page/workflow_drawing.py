"""A workflow as lines and boxes: a column for each status, a row for each step, as in a sequence diagram.

A graph of boxes would cross its arrows as soon as a step may be taken in five statuses; here no arrow meets another
one and each label lies on a line of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from operate.policy_page.drawn_text import text_width, wrapped
from operate.policy_page.workflow import PHASES, Move, Phase, Workflow
from shared.kernel.text import Text
from shared.packs.intake.model.workflow import Status

_WIDEST: Final = 118
_NARROWEST: Final = 92
_ROOM: Final = 1180
"""The columns take no more where that leaves them legible: a page at a desk shows the drawing whole."""
_GAP: Final = 10
_BAND: Final = 22
_ROW: Final = 36
_ZH: Final = 12
_EN: Final = 11
_LABEL: Final = 13
"""Sizes of text: of a status in Chinese and in English, of a step."""
_LINE: Final = 15
_EDGE: Final = 8
_BESIDE: Final = 9
"""A label begins so far behind the first dot or head of its row."""
_OUTSIDE: Final = 30
"""An arrow of a case that comes from another type, or becomes one, begins or ends so far beside its status."""
_LONG: Final = 9
"""So many rows, and the boxes stand once more below them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of text in a box; `y` from the box's top."""

    text: str
    language: str
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A status; `x` is the middle of its column."""

    x: float
    phase: Phase
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The columns of one phase."""

    phase: Phase
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """An arrow's head; it comes from the left or from the right."""

    x: float
    is_from_left: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A step: a line from `left` to `right` with dots where it may be taken and heads where it leads."""

    y: float
    left: float
    right: float
    dots: tuple[float, ...]
    heads: tuple[Head, ...]
    label: Text
    label_x: float
    rules: tuple[str, ...]
    is_taken_by_system: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Everything of one drawing, in pixels."""

    width: float
    height: float
    box_y: float
    box_width: float
    box_height: float
    bottom_y: float | None
    """Where the boxes stand once more."""
    initial_x: float
    bands: tuple[Band, ...]
    boxes: tuple[Box, ...]
    rows: tuple[Row, ...]


def drawing_of(workflow: Workflow) -> Drawing:
    """The drawing of a workflow."""
    column = min(_WIDEST, max(_NARROWEST, _ROOM / len(workflow.statuses)))
    middles = {status.id: _EDGE + column * (index + 0.5) for index, status in enumerate(workflow.statuses)}
    wanted = [_left(move, middles) + _BESIDE + _label_width(move) for move in workflow.moves]
    widest = max((_label_width(move) for move in workflow.moves), default=0)
    width = max(column * len(workflow.statuses), min(_ROOM, max(wanted, default=0)), widest) + _EDGE * 2
    boxes = tuple(_box(status, middles[status.id], room=column - _GAP - 4) for status in workflow.statuses)
    box_height = max(box.lines[-1].y for box in boxes) + 7
    box_y = _BAND + 14
    first = box_y + box_height + _ROW
    rows = tuple(_row(move, first + _ROW * index, middles, width) for index, move in enumerate(workflow.moves))
    end = (rows[-1].y if rows else first - _ROW) + 16
    bottom = end if len(rows) > _LONG else None
    return Drawing(
        width=width,
        height=end if bottom is None else bottom + box_height + 4,
        box_y=box_y,
        box_width=column - _GAP,
        box_height=box_height,
        bottom_y=bottom,
        initial_x=middles[workflow.case_type.initial],
        bands=_bands(workflow.statuses, column=column),
        boxes=boxes,
        rows=rows,
    )


def _box(status: Status, x: float, *, room: float) -> Box:
    zh = [(text, "zh") for text in wrapped(status.label.zh, size=_ZH, width=room)]
    en = [(text, "en") for text in wrapped(status.label.en, size=_EN, width=room)]
    lines = tuple(
        Line(text=text, language=language, y=_LINE * (index + 1) + 2) for index, (text, language) in enumerate(zh + en)
    )
    return Box(x=x, phase=status.phase, lines=lines)


def _bands(statuses: Sequence[Status], *, column: float) -> tuple[Band, ...]:
    found = []
    for phase in PHASES:
        columns = [index for index, status in enumerate(statuses) if status.phase == phase]
        if columns:
            found.append(Band(phase=phase, x=_EDGE + column * columns[0], width=column * len(columns)))
    return tuple(found)


def _row(move: Move, y: float, middles: Mapping[str, float], width: float) -> Row:
    dots = tuple(middles[status] for status in move.sources)
    targets = tuple(middles[status] for status in move.targets if status not in move.sources or len(dots) > 1)
    left, right = _left(move, middles), max((*dots, *targets)) + (_OUTSIDE if move.is_leaving else 0)
    heads = [Head(x=x, is_from_left=True) for x in targets if min(dots, default=left) < x]
    heads += [Head(x=x, is_from_left=False) for x in targets if max(dots, default=left) > x]
    heads += [Head(x=right, is_from_left=True)] if move.is_leaving else []
    return Row(
        y=y,
        left=left,
        right=right,
        dots=dots,
        heads=tuple(heads),
        label=move.label,
        label_x=max(_EDGE, min(left + _BESIDE, width - _EDGE - _label_width(move))),
        rules=move.rules,
        is_taken_by_system=move.is_taken_by_system,
    )


def _left(move: Move, middles: Mapping[str, float]) -> float:
    return min(middles[status] for status in (*move.sources, *move.targets)) - (0 if move.sources else _OUTSIDE)


def _label_width(move: Move) -> float:
    rules = " ".join(move.rules)
    return (
        text_width(move.label.zh, size=_LABEL)
        + text_width(move.label.en, size=_EN)
        + text_width(rules, size=_EN)
        + 3 * _EN
    )
