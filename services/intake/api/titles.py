"""Titles of intake's own problem codes; those of a pack's gates come with the pack's own words."""

from collections.abc import Mapping
from typing import Final

from shared.kernel.errors import Title

TITLES: Final[Mapping[str, Title]] = {
    "case_type_unknown": Title("There is no such type of case", "没有该类案件"),
    "channel_unknown": Title("Nothing is taken in through this channel", "不受理该渠道"),
    "contact_kind_unknown": Title("There is no such kind of contact", "没有该类来访"),
    "contact_has_case": Title("The contact led to a case already", "该来访已立案件"),
    "contact_opens_no_case": Title("This kind of contact leads to no such case", "该类来访不对应此类案件"),
    "case_number_taken": Title("The case number is taken", "案件编号已被占用"),
    "input_missing": Title("Something that is needed was left out", "缺少必填内容"),
    "input_invalid": Title("Something entered is not acceptable", "填写内容不符合要求"),
    "received_in_future": Title("The receipt lies in the future", "受理时间晚于当前时间"),
    "received_too_long_ago": Title("The receipt lies too far back", "受理时间过早"),
    "at_in_future": Title("The step is said to happen in the future", "发生时间晚于当前时间"),
    "at_too_long_ago": Title("The step is said to lie too far back", "发生时间过早"),
    "at_before_previous_step": Title("The step is said to precede the last one", "发生时间早于上一步"),
    "step_unknown": Title("There is no such step for this case", "该案件没有此步骤"),
    "role_forbidden": Title("Another role does this", "该操作须由其他岗位办理"),
    "step_out_of_order": Title("The case does not stand where this step is taken", "当前状态不能办理此步骤"),
    "rule_failed": Title("A rule cannot be computed over these values", "按现有数据无法执行该规则"),
    "fact_invalid": Title("A fact cannot have this value", "案件要素取值无效"),
    "visit_state_forbids": Title("No visit is in the state that this needs", "走访状态不允许此操作"),
    "document_state_forbids": Title("The document is not in the state that this needs", "单据状态不允许此操作"),
    "document_field_missing": Title("The document lacks something", "单据内容不完整"),
    "party_unknown": Title("The document has no such signer", "单据没有该签署方"),
    "already_signed": Title("This party or person has signed", "该方或该人已签署"),
    "signature_out_of_order": Title("Another party signs first", "应由其他方先签署"),
    "signature_missing": Title("Not every party has signed", "签署不齐全"),
    "not_archived": Title("The case is not archived", "案件尚未归档"),
    "case_archived": Title("The case is archived; nothing is added", "案件已归档，不能再添加"),
    "linked_too_many": Title("One step may not open so many cases", "一个步骤不能同时开立这么多关联案件"),
    "linked_owner_unknown": Title(
        "The linked case would be owned by no known role", "关联案件的责任岗位在制度中不存在"
    ),
    "reactions_too_many": Title("Linked cases react to one another without end", "关联案件之间的自动处理循环过多"),
    "case_purged": Title("The case has been purged; nothing is added", "案件已销毁，不能再办理"),
    "evidence_purged": Title("The file was erased with its case", "材料已随案件销毁"),
    "not_purged": Title("The case has not been purged", "案件尚未销毁"),
    "retention_unlimited": Title("No rule lets cases of this type go", "制度未规定该类案件可以销毁"),
    "retention_not_begun": Title("The time of keeping has not begun", "保存期限尚未起算"),
    "retention_not_over": Title("The time of keeping is not over", "保存期限未满"),
    "retention_hold": Title("The case is held back from purging", "案件须继续保存，暂不得销毁"),
    "evidence_kind_unknown": Title("There is no such kind of evidence", "没有该类材料"),
    "evidence_empty": Title("The file is empty", "文件为空"),
    "evidence_type_refused": Title("Files of this type are not taken here", "不接受该类型文件"),
    "evidence_type_mismatch": Title("The content is not what it is declared to be", "文件内容与声明的类型不符"),
    "evidence_unsafe": Title("The file is not safe to keep", "文件存在安全风险"),
    "storage_unavailable": Title("Files cannot be stored or read now", "文件存储暂不可用"),
    "party_role_unknown": Title("The pack has no such role", "制度中没有该岗位"),
}
