from email.message import EmailMessage

import aiosmtplib
import httpx2
import pytest

from operate.runtime.stack import Stack


async def send(stack: Stack, recipient: str, subject: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "redress@example.com", recipient, subject
    message.set_content("赔付金额 21,000.00 元")
    message.add_alternative("<p>赔付金额 <b>21,000.00</b> 元</p>", subtype="html")
    await aiosmtplib.send(message, hostname="127.0.0.1", port=stack.state.ports["mail_smtp"])


@pytest.fixture
def mail(opened: Stack) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=f"http://127.0.0.1:{opened.state.ports['mail']}")


async def test_a_message_is_kept_and_found_by_its_recipient(opened: Stack, mail: httpx2.AsyncClient) -> None:
    await send(opened, "Wang@example.com", "理赔通知")
    await send(opened, "other@example.com", "other")

    found = (await mail.get("/messages", params={"recipient": "wang@example.com"})).json()["messages"]

    assert [message["subject"] for message in found] == ["理赔通知"]
    assert found[0]["text"].strip() == "赔付金额 21,000.00 元"
    assert "<b>21,000.00</b>" in found[0]["html"]
    assert "理赔通知" in (await mail.get("/")).text


async def test_a_fault_refuses_the_next_messages_for_now(opened: Stack, mail: httpx2.AsyncClient) -> None:
    await mail.post("/faults", json={"recipient": "busy@example.com", "times": 1})

    with pytest.raises(aiosmtplib.SMTPDataError, match="451"):
        await send(opened, "busy@example.com", "first")
    await send(opened, "busy@example.com", "second")

    found = (await mail.get("/messages", params={"recipient": "busy@example.com"})).json()["messages"]
    assert [message["subject"] for message in found] == ["second"]
