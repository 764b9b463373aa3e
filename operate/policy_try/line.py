"""A line that is typed: a word, what it is about, and `key=value` pairs, as a request of a scenario."""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any, Final

from operate.errors import OperatorError
from operate.scenarios import registry as scenarios
from shared.packs.documents import Sections
from shared.packs.language.yaml_reader import read_yaml

VERBS: Final = {name: verb for name, verb in scenarios.VERBS.items() if name != "publish"}
"""The verbs of scenarios, except publishing another pack: a trial is of one."""
ALIASES: Final[Mapping[str, str]] = {"do": "step"}
_SPILL: Final[Mapping[str, str]] = {"register": "facts", "step": "input", "quote": "inputs", "accept": "body"}
"""Where a verb puts the pairs that are no arguments of its own."""
_OPTIONS: Final = ("by", "case", "keep")
_AS_IT_IS: Final = frozenset({"text", "decimal", "choice", "date", "instant", "money"})
"""Types of which the typed text is the value."""
_SPAN: Final = re.compile(r"(\d{1,5})(m|h|d|w)")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST_LINE: Final = 4000
LONGEST_WAIT: Final = timedelta(days=3660)


class LineWrong(OperatorError):
    """The line cannot be read; nothing was done."""


@dataclass(frozen=True, slots=True)
class Line:
    """The words of a line: the first, those without a key, and the pairs."""

    word: str
    plain: tuple[str, ...]
    pairs: Mapping[str, str]


def read_line(text: str) -> Line:
    """Split a line as a shell does: quotes keep spaces together. Raises LineWrong."""
    if len(text) > LONGEST_LINE:
        raise LineWrong(f"a line has at most {LONGEST_LINE} characters")
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        raise LineWrong("a quote is not closed") from None
    if not words:
        return Line("", (), {})
    split = [word.partition("=") for word in words[1:]]
    pairs = {key: value for key, sign, value in split if sign}
    return Line(words[0], tuple(key for key, sign, _ in split if not sign), pairs)


def request_of(line: Line, sections: Sections) -> dict[str, Any]:
    """A step of a scenario, without who takes it unless the line says so. Raises LineWrong."""
    verb = ALIASES.get(line.word, line.word)
    if verb not in VERBS:
        near = get_close_matches(line.word, [*VERBS, *ALIASES, "steps", "show", "explain", "wait", "undo"], n=1)
        raise LineWrong(f"`{line.word}` is no command" + (f" (is `{near[0]}` meant?)" if near else ": see `help`"))
    named = VERBS[verb].TITLE_ARGUMENT
    if len(line.plain) > (1 if named else 0):
        raise LineWrong(
            f"`{line.plain[-1]}` has no key: write {verb}{f' {named.upper()}' if named else ''} key=value …"
        )
    own = {field.alias or name for name, field in VERBS[verb].model_fields.items()}
    arguments: dict[str, Any] = {named: line.plain[0]} if line.plain else {}
    step: dict[str, Any] = {}
    types = _types(verb, line.plain[0] if line.plain else "", sections)
    for key, value in line.pairs.items():
        spill = _SPILL.get(verb)
        if key in _OPTIONS or (key == "as" and key not in own):
            step["keep" if key == "as" else key] = value
        elif spill and (key.startswith(f"{spill}.") or key not in own):
            name = key.removeprefix(f"{spill}.")
            arguments.setdefault(spill, {})[name] = _value(value, types.get(name))
        elif key in own:
            arguments[key] = _value(value, None) if value[:1] in "[{" or value in {"true", "false"} else value
        else:
            raise LineWrong(f"`{verb}` has no `{key}`: it takes {', '.join(sorted(own))}")
    if verb == "register":
        arguments.setdefault("channel", _channel(sections, arguments.get("case_type", "")))
    if verb == "evidence" and "base64" not in arguments:
        arguments.setdefault("text", "evidence")
    return {**step, verb: arguments}


def instant_after(now: datetime, text: str) -> datetime:
    """`3d`, `90m`, `2h`, `1w` after `now`, on the clock of its zone. Raises LineWrong."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise LineWrong(f"`{text}` is no length of time: write 90m, 2h, 3d, 1w, or `next` for what is due next")
    span = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if span > LONGEST_WAIT:
        raise LineWrong("ten years at most")
    return now + span


def _channel(sections: Sections, case_type: str) -> str:
    channels = [kind.channels[0] for kind in sections.intake.case_types if kind.id == case_type]
    return channels[0] if channels else "phone"


def _types(verb: str, name: str, sections: Sections) -> Mapping[str, str]:
    """The types of what a line may enter, by name."""
    fields: Iterable[Any] = ()
    match verb:
        case "register":
            fields = sections.intake.facts
        case "step":
            fields = [field for step in sections.intake.steps if step.id == name for field in step.input]
        case "quote":
            fields = [field for remedy in sections.settlement.remedies if remedy.id == name for field in remedy.inputs]
    return {field.id: field.type for field in fields}


def _value(text: str, kind: str | None) -> Any:
    """A typed text as its field wants it; what is unknown is read as in a scenario file."""
    if kind in _AS_IT_IS:
        return text
    root, faults = read_yaml(f"value: {text}", file="line", decimals_are_text=True)
    plain = root.plain()
    if faults or not isinstance(plain, dict):
        return text
    return plain["value"]
