"""What is printed while a scenario runs: each step with its answers, and what it newly caused, with the citation."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

import orjson
from rich.console import Console
from rich.markup import escape

from operate.scenarios.difference import as_written, shortened
from operate.scenarios.outcome import StepResult
from operate.scenarios.session import Answer, Session
from shared.kernel.money import Money

Shown = Mapping[str, Any]

_MOST_ANSWERS: Final = 5
_MOST_CASES: Final = 8
_LAST: Final = datetime.max.replace(tzinfo=UTC)
_BY_STEPS: Final = frozenset({"registration", "step"})

LEGEND = (
    "time, who, what, ← the answer; then what it caused: → event, ◆ milestone, = status, · fact, ⏱ clock, ¥ remedy, "
    "▤ document, ⇒ linked case, ✉ message, with its citation"
)

# A clock, a remedy and a message have lines of their own with more details.
SHOWN_OTHERWISE = {
    *("clock.started", "clock.stopped", "message.sent", "message.failed"),
    *("remedy.quoted", "remedy.offered", "remedy.accepted", "remedy.approved", "remedy.executed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One consequence: when, what kind, its text, its citation; printed again when its text changes.

    `instant` is the exact one of `at`; both are empty for what is not known to have happened at an instant.
    """

    key: str
    at: str
    mark: str
    text: str
    cite: str
    instant: datetime | None = None


def _at(entry: Entry, instant: str | None, session: Session) -> Entry:
    """The entry at the instant; as it is where none is known."""
    if instant is None:
        return entry
    return replace(entry, at=session.local(instant), instant=datetime.fromisoformat(instant))


def _last_instants(happened: Iterable[Shown]) -> dict[str, str]:
    """When something of the history last changed the case, and each of its clocks and remedies."""
    last: dict[str, str] = {}
    for item in happened:
        details = item["details"]
        of = ["step"] if item["source"] in _BY_STEPS else []
        of += [f"{kind} {details[kind]}" for kind in ("clock", "remedy") if isinstance(details.get(kind), str)]
        last |= dict.fromkeys(of, str(item["at"]))
    return last


class Timeline:
    """Prints steps as they are taken; `locale` chooses the language of labels (`zh` or `en`).

    `for_authors` leaves out the bodies of answers and prints milestones, which packs name.
    """

    def __init__(self, console: Console, *, locale: str = "en", for_authors: bool = False) -> None:
        self._console = console
        self._locale = locale
        self._for_authors = for_authors
        self._seen: dict[tuple[str, str], str] = {}
        self._stated: set[tuple[str, str]] = set()
        self._heard: set[tuple[str, str]] = set()
        self._cases: dict[str, str] = {}

    async def __call__(self, session: Session, step: StepResult, case_id: str | None) -> None:
        """Print one step, its answers and what it newly caused, in the order in which it happened.

        For authors of its own case; otherwise also of the cases that steps were about lately and of those linked to
        them, whose lines begin with the number.
        """
        new = await self._new(session, case_id) if case_id is not None else []
        for other in () if self._for_authors else tuple(self._cases)[-_MOST_CASES:]:
            if other != case_id:
                number = f"{self._cases[other]}  "
                new += [replace(each, text=number + each.text) for each in await self._new(session, other)]
        self._print(entry for entry in new if entry.at and entry.at < step.at)
        self._step(step)
        self._print((entry for entry in new if not entry.at or entry.at >= step.at), otherwise=step.at)

    async def _new(self, session: Session, case_id: str) -> list[Entry]:
        return [each async for each in self.entries(session, case_id) if self._is_new(case_id, each)]

    def _is_new(self, case_id: str, entry: Entry) -> bool:
        key = (case_id, entry.key)
        known, self._seen[key] = self._seen.get(key), entry.text
        return known != entry.text

    def _print(self, entries: Iterable[Entry], *, otherwise: str = "") -> None:
        for entry in sorted(entries, key=lambda entry: (entry.at or otherwise, entry.instant or _LAST)):
            at = entry.at or otherwise
            line = f"[dim]{at:<19}[/]    {entry.mark} {escape(entry.text)}  [dim]{escape(entry.cite)}[/]"
            self._console.print(line, highlight=False)

    def _step(self, step: StepResult) -> None:
        title = step.title + (f": {step.note}" if step.note else "")
        who = f"[bold]{escape(step.by)}[/]  " if step.by else ""
        self._console.print(f"[cyan]{step.at:<19}[/]  {who}{escape(title)}", highlight=False)
        runs = groupby(step.answers, key=lambda answer: (answer.status, answer.body))
        different = [(same[0], len(same)) for same in (list(run) for _, run in runs)]
        for answer, times in different[:_MOST_ANSWERS]:
            self._answer(answer)
            if times > 1:
                self._console.print(f"{'':<19}    [dim]← the same again, {times - 1} times[/]", highlight=False)
        if more := sum(times for _, times in different[_MOST_ANSWERS:]):
            self._console.print(f"{'':<19}    [dim]← and {more} more answers[/]", highlight=False)

    def _answer(self, answer: Answer) -> None:
        """The HTTP status and body; of a refusal also its code, text and citation."""
        body = answer.body if isinstance(answer.body, str) else orjson.dumps(answer.body, default=str).decode()
        text = "" if answer.body is None or self._for_authors else f" {shortened(body)}"
        self._console.print(f"{'':<19}    [dim]← {answer.status}{escape(text)}[/]", highlight=False)
        if answer.refused and isinstance(answer.body, Mapping):
            self._refusal(answer.body)

    def _refusal(self, body: Shown) -> None:
        said = body.get("title_zh") if self._locale == "zh" else body.get("detail") or body.get("title")
        fields = f" {as_written(body['fields'])}" if self._for_authors and body.get("fields") else ""
        reason = escape(f"refused, {body.get('code')}: {said or ''}{fields}")
        self._console.print(
            f"{'':<19}    [yellow]✗ {reason}[/]  [dim]{escape(body.get('cite') or '')}[/]", highlight=False
        )

    async def show(self, session: Session, case_id: str) -> None:
        """Print everything that is known of a case, seen before or not."""
        self._print([entry async for entry in self.entries(session, case_id)])

    async def learn(self, session: Session, case_id: str) -> None:
        """Take everything that is known of a case for printed."""
        self._seen |= {(case_id, entry.key): entry.text async for entry in self.entries(session, case_id)}

    async def entries(self, session: Session, case_id: str) -> AsyncIterator[Entry]:
        """Everything that happened to a case, and how it stands."""
        page = await session.operate("intake", "GET", f"/v1/cases/{case_id}")
        self._cases |= {item["case_id"]: item["number"] for item in page["links"]} | {case_id: page["number"]}
        happened = await session.items("intake", f"/v1/cases/{case_id}/timeline")
        last = _last_instants(item for item in happened if (case_id, item["entry_id"]) not in self._heard)
        self._heard |= {(case_id, item["entry_id"]) for item in happened}
        for item in happened:
            if item["what"] not in SHOWN_OTHERWISE:
                entry = Entry(key=item["entry_id"], at="", mark="→", text=self._happened(item), cite=item["cite"] or "")
                yield _at(entry, item["at"], session)
        for entry in self._standing(session, case_id, page):
            yield entry if entry.at else _at(entry, last.get("step"), session)
        for item in await session.items("sla", f"/v1/cases/{case_id}/clocks"):
            entry = Entry(key=item["clock_id"], at="", mark="⏱", text=self._clock(session, item), cite=item["cite"])
            yield _at(entry, last.get(f"clock {item['clock']}"), session)
        for item in await session.items("settlement", f"/v1/cases/{case_id}/remedies"):
            entry = Entry(key=item["remedy_id"], at="", mark="¥", text=self._remedy(item), cite=item["cite"])
            yield _at(entry, last.get(f"remedy {item['remedy']}"), session)
        for item in await session.items("notify", f"/v1/cases/{case_id}/messages"):
            text = f"{item['recipient']} by {item['channel']} ({item['state']}): {item['subject'] or ''}"
            entry = Entry(key=item["message_id"], at="", mark="✉", text=text, cite=item["cite"])
            yield _at(entry, item["at"], session)

    def _standing(self, session: Session, case_id: str, page: Shown) -> Iterator[Entry]:
        """What the case page says: status, milestones, facts, linked cases, papers."""
        status = page["status_label"][self._locale]
        yield Entry(key=f"{case_id} status", at="", mark="=", text=f"status: {status}", cite="")
        for item in page["milestones"] if self._for_authors else ():
            key = f"{case_id} {item['name']} {item['at']}"
            yield Entry(key=key, at=session.local(item["at"]), mark="◆", text=item["name"], cite=item["cite"] or "")
        for name, value in page["facts"].items():
            if value is not None or (case_id, name) in self._stated:
                self._stated.add((case_id, name))
                yield Entry(key=f"{case_id} {name}", at="", mark="·", text=f"{name}: {as_written(value)}", cite="")
        for item in page["links"]:
            text = f"{item['relation']} {item['number']}: {item['status_label'][self._locale]}"
            yield Entry(key=item["case_id"], at="", mark="⇒", text=text, cite="")
        for item in page["documents"]:
            yield Entry(
                key=item["document_id"], at="", mark="▤", text=self._document(item), cite=item.get("cite") or ""
            )

    def _happened(self, item: Shown) -> str:
        clock = item["details"].get("clock")
        return f"{item['label'][self._locale]} ({clock})" if clock else str(item["label"][self._locale])

    def _clock(self, session: Session, item: Shown) -> str:
        text = f"{item['label'][self._locale]}: {item['state']}, due {session.local(item['due_at'])}"
        if item["original_due_at"] != item["due_at"]:
            text += f" (first {session.local(item['original_due_at'])})"
        if item["waiting"]:
            text += f", waits since {', '.join(item['waiting'])}"
        if item["breaches"]:
            text += f", breached {len(item['breaches'])} time(s)"
        return text

    def _remedy(self, item: Shown) -> str:
        amount = item["amount"]
        worth = f"{amount['currency']} {Money(minor=amount['minor'], currency=amount['currency']).text()}"
        goods = f", {item['quantity']} {item.get('unit') or ''}" if item.get("quantity") else ""
        return f"{item['label'][self._locale]}, {worth}{goods}: {item['state']}"

    def _document(self, item: Shown) -> str:
        signed = f", signed by {', '.join(item['signed_by'])}" if item["signed_by"] else ""
        copies = f", copies to {', '.join(item['recipients'])}" if item["recipients"] else ""
        return f"{item['label'][self._locale]} {item['number']}: {item['state']}{signed}{copies}"
