"""What a person sees while a scenario plays: each step, and what it newly caused, with the article that says so."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape

from operate.scenarios.play import Played
from operate.scenarios.session import Session
from shared.kernel.money import Money

Shown = Mapping[str, Any]

LEGEND = (
    "time, who, what; then what it caused: → event, = status, ⏱ clock, ¥ money, ▤ paper, ✉ message, with its article"
)

# A clock, a remedy and a message have lines of their own, which say more.
SAID_ELSEWHERE = {
    *("clock.started", "clock.stopped", "message.sent", "message.failed"),
    *("remedy.quoted", "remedy.offered", "remedy.accepted", "remedy.approved", "remedy.executed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One consequence: when, what kind, in words, by which article; shown again when its words change."""

    key: str
    at: str
    mark: str
    text: str
    cite: str


class Timeline:
    """Prints steps as they are played; `locale` chooses the language of labels (`zh` or `en`)."""

    def __init__(self, console: Console, *, locale: str = "en") -> None:
        self._console = console
        self._locale = locale
        self._seen: dict[str, str] = {}

    async def __call__(self, session: Session, played: Played, case_id: str | None) -> None:
        """Print one step and what it newly caused, in the order in which it happened."""
        new = [] if case_id is None else [each async for each in self._entries(session, case_id) if self._is_new(each)]
        self._print(entry for entry in new if entry.at and entry.at < played.at)
        self._step(played)
        self._print((entry for entry in new if not entry.at or entry.at >= played.at), otherwise=played.at)

    def _is_new(self, entry: Entry) -> bool:
        known, self._seen[entry.key] = self._seen.get(entry.key), entry.text
        return known != entry.text

    def _print(self, entries: Iterable[Entry], *, otherwise: str = "") -> None:
        for entry in sorted(entries, key=lambda entry: entry.at or otherwise):
            at = entry.at or otherwise
            line = f"[dim]{at:<19}[/]    {entry.mark} {escape(entry.text)}  [dim]{escape(entry.cite)}[/]"
            self._console.print(line, highlight=False)

    def _step(self, played: Played) -> None:
        answer = played.answer
        what = played.what + (f": {played.note}" if played.note else "")
        tail = ""
        if answer is not None and answer.refused and isinstance(answer.body, Mapping):
            title = answer.body.get("title_zh" if self._locale == "zh" else "title") or ""
            said = f"refused, {answer.body.get('code')}: {answer.body.get('detail') or title}"
            tail = f"\n{'':<19}    [yellow]✗ {escape(said)}[/]  [dim]{escape(answer.body.get('cite') or '')}[/]"
        who = f"[bold]{escape(played.by)}[/]  " if played.by else ""
        self._console.print(f"[cyan]{played.at:<19}[/]  {who}{escape(what)}{tail}", highlight=False)

    async def _entries(self, session: Session, case_id: str) -> AsyncIterator[Entry]:
        page = await session.operate("intake", "GET", f"/v1/cases/{case_id}")
        for item in await session.items("intake", f"/v1/cases/{case_id}/timeline"):
            if item["what"] not in SAID_ELSEWHERE:
                yield Entry(
                    key=item["entry_id"],
                    at=session.local(item["at"]),
                    mark="→",
                    text=self._happened(item),
                    cite=item["cite"] or "",
                )
        yield Entry(
            key=f"{case_id} status", at="", mark="=", text=f"status: {page['status_label'][self._locale]}", cite=""
        )
        for item in page["documents"]:
            yield Entry(
                key=item["document_id"], at="", mark="▤", text=self._document(item), cite=item.get("cite") or ""
            )
        for item in await session.items("sla", f"/v1/cases/{case_id}/clocks"):
            yield Entry(key=item["clock_id"], at="", mark="⏱", text=self._clock(session, item), cite=item["cite"])
        for item in await session.items("settlement", f"/v1/cases/{case_id}/remedies"):
            yield Entry(key=item["remedy_id"], at="", mark="¥", text=self._remedy(item), cite=item["cite"])
        for item in await session.items("notify", f"/v1/cases/{case_id}/messages"):
            text = f"{item['recipient']} by {item['channel']} ({item['state']}): {item['subject'] or ''}"
            yield Entry(key=item["message_id"], at=session.local(item["at"]), mark="✉", text=text, cite=item["cite"])

    def _happened(self, item: Shown) -> str:
        clock = item["details"].get("clock")
        return f"{item['label'][self._locale]} ({clock})" if clock else str(item["label"][self._locale])

    def _clock(self, session: Session, item: Shown) -> str:
        text = f"{item['label'][self._locale]}: {item['state']}, due {session.local(item['due_at'])}"
        if item["original_due_at"] != item["due_at"]:
            text += f" (first {session.local(item['original_due_at'])})"
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
