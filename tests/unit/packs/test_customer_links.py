"""`case.link` stands where the pack declares links, in texts for the customer alone, by email."""

from pathlib import Path

import pytest

from tests.support.packs import INTAKE, NOTIFY, errors, write_pack

LINKS = """\
customer_links:
  page: https://shop.example/case
  valid_for: {amount: 30, unit: day}
"""
RULE = """\
rules:
  - {id: tell, cite: X-1 Art.1, on: [case.registered], template: linked, recipients: [{role: ROLE}], channels: [CHANNEL]}
"""


def notify(*, role: str = "customer", channel: str = "email") -> str:
    text = "{subject: s, body: 'b {{ case.link }}'}"
    templates = f"templates:\n  - {{id: linked, locales: {{zh-CN: {text}, en: {text}}}}}\n"
    head = NOTIFY.partition("templates:")[0]
    return head + templates + RULE.replace("ROLE", role).replace("CHANNEL", channel)


def found(folder: Path, *, intake: str = INTAKE + LINKS, texts: str | None = None) -> list[str]:
    return [fault for fault in errors(write_pack(folder, intake=intake, notify=texts or notify())) if "link" in fault]


def test_a_link_for_the_customer_by_email_is_right(tmp_path: Path) -> None:
    assert found(tmp_path) == []


def test_a_link_that_the_pack_does_not_declare_is_refused(tmp_path: Path) -> None:
    faults = found(tmp_path, intake=INTAKE)
    assert len(faults) == 2
    assert all("case.link needs `customer_links` in intake" in fault for fault in faults)


@pytest.mark.parametrize(("role", "channel"), [("clerk", "email"), ("customer", "letter")])
def test_a_link_that_another_would_read_is_refused(tmp_path: Path, role: str, channel: str) -> None:
    faults = found(tmp_path, texts=notify(role=role, channel=channel))
    assert any("rule tell tells others or over another channel" in fault for fault in faults)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("  page: http://shop.example/case\n", "page"),
        ("  page: https://shop.example/case?x=1\n", "page"),
        ("  page: https://shop.example/case\n  may: [file]\n  once: [accept]\n", "not among what a link may do"),
        ("  page: https://shop.example/case\n  may: [file, file]\n", "file stands twice"),
    ],
)
def test_links_that_cannot_be_are_refused(tmp_path: Path, line: str, fault: str) -> None:
    links = f"customer_links:\n  valid_for: {{amount: 30, unit: day}}\n{line}"
    assert any(fault in each for each in found(tmp_path, intake=INTAKE + links))
