"""Expectations against what the APIs say; every difference says what was expected and what came.

Each kind of expectation is compared the same way: what the stack shows is brought into the words of
the scenario file (local instants, grouped amounts), then everything expected must be in it.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from typing import Any

from operate.scenarios.difference import Difference, differing, said
from operate.scenarios.expectations import Expect, MessageExpectation, Refused
from operate.scenarios.session import Answer, Session
from operate.scenarios.words import Strict
from shared.money import Money

Shown = Mapping[str, Any]

ORGANISATION = "X-Redress-Organisation"


def subset(where: str, expected: object, came: object) -> Iterator[Difference]:
    """Everything in `expected` must be in `came`: objects may hold more, lists are compared whole."""
    if isinstance(expected, Mapping) and isinstance(came, Mapping):
        for key, value in expected.items():
            yield from subset(f"{where}.{key}", value, came.get(key))
    elif isinstance(expected, list) and isinstance(came, list) and len(expected) == len(came):
        for index, (one, other) in enumerate(zip(expected, came, strict=True)):
            yield from subset(f"{where}[{index}]", one, other)
    elif not _same(expected, came):
        yield differing(where, expected, came)


def _same(expected: object, came: object) -> bool:
    """Whether one value is the other; a decimal is text in the APIs and a number to people."""
    if isinstance(expected, int) and isinstance(came, str) and not isinstance(expected, bool):
        return str(expected) == came
    return expected == came and isinstance(expected, bool) == isinstance(came, bool)


def repetition(first: Answer, again: Answer) -> list[Difference]:
    """Differences between a request's answer and that to the same request again; each refusal has an id of its own."""
    body, came = ({"status": answer.status, "body": answer.body} for answer in (first, again))
    if first.refused and isinstance(first.body, Mapping):
        body["body"] = {key: value for key, value in first.body.items() if key != "request_id"}
    return list(subset("repeated answer", body, came))


def refusal(expected: Refused, answer: Answer) -> list[Difference]:
    """Differences between the refusal that a step must meet and the answer it got."""
    if not answer.refused:
        return [Difference("answer", f"refused with {expected.code}", f"accepted with {answer.status}")]
    body = answer.body if isinstance(answer.body, Mapping) else {}
    came = {**body, "status": answer.status, "cite": _start(body.get("cite"), expected.cite)}
    found = subset("refusal", expected.model_dump(exclude_none=True), came)
    return [replace(difference, cite=str(body.get("cite") or "")) for difference in found]


def _start(cite: object, expected: str | None) -> object:
    """A citation is expected by its start (`LG-38`); more of it does not differ."""
    return expected if expected and str(cite or "").startswith(expected) else cite


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
            self._documents, self._messages, self._mail, self._payments, self._webhooks, self._ledger, self._next,
            self._links, self._indicators,
        )  # fmt: skip
        for part in parts:
            found += [line async for line in part(expect)]
        return found

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
        for line in _named("clock", wanted, shown):
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
        for line in _named("remedy", wanted, shown):
            yield line

    async def _amounts_explained(self, expect: Expect) -> AsyncIterator[Difference]:
        if not expect.explain_amount:
            return
        ids = {item["remedy"]: item["remedy_id"] for item in await self._of_case("settlement", "remedies")}
        for name, steps in expect.explain_amount.items():
            page = await self._get("settlement", f"/v1/remedies/{ids.get(name, name)}/explain")
            values = {step["id"]: step["value"] for step in page["steps"]}
            for line in subset(f"explain {name}", steps, values):
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
        for line in _named("document", wanted, shown):
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

    async def _mail(self, expect: Expect) -> AsyncIterator[Difference]:
        for mail in expect.mail:
            url = f"{self._session.stack.mail_sink}/messages"
            page = await self._session.sink(url, params={"recipient": mail.to})
            ours = [each for each in page["messages"] if _header(each, ORGANISATION) == self._session.organisation]
            texts = [f"{message['subject']}\n{message['text']}" for message in ours]
            came = sum(1 for text in texts if mail.contains is None or mail.contains in text)
            if came != mail.count:
                about = f" with {said(mail.contains)}" if mail.contains else ""
                yield differing(f"mails to {mail.to}{about}", mail.count, came)

    async def _payments(self, expect: Expect) -> AsyncIterator[Difference]:
        if expect.payments is None:
            return
        url = f"{self._session.stack.erp}/v1/payments"
        page = await self._session.sink(url, params={"organisation": self._session.organisation})
        came = [
            Money(minor=payment["amount_minor"], currency=payment["currency"]).text() for payment in page["payments"]
        ]
        wanted = [self._grouped(amount) for amount in expect.payments.amounts]
        if came != wanted:
            yield differing("ERP payments", wanted, came)

    async def _webhooks(self, expect: Expect) -> AsyncIterator[Difference]:
        if not expect.webhooks:
            return
        url = f"{self._session.stack.webhook_sink}/deliveries"
        page = await self._session.sink(url, params={"receiver": self._session.organisation})
        verified = [delivery for delivery in page["deliveries"] if delivery["verified"]]
        types = [json.loads(delivery["body"]).get("type", "") for delivery in verified]
        for name, count in expect.webhooks.items():
            came = sum(1 for type_ in types if type_.startswith(name))
            if came != count:
                yield Difference(f"webhooks {name}", str(count), f"{came} of {said(types)}")

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
            asked = {key: _unordered(value) for key, value in wanted.model_dump(exclude_none=True).items()}
            for line in subset(f"links {relation}", asked, came):
                yield line

    async def _indicators(self, expect: Expect) -> AsyncIterator[Difference]:
        for name, wanted in expect.indicators.items():
            path = f"/v1/indicators/{name}?period={wanted.period}&limit=200"
            page = await self._get("sla", path)
            came = {
                **{key: page[key] for key in ("value", "met", "population")},
                "groups": {str(group["group"]): group["cases"] for group in page["groups"]},
                "cases": sorted(item["number"] for item in page["cases"]["items"]),
            }
            asked = wanted.model_dump(exclude_none=True, exclude={"period"})
            for line in subset(f"indicator {name} {wanted.period}", {k: _unordered(v) for k, v in asked.items()}, came):
                yield line


def _unordered(value: object) -> object:
    return sorted(value) if isinstance(value, list) else value


def _header(message: Shown, name: str) -> str:
    return next((value for key, value in message["headers"].items() if key.lower() == name.lower()), "")


def _named(kind: str, wanted: Mapping[str, dict[str, Any]], shown: Mapping[str, Shown]) -> Iterator[Difference]:
    for name, expected in wanted.items():
        came = shown.get(name)
        absent = expected.pop("absent", False)
        if absent and came is not None:
            yield Difference(f"{kind} {name}", "none", said(came))
        elif not absent and came is None:
            yield Difference(f"{kind} {name}", "one", f"none; there are {said(sorted(shown))}")
        elif came is not None:
            cite = {"cite": _start(came.get("cite"), expected.get("cite"))}
            for difference in subset(f"{kind} {name}", expected, {**came, **cite}):
                yield replace(difference, cite=str(came.get("cite") or ""))


def _matches(item: Shown, wanted: MessageExpectation) -> bool:
    shown = {**item, "event": item["on"], "to": item["recipient"]}
    asked = wanted.model_dump(exclude_none=True, exclude={"count", "contains"})
    text = f"{item.get('subject') or ''}\n{item.get('body') or ''}"
    return not list(subset("", asked, shown)) and (wanted.contains is None or wanted.contains in text)
