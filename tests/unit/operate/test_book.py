"""A sink's book: what is in it is known again at the next start of the sink."""

from pathlib import Path

import pytest
from aiosmtpd.smtp import Envelope
from starlette.testclient import TestClient

from operate.sinks.book import Book
from operate.sinks.erp import create_app as erp_app
from operate.sinks.ledger import Ledger
from operate.sinks.mail import Fault, Mailbox
from operate.sinks.webhook import Receivers
from shared.kernel.ids import new_id
from tests.support.erp import TOKEN
from tests.support.payment_request import payment_request

ORG = new_id()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.jsonl"


def test_a_torn_last_line_is_no_entry(path: Path) -> None:
    Book(path).write("mail", {"number": 1})
    with path.open("ab") as file:
        file.write(b'{"kind":"mail","num')

    assert [entry["number"] for entry in Book(path).entries("mail")] == [1]


def test_the_book_is_private(path: Path) -> None:
    Book(path).write("mail", {})

    assert path.stat().st_mode & 0o777 == 0o600


def pay(path: Path, key: str, *, fault: str = "") -> int:
    """The answer to a payment by an ERP that has just been started with the book."""
    with TestClient(erp_app(Ledger(Book(path)))) as erp:
        if fault:
            erp.post("/faults", json={"organisation": ORG, "kind": fault, "times": 1})
        headers = {"Idempotency-Key": key, "Authorization": f"Bearer {TOKEN}"}
        return erp.post("/v1/payments", json=payment_request(key, organisation=ORG), headers=headers).status_code


def admit(path: Path) -> None:
    with TestClient(erp_app(Ledger(Book(path)))) as erp:
        erp.put(f"/credentials/{ORG}", json={"scheme": "bearer", "secret": TOKEN})


def test_an_erp_knows_its_payments_and_credentials_again(path: Path) -> None:
    key = new_id()
    admit(path)

    assert [pay(path, key), pay(path, key)] == [200, 200]
    assert len(Ledger(Book(path)).of(ORG)) == 1
    assert [entry["kind"] for entry in Book(path).entries("payment", "forgotten")] == ["payment"]


def test_an_erp_that_forgets_a_payment_books_it_again(path: Path) -> None:
    key = new_id()
    admit(path)

    assert pay(path, key, fault="forget") == 500
    assert Ledger(Book(path)).of(ORG) == []
    assert pay(path, key) == 200
    kinds = [entry["kind"] for entry in Book(path).entries("payment", "forgotten")]
    assert kinds == ["payment", "forgotten", "payment"]


def test_a_change_of_a_payment_is_known_again(path: Path) -> None:
    admit(path)
    pay(path, new_id())
    ledger = Ledger(Book(path))
    ledger.change(ledger.of(ORG)[0], status="reversed", code="account_closed")

    assert [booked.payment.status for booked in Ledger(Book(path)).of(ORG)] == ["reversed"]


def envelope(recipient: str) -> Envelope:
    made = Envelope()
    made.mail_from, made.rcpt_tos = "redress@example.com", [recipient]
    made.content = b"Subject: paid\r\nMessage-ID: <m1@example.com>\r\n\r\n21,000.00\r\n"
    return made


async def taken(mailbox: Mailbox, recipient: str) -> str:
    return await mailbox.handle_DATA(None, None, envelope(recipient))  # type: ignore[arg-type]  # neither is looked at


async def test_mails_are_known_again(path: Path) -> None:
    assert await taken(Mailbox(Book(path)), "wang@example.com") == "250 stored"

    [(number, known)] = Mailbox(Book(path)).find("wang@example.com", after_number=0)
    assert (number, known.subject, known.recipients) == (1, "paid", ("wang@example.com",))


async def test_a_lost_mail_is_in_the_book_and_in_no_mailbox(path: Path) -> None:
    mailbox = Mailbox(Book(path))
    mailbox.faults["*"] = Fault("lose", 1)

    assert await taken(mailbox, "wang@example.com") == "250 stored"
    assert mailbox.find("", after_number=0) == []
    assert [entry["subject"] for entry in Book(path).entries("lost_mail")] == ["paid"]
    assert list(Book(path).entries("mail")) == []


def test_deliveries_and_secrets_of_webhooks_are_known_again(path: Path) -> None:
    receivers = Receivers(Book(path))
    receivers.keep_secret("one", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    receivers.receive("one", {}, b"{}")

    again = Receivers(Book(path))
    assert again.secrets == {"one": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    assert [(each.body, each.answered) for _, each in again.deliveries] == [("{}", 401)]
