"""`redress policy try`: a prompt on a simulated case, carried out by the running stack."""

import asyncio
from typing import Annotated, Literal

import httpx2
import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from operate.errors import OperatorError
from operate.policy_try.prompt import Prompt, typed
from operate.policy_try.trial import Trial
from operate.runtime.paths import default_layout
from operate.scenarios.session import Stack
from operate.scenarios.stack import of_layout
from operate.scenarios.values import When
from shared.packs.language.diagnostics import PackInvalid, PackTooLarge
from shared.packs.publishing.load import LoadedPack, load_pack

_START = "instant at which it begins, 2026-03-05T09:00; the first Monday of the pack when left out"


def try_(
    pack: Annotated[str, typer.Argument(help="a pack's name, or the path of its folder")],
    *,
    lang: Annotated[Literal["en", "zh"], typer.Option(help="language of labels and refusals")] = "en",
    start: Annotated[str | None, typer.Option(help=_START)] = None,
) -> None:
    """Take steps on a simulated case and see everything that follows. The stack must run (`redress up`).

    The services themselves carry the pack out, for an organisation of its own with a clock that the prompt moves.
    Lines may come from a pipe; `save FILE` writes what was done as a scenario.
    """
    loaded = _load(pack)
    asyncio.run(_run(loaded, of_layout(default_layout()), _instant(start), lang))


async def _run(pack: LoadedPack, stack: Stack, start: str | None, lang: Literal["en", "zh"]) -> None:
    console = Console(soft_wrap=True)
    async with httpx2.AsyncClient(trust_env=False) as http:
        trial = Trial(pack, stack, http, start=start)
        await trial.begin()
        lines = typed(trial.sections, console, lambda: trial.session.local(trial.now))
        await Prompt(trial, console, language=lang).run(lines)


def _load(pack: str) -> LoadedPack:
    try:
        loaded = load_pack(pack)
        loaded.valid()
    except PackInvalid as error:
        raise OperatorError("\n".join(error.faults)) from None
    except PackTooLarge as error:
        raise OperatorError(f"{error.code}: {error.detail}") from None
    return loaded


def _instant(text: str | None) -> str | None:
    try:
        return TypeAdapter(When).validate_python(text) if text else None
    except ValidationError as error:
        raise OperatorError(f"--start: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None
