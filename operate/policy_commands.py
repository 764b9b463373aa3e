"""`redress policy`: lint a pack offline, publish it, read it as people do."""

import json
import os
from pathlib import Path
from typing import Annotated, Any, Final

import httpx2
import typer

from operate.errors import OperatorError
from shared.policy.documents import Sections
from shared.policy.findings import PackInvalid
from shared.policy.json_schema import schema_files
from shared.policy.loader import ROOT, LoadedPack, load_pack
from shared.policy.rules import cited_rules

app = typer.Typer(no_args_is_help=True, help="Policy packs: lint, publish, show.")

_INTAKE: Final = "http://127.0.0.1:8001"
Pack = Annotated[str, typer.Argument(help="a pack's name, or the path of its folder")]


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="policy")


def _load(pack: str) -> LoadedPack:
    try:
        return load_pack(pack)
    except PackInvalid as error:
        raise OperatorError("\n".join(error.faults)) from None


def _sections(loaded: LoadedPack) -> Sections:
    try:
        return loaded.valid()
    except PackInvalid as error:
        raise OperatorError("\n".join(error.faults)) from None


@app.command()
def lint(pack: Pack) -> None:
    """Check a pack without any service: every fault as file:line: where: what. Exit 1 when there are errors."""
    loaded = _load(pack)
    for fault in loaded.faults:
        typer.echo(str(fault))
    typer.echo(f"{loaded.folder.name}: {len(loaded.errors)} errors, {len(loaded.warnings)} warnings", err=True)
    if loaded.errors:
        raise typer.Exit(1)


@app.command()
def publish(
    pack: Pack,
    *,
    effective_from: Annotated[str, typer.Option(help="first day, YYYY-MM-DD; the pack's own when left out")] = "",
    url: Annotated[str, typer.Option(help="intake", envvar="REDRESS_INTAKE_URL")] = _INTAKE,
    token: Annotated[str, typer.Option(help="with scope policy:write; its organisation gets the pack")] = "",
    key: Annotated[str, typer.Option(help="Idempotency-Key; the pack's digest when left out")] = "",
) -> None:
    """Publish a pack for the organisation of the token. The same pack again changes nothing."""
    loaded = _load(pack)
    _sections(loaded)
    bearer = token or os.environ.get("REDRESS_TOKEN", "")
    if not bearer:
        raise OperatorError("a token is needed: --token or REDRESS_TOKEN (see `redress token --scope policy:write`)")
    body: dict[str, Any] = {"documents": loaded.documents}
    if effective_from:
        body["effective_from"] = effective_from
    headers = {
        "Authorization": f"Bearer {bearer}",
        "Idempotency-Key": key or f"{loaded.digest}-{effective_from}",
    }
    try:
        answer = httpx2.post(f"{url.rstrip('/')}/v1/policies", json=body, headers=headers, timeout=30)
    except httpx2.TransportError as error:
        raise OperatorError(f"intake at {url} cannot be reached: {error}") from None
    if answer.is_error:
        raise OperatorError(_refusal(answer))
    said = answer.json()
    typer.echo(f"{said['pack']} version {said['version']}, effective from {said['effective_from']}, {said['digest']}")


def _refusal(answer: httpx2.Response) -> str:
    try:
        problem = answer.json()
    except json.JSONDecodeError:
        return f"intake answered {answer.status_code}"
    lines = [f"{problem.get('code')}: {problem.get('detail') or problem.get('title')}"]
    fields = problem.get("fields") or {}
    faults = fields.get("faults") if isinstance(fields, dict) else None
    return "\n".join([*lines, *(faults if isinstance(faults, list) else [str(fields)] if fields else [])])


@app.command()
def show(pack: Pack) -> None:
    """A pack as a person reads it: what it is, every rule with its citation, what the source left open."""
    sections = _sections(_load(pack))
    head = sections.pack
    typer.echo(f"{head.title.zh} / {head.title.en}")
    typer.echo(f"{head.id}, owner {head.owner}, {head.zone}, {head.currency}, from {head.effective_from}")
    typer.echo("\nRules")
    rules = [(rule.rule, rule.article, rule.where, rule.label) for rule in cited_rules(sections)]
    widths = [max(map(len, column)) for column in list(zip(*rules, strict=True))[:3]]
    for *columns, label in rules:
        aligned = "  ".join(text.ljust(width) for text, width in zip(columns, widths, strict=True))
        typer.echo(f"{aligned}  {label}")
    typer.echo("\nWhat the source leaves open, and the reading taken")
    for gap in head.gaps:
        typer.echo(f"{gap.ref}  {gap.text.zh} {gap.text.en}\n    {gap.reading.zh} {gap.reading.en}")


@app.command()
def schemas(*, folder: Annotated[Path, typer.Option(help="where to write them")] = ROOT / "schemas") -> None:
    """Write the JSON Schemas that editors check packs with."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in schema_files().items():
        (folder / name).write_bytes(content)
        typer.echo(str(folder / name))
