"""`redress policy new`: a sound pack to begin with, from a few questions."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from operate.errors import OperatorError
from operate.policy_new import scaffold
from operate.policy_new.answers import ID
from operate.policy_new.questions import answered
from shared.kernel.clock import SystemClock
from shared.packs.language.yaml_reader import read_yaml
from shared.packs.publishing.load import ROOT

_LONGEST_NAME: Final = 64


def new(
    name: Annotated[str, typer.Argument(help="the pack's id; its folder is called so")],
    *,
    folder: Annotated[Path, typer.Option(help="where the pack's folder is made")] = ROOT,
    answers: Annotated[Path | None, typer.Option(help="a YAML file of answers; nothing is asked then")] = None,
    given: Annotated[
        list[str] | None, typer.Option("--set", help="ANSWER=VALUE, such as currency=EUR; may be repeated")
    ] = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="ask nothing: defaults for what is not given")] = False,
    lang: Annotated[Literal["en", "zh"], typer.Option(help="language of the questions")] = "en",
) -> None:
    """Write a new pack from a few questions: it lints, and its scenarios play. A folder that is there is left alone."""
    if not re.fullmatch(ID, name) or len(name) > _LONGEST_NAME:
        raise OperatorError(f"`{name}` is no id of a pack.", hint="Lower case, with _ or - between words: lamp_shop.")
    place = folder / name
    if place.exists():
        raise OperatorError(f"{place} is there already, and nothing of it was changed.", hint="Choose another name.")
    told = {**(_read(answers) if answers else {}), **_pairs(given or [])}
    asks = answers is None and not defaults
    read = answered(told, ask=_prompt if asks else None, tell=_complain, language=lang)
    pack = scaffold.write(name, place, read, today=SystemClock().now().date())
    for file in sorted(place.rglob("*.*")):
        typer.echo(str(file))
    typer.echo(f"{len(pack.errors)} errors, {len(pack.warnings)} warnings: `redress policy lint {_reference(place)}`")
    typer.echo(f"Try it: `redress policy try {_reference(place)}`. The comments in the files say what to change next.")


def _prompt(question: str, default: str) -> str:
    return str(typer.prompt(question, default=default)).strip()


def _complain(fault: str) -> None:
    typer.echo(fault, err=True)


def _reference(place: Path) -> str:
    return place.name if place.parent.resolve() == ROOT.resolve() else str(place)


def _pairs(given: list[str]) -> Mapping[str, str]:
    pairs = [pair.partition("=") for pair in given]
    if wrong := [key for key, sign, _ in pairs if not sign]:
        raise OperatorError(f"--set {wrong[0]}: write ANSWER=VALUE, such as currency=EUR.")
    return {key.strip(): value.strip() for key, _, value in pairs}


def _read(file: Path) -> Mapping[str, Any]:
    """A file of answers. Raises OperatorError when it cannot be read."""
    try:
        root, faults = read_yaml(file.read_text(encoding="utf-8"), file=str(file), decimals_are_text=True)
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"{file} cannot be read: {error}") from None
    content = root.plain()
    if faults or not isinstance(content, dict):
        raise OperatorError("\n".join(map(str, faults)) or f"{file}: a map of answers is needed")
    return content
