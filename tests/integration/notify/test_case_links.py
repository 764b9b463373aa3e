"""A mail carries the customer's link; nothing that is stored or shown does."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from services.notify.messages.store.tables import MESSAGE
from shared.contracts.intake import LinkIssuedV1, LinkRevokedV1, PartyRecordedV1
from shared.kernel.case_link import CaseLink
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import reading
from tests.integration.notify.stage import CLERK, LINK_KEYS, NINE, Mailbox, Stage, a_rule, couriers, registered, settle
from tests.support.old_ids import old_id

PAGE = "https://shop.example/case"
BODY = {"subject": "s", "body": "{{ case.link }}"}


async def an_organisation(stage: Stage, **rule: Any) -> OrgId:
    stage.pack["intake"] |= {"customer_links": {"page": PAGE, "valid_for": {"amount": 30, "unit": "day"}}}
    stage.pack["intake"]["case_types"][0] |= {"visible_to_customer": True}
    template = {"id": "linked", "locales": {"zh-CN": BODY, "en": BODY}}
    return await stage.organisation(a_rule(template="linked", **rule), now=NINE, templates=[template])


def issued(case_id: str, **changed: Any) -> LinkIssuedV1:
    values: dict[str, Any] = {
        "case_id": case_id,
        "link_id": new_id(),
        "holder": "customer",
        "may": ["accept"],
        "once": [],
    }
    values |= {"issued_at": NINE, "expires_at": NINE + timedelta(days=30), "actor": CLERK}
    return LinkIssuedV1(**values | changed)


def token_of(org: OrgId, link: LinkIssuedV1) -> str:
    return LINK_KEYS.token(
        CaseLink(
            org=org,
            link_id=link.link_id,
            case_id=link.case_id,
            holder=link.holder,
            may=tuple(link.may),
            once=tuple(link.once),
            issued_at=link.issued_at,
            expires_at=link.expires_at,
        )
    )


async def mailed(stage: Stage, mailbox: Mailbox, org: OrgId, *links: Any) -> str:
    """The body of the mail that a registration causes after `links` were issued or revoked."""
    case_id = links[0].case_id if links else old_id()
    party = PartyRecordedV1(case_id=case_id, role="customer", name="华东钢构", email="buyer@customer.example")
    for happened in (party, *links, registered(case_id)):
        await stage.happens(happened, org=org, case_id=case_id)
    async with couriers(mailbox) as senders:
        await settle(stage.db, *senders)
    return str(mailbox.mails[-1].get_content()).strip()


async def test_a_mail_carries_the_link_and_no_row_does(stage: Stage, mailbox: Mailbox) -> None:
    org, link = await an_organisation(stage), issued(old_id())
    token = token_of(org, link)
    assert await mailed(stage, mailbox, org, link) == f"{PAGE}#link={token}"

    message = await stage.message(org)
    assert message.body.strip() == f"{PAGE}#link={link.link_id}"
    async with reading(stage.db) as tx:
        for (name,) in await tx.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'notify'")):
            query = text(f'SELECT count(*) FROM notify."{name}" t WHERE t::text LIKE :secret')
            secret = f"%{token.rpartition('.')[2]}%"
            assert (await tx.execute(query, {"secret": secret})).scalar_one() == 0, name


async def test_without_a_link_that_holds_the_page_alone_is_printed(stage: Stage, mailbox: Mailbox) -> None:
    org = await an_organisation(stage)
    case_id = old_id()
    link, of_contact = issued(case_id), issued(case_id, holder="contact")
    gone = LinkRevokedV1(case_id=case_id, link_id=link.link_id, at=NINE, actor=CLERK)
    assert await mailed(stage, mailbox, org, link, of_contact, gone) == PAGE
    assert await mailed(stage, mailbox, org, issued(old_id(), expires_at=NINE)) == PAGE
    assert len(await stage.rows(MESSAGE, MESSAGE.c.org_id == org, MESSAGE.c.state == "sent")) == 2
