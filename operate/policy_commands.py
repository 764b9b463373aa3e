"""`redress policy`: lint a pack offline, see what its scenarios prove, publish it, read it as people do."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx2
import typer

from operate import policy_coverage
from operate.errors import OperatorError
from operate.policy_diff import changes, told
from operate.policy_gaps import documents_with, gaps_of
from operate.policy_new_command import new
from operate.policy_page.page import page_of
from operate.policy_page.rendering import TAGS, rendered
from operate.policy_try_command import try_
from operate.runtime.paths import default_layout
from operate.runtime.state import load_state
from operate.token_commands import sign_token
from shared.packs.documents import Sections, digest
from shared.packs.language.diagnostics import PackInvalid, PackTooLarge, first_findings
from shared.packs.publishing.cited_rules import cited_rules
from shared.packs.publishing.load import ROOT, LoadedPack, load_pack
from shared.packs.publishing.schemas import schema_files

app = typer.Typer(no_args_is_help=True, help="Policy packs: new, try, lint, coverage, publish, show.")
app.command()(new)
app.command("try")(try_)

Pack = Annotated[str, typer.Argument(help="a pack's name, or the path of its folder")]


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="policy")


def _load(pack: str) -> LoadedPack:
    try:
        return load_pack(pack)
    except PackInvalid as error:
        raise OperatorError("\n".join(error.faults)) from None
    except PackTooLarge as error:
        raise OperatorError(f"{error.code}: {error.detail}") from None


def _sections(loaded: LoadedPack) -> Sections:
    try:
        return loaded.valid()
    except PackInvalid as error:
        raise OperatorError("\n".join(error.faults)) from None


def load_valid(pack: str) -> LoadedPack:
    """The pack of a name or folder; raises OperatorError with every fault."""
    loaded = _load(pack)
    _sections(loaded)
    return loaded


@app.command()
def lint(pack: Pack) -> None:
    """Check a pack without any service: everything wrong as file:line: where: what. Exit 1 when there are errors."""
    loaded = _load(pack)
    told, more = first_findings(loaded.diagnostics)
    for diagnostic in told:
        typer.echo(str(diagnostic))
    if more:
        typer.echo(f"and {more} more")
    typer.echo(f"{loaded.folder.name}: {len(loaded.errors)} errors, {len(loaded.warnings)} warnings", err=True)
    if loaded.errors:
        raise typer.Exit(1)


@app.command()
def publish(
    pack: Pack,
    *,
    org: Annotated[str, typer.Option(help="organisation, when this checkout's stack shall sign the token")] = "",
    reading: Annotated[
        list[str] | None, typer.Option(help="GAP=ALTERNATIVE, as `redress policy gaps` lists them; may be repeated")
    ] = None,
    effective_from: Annotated[str, typer.Option(help="first day, YYYY-MM-DD; the pack's own when left out")] = "",
    url: Annotated[str, typer.Option(help="intake; this checkout's when left out", envvar="REDRESS_INTAKE_URL")] = "",
    token: Annotated[str, typer.Option(help="a token with scope policy:write", envvar="REDRESS_TOKEN")] = "",
) -> None:
    """Publish a pack for an organisation. The same pack again changes nothing."""
    documents = documents_with(load_valid(pack), reading or [])
    body: dict[str, Any] = {"documents": documents}
    if effective_from:
        body["effective_from"] = effective_from
    headers = {
        "Authorization": f"Bearer {token or _signed(org)}",
        "Idempotency-Key": f"{digest(documents)}-{effective_from}",
    }
    place = (url or _running_intake()).rstrip("/")
    try:
        answer = httpx2.post(f"{place}/v1/policies", json=body, headers=headers, timeout=30)
    except httpx2.TransportError as error:
        raise OperatorError(f"intake at {place} cannot be reached: {error}") from None
    if answer.is_error:
        raise OperatorError(_refusal(answer))
    published = answer.json()
    typer.echo(
        f"{published['pack']} version {published['version']}, effective from {published['effective_from']}, "
        f"{published['digest']}"
    )


def _signed(org: str) -> str:
    if not org:
        raise OperatorError("Who publishes? Give --token (or REDRESS_TOKEN), or --org to sign one here.")
    return sign_token(default_layout().keys, roles=(), organisation=org, scopes=("policy:write",), subject="operator")


def _running_intake() -> str:
    url = load_state(default_layout().stack_file).urls.get("intake")
    if url is None:
        raise OperatorError("The stack is not running.", hint="Run `make up`, or give --url.")
    return url


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
def show(
    pack: Pack,
    *,
    html: Annotated[
        Path | None, typer.Option(help="write one page to this file instead, to read beside the document")
    ] = None,
    language: Annotated[
        Literal["zh-CN", "en"] | None, typer.Option(help="of the page; both, the pack's own first, when left out")
    ] = None,
) -> None:
    """A pack as a person reads it: what it is, every rule with its citation, what the source left open.

    With --html a page of one file: rule by rule the words of the document (from the pack's source.md) beside what
    carries them out and the scenarios that prove it; workflows, clocks, calculations with an example, tables, gaps.
    """
    loaded = _load(pack)
    sections = _sections(loaded)
    if html is None:
        if language is not None:
            raise OperatorError("--language is for the page.", hint="Give --html FILE too.")
        typer.echo("\n".join(_told(sections)))
        return
    page = rendered(page_of(loaded), languages=[key for key, tag in TAGS.items() if tag == language])
    try:
        html.write_text(page, encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"{html} cannot be written: {error.strerror}") from None
    typer.echo(str(html))


def _told(sections: Sections) -> Iterator[str]:
    """The pack as lines of text."""
    head = sections.pack
    yield f"{head.title.zh} / {head.title.en}"
    yield f"{head.id}, owner {head.owner}, {head.zone}, {head.currency}, from {head.effective_from}"
    yield "\nRules"
    rules = [(rule.rule, rule.article, rule.where, rule.label) for rule in cited_rules(sections)]
    widths = [max(map(len, column)) for column in list(zip(*rules, strict=True))[:3]]
    for *columns, label in rules:
        aligned = "  ".join(text.ljust(width) for text, width in zip(columns, widths, strict=True))
        yield f"{aligned}  {label}"
    yield "\nWhat the source leaves open, and the reading taken"
    for gap in head.gaps:
        yield f"{gap.ref}  {gap.text.zh} {gap.text.en}\n    {gap.reading.zh} {gap.reading.en}"


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="a pack's name, or the path of its folder")],
    after: Annotated[str, typer.Argument(help="the pack that is compared with it")],
) -> None:
    """What differs between two packs: each element with its label and rule, what it said and what it says."""
    typer.echo(told(changes(load_valid(before).documents, load_valid(after).documents)))


@app.command()
def gaps(pack: Pack) -> None:
    """What the source leaves open: the reading taken, where it stands, others; exit 1 when one of those is unsound."""
    loaded = load_valid(pack)
    listed = gaps_of(loaded)
    typer.echo(listed.text)
    if listed.unsound:
        raise typer.Exit(1)


@app.command()
def coverage(
    pack: Annotated[str, typer.Argument(help="a pack's name, or the path of its folder; all packs when left out")] = "",
    *,
    strict: Annotated[bool, typer.Option(help="exit 1 when a rule is not carried out or not proved")] = False,
) -> None:
    """Each rule id: where the pack carries it out, and which scenario proves it."""
    names = [pack] if pack else sorted(folder.parent.name for folder in ROOT.glob("*/pack.yaml"))
    found = []
    for name in names:
        loaded = _load(name)
        _sections(loaded)
        found.append(policy_coverage.coverage(loaded))
    typer.echo("\n\n".join("\n".join(policy_coverage.table(each)) for each in found))
    if strict and not all(each.is_whole for each in found):
        raise typer.Exit(1)


@app.command()
def schemas(*, folder: Annotated[Path, typer.Option(help="where to write them")] = ROOT / "schemas") -> None:
    """Write the JSON Schemas that editors check packs with."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in schema_files().items():
        (folder / name).write_bytes(content)
        typer.echo(str(folder / name))
