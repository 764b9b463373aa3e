"""What was done in a trial as a scenario file that plays: requests, refusals, and how the case stood after each."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from operate.errors import OperatorError
from operate.policy_try.cast import CUSTOMER
from operate.policy_try.trial import Standing, Taken, Trial
from operate.scenarios.session import Answer
from shared.packs.publishing.cited_rules import cited_rules, rule_ids
from shared.packs.publishing.load import ROOT

_PLAIN: Final = re.compile(r"[^\W\d][\w./@-]*( [\w./@()-]+)*")
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "nan", "inf"})


def save(trial: Trial, file: Path, *, rules: list[str]) -> None:
    """Write the scenario. Raises OperatorError when the file is there already or nothing was done."""
    if not trial.taken:
        raise OperatorError("nothing was done so far")
    try:
        with file.open("x", encoding="utf-8") as target:
            target.write(scenario_of(trial, file, rules=rules))
    except FileExistsError:
        raise OperatorError(f"{file} is there already, and nothing of it was changed") from None
    except OSError as error:
        raise OperatorError(f"{file} cannot be written: {error.strerror}") from None


def scenario_of(trial: Trial, file: Path, *, rules: list[str]) -> str:
    """The text of the file. `rules` are those that what followed cites."""
    carried = {rule.rule for rule in cited_rules(trial.sections)}
    proved = [rule for rule in dict.fromkeys(rules) if rule in carried] or sorted(carried)[:1]
    used = list(dict.fromkeys(each.step["by"] for each in trial.taken if "by" in each.step))
    lines = [
        f"scenario: {_scalar(f'A trial of {trial.sections.pack.id}')}",
        f"rules: {_flow(proved)}",
        f"pack: {_scalar(_reference(trial.pack.folder, file))}",
        f"start: {trial.start}",
        *(["people:"] if used else ["people: {}"]),
        *(f"  {_scalar(name)}: {_flow({'roles': trial.people[name].roles})}" for name in used),
        f"customer: {_flow(CUSTOMER)}",
        "# What is expected was recorded as it came: compare each value with the document.",
        "steps:",
    ]
    before: dict[str | None, Standing] = {}
    for taken in trial.taken:
        lines += _step(taken, before.get(taken.case_id))
        if taken.standing is not None:
            before[taken.case_id] = taken.standing
    return "\n".join([*lines, ""])


def _reference(folder: Path, file: Path) -> str:
    """The pack as the scenario file names it: by its name, or by its path from there."""
    if folder.resolve().parent == ROOT.resolve():
        return folder.name
    path = Path(os.path.relpath(folder.resolve(), file.resolve().parent)).as_posix()
    return path if "/" in path or path in {".", ".."} else f"./{path}"


def _step(taken: Taken, before: Standing | None) -> Iterator[str]:
    own = ("at", "by", "case", "keep")
    verbs = {key: value for key, value in taken.step.items() if key not in own}
    pairs = [(key, taken.step[key]) for key in own if key in taken.step] + list(verbs.items())
    answer = taken.result.answers[0] if taken.result.answers else None
    if answer is not None and answer.refused:
        pairs.append(_refused(answer))
    elif taken.standing is not None and (expected := _expected(taken.standing, before)):
        pairs.append(("expect", expected))
    for number, (key, value) in enumerate(pairs):
        yield f"  {'-' if number == 0 else ' '} {key}:" + (f" {_flow(value)}" if value != {} else "")


def _refused(answer: Answer) -> tuple[str, dict[str, Any]]:
    """The refusal by its code and the rule that refuses; by its status where it has no code."""
    body = answer.body if isinstance(answer.body, Mapping) else {}
    if not body.get("code"):
        return "expect", {"http": answer.status}
    rule = next(iter(rule_ids(str(body.get("cite") or ""))), None)
    return "refused", {"code": body["code"], **({"cite": rule} if rule else {})}


def _expected(now: Standing, before: Standing | None) -> dict[str, Any]:
    """What is new: the status, and the clocks and amounts that changed."""
    known = before or Standing(status="")
    clocks = {name: clock for name, clock in now.clocks.items() if known.clocks.get(name) != clock}
    amounts = {name: {"amount": text} for name, text in now.amounts.items() if known.amounts.get(name) != text}
    shown = {name: {key: value for key, value in clock.items() if value != "-"} for name, clock in clocks.items()}
    return {
        **({"status": now.status} if now.status != known.status else {}),
        **({"clocks": shown} if shown else {}),
        **({"remedies": amounts} if amounts else {}),
    }


def _flow(value: Any) -> str:
    """A value on one line, as a person would write it."""
    match value:
        case Mapping():
            return "{" + ", ".join(f"{_scalar(key)}: {_flow(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return f"[{', '.join(_flow(item) for item in value)}]"
        case _:
            return _scalar(value)


def _scalar(value: Any) -> str:
    """Text is quoted where YAML would read it otherwise."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if value.casefold() not in _WORDS and _PLAIN.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)
