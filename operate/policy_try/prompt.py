"""The prompt of a trial: reads lines, carries them out, prints what follows, and goes on after an error."""

import readline
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal

from rich.console import Console
from rich.markup import escape

from operate.errors import OperatorError
from operate.policy_try import told
from operate.policy_try.line import ALIASES, VERBS, Line, LineWrong, instant_after, read_line, request_of
from operate.policy_try.saved import save
from operate.policy_try.trial import Trial
from operate.scenarios.timeline import LEGEND, Timeline
from shared.kernel.text import Text
from shared.packs.documents import Sections
from shared.packs.publishing.cited_rules import rule_ids

MOST_LINES: Final = 10_000
_HELP: Final = Text(
    en="""register TYPE fact=value …       open a case; as=NAME gives it a name
do STEP input=value …            take a step of the pack
quote REMEDY input=value …       then offer, accept, approve, payout, …
steps                            what may be done now, by which role, with which inputs
at 2026-03-05T09:00 | wait 3d    move the clock (90m, 2h, 3d, 1w; `wait next`: to what is due next)
show | explain [CLOCK|REMEDY]    how the case stands; how its dates and amounts came about
undo                             play everything again without the last
save FILE                        write what was done as a scenario that plays
help | quit
Everywhere: by=PERSON (each role has persons: manager, manager2, …), case=NAME. Further verbs:""",
    zh="""register 类型 事实=值 …            登记案件；as=名称 为其命名
do 步骤 输入=值 …                 执行规则包的步骤
quote 方案 输入=值 …              报价，随后 offer、accept、approve、payout 等
steps                            当前可执行的步骤、角色和输入
at 2026-03-05T09:00 | wait 3d    拨动时钟（90m、2h、3d、1w；wait next：到下一个到期时刻）
show | explain [期限|方案]        案件现状；期限和金额的计算过程
undo                             重放除最后一步以外的所有步骤
save 文件                         把已执行的内容保存为可运行的场景
help | quit
各处可用：by=人员（每个角色有多人：manager、manager2……），case=名称。其他动词：""",
)
_UNDONE: Final = Text(en="taken back", zh="已撤销")
_NOTHING_TO_EXPLAIN: Final = Text(en="no such clock or remedy on this case", zh="该案件没有这样的期限或方案")
_SAVED: Final = Text(en="saved", zh="已保存")


class Prompt:
    """Carries out the lines of one trial."""

    def __init__(self, trial: Trial, console: Console, *, language: Literal["zh", "en"]) -> None:
        self._trial = trial
        self._console = console
        self._language = language
        self._timeline = Timeline(console, locale=language, for_authors=True)

    async def run(self, lines: Iterator[str]) -> None:
        """Carry out each line until `quit`; a line that cannot be carried out changes nothing."""
        self._say(f"{LEGEND}; help\n")
        for text in lines:
            try:
                line = read_line(text)
                if line.word in {"quit", "exit"}:
                    return
                if line.word:
                    await self._carry_out(line)
            except OperatorError as error:
                self._console.print(f"[red]✗[/] {escape(str(error))}", highlight=False)

    async def _carry_out(self, line: Line) -> None:
        match line.word:
            case "help":
                self._say(f"{self._text(_HELP)} {', '.join(verb for verb in VERBS if verb != 'step')}")
            case "at" | "wait":
                await self._move(line)
            case "steps":
                await self._steps(line)
            case "show":
                await self._timeline.show(self._trial.session, self._case(line))
            case "explain":
                name = line.plain[0] if line.plain else None
                found = await told.explained(self._trial.session, self._case(line), name, self._language)
                self._say("\n".join(found) or self._text(_NOTHING_TO_EXPLAIN))
            case "undo":
                self._timeline = Timeline(self._console, locale=self._language, for_authors=True)
                last = await self._trial.take_back(self._timeline)
                self._say(f"{self._text(_UNDONE)}: {last.result.title}")
            case "save":
                await self._save(line)
            case _:
                await self._trial.take(request_of(line, self._trial.sections), self._timeline)

    async def _move(self, line: Line) -> None:
        if len(line.plain) != 1:
            raise LineWrong(f"`{line.word}` needs one instant or length of time")
        [to] = line.plain
        if line.word == "wait":
            instant = self._trial.next_due() if to == "next" else instant_after(self._trial.now, to)
            to = instant.strftime("%Y-%m-%dT%H:%M:%S" if instant.second else "%Y-%m-%dT%H:%M")
        case = {"case": line.pairs["case"]} if "case" in line.pairs else {}
        await self._trial.go_to(to, case, self._timeline)

    async def _steps(self, line: Line) -> None:
        if self._trial.has_case():
            page = await self._trial.page_of_staff(self._case(line))
            self._say("\n".join(told.steps(page, self._trial.sections, self._language)))
        else:
            self._say("\n".join(told.registrations(self._trial.sections, self._language)))

    async def _save(self, line: Line) -> None:
        if len(line.plain) != 1:
            raise LineWrong("`save` needs the name of a file")
        file = Path(line.plain[0]).expanduser()
        cites = [cite for case_id in self._trial.case_ids() for cite in await self._trial.cites(case_id)]
        save(self._trial, file, rules=[rule for cite in cites for rule in rule_ids(cite)])
        self._say(f"{self._text(_SAVED)}: {file}")

    def _case(self, line: Line) -> str:
        return self._trial.case_id(line.pairs.get("case"))

    def _text(self, text: Text) -> str:
        return str(getattr(text, self._language))

    def _say(self, text: str) -> None:
        self._console.print(escape(text), highlight=False)


def typed(sections: Sections, console: Console, now: Callable[[], str]) -> Iterator[str]:
    """Lines from the terminal, with history and completion; from a pipe, each printed as it is read."""
    if sys.stdin.isatty():
        _complete(sorted(_words(sections)))
    for _ in range(MOST_LINES):
        try:
            text = input(f"{now()} > ") if sys.stdin.isatty() else sys.stdin.readline(10_000)
        except (EOFError, KeyboardInterrupt):
            return
        if not sys.stdin.isatty():
            if not text:
                return
            console.print(f"{now()} > {escape(text.rstrip())}", highlight=False)
        yield text


def _words(sections: Sections) -> set[str]:
    intake = sections.intake
    named = {kind.id for kind in intake.case_types} | {step.id for step in intake.steps}
    named |= {remedy.id for remedy in sections.settlement.remedies} | {clock.id for clock in sections.sla.clocks}
    keys = {f"{fact.id}=" for fact in intake.facts}
    keys |= {f"{field.id}=" for step in intake.steps for field in step.input}
    keys |= {f"{field.id}=" for remedy in sections.settlement.remedies for field in remedy.inputs}
    commands = {"steps", "show", "explain", "undo", "save", "help", "quit", "at", "wait", *ALIASES, *VERBS}
    return named | keys | commands | {"by=", "case=", "as="}


def _complete(words: list[str]) -> None:
    def complete(text: str, state: int) -> str | None:
        return next(
            (word for number, word in enumerate(w for w in words if w.startswith(text)) if number == state), None
        )

    readline.set_completer(complete)
    readline.set_completer_delims(" \t")
    readline.parse_and_bind("tab: complete")
