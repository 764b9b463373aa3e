"""The index of an archived case: each thing with the hash of what it says, and the hash over all of them."""

from dataclasses import replace
from hashlib import sha256

from services.intake.dossier.rules.archive import ArchiveEntry, ArchiveIndex, as_mapping, entries_of, index_of
from services.intake.dossier.rules.dossier import Dossier
from tests.unit.intake.builders import CASE, NOW, a_case, a_file, a_paper, a_record

PAPER = ArchiveEntry(what="document", id="d-slip", kind="slip", number="P-01", state="superseded", sha256="a" * 64)
FILE = ArchiveEntry(what="evidence", id="e-photo", kind="photo", number=None, state=None, sha256="b" * 64)


def test_an_unfinished_paper_is_listed_under_the_hash_of_what_it_says_so_far() -> None:
    content = (
        '{"corrects":null,"fields":{"pieces":3},"number":"P-01","reason":null,"revision":1,"signatures":[],'
        '"template":"slip"}'
    )
    draft = a_paper("slip", "draft", number="P-01", fields={"pieces": 3})
    assert entries_of(Dossier(case=a_case(), documents=(draft,))) == (
        replace(PAPER, state="draft", sha256=sha256(content.encode()).hexdigest()),
    )


def test_records_are_listed_by_id_each_under_the_hash_of_its_fields_and_its_instant() -> None:
    content = '{"at":"2026-03-05T01:00:00Z","fields":{"standard_ref":"GB/T 2975"},"kind":"sample"}'
    digest = sha256(content.encode()).hexdigest()
    first = ArchiveEntry(what="record", id="r-1", kind="sample", number=None, state=None, sha256=digest)
    records = (replace(a_record(), record_id="r-2"), a_record())
    assert entries_of(Dossier(case=a_case(), records=records)) == (first, replace(first, id="r-2"))


def test_an_entry_is_stored_with_everything_that_it_says() -> None:
    assert as_mapping(PAPER) == {
        "what": "document",
        "id": "d-slip",
        "kind": "slip",
        "number": "P-01",
        "state": "superseded",
        "sha256": "a" * 64,
    }


def test_the_hash_of_the_index_is_over_the_case_the_instant_and_the_entries() -> None:
    paper = a_paper("slip", "superseded", number="P-01")
    dossier = Dossier(case=a_case(), documents=(paper,), evidence=(a_file(),))
    content = (
        f'{{"archived_at":"2026-03-09T02:00:00Z","case_id":"{CASE}","entries":['
        f'{{"id":"d-slip","kind":"slip","number":"P-01","sha256":"{"a" * 64}","state":"superseded","what":"document"}},'
        f'{{"id":"e-photo","kind":"photo","number":null,"sha256":"{"b" * 64}","state":null,"what":"evidence"}}],'
        f'"number":"QO-202603-00001"}}'
    )
    assert index_of(dossier, at=NOW) == ArchiveIndex(
        case_id=CASE,
        number="QO-202603-00001",
        archived_at=NOW,
        entries=(PAPER, FILE),
        sha256=sha256(content.encode()).hexdigest(),
    )
