"""Titles of the refusals around organisations, their clocks and their policies."""

from collections.abc import Mapping
from typing import Final

from shared.http.titles import Title

REGISTRY_TITLES: Final[Mapping[str, Title]] = {
    "simulated_organisation_forbidden": Title("Simulated organisations do not exist here", "此环境不允许创建模拟组织"),
    "clock_backwards": Title("The clock is past that instant", "时钟已超过该时刻"),
    "pack_invalid": Title("The policy pack has faults", "规则包存在错误"),
    "pack_too_large": Title("The policy pack is too large", "规则包过大"),
    "pack_required": Title("Say which policy pack", "需要指明规则包"),
    "effective_from_before_published": Title("A published version begins later", "已有更晚生效的已发布版本"),
    "effective_from_past": Title("A later version cannot begin in the past", "后续版本不得追溯生效"),
    "no_effective_policy": Title("No policy was in force at that instant", "该时刻没有生效的规则"),
    "policy_not_here_yet": Title("The policy has not arrived yet; try again", "规则尚未同步，请重试"),
}
