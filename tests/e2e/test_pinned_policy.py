"""A case keeps the policy version under which it was registered, in all four services, although a newer one is in force."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from operate.scenarios.organisation import create_organisation, publish
from operate.scenarios.quiescence import advance, settle
from operate.scenarios.session import Session
from tests.e2e.story import CASE, PACK, ZONE, Story

# What the second version says otherwise: nine days instead of seven, 9 % instead of 13 %, another subject, another word.
SUBJECT = {"zh-CN": "新版通知", "en": "Second edition"}
STATUS = {"zh": "已立案（新版）", "en": "Opened (second edition)"}
MONEY = {"remedy": "money_compensation", "inputs": {"agreed_amount": "36000.00"}}


def second_version() -> Mapping[str, Any]:
    documents = copy.deepcopy(PACK.documents)
    named(named(documents["sla"]["clocks"], "cycle")["goals"], "normal")["duration"]["amount"] = 9
    named(documents["settlement"]["remedies"], "money_compensation")["tax"]["rate"] = "0.09"
    for locale, text in named(documents["notify"]["templates"], "accepted")["locales"].items():
        text["subject"] = SUBJECT[locale]
    named(documents["intake"]["statuses"], "accepted")["label"] = STATUS
    return documents


def named(items: Any, name: str) -> Any:
    [found] = [item for item in items if item["id"] == name]
    return found


@pytest.fixture(scope="module")
async def cases(story: Story) -> tuple[Story, str, str]:
    """One registered on 5 March under version 1, one on the 6th under version 2, both opened on the 6th at ten."""
    session = Session(story.session.stack, story.session.http, organisation="", zone=ZONE)
    start = session.instant("2026-03-05T09:00")
    session.organisation = await create_organisation(session, "Two versions", start)
    await publish(session, PACK.documents, effective_from=None)
    await settle(session)
    teller = Story(session, stranger="")
    old = (await teller.post("intake", "/v1/cases", CASE))["case_id"]
    due = await settle(session)
    noon = session.instant("2026-03-06T10:00")
    await advance(session, noon, now=start, due=due)
    await publish(session, second_version(), effective_from="2026-03-06")
    await settle(session)
    new = (await teller.post("intake", "/v1/cases", CASE))["case_id"]
    for case_id in (old, new):
        await teller.step(case_id, "analyse", {"in_scope": True, "needs_visit": False, "opinion": "属异议范围"})
        await teller.step(case_id, "confirm_origin", {"origin": "confirmed"})
    await settle(session)
    return teller, old, new


async def test_intake(cases: tuple[Story, str, str]) -> None:
    teller, old, new = cases
    pages = [await teller.get("intake", f"/v1/cases/{case_id}") for case_id in (old, new)]

    assert [page["policy"]["version"] for page in pages] == [1, 2]
    assert [page["status_label"]["zh"] for page in pages] == ["已立案", "已立案（新版）"]


async def test_sla(cases: tuple[Story, str, str]) -> None:
    """From Friday 6 March: 9 = 1, 10 = 2, 11 = 3, 12 = 4, 13 = 5, 16 = 6, 17 = 7; 18 = 8, 19 = 9."""
    teller, old, new = cases
    clocks = [await teller.get("sla", f"/v1/cases/{case_id}/clocks") for case_id in (old, new)]

    dues = [named_clock(page, "cycle")["due_at"] for page in clocks]
    assert [teller.session.local(due) for due in dues] == ["2026-03-17T17:00", "2026-03-19T17:00"]


async def test_settlement(cases: tuple[Story, str, str]) -> None:
    """36,000.00 / 1.13 = 31,858.41 and 4,141.59 are left; / 1.09 = 33,027.52 (0.5229 is dropped) and 2,972.48 are left."""
    teller, old, new = cases
    split = []
    for case_id in (old, new):
        quoted = await teller.post("settlement", f"/v1/cases/{case_id}/remedies", MONEY)
        explained = await teller.get("settlement", f"/v1/remedies/{quoted['remedy_id']}/explain")
        split.append({step["id"]: step["value"] for step in explained["steps"] if step["id"] in {"net", "tax"}})

    assert split == [{"net": "31858.41", "tax": "4141.59"}, {"net": "33027.52", "tax": "2972.48"}]


async def test_notify(cases: tuple[Story, str, str]) -> None:
    teller, old, new = cases
    subjects = []
    for case_id in (old, new):
        page = await teller.get("notify", f"/v1/cases/{case_id}/messages")
        subjects += [item["subject"] for item in page["items"] if item["template"] == "accepted"]

    assert len(subjects) == 2
    assert subjects[0] != SUBJECT["zh-CN"]
    assert subjects[1] == SUBJECT["zh-CN"]


def named_clock(page: Any, clock: str) -> Any:
    [found] = [item for item in page["items"] if item["clock"] == clock]
    return found
