"""A pack that calls events by their old names is read, told so at each line, and published with the present names."""

from pathlib import Path

import pytest

from shared.contracts.catalogue import BY_NAME
from shared.packs.documents import digest
from shared.packs.publishing.accept import accepted
from shared.packs.publishing.load import load_pack
from shared.packs.publishing.renamed import RENAMED, renamed
from shared.packs.publishing.review import review
from tests.support.packs import NOTIFY, REFUND, SLIP, edited, line_of, write_pack

SETTLES = {"settlement": REFUND}
OLD = {
    **SETTLES,
    **edited("notify", "on: case.closed", "on: [settlement.approved, timer.breached]"),
    **edited(
        "intake", "'case.accepted' in milestones", "'case.accepted' in milestones or 'payout.failed' in milestones"
    ),
}
NEW = {
    **SETTLES,
    **edited("notify", "on: case.closed", "on: [remedy.approved, clock.breached]"),
    **edited(
        "intake",
        "'case.accepted' in milestones",
        "'case.accepted' in milestones or 'remedy.payout_failed' in milestones",
    ),
}

for _changed in (OLD, NEW):
    _changed["intake"] += SLIP


def test_every_old_name_has_a_present_one_and_is_no_event_itself() -> None:
    assert set(RENAMED.values()) <= set(BY_NAME)
    assert not set(RENAMED) & set(BY_NAME)
    assert len(set(RENAMED.values())) == len(RENAMED)


def test_an_old_name_is_a_warning_at_its_line(tmp_path: Path) -> None:
    loaded = load_pack(write_pack(tmp_path / "small", **OLD))

    assert loaded.errors == ()
    on = line_of(NOTIFY, "on: case.closed")
    assert [f"{Path(each.file).name}:{each.line}: {each.text()}" for each in loaded.warnings] == [
        (
            f"intake.yaml:{line_of(OLD['intake'], 'payout.failed')}: steps[close].require[0].that: "
            "payout.failed is called remedy.payout_failed; the old name is read until version 1.0"
        ),
        (
            f"notify.yaml:{on}: rules[tell].on[0]: "
            "settlement.approved is called remedy.approved; the old name is read until version 1.0"
        ),
        (
            f"notify.yaml:{on}: rules[tell].on[1]: "
            "timer.breached is called clock.breached; the old name is read until version 1.0"
        ),
    ]


def test_the_published_pack_is_the_one_with_the_present_names(tmp_path: Path) -> None:
    old = load_pack(write_pack(tmp_path / "a" / "small", **OLD))
    new = load_pack(write_pack(tmp_path / "b" / "small", **NEW))

    assert new.diagnostics == ()
    assert old.documents == new.documents
    assert old.digest == new.digest
    assert old.valid().notify.rules[0].on == ("remedy.approved", "clock.breached")


async def test_documents_of_the_api_are_renamed_before_they_are_stored(tmp_path: Path) -> None:
    new = load_pack(write_pack(tmp_path / "small", **NEW)).documents
    rules = [{**new["notify"]["rules"][0], "on": ["settlement.approved", "timer.breached"]}]  # type: ignore[index]
    old = {**new, "notify": {**new["notify"], "rules": rules}}

    pack = await accepted(old, share="org-1")
    assert pack.documents == new
    assert pack.digest == digest(pack.documents) == digest(new)
    assert pack.sections.notify.rules[0].on == ("remedy.approved", "clock.breached")
    assert [each.severity for each in review(old).diagnostics] == ["warning", "warning"]
    assert review(old).documents == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("timer.breached", "clock.breached"),
        ("'timer.breached' in milestones", "'clock.breached' in milestones"),
        ('event.name in ["quote.expired", "goods.returned"]', 'event.name in ["remedy.quote_expired", "remedy.goods_returned"]'),
        ("{% if event.name == 'proposal.accepted' %}yes{% endif %}", "{% if event.name == 'remedy.accepted' %}yes{% endif %}"),
        ("timer.breached twice", "timer.breached twice"),
        ("'timer.breached.v1'", "'timer.breached.v1'"),
        ("'timer.breached\"", "'timer.breached\""),
        ("timer.breaches", "timer.breaches"),
        ("case.closed", "case.closed"),
    ],
)  # fmt: skip
def test_a_name_is_renamed_alone_or_in_quotes(old: str, new: str) -> None:
    documents, warnings = renamed({"intake": {"a": [{"when": old}]}})

    assert documents == {"intake": {"a": [{"when": new}]}}
    assert bool(warnings) is (old != new)


def test_texts_for_people_keep_their_words() -> None:
    documents = {"intake": {"label": {"zh": "timer.breached", "en": "'timer.breached'"}}}
    assert renamed(documents) == (documents, [])
