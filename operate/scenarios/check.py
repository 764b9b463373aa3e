"""Expectations about a case against what the APIs say of it: what the stack shows is brought into the file's words."""

from collections.abc import AsyncIterator
from typing import Any

from operate.scenarios.check_organisation import OrganisationChecker
from operate.scenarios.compare import Shown, named, numbers, subset, unordered
from operate.scenarios.difference import Difference, differing, refused_in_words, said
from operate.scenarios.expectations import Expect, MessageExpectation
from operate.scenarios.session import Answer, Session
from operate.scenarios.words import Strict
from shared.kernel.money import Money


def _amount(money: Shown) -> str:
    return Money(minor=money["minor"], currency=money.get("currency", "CNY")).text()


class Checker:
    """Looks at one case of a session and compares; fetches each page at most once.

    What may be done next depends on who asks: the bearer of `token`, or the operator, who has no role.
    """

    def __init__(self, session: Session, case_id: str | None, *, token: str | None = None) -> None:
        self._session = session
        self._case_id = case_id
        self._token = token or session.operator_token()
        self._pages: dict[str, Any] = {}

    async def differences(self, expect: Expect, answer: Answer | None) -> list[Difference]:
        """All differences between `expect` and what the stack shows now."""
        found: list[Difference] = []
        if answer is not None:
            wanted = {"http": expect.http, "response": expect.response}
            came = {"http": answer.status, "response": answer.body}
            found += subset("answer", {key: value for key, value in wanted.items() if value is not None}, came)
        parts = (
            self._page, self._clocks, self._clocks_explained, self._remedies, self._amounts_explained,
            self._documents, self._messages, self._ledger, self._next, self._links,
        )  # fmt: skip
        for part in parts:
            found += [line async for line in part(expect)]
        return found + await OrganisationChecker(self._session).differences(expect)

    def _grouped(self, amount: str) -> str:
        return self._session.money(amount).text()

    async def _get(self, service: str, path: str) -> Any:
        if (key := f"{service}{path}") not in self._pages:
            self._pages[key] = await self._session.operate(service, "GET", path)
        return self._pages[key]

    async def _of_case(self, service: str, what: str) -> list[Shown]:
        if (key := f"{service} {what}") not in self._pages:
            self._pages[key] = await self._session.items(service, f"/v1/cases/{self._case_id}/{what}")
        items: list[Shown] = self._pages[key]
        return items

    async def _case(self) -> Any:
        return await self._get("intake", f"/v1/cases/{self._case_id}")

    async def _page(self, expect: Expect) -> AsyncIterator[Difference]:
        if expect.status is None and expect.case is None and not expect.milestones:
            return
        page = await self._case()
        if expect.status is not None and expect.status != page["status"]:
            yield differing("case status", expect.status, page["status"])
        for line in subset("case", expect.case or {}, page):
            yield line
        reached = [milestone["name"] for milestone in page["milestones"]]
        for name in expect.milestones:
            if name not in reached:
                yield Difference(f"milestone {name}", "reached", f"reached are {said(reached)}")

    async def _clocks(self, expect: Expect) -> AsyncIterator[Difference]:
        if not expect.clocks:
            return
        instants = ("started_at", "due_at", "original_due_at")
        shown = {}
        for item in await self._of_case("sla", "clocks"):
            local = {key: self._session.local(item[key]) for key in instants}
            shown[item["clock"]] = {**item, **local, "breaches": len(item["breaches"])}
        wanted = {name: self._local(clock, instants) for name, clock in expect.clocks.items()}
        for line in named("clock", wanted, shown):
            yield line

    def _local(self, wanted: Strict, instants: tuple[str, ...]) -> dict[str, Any]:
        asked = wanted.model_dump(exclude_none=True)
        return {
            key: self._session.local(self._session.instant(value)) if key in instants else value
            for key, value in asked.items()
        }

    async def _clocks_explained(self, expect: Expect) -> AsyncIterator[Difference]:
        for name, wanted in expect.explain.items():
            days = (await self._get("sla", f"/v1/cases/{self._case_id}/clocks/{name}/explain"))["days"]
            counted = [day["date"] for day in days if day["counted"]]
            if wanted.counted is not None and wanted.counted != counted:
                yield differing(f"explain {name} counted", wanted.counted, counted)
            skipped = {
                day["date"]: f"{day['reason']['zh']} {day['reason']['en']}" for day in days if not day["counted"]
            }
            for day, part in wanted.skipped.items():
                if part not in skipped.get(day, ""):
                    came = f"skipped for {said(skipped[day])}" if day in skipped else "not skipped"
                    yield Difference(f"explain {name} {day}", f"skipped for {said(part)}", came)

    async def _remedies(self, expect: Expect) -> AsyncIterator[Difference]:
        if not expect.remedies:
            return
        items = await self._of_case("settlement", "remedies")
        shown = {item["remedy"]: {**item, "amount": _amount(item["amount"])} for item in items}
        wanted = {name: remedy.model_dump(exclude_none=True) for name, remedy in expect.remedies.items()}
        for remedy in wanted.values():
            if "amount" in remedy:
                remedy["amount"] = self._grouped(remedy["amount"])
        for line in named("remedy", wanted, shown):
            yield line

    async def _amounts_explained(self, expect: Expect) -> AsyncIterator[Difference]:
        if not expect.explain_amount:
            return
        ids = {item["remedy"]: item["remedy_id"] for item in await self._of_case("settlement", "remedies")}
        for name, steps in expect.explain_amount.items():
            page = await self._get("settlement", f"/v1/remedies/{ids.get(name, name)}/explain")
            values = {step["id"]: step["value"] for step in page["steps"]}
            for line in numbers(f"explain {name}", steps, values):
                yield line

    async def _documents(self, expect: Expect) -> AsyncIterator[Difference]:
        if not expect.documents:
            return
        ordered = ("recipients", "signed_by")
        shown = {
            document["template"]: {**document, **{key: sorted(document[key]) for key in ordered}}
            for document in (await self._case())["documents"]
        }
        wanted = {name: document.model_dump(exclude_none=True) for name, document in expect.documents.items()}
        for document in wanted.values():
            document.update({key: sorted(document[key]) for key in ordered if key in document})
        for line in named("document", wanted, shown):
            yield line

    async def _messages(self, expect: Expect) -> AsyncIterator[Difference]:
        if not expect.messages:
            return
        items = await self._of_case("notify", "messages")
        for wanted in expect.messages:
            came = sum(1 for item in items if _matches(item, wanted))
            if came != wanted.count:
                asked = wanted.model_dump(exclude_none=True, exclude={"count"})
                had = sorted({f"{item['on']} to {item['recipient']} ({item['state']})" for item in items})
                yield Difference(f"messages {said(asked)}", str(wanted.count), f"{came}; there are {said(had)}")

    async def _ledger(self, expect: Expect) -> AsyncIterator[Difference]:
        if not expect.ledger:
            return
        balances: dict[str, Money] = {}
        for posting in await self._of_case("settlement", "ledger"):
            amount = Money(minor=posting["amount"]["minor"], currency=posting["amount"]["currency"])
            so_far = balances.get(posting["account"], Money(minor=0, currency=amount.currency))
            balances[posting["account"]] = so_far + amount
        wanted = {account: self._grouped(amount) for account, amount in expect.ledger.items()}
        for line in subset("ledger", wanted, {account: balance.text() for account, balance in balances.items()}):
            yield line

    async def _next(self, expect: Expect) -> AsyncIterator[Difference]:
        if expect.next is None:
            return
        page = await self._session.call("intake", "GET", f"/v1/cases/{self._case_id}", token=self._token)
        if page.refused:
            yield Difference("next", "the case page", refused_in_words(page))
            return
        by_step = {item["step"]: item for item in page.body["next"]}
        shown = {
            step: "allowed" if item["allowed"] else (item["refusal"] or {}).get("code")
            for step, item in by_step.items()
        }
        wanted = dict.fromkeys(expect.next.allowed, "allowed") | expect.next.refused
        for line in subset("next", wanted, shown):
            yield line
        for step in expect.next.absent:
            if step in shown:
                yield Difference(f"next.{step}", "not listed", said(shown[step]))

    async def _links(self, expect: Expect) -> AsyncIterator[Difference]:
        for relation, wanted in expect.links.items():
            links = [link for link in (await self._case())["links"] if link["relation"] == relation]
            came = {
                "count": len(links),
                "owners": sorted(link["owner"] for link in links),
                "statuses": sorted(link["status"] for link in links),
            }
            asked = {key: unordered(value) for key, value in wanted.model_dump(exclude_none=True).items()}
            for line in subset(f"links {relation}", asked, came):
                yield line


def _matches(item: Shown, wanted: MessageExpectation) -> bool:
    shown = {**item, "event": item["on"], "to": item["recipient"]}
    asked = wanted.model_dump(exclude_none=True, exclude={"count", "contains"})
    text = f"{item.get('subject') or ''}\n{item.get('body') or ''}"
    return not list(subset("", asked, shown)) and (wanted.contains is None or wanted.contains in text)
