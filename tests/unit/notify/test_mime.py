"""Mails by hand, read back by the standard library."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.channels.rules.mime import Mail, encode


def a_mail(**changed: Any) -> Mail:
    values: dict[str, Any] = {
        "message_id": "01890a5d-ac96-774b-bcce-b302099a0a01",
        "org": "01890a5d-ac96-774b-bcce-b302099a8057",
        "case_id": "01890a5d-ac96-774b-bcce-b302099a0001",
        "sender_name": "莱钢集团销售中心",
        "sender_email": "service@example.com",
        "to": "buyer@customer.example",
        "subject": "质量异议 QO-202603-00001：处理方案",
        "body": "您好！\n金额：21,000.00 元\n谢谢",
        "locale": "zh-CN",
        "at": datetime(2026, 3, 16, 9, tzinfo=UTC),
    }
    return Mail(**(values | changed))


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=default)


def test_everything_arrives_as_it_was_meant() -> None:
    mail = read(encode(a_mail()))

    assert mail["Subject"] == "质量异议 QO-202603-00001：处理方案"
    assert mail["From"].addresses[0].display_name == "莱钢集团销售中心"
    assert mail["From"].addresses[0].addr_spec == "service@example.com"
    assert mail["To"] == "buyer@customer.example"
    assert mail["Date"].datetime == datetime(2026, 3, 16, 9, tzinfo=UTC)
    assert mail["Message-ID"] == "<01890a5d-ac96-774b-bcce-b302099a0a01@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Redress-Organisation"] == "01890a5d-ac96-774b-bcce-b302099a8057"
    assert mail["X-Redress-Case"] == "01890a5d-ac96-774b-bcce-b302099a0001"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content() == "您好！\r\n金额：21,000.00 元\r\n谢谢\r\n"
    assert not mail.defects


@pytest.mark.parametrize(
    "text",
    [
        "Hello\r\nBcc: thief@example.com",
        "Hello\nX: y",
        "Hello\x00",
        "a\u2028b",
        "tab\there",
        "\r",
        "=?utf-8?b?aGk=?=",
        "(comment) <a@b.c>",
    ],
)
def test_no_value_adds_a_header(text: str) -> None:
    mail = read(encode(a_mail(subject=text, sender_name=text)))

    assert len(mail.keys()) == 13
    assert "Bcc" not in mail
    assert mail["From"].addresses[0].addr_spec == "service@example.com"


@pytest.mark.parametrize("field", ["to", "sender_email", "message_id", "org", "case_id", "locale"])
def test_a_line_break_in_an_address_or_id_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="would break out"):
        encode(a_mail(**{field: "a@example.com\r\nBcc: thief@example.com"}))


def test_lines_are_short_and_ascii() -> None:
    content = encode(a_mail(subject="长" * 200, body="长" * 5000))

    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 76
    assert b"\n" not in content.replace(b"\r\n", b"")


@given(st.text(max_size=300), st.text(max_size=500))
def test_any_text_survives(subject: str, body: str) -> None:
    mail = read(encode(a_mail(subject=subject, body=body)))

    shown = " ".join("".join(c if c.isprintable() or c == " " else " " for c in subject).split())
    assert mail["Subject"] == shown.encode("utf-8", "replace").decode()
    assert len(mail.keys()) == 13


def test_a_plain_mail_byte_by_byte() -> None:
    mail = a_mail(sender_name="Quality Service", subject="Objection O-00001", body="a\r\nb\nc", locale="en")
    assert encode(mail) == (
        b"From: Quality Service <service@example.com>\r\n"
        b"To: buyer@customer.example\r\n"
        b"Subject: Objection O-00001\r\n"
        b"Date: Mon, 16 Mar 2026 09:00:00 +0000\r\n"
        b"Message-ID: <01890a5d-ac96-774b-bcce-b302099a0a01@example.com>\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: base64\r\n"
        b"Content-Language: en\r\n"
        b"Auto-Submitted: auto-generated\r\n"
        b"X-Redress-Organisation: 01890a5d-ac96-774b-bcce-b302099a8057\r\n"
        b"X-Redress-Case: 01890a5d-ac96-774b-bcce-b302099a0001\r\n"
        b"X-Redress-Message: 01890a5d-ac96-774b-bcce-b302099a0a01\r\n"
        b"\r\n"
        b"YQ0KYg0KYw0K\r\n"  # a, b and c, each with CR LF
    )


def header(name: str, **changed: Any) -> str:
    """The header as its line or lines, without its name."""
    head = encode(a_mail(**changed)).decode("ascii").partition("\r\n\r\n")[0]
    unfolded = head.replace("\r\n ", "\n ")
    return next(line for line in unfolded.split("\r\n") if line.startswith(f"{name}: ")).removeprefix(f"{name}: ")


@pytest.mark.parametrize(
    ("subject", "written"),
    [
        ("a" * 60, "a" * 60),
        ("a" * 61, "=?utf-8?b?" + "YWFh" * 13 + "?=\n =?utf-8?b?" + "YWFh" * 7 + "YQ==?="),  # 39 + 22 characters
        ("1 =? 2", "=?utf-8?b?MSA9PyAy?="),  # 31 20 3d 3f 20 32
        ("1 = 2?", "1 = 2?"),
        ("\u957f" * 13, "=?utf-8?b?" + "6ZW/" * 13 + "?="),  # e9 95 bf: 39 bytes are one word
        ("\u957f" * 14, "=?utf-8?b?" + "6ZW/" * 13 + "?=\n =?utf-8?b?6ZW/?="),
    ],
)
def test_a_subject_is_plain_up_to_60_characters_and_else_words_of_39_bytes(subject: str, written: str) -> None:
    assert header("Subject", subject=subject) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a" * 60, "a" * 60),
        ("Quality (Service)", "=?utf-8?b?UXVhbGl0eSAoU2VydmljZSk=?="),
        ("", "=?utf-8?b??="),
    ],
)
def test_a_senders_name_is_plain_where_a_phrase_may_be(name: str, written: str) -> None:
    assert header("From", sender_name=name) == f"{written} <service@example.com>"


def test_the_domain_of_a_message_id_stands_after_the_last_at_sign() -> None:
    assert header("Message-ID", message_id="m-1", sender_email='"a@b"@example.com') == "<m-1@example.com>"


@pytest.mark.parametrize("control", ["\x00", "\x1f", "\n", "\x7f", "é"])
def test_a_control_character_in_an_address_is_refused_with_the_name_of_the_header(control: str) -> None:
    with pytest.raises(ValueError, match=r"^To would break out of its line$"):
        encode(a_mail(to=f"buyer{control}@customer.example"))
