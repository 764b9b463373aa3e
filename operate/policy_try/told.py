"""What a trial prints on demand: what may be done next, how a case stands, how dates and amounts came about."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from operate.scenarios.session import Session
from shared.kernel.text import Text
from shared.packs.documents import Sections

Language = Literal["zh", "en"]
Shown = Mapping[str, Any]

_OF_OTHERS = "role_forbidden"
"""The refusal of a step that only the customer takes: its roles are told anyway."""
_MAY_NOT = Text(zh="暂不可执行", en="refused now")
_PAUSE = Text(zh="暂停", en="pause")
_OPTIONAL = Text(zh="可选", en="optional")


def steps(page: Shown, sections: Sections, language: Language) -> Iterator[str]:
    """What may be done with a case now: each step with its roles and inputs, or with its refusal; remedies."""
    for step in page["next"]:
        inputs = " ".join(_input(field) for field in step["input"])
        yield f"do {step['step']} {inputs}".rstrip() + f"    {step['label'][language]}  [{', '.join(step['roles'])}]"
        refusal = step["refusal"]
        if refusal and refusal["code"] != _OF_OTHERS:
            title = refusal["title_zh"] if language == "zh" else refusal["title"]
            cite = f"  {refusal['cite']}" if refusal["cite"] else ""
            yield f"    ✗ {_said(_MAY_NOT, language)}: {refusal['code']}: {title}{cite}"
    for remedy in page["remedies"]:
        missing = ", ".join(remedy["missing_approvals"])
        yield f"{remedy['remedy']}: {remedy['state']}" + (f", approve: {missing}" if missing else "")
    for declared in sections.settlement.remedies:
        inputs = " ".join(f"{field.id}=<{field.type}>" for field in declared.inputs if not field.taken_from)
        yield f"quote {declared.id} {inputs}".rstrip() + f"    {getattr(declared.label, language)}"


def registrations(sections: Sections, language: Language) -> Iterator[str]:
    """The types of cases with the facts that a registration may state."""
    types = {fact.id: fact.type for fact in sections.intake.facts if fact.enterable}
    for kind in sections.intake.case_types:
        needed = " ".join(f"{name}=<{types.get(name, 'text')}>" for name in kind.requires)
        others = ", ".join(name for name in types if name not in kind.requires)
        yield f"register {kind.id} {needed}".rstrip() + f"    {getattr(kind.label, language)}"
        if others:
            yield f"    {_said(_OPTIONAL, language)}: {others}"


def _input(field: Shown) -> str:
    kind = "|".join(field["choices"]) or field["type"]
    text = f"{field['id']}=<{kind}>"
    return text if field["required"] else f"[{text}]"


def _said(text: Text, language: Language) -> str:
    return str(getattr(text, language))


async def explained(session: Session, case_id: str, name: str | None, language: Language) -> list[str]:
    """How due instants and amounts came about: of one clock or remedy, or of all that the case has."""
    lines: list[str] = []
    for clock in await session.items("sla", f"/v1/cases/{case_id}/clocks"):
        if name in {None, clock["clock"]}:
            shown = await session.operate("sla", "GET", f"/v1/clocks/{clock['clock_id']}/explain")
            lines += _clock(session, shown, language)
    for remedy in await session.items("settlement", f"/v1/cases/{case_id}/remedies"):
        if name in {None, remedy["remedy"]}:
            shown = await session.operate("settlement", "GET", f"/v1/remedies/{remedy['remedy_id']}/explain")
            lines += _remedy(shown, language)
    return lines


def _clock(session: Session, shown: Shown, language: Language) -> Iterator[str]:
    due = session.local(shown["due_at"])
    yield f"⏱ {shown['label'][language]} ({shown['clock']}): {shown['state']}, {due}  {shown['cite']}"
    calendar = (shown["calendar"] or {}).get("id", "-")
    yield f"    {session.local(shown['started_at'])} → {due}, {shown['goal'] or '-'}, {calendar}"
    for day in shown["days"]:
        yield f"    {day['date']}  {day['reason'][language]}"
    for pause in shown["pauses"]:
        span = f"{session.local(pause['from_at'])} – {session.local(pause['until_at'])}"
        yield f"    {_said(_PAUSE, language)} {span}  {pause['event']}"


def _remedy(shown: Shown, language: Language) -> Iterator[str]:
    remedy = shown["remedy"]
    yield f"¥ {remedy['label'][language]}: {remedy['amount']['text']} {remedy['amount']['currency']}  {remedy['cite']}"
    for entry in shown["inputs"]:
        yield f"    {entry['label'][language]} ({entry['id']}) = {entry['value']} {entry['unit'] or ''}".rstrip()
    for step in shown["steps"]:
        rounding = f" ← {step['unrounded']} ({step['rounding']['rule']})" if step["rounding"] else ""
        yield f"    {step['label'][language]} = {step['value']}{rounding}: {step['formula']}  {step['cite']}"
    for gate in shown["gates"]:
        mark = "✓" if gate["holds"] else "✗"
        refusal = "" if gate["holds"] else f": {gate['message'][language]}"
        yield f"    {mark} {gate['action']}: {gate['that']}{refusal}  {gate['cite']}"
    approval = shown["approval"]
    if approval:
        roles = ", ".join(each["role"] for each in approval["roles"])
        limit = f"≤ {approval['up_to']}: " if approval["up_to"] else ""
        yield f"    {limit}{roles}  {approval['cite']}"
