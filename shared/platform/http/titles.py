"""Titles of the problem codes that this kernel raises, in both languages.

Services add the codes of their domain through `create_app(titles=…)`; a code that nobody titled
gets the title of its category. Refusals of a policy pack's rules bring the pack's words and citation.
"""

from collections.abc import Mapping
from typing import Final

from shared.kernel.errors import Title

CATALOGUE: Final[Mapping[str, Title]] = {
    "invalid": Title("The request is malformed", "请求格式不正确"),
    "rejected": Title("A rule does not accept this input", "输入不符合规定"),
    "conflict": Title("The present state forbids this", "当前状态不允许此操作"),
    "not_found": Title("There is no such thing", "未找到"),
    "forbidden": Title("You may not do this", "无权进行此操作"),
    "unavailable": Title("Something we depend on is down; try again", "依赖的服务暂不可用，请重试"),
    "internal": Title("We failed; the log knows why", "系统内部错误"),
    "method_not_allowed": Title("This address does not take that method", "该地址不支持此方法"),
    "body_too_large": Title("The body is too large", "请求体过大"),
    "media_type_unsupported": Title("This kind of body is not taken here", "不支持的内容类型"),
    "too_many_requests": Title("Too many requests; wait a little", "请求过于频繁，请稍后再试"),
    "overloaded": Title("We are at capacity; try again", "系统繁忙，请稍后重试"),
    "outcome_unknown": Title(
        "It is not known whether this took effect; repeat it with the same key", "结果未知，请使用同一幂等键重试"
    ),
    "database_unavailable": Title("The database does not answer; try again", "数据库暂不可用，请重试"),
    "commit_unknown": Title(
        "It is not known whether this took effect; repeat it with the same key", "结果未知，请使用同一幂等键重试"
    ),
    "pack_required": Title("Say which policy pack", "需要指明规则包"),
    "no_effective_policy": Title("No policy was in force at that instant", "该时刻没有生效的规则"),
    "policy_not_here_yet": Title("The policy has not arrived yet; try again", "规则尚未同步，请重试"),
    "token_missing": Title("A bearer token is needed", "需要访问令牌"),
    "token_malformed": Title("The token is not one", "访问令牌格式不正确"),
    "token_invalid": Title("The token is not accepted", "访问令牌无效"),
    "token_expired": Title("The token has expired", "访问令牌已过期"),
    "scope_missing": Title("The token lacks a scope for this", "访问令牌缺少所需权限范围"),
    "organisation_unknown": Title("The organisation is not known here", "未知的组织"),
    "organisation_not_simulated": Title("Only for organisations on a simulated clock", "仅适用于使用模拟时钟的组织"),
    "idempotency_key_missing": Title("An Idempotency-Key header is needed", "缺少 Idempotency-Key 请求头"),
    "idempotency_key_invalid": Title("The Idempotency-Key is not usable", "Idempotency-Key 无效"),
    "idempotency_key_reused": Title("The key was used for another request", "该幂等键已用于其他请求"),
    "idempotency_key_in_flight": Title("The same request is being handled", "相同请求正在处理中"),
    "input_invalid": Title("The input does not have the documented shape", "输入内容不符合接口定义"),
    "json_malformed": Title("The body is not JSON", "请求体不是有效的 JSON"),
    "json_empty": Title("A JSON body is needed", "缺少 JSON 请求体"),
    "json_not_utf8": Title("JSON must be UTF-8 without a byte order mark", "JSON 必须为不带 BOM 的 UTF-8 编码"),
    "json_duplicate_key": Title("A key appears twice in one object", "JSON 对象中存在重复的键"),
    "json_nul_character": Title("NUL characters are not taken", "不接受 NUL 字符"),
    "json_lone_surrogate": Title("A lone surrogate is not a character", "存在不成对的代理字符"),
    "json_number_out_of_range": Title("A number is beyond 64 bits or not finite", "数值超出范围"),
    "json_too_deep": Title("The JSON is nested too deep", "JSON 嵌套层级过深"),
    "page_token_invalid": Title("The `after` token is not one of ours", "分页标记无效"),
    "page_limit_invalid": Title("`limit` is out of range", "分页大小超出范围"),
}
