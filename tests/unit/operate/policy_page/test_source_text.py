"""The words of a document: passages by rule, in their order, and nothing of their HTML."""

from pathlib import Path

import pytest

from operate.errors import OperatorError
from operate.policy_page.source_text import passages, read_source
from shared.packs.publishing.load import load_pack
from tests.support.packs import write_pack

TEXT = """\
# The rules

Before all rules.

## LS-1 s.1

A *customer* reports.

## LS-2, LS-3b: sections 2 and 3

| up to | by |
| --- | --- |
| 500 | clerk |

### LS-10

## Chapter 2

Of money.
"""


def test_a_heading_that_begins_with_ids_begins_a_passage_and_any_other_ends_it() -> None:
    found = passages(TEXT)

    assert [(passage.rules, passage.place, passage.line) for passage in found] == [
        ((), "", 1),
        (("LS-1",), "s.1", 5),
        (("LS-2", "LS-3b"), "sections 2 and 3", 9),
        (("LS-10",), "", 15),
        ((), "", 17),
    ]
    assert found[0].html == "<h4>The rules</h4>\n<p>Before all rules.</p>"
    assert found[1].html == "<p>A <em>customer</em> reports.</p>"
    assert "<td>500</td>" in found[2].html
    assert found[3].html == ""
    assert found[4].html == "<h4>Chapter 2</h4>\n<p>Of money.</p>"


def test_html_is_text_pictures_are_not_loaded_and_scripts_are_no_links() -> None:
    (found,) = passages("## X-1\n<script>alert(1)</script>\n![p](http://a.example/p.png) [x](javascript:alert(1))\n")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in found.html
    assert "<script" not in found.html
    assert "<img" not in found.html
    assert 'href="javascript' not in found.html


def test_a_pack_without_the_file_has_no_passages(tmp_path: Path) -> None:
    assert read_source(tmp_path) == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"## X-1\n\n## X-2\n\n## X-1, X-3\n", "source.md:5: X-1 has a heading in line 1 already"),
        (b"## X-1\n\n\xff\n", "source.md: not UTF-8"),
        (b"a" * (2 * 1024 * 1024 + 1), "source.md: larger than 2048 KiB"),
    ],
)
def test_what_is_wrong_with_the_file_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "source.md").write_bytes(content)

    with pytest.raises(OperatorError) as raised:
        read_source(tmp_path)

    assert raised.value.message == f"{tmp_path}/{said}"


def test_the_file_is_no_stranger_in_a_packs_folder(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "small")
    digest = load_pack(folder).digest
    (folder / "source.md").write_text(TEXT, encoding="utf-8")

    loaded = load_pack(folder)

    assert loaded.errors == ()
    assert loaded.digest == digest
