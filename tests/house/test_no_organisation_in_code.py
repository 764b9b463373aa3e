"""Redress is an interpreter: no organisation's name stands in a service or in the kernel."""

import re
from pathlib import Path

import pytest

PACKS = Path("deploy/policies")

# Every organisation whose document is known, by the id of its pack: its names as people write them, Chinese and
# Latin. A pack whose organisation has no name of its own (a guide, a set of forms) has none.
NAMES: dict[str, tuple[str, ...]] = {
    "laigang": ("莱钢", "莱芜钢", "laiwu"),
    "tianzhu": ("天竺",),
    "power_am": ("电力企业", "power utility"),
    "resident_pm": ("住宅小区管理处",),
    "electrician": ("值班电工",),
    "duty_centre": ("duty centre",),
    "property_ops": ("物业服务部",),
    "complaint_skills": ("投诉处理技巧",),
    "gps": ("GPS事业部",),
    "gps_alias": (),
    "forms": (),
    "tobacco": ("烟草", "卷烟", "cigarette"),
    "callcentre": ("call centre", "call center"),
    "jiangnan": ("江南",),
    "wisco": ("武钢", "武汉钢", "wuhan iron"),
    "skshu": ("三棵树", "SKS"),
}

WORDS = {"forms", "gps", "SKS"}  # parts of other words, so looked for as words of their own


def word(name: str) -> str:
    """The pattern of `name`, however its parts are joined."""
    spelt = re.escape(name).replace("_", "[_ -]?").replace(r"\ ", "[_ -]?")
    return rf"(?<![A-Za-z]){spelt}(?![A-Za-z])" if name in WORDS else spelt


PATTERN = re.compile("|".join(word(name) for pack, names in NAMES.items() for name in (pack, *names)), re.IGNORECASE)


def code() -> list[Path]:
    """Every text file of the services and the kernel."""
    kinds = {".py", ".sql", ".md", ".mako", ".yaml", ".json", ".toml"}
    return [file for root in ("services", "shared") for file in Path(root).rglob("*") if file.suffix in kinds]


def test_every_pack_has_its_names_here() -> None:
    packs = {folder.parent.name for folder in PACKS.glob("*/pack.yaml")}

    assert packs
    assert packs - set(NAMES) == set()


def test_no_code_names_an_organisation() -> None:
    files = code()

    found = {f"{file}: {match[0]}" for file in files if (match := PATTERN.search(f"{file}\n{file.read_text('utf-8')}"))}

    assert len(files) > 100
    assert found == set()


@pytest.mark.parametrize(
    "text",
    [
        "if pack == 'wisco':",
        "三棵树物流部",
        "def skshu_rules()",
        "class LaigangRules:",
        "duty-centre",
        "DutyCentre",
        "GPS_ALIAS",
    ],
)
def test_a_name_is_found_however_it_is_written(text: str) -> None:
    assert PATTERN.search(text)


@pytest.mark.parametrize("text", ["transforms the text", "platform", "tasks", "a form", "Shanghai"])
def test_other_words_are_left_alone(text: str) -> None:
    assert not PATTERN.search(text)
