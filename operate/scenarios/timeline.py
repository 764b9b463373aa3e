"""What a person sees while a scenario plays: each step, and what it newly caused, with the article that says so."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape

from operate.scenarios.play import Played
from operate.scenarios.session import Session
from shared.money import Money

Shown = Mapping[str, Any]


class Timeline:
    """Prints steps as they are played; `locale` chooses the language of labels (`zh` or `en`)."""

    def __init__(self, console: Console, *, locale: str = "en") -> None:
        self._console = console
        self._locale = locale
        self._seen: dict[str, dict[str, str]] = {}

    async def __call__(self, session: Session, played: Played, case_id: str | None) -> None:
        """Print one step and its consequences."""
        self._step(played)
        if case_id is None:
            return
        for mark, lines in (
            ("→", await self._milestones(session, case_id)),
            ("⏱", await self._clocks(session, case_id)),
            ("¥", await self._remedies(session, case_id)),
            ("▤", await self._documents(session, case_id)),
            ("✉", await self._messages(session, case_id)),
        ):
            for line, cite in lines:
                self._console.print(f"  {'':<19} {mark} {escape(line)} [dim]{escape(cite)}[/]", highlight=False)

    def _step(self, played: Played) -> None:
        answer = played.answer
        what = played.verb + (f": {played.note}" if played.note else "")
        tail = ""
        if answer is not None and answer.refused and isinstance(answer.body, Mapping):
            cite = answer.body.get("cite") or ""
            tail = f"  [yellow]refused {answer.status} {escape(str(answer.body.get('code')))}[/] [dim]{escape(cite)}[/]"
        who = f"[bold]{escape(played.by)}[/] " if played.by else ""
        self._console.print(f"[cyan]{played.at:<19}[/]  {who}{escape(what)}{tail}", highlight=False)

    def _new(self, kind: str, case_id: str, current: dict[str, str]) -> list[str]:
        """Keys whose text is new or changed since the last look."""
        before = self._seen.get(f"{kind} {case_id}", {})
        self._seen[f"{kind} {case_id}"] = current
        return [key for key, text in current.items() if before.get(key) != text]

    async def _milestones(self, session: Session, case_id: str) -> list[tuple[str, str]]:
        page = await session.operate("intake", "GET", f"/v1/cases/{case_id}")
        reached = {f"{number} {item['name']}": item for number, item in enumerate(page["milestones"])}
        status = page["status_label"][self._locale]
        new = self._new("milestones", case_id, dict.fromkeys(reached, ""))
        return [(f"{reached[key]['name']} (status: {status})", reached[key].get("cite") or "") for key in new]

    async def _clocks(self, session: Session, case_id: str) -> list[tuple[str, str]]:
        items = (await session.operate("sla", "GET", f"/v1/cases/{case_id}/clocks"))["items"]
        texts = {item["clock"]: self._clock(session, item) for item in items}
        cites = {item["clock"]: item["cite"] for item in items}
        return [(texts[key], cites[key]) for key in self._new("clocks", case_id, texts)]

    def _clock(self, session: Session, item: Shown) -> str:
        text = f"{item['label'][self._locale]}: {item['state']}, due {session.local(item['due_at'])}"
        if item["original_due_at"] != item["due_at"]:
            text += f" (first {session.local(item['original_due_at'])})"
        if item["breaches"]:
            text += f", breached {len(item['breaches'])} time(s)"
        return text

    async def _remedies(self, session: Session, case_id: str) -> list[tuple[str, str]]:
        items = (await session.operate("settlement", "GET", f"/v1/cases/{case_id}/remedies"))["items"]
        texts = {item["remedy_id"]: self._remedy(item) for item in items}
        cites = {item["remedy_id"]: item["cite"] for item in items}
        return [(texts[key], cites[key]) for key in self._new("remedies", case_id, texts)]

    def _remedy(self, item: Shown) -> str:
        amount = item["amount"]
        worth = f"{amount['currency']} {Money(minor=amount['minor'], currency=amount['currency']).text()}"
        goods = f", {item['quantity']} {item.get('unit') or ''}" if item.get("quantity") else ""
        return f"{item['remedy']} {worth}{goods}: {item['state']}"

    async def _documents(self, session: Session, case_id: str) -> list[tuple[str, str]]:
        items = (await session.operate("intake", "GET", f"/v1/cases/{case_id}"))["documents"]
        texts = {
            item["document_id"]: f"{item['template']} {item['number']}: {item['state']}"
            + (f", signed by {', '.join(item['signed_by'])}" if item["signed_by"] else "")
            + (f", copies to {', '.join(item['recipients'])}" if item["recipients"] else "")
            for item in items
        }
        cites = {item["document_id"]: item.get("cite") or "" for item in items}
        return [(texts[key], cites[key]) for key in self._new("documents", case_id, texts)]

    async def _messages(self, session: Session, case_id: str) -> list[tuple[str, str]]:
        items = (await session.operate("notify", "GET", f"/v1/cases/{case_id}/messages"))["items"]
        texts = {
            item["message_id"]: f"{item['recipient']} by {item['channel']} ({item['state']}): {item['subject'] or ''}"
            for item in items
        }
        cites = {item["message_id"]: item["cite"] for item in items}
        return [(texts[key], cites[key]) for key in self._new("messages", case_id, texts)]
