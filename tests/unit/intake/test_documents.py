"""Papers: every state × every action, signatures in order, and a hash that any reader can recompute."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.intake.cases.rules.errors import RoleForbidden
from services.intake.documents.rules.document import (
    Action,
    Document,
    admit_document,
    content_hash,
    corrected,
    drafted,
    finalised,
    signed,
)
from services.intake.documents.rules.errors import (
    AlreadySigned,
    DocumentFieldMissing,
    DocumentForbids,
    PartyUnknown,
    SignatureMissing,
    SignatureOutOfOrder,
)
from services.intake.dossier.rules.dossier import Dossier
from tests.unit.intake.builders import (
    CLERK,
    MANAGER,
    RECEIVED,
    a_paper,
    a_small_case,
    attempt,
    signed_by,
    small,
    taken,
)

FORM = small().documents_by_id["form"]
SLIP = small().documents_by_id["slip"]
AT = datetime(2026, 3, 9, 2, tzinfo=UTC)
ACTIONS = ("draft", "sign", "finalise", "issue", "correct")
ALLOWED = {
    None: {"draft", "issue"},
    "draft": {"draft", "sign"},
    "signing": {"draft", "sign"},
    "final": {"correct"},
    "superseded": set(),
}


def a_form(state: str = "draft", *parties: str) -> Document:
    return a_paper("form", state, fields={"pieces": 3}, signatures=signed_by(*parties))


@pytest.mark.parametrize("state", ALLOWED)
@pytest.mark.parametrize("action", ACTIONS)
def test_every_state_and_action(state: str | None, action: Action) -> None:
    live = a_form(state) if state else None
    if action in ALLOWED[state]:
        admit_document(FORM, live, action=action)
        return
    expected = SignatureMissing if action == "finalise" and state in {"draft", "signing"} else DocumentForbids
    with pytest.raises(expected) as refusal:
        admit_document(FORM, live, action=action)
    assert refusal.value.cite == "SK-6 1.6"


def sign(live: Document, party: str, *, signer: str, by: object = CLERK) -> Document:
    return signed(FORM, live, party=party, signer=signer, actor=by, at=AT)  # type: ignore[arg-type]


def test_the_parties_sign_in_their_order() -> None:
    with pytest.raises(SignatureOutOfOrder) as refusal:
        sign(a_form(), "manager", signer="周", by=MANAGER)
    assert refusal.value.fields == {"document": "form", "first": "clerk"}
    once = sign(a_form(), "clerk", signer="李")
    twice = sign(once, "manager", signer="周", by=MANAGER)
    assert (once.state, twice.state, twice.signed_by) == ("signing", "signing", ["clerk", "manager"])


def test_without_an_order_anybody_may_begin() -> None:
    free = FORM.model_copy(update={"ordered": False})
    done = signed(free, a_form(), party="manager", signer="周", actor=MANAGER, at=AT)
    assert done.signed_by == ["manager"]


@pytest.mark.parametrize(
    ("party", "signer", "by", "refusal"),
    [
        ("clerk", "陈", CLERK, AlreadySigned),
        ("manager", "clerk-person", MANAGER, AlreadySigned),
        ("driver", "王", MANAGER, PartyUnknown),
    ],
)
def test_nobody_signs_twice_and_no_stranger_signs(
    party: str, signer: str, by: object, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        sign(a_form("signing", "clerk"), party, signer=signer, by=by)


def test_a_signature_is_recorded_by_the_party_s_own_people() -> None:
    with pytest.raises(RoleForbidden) as refusal:
        sign(a_form("signing", "clerk"), "manager", signer="周", by=CLERK)
    assert refusal.value.fields == {"roles": ["manager"]}


def test_one_missing_signature_is_named() -> None:
    with pytest.raises(SignatureMissing) as refusal:
        finalised(FORM, a_form("signing", "clerk"), at=AT)
    assert refusal.value.fields == {"document": "form", "missing": ["manager"]}


def test_the_hash_is_over_the_canonical_content() -> None:
    final = finalised(FORM, a_form("signing", "clerk", "manager"), at=AT)
    content = (
        '{"corrects":null,"fields":{"pieces":3},"number":"XY-2026-00001","reason":null,"revision":1,"signatures":['
        '{"at":"2026-03-05T01:00:00Z","party":"clerk","signer":"clerk-person"},'
        '{"at":"2026-03-05T01:00:00Z","party":"manager","signer":"manager-person"}],"template":"form"}'
    )
    assert final.sha256 == hashlib.sha256(content.encode()).hexdigest()
    assert (final.state, final.final_at) == ("final", AT)


@pytest.mark.parametrize(
    "other",
    [
        lambda paper: replace(paper, fields={"pieces": 4}),
        lambda paper: replace(paper, number="XY-2026-00002"),
        lambda paper: replace(paper, signatures=paper.signatures[:1]),
        lambda paper: replace(paper, revision=2),
    ],
)
def test_any_other_content_has_another_hash(other: Callable[[Document], Document]) -> None:
    paper = a_form("signing", "clerk", "manager")
    assert content_hash(paper) != content_hash(other(paper))


def test_a_new_draft_supersedes_the_unfinished_one_under_its_number() -> None:
    dossier = Dossier(case=a_small_case(), documents=(a_form("signing", "clerk"),))
    done = taken(dossier, attempt("draft", by=CLERK), small(), number=None)
    assert done.document is not None
    assert done.superseded is not None
    assert (done.document.number, done.document.revision, done.document.signed_by) == ("XY-2026-00001", 2, [])
    assert done.superseded.state == "superseded"


def test_a_correction_makes_a_new_version_with_its_reason() -> None:
    old = a_paper("slip", "final", number="P-01", fields={"pieces": 3})
    given = {"reason": "点数有误", "pieces": 4}
    done = taken(Dossier(case=a_small_case(), documents=(old,)), attempt("correct", given, by=CLERK), small())
    assert done.document is not None
    assert done.superseded is not None
    new = done.document
    assert (new.number, new.revision, new.state, new.corrects) == ("P-01", 2, "final", "d-slip")
    assert (new.fields, new.reason) == ({"pieces": 4}, "点数有误")
    assert (done.superseded.state, done.superseded.sha256) == ("superseded", old.sha256)


def test_a_corrected_paper_with_signers_is_signed_anew() -> None:
    made = corrected(
        FORM, a_form("final", "clerk", "manager"), document_id="d2", fields={"pieces": 4}, reason="点数有误", at=AT
    )
    assert (made.state, made.signed_by, made.sha256) == ("draft", [], None)


def test_a_paper_without_a_field_that_it_must_have_is_not_made() -> None:
    with pytest.raises(DocumentFieldMissing) as refusal:
        drafted(FORM, None, document_id="d", number="F-2026-01", fields={"pieces": None}, at=RECEIVED)
    assert refusal.value.fields == {"document": "form", "missing": ["pieces"]}
