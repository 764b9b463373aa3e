"""Calls every operation once with success: scenarios first, then what no scenario calls, then every read."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Final

import httpx2

from operate.runtime.databases import SERVICES
from operate.runtime.stack import Stack
from operate.scenarios import quiescence
from operate.scenarios.organisation import publish
from operate.scenarios.outcome import Outcome
from operate.scenarios.run import run_file
from operate.scenarios.session import Session
from operate.scenarios.session import Stack as Addresses
from operate.scenarios.stack import of_running
from shared.kernel.ids import new_id
from shared.packs.publishing.load import ROOT
from tests.e2e.routes import BODIES, ROUTES, good, status_of_reading
from tests.e2e.story import CASE, CONTACT, EXTENSION, PACK, PAPER, QUOTE, ROLES, ZONE, Story, begin, tell
from tests.e2e.test_case_links import documents as with_links
from tests.examples.heard import Heard, Said
from tests.support.erp import CALLBACK_TOKEN

SCENARIOS: Final = (
    "laigang/departure_in_province", "laigang/extension", "laigang/first_contact", "laigang/legal_risk",
    "laigang/money_compensation", "laigang/returned_goods", "tobacco/out_of_scope_fax", "tobacco/retention",
)  # fmt: skip
REASON: Final = {"reason": "金额偏低"}
OWN: Final = "/v1/my/cases/{case_id}/offers"
FOR_THE_CUSTOMER: Final = "/v1/remedies"
ABSENT: Final = {
    "intake": "/v1/contacts/{}", "sla": "/v1/clocks/{}", "settlement": "/v1/remedies/{}", "notify": "/v1/messages/{}",
}  # fmt: skip
LATER: Final = "2026-04-20T09:00:00+08:00"


async def play(running: Stack) -> Mapping[str, Said]:
    """What was answered, by service."""
    stack = of_running(running)
    heard = Heard(stack.services)
    outcomes = {name: await _scenario(name, stack, heard) for name in SCENARIOS}
    async with heard.client() as http:
        story = await tell(stack, http)
        await _write(story)
        await _refuse(story)
        await quiescence.settle(story.session)
        await _read(story)
        await _read_file(stack, http, outcomes["tobacco/retention"])
        await _excuse(stack, http)
        await _of_other_packs(stack, http)
    return heard.said


async def _scenario(name: str, stack: Addresses, heard: Heard) -> Outcome:
    pack, _, scenario = name.partition("/")
    outcome = await run_file(ROOT / pack / "scenarios" / f"{scenario}.yaml", stack, client=heard.client())
    assert outcome.passed, (name, [step.differences for step in outcome.steps if step.differences])
    return outcome


async def _write(story: Story) -> None:
    """What no scenario does."""
    await _write_to_intake(story)
    await _answer_offers(story, [OWN])
    await story.post("notify", "/v1/webhooks", BODIES["notify POST /v1/webhooks"](story.ids))
    webhook = f"/v1/webhooks/{story.ids['webhook_id']}"
    await story.post("notify", f"{webhook}/deliveries/{story.ids['delivery_id']}/redeliver")
    span = BODIES["notify POST /v1/webhooks/{webhook_id}/redeliver"](story.ids)
    await story.post("notify", f"{webhook}/redeliver", span)
    await story.post("notify", f"{webhook}/test")
    await story.post("notify", f"{webhook}/rotate", {})
    await _pay(story)
    for service in SERVICES:
        await story.post(service, "/v1/outbox/replay", BODIES[f"{service} POST /v1/outbox/replay"](story.ids))


async def _write_to_intake(story: Story) -> None:
    case = f"/v1/cases/{story.ids['case_id']}"
    await publish(story.session, PACK.documents, effective_from=None)
    await story.post("intake", "/v1/policies/lint", {"documents": PACK.documents})
    contacts = [(await story.post("intake", "/v1/contacts", CONTACT))["contact_id"] for _ in range(2)]
    of_contact = BODIES["intake POST /v1/contacts/{contact_id}/case"](story.ids)
    await story.post("intake", f"/v1/contacts/{contacts[0]}/case", of_contact)
    await story.post("intake", f"/v1/contacts/{contacts[1]}/link", {"case_id": story.ids["case_id"]})
    for operation in ("notes", "corrections"):
        body = BODIES[f"intake POST /v1/cases/{{case_id}}/{operation}"](story.ids)
        await story.post("intake", f"{case}/{operation}", body)
    await story.post("intake", "/v1/standing-facts", BODIES["intake POST /v1/standing-facts"](story.ids))
    for path in (case, f"/v1/my/cases/{story.ids['case_id']}"):
        paper = PAPER | {"files": {"file": ("letter.txt", path.encode(), "text/plain")}}
        for _ in range(2):
            await story.post("intake", f"{path}/evidence", **paper)


async def _open_case(story: Story) -> str:
    """A new case that waits for a visit."""
    case_id = str((await story.post("intake", "/v1/cases", CASE))["case_id"])
    await story.step(case_id, "analyse", {"in_scope": True, "needs_visit": True, "opinion": "划伤属异议范围"})
    await quiescence.settle(story.session)
    return case_id


async def _answer_offers(story: Story, places: Sequence[str]) -> None:
    """Offers that are accepted and rejected at `places`: the customer's own, or the staff's; an accepted one is declined."""
    for place, decision in itertools.product(places, ("accept", "reject")):
        case_id = await _open_case(story)
        await story.step(case_id, "confirm_origin", {"origin": "confirmed"})
        await quiescence.settle(story.session)
        quoted = await story.post("settlement", f"/v1/cases/{case_id}/remedies", QUOTE)
        remedy, by_hash = f"/v1/remedies/{quoted['remedy_id']}", {"quote_hash": quoted["quote_hash"]}
        await story.post("settlement", f"{remedy}/offer", by_hash)
        body = by_hash if decision == "accept" else {"final": False, **REASON}
        answered = place.format(case_id=case_id)
        await story.post("settlement", f"{answered}/{quoted['remedy_id']}/{decision}", body)
        if decision == "accept" and place == FOR_THE_CUSTOMER:
            await story.post("settlement", f"{remedy}/decline", REASON)


async def _excuse(stack: Addresses, http: httpx2.AsyncClient) -> None:
    """A visit that departed too late, in an organisation of its own: the time passes."""
    story = await begin(stack, http, "Acme", PACK.documents)
    case_id = await _open_case(story)
    clocks = {
        each["clock"]: each["clock_id"] for each in (await story.get("sla", f"/v1/cases/{case_id}/clocks"))["items"]
    }
    await story.post("sla", f"/v1/clocks/{clocks['cycle']}/extensions", EXTENSION)
    own = story.session.organisation
    await story.session.operate("intake", "POST", f"/v1/organisations/{own}/clock", json={"now": LATER})
    await quiescence.settle(story.session)
    await story.post("sla", f"/v1/clocks/{clocks['departure']}/excuse", REASON)


async def _pay(story: Story) -> None:
    payout = story.ids["payout_id"]
    resolution = BODIES["settlement POST /v1/payouts/{payout_id}/resolution"](story.ids)
    await story.post("settlement", f"/v1/payouts/{payout}/resolution", resolution)
    erp = BODIES["settlement PUT /v1/erp"](story.ids)
    own = story.session.organisation
    assert (await story.send("settlement", "PUT", "/v1/erp", org=own, json=erp)).is_success
    answer = await story.session.http.post(
        f"{story.session.stack.services['settlement']}/v1/erp/callbacks/{own}",
        json={"payment_key": payout, "status": "paid"},
        headers={"Authorization": f"Bearer {CALLBACK_TOKEN}"},
    )
    assert answer.is_success, answer.text


async def _refuse(story: Story) -> None:
    """A refusal of each kind that a request can bring about, at each service."""
    for service in SERVICES:
        url = f"{story.session.stack.services[service]}/v1/outbox/replay"
        own = story.session.organisation
        headers = {"Authorization": f"Bearer {story.token(own)}", "Idempotency-Key": "refused"}
        weak = {"Authorization": f"Bearer {story.token(own, scope='my:read')}"}
        good_type = {"Content-Type": "application/json"}
        post = story.session.http.post
        await post(url, content=b"{}", headers=good_type)
        await post(url, content=b"{}", headers=headers | weak | good_type)
        await post(url, content=b"{}", headers=headers | good_type)
        await post(url, content=b"{", headers=headers | good_type)
        await post(url, content=b"a", headers=headers | {"Content-Type": "text/plain"})
        replay = BODIES[f"{service} POST /v1/outbox/replay"](story.ids)
        for until in ("08:30", "08:31"):
            await post(url, json=replay | {"until": f"2026-04-09T{until}:00+08:00"}, headers=headers)
        await story.send(service, "GET", ABSENT[service].format(new_id()), org=own)
    done = f"/v1/messages/{story.ids['message_id']}/done"
    body = BODIES["notify POST /v1/messages/{message_id}/done"](story.ids)
    await story.send("notify", "POST", done, org=story.session.organisation, json=body)


async def _read(story: Story) -> None:
    """Every GET, about the story's things."""
    own = story.session.organisation
    for route in ROUTES:
        if route.method == "GET":
            answer = await story.send(route.service, "GET", route.asked(story.ids), org=own, **good(route, story.ids))
            assert answer.status_code == status_of_reading(route.path), (route.id, answer.text)
    for service in SERVICES:
        for probe in ("live", "ready"):
            await story.session.http.get(f"{story.session.stack.services[service]}/health/{probe}")


async def _read_file(stack: Addresses, http: httpx2.AsyncClient, outcome: Outcome) -> None:
    """The archive of a case, and the certificate of its purge."""
    story = Story(Session(stack, http, organisation=outcome.organisation, zone=ZONE), stranger="")
    [case_id] = outcome.cases.values()
    for name in ("archive", "purge-certificate"):
        answer = await story.send("intake", "GET", f"/v1/cases/{case_id}/{name}", org=outcome.organisation)
        assert answer.is_success, answer.text


async def _of_other_packs(stack: Addresses, http: httpx2.AsyncClient) -> None:
    """A link to a case, issued, shown and revoked; and offers that staff answer for the customer."""
    documents = with_links()
    documents["settlement"]["who"] |= {"accept": {"roles": list(ROLES[:1]), "cite": "LG-36 Art.36"}}
    story = await begin(stack, http, "Acme", documents)
    await _answer_offers(story, [FOR_THE_CUSTOMER])
    links = f"/v1/cases/{await _open_case(story)}/links"
    link_id = (await story.post("intake", links, {}))["link_id"]
    await story.get("intake", f"{links}/{link_id}/address")
    await story.post("intake", f"{links}/{link_id}/revoke")
    await story.get("intake", links)
