"""`messages`: how many messages of the case match."""

from collections.abc import AsyncIterator, Iterator
from typing import Final

from operate.scenarios.compare import Shown, subset
from operate.scenarios.difference import Difference, as_written
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import Count, Strict
from operate.scenarios.verb import PackName


class MessageExpectation(Strict):
    """Messages of the case that match all given keys; exactly `count` of them."""

    rule: str | None = None
    event: str | None = None  # `on` is a boolean in YAML 1.1
    to: str | None = None
    channel: str | None = None
    locale: str | None = None
    state: str | None = None
    contains: str | None = None
    count: Count = 1


async def _differences(wanted: list[MessageExpectation], view: View) -> AsyncIterator[Difference]:
    items = await view.of_case("notify", "messages")
    for message in wanted:
        found = [item for item in items if _matches(item, message)]
        if len(found) != message.count:
            asked = message.model_dump(exclude_none=True, exclude={"count"})
            there = sorted({f"{item['on']} to {item['recipient']} ({item['state']})" for item in items})
            came = f"{len(found)}; there are {as_written(there)}"
            rule = message.rule or next((str(item["rule"]) for item in found), "")
            element = f"notify.rules[{rule}]" if rule else ""
            yield Difference(f"messages {as_written(asked)}", str(message.count), came, element=element)


def _matches(item: Shown, wanted: MessageExpectation) -> bool:
    shown = {**item, "event": item["on"], "to": item["recipient"]}
    asked = wanted.model_dump(exclude_none=True, exclude={"count", "contains"})
    text = f"{item.get('subject') or ''}\n{item.get('body') or ''}"
    return not list(subset("", asked, shown)) and (wanted.contains is None or wanted.contains in text)


def _pack_names(wanted: list[MessageExpectation]) -> Iterator[PackName]:
    for index, message in enumerate(wanted):
        if message.rule is not None:
            yield PackName(kind="message_rule", path=(index, "rule"), id=message.rule)
        if message.event is not None:
            yield PackName(kind="milestone", path=(index, "event"), id=message.event)


EXPECTATION: Final = Expectation(
    name="messages",
    type=list[MessageExpectation],
    about="case",
    meaning="list of `{rule?, event?, to?, channel?, locale?, state?, contains?, count}`: exactly `count` (default 1) "
    "messages of the case match; `to` is the recipient's role (the owning role itself where the rule says `owner`), "
    "`event` the event's name",
    differences=_differences,
    pack_names=_pack_names,
)
