"""Titles of the refusals around organisations, their clocks and their policies."""

from collections.abc import Mapping
from typing import Final

from shared.kernel.errors import Title

REGISTRY_TITLES: Final[Mapping[str, Title]] = {
    "simulated_organisation_forbidden": Title("Simulated organisations do not exist here", "此环境不允许创建模拟组织"),
    "clock_backwards": Title("The clock is past that instant", "时钟已超过该时刻"),
    "pack_invalid": Title("The policy pack has faults", "规则包存在错误"),
    "pack_too_large": Title("The policy pack is too large", "规则包过大"),
    "effective_from_before_published": Title("A published version begins later", "已有更晚生效的已发布版本"),
    "effective_from_past": Title("A later version cannot begin in the past", "后续版本不得追溯生效"),
}
