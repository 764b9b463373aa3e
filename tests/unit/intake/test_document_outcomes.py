"""A paper after each action, whole, and each refusal with its citation and fields."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest

from services.intake.cases.rules.errors import RoleForbidden
from services.intake.documents.rules import errors
from services.intake.documents.rules.document import Document, Signature, corrected, drafted, finalised, issued, signed
from shared.kernel.actor import SYSTEM
from shared.kernel.errors import ServiceError
from tests.unit.intake.builders import CLERK, MANAGER, NOW, a_paper, signed_by, small

FORM = small().documents_by_id["form"]
SLIP = small().documents_by_id["slip"]


def a_form(state: str = "draft", *parties: str) -> Document:
    return a_paper("form", state, number="F-2026-01", fields={"pieces": 3}, signatures=signed_by(*parties))


def draft(live: Document | None, *, pieces: object = 4) -> Document:
    fields: dict[str, object] = {"pieces": pieces}
    return drafted(FORM, live, document_id="d2", number="F-2026-09", fields=fields, at=NOW)  # type: ignore[arg-type]


def sign(live: Document | None, party: str, *, signer: str = "周", by: object = MANAGER) -> Document:
    return signed(FORM, live, party=party, signer=signer, actor=by, at=NOW)  # type: ignore[arg-type]


def issue(live: Document | None) -> Document:
    return issued(SLIP, live, document_id="d2", number="P-01", fields={"pieces": 4}, at=NOW)


def correct(live: Document | None) -> Document:
    return corrected(SLIP, live, document_id="d2", fields={"pieces": 4}, reason="点数有误", at=NOW)


@pytest.mark.parametrize(
    ("live", "number", "revision"), [(None, "F-2026-09", 1), (a_form("signing", "clerk"), "F-2026-01", 2)]
)
def test_a_draft_has_the_number_of_the_one_that_it_replaces(live: Document | None, number: str, revision: int) -> None:
    assert draft(live) == Document(
        document_id="d2",
        template="form",
        number=number,
        revision=revision,
        state="draft",
        fields={"pieces": 4},
        drafted_at=NOW,
    )


@pytest.mark.parametrize("by", [MANAGER, SYSTEM])
def test_a_signature_says_for_whom_when_and_on_whose_record(by: object) -> None:
    recorded_by = "zhou" if by is MANAGER else "system"
    live = a_form("signing", "clerk")
    signature = Signature(party="manager", signer="周", at=NOW, recorded_by=recorded_by)
    assert sign(live, "manager", by=by) == replace(live, signatures=(*live.signatures, signature))


def test_an_issued_paper_is_final_at_once_under_its_hash() -> None:
    content = (
        '{"corrects":null,"fields":{"pieces":4},"number":"P-01","reason":null,"revision":1,"signatures":[],'
        '"template":"slip"}'
    )
    assert issue(None) == Document(
        document_id="d2",
        template="slip",
        number="P-01",
        revision=1,
        state="final",
        fields={"pieces": 4},
        drafted_at=NOW,
        final_at=NOW,
        sha256=sha256(content.encode()).hexdigest(),
    )


def test_a_correction_says_what_it_corrects_and_why_and_its_hash_covers_both() -> None:
    live = a_paper("slip", "final", number="P-01", fields={"pieces": 3})
    content = (
        '{"corrects":"d-slip","fields":{"pieces":4},"number":"P-01","reason":"点数有误","revision":2,"signatures":[],'
        '"template":"slip"}'
    )
    assert correct(live) == Document(
        document_id="d2",
        template="slip",
        number="P-01",
        revision=2,
        state="final",
        fields={"pieces": 4},
        drafted_at=NOW,
        final_at=NOW,
        sha256=sha256(content.encode()).hexdigest(),
        corrects="d-slip",
        reason="点数有误",
    )


ONCE = a_form("signing", "clerk")
SLIP_CITE = "SK-7 1.7"


@pytest.mark.parametrize(
    ("act", "refusal", "cite", "fields"),
    [
        (
            lambda: draft(a_form("final")),
            errors.DocumentForbids,
            FORM.cite,
            {"document": "form", "state": "final", "action": "draft"},
        ),
        (
            lambda: sign(None, "clerk"),
            errors.DocumentForbids,
            FORM.cite,
            {"document": "form", "state": "absent", "action": "sign"},
        ),
        (
            lambda: issue(a_paper("slip", "final")),
            errors.DocumentForbids,
            SLIP_CITE,
            {"document": "slip", "state": "final", "action": "issue"},
        ),
        (
            lambda: correct(a_paper("slip", "draft")),
            errors.DocumentForbids,
            SLIP_CITE,
            {"document": "slip", "state": "draft", "action": "correct"},
        ),
        (
            lambda: finalised(FORM, None, at=NOW),
            errors.DocumentForbids,
            FORM.cite,
            {"document": "form", "state": "absent", "action": "finalise"},
        ),
        (
            lambda: finalised(FORM, ONCE, at=NOW),
            errors.SignatureMissing,
            FORM.cite,
            {"document": "form", "missing": ["manager"]},
        ),
        (lambda: sign(ONCE, "manager", by=CLERK), RoleForbidden, FORM.cite, {"roles": ["manager"]}),
        (
            lambda: sign(ONCE, "clerk", by=CLERK),
            errors.AlreadySigned,
            FORM.cite,
            {"document": "form", "party": "clerk"},
        ),
        (
            lambda: sign(ONCE, "manager", signer="clerk-person"),
            errors.AlreadySigned,
            FORM.cite,
            {"document": "form", "party": "manager"},
        ),
        (
            lambda: sign(a_form(), "manager"),
            errors.SignatureOutOfOrder,
            FORM.cite,
            {"document": "form", "first": "clerk"},
        ),
        (lambda: sign(ONCE, "driver"), errors.PartyUnknown, FORM.cite, {"allowed": ["clerk", "manager"]}),
        (
            lambda: draft(None, pieces=None),
            errors.DocumentFieldMissing,
            FORM.cite,
            {"document": "form", "missing": ["pieces"]},
        ),
        (
            lambda: draft(None, pieces=""),
            errors.DocumentFieldMissing,
            FORM.cite,
            {"document": "form", "missing": ["pieces"]},
        ),
        (
            lambda: draft(None, pieces=[]),
            errors.DocumentFieldMissing,
            FORM.cite,
            {"document": "form", "missing": ["pieces"]},
        ),
    ],
)
def test_a_refusal_cites_the_template_and_says_what_a_client_may_act_on(
    act: Callable[[], object], refusal: type[ServiceError], cite: str, fields: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        act()
    assert (refused.value.cite, refused.value.fields) == (cite, fields)
