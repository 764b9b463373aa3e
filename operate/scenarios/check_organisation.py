"""Expectations about the whole organisation: what reached mail, webhooks and the ERP, and its indicators."""

import json
from collections.abc import AsyncIterator

from operate.scenarios.compare import Shown, subset, unordered
from operate.scenarios.difference import Difference, differing, said
from operate.scenarios.expectations import Expect
from operate.scenarios.session import Session
from shared.kernel.money import Money

ORGANISATION = "X-Redress-Organisation"


class OrganisationChecker:
    """Looks at the sinks and at sla's indicators."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def differences(self, expect: Expect) -> list[Difference]:
        """All differences between `expect` and what was received and measured."""
        parts = (self._mail, self._payments, self._webhooks, self._indicators)
        return [line for part in parts async for line in part(expect)]

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
        wanted = [self._session.money(amount).text() for amount in expect.payments.amounts]
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

    async def _indicators(self, expect: Expect) -> AsyncIterator[Difference]:
        for name, wanted in expect.indicators.items():
            path = f"/v1/indicators/{name}?period={wanted.period}&limit=200"
            page = await self._session.operate("sla", "GET", path)
            came = {
                **{key: page[key] for key in ("value", "met", "population")},
                "groups": {str(group["group"]): group["cases"] for group in page["groups"]},
                "cases": sorted(item["number"] for item in page["cases"]["items"]),
            }
            asked = wanted.model_dump(exclude_none=True, exclude={"period"})
            for line in subset(f"indicator {name} {wanted.period}", {k: unordered(v) for k, v in asked.items()}, came):
                yield line


def _header(message: Shown, name: str) -> str:
    return next((value for key, value in message["headers"].items() if key.lower() == name.lower()), "")
