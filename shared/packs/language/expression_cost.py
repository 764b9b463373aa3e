"""What an expression may cost, known before it runs: the engine has no limit of steps of its own.

The unit is one token of the text, evaluated once (about 10 ns). A token in the body of a closure (`map`, `some`, …)
is evaluated for each item, and again for each item of a closure around it. Texts that are copied or searched count by
their length, patterns of `matches` by the time that they take to compile.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.packs.language.expression_text import ExpressionInvalid, tokens_of
from shared.packs.language.expression_tokens import CLOSURES, DATE_WORDS, Token

MOST_WORK: Final = 1_000_000
"""About ten milliseconds."""
MOST_TIMES: Final = 10
"""So many times the work that publication assumed an expression may take at run time, where lists are longer."""
LEAST_ADMITTED: Final = 20_000
"""So much any expression over lists may take."""
DEEPEST_CLOSURE: Final = 2
ITEMS: Final = 100
"""The most items that an input's list has; publication assumes as many of each list."""
TEXT: Final = 200
"""The length of text that publication assumes."""
LONGEST_PATTERN: Final = 200
MOST_REPETITIONS: Final = 1_000

_CHARACTERS_PER_UNIT: Final = 50
_PATTERN_UNITS: Final = 50_000
DATE_UNITS: Final = 2_000
"""A word for dates is written in some dozen functions of the engine."""
_ON_TEXT: Final = frozenset(
    {"contains", "startsWith", "endsWith", "matches", "upper", "lower", "trim", "split", "string", "number", "len", "+"}
)
_NONE: Final[Mapping[str, int]] = {}
_COUNTS: Final = re.compile(r"\{(\d+)(?:,(\d*))?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Numbers of tokens, each by how many closures they are the body of."""

    tokens: tuple[int, ...]
    on_text: tuple[int, ...]
    patterns: tuple[int, ...]
    words: tuple[int, ...]
    """Units of the calls of words that are written out: those for dates, and tables."""
    pluses: int
    flattened: int
    splits: bool
    listed: int
    """Items of the longest list that is written out."""

    @property
    def depends(self) -> bool:
        """Whether the work depends on lists and texts so much that they are to be measured before each run."""
        return len(self.tokens) > 1 or self.work(items=1, text=2**20) > self.admitted

    @property
    def assumed(self) -> int:
        """The work that publication assumes: the worst case with `ITEMS` and `TEXT`."""
        return self.work(items=ITEMS, text=TEXT)

    @property
    def admitted(self) -> int:
        """The most work of one evaluation; without a walk through a list only long texts make it more than assumed."""
        return MOST_WORK if len(self.tokens) == 1 else min(MOST_WORK, max(LEAST_ADMITTED, MOST_TIMES * self.assumed))

    def work(self, *, items: int, text: int) -> int:
        """An upper bound of the units for lists of at most `items` and texts of at most `text` characters."""
        each = max(items, self.listed, text if self.splits else 0, 1)
        longest = text * (1 + self.pluses) // _CHARACTERS_PER_UNIT
        units, times = 0, 1
        for _ in range(self.flattened):
            times *= each
        for number, on_text, patterns, words in zip(self.tokens, self.on_text, self.patterns, self.words, strict=True):
            units += (number + on_text * longest + patterns * _PATTERN_UNITS + words) * times
            times *= each
        return units


def cost_of(source: str, *, tables: Mapping[str, int] = _NONE) -> Cost:
    """The cost of `source`, in which calls of `tables` cost so many units each.

    Raises ExpressionInvalid when it is beyond what publication admits.
    """
    tokens = tokens_of(source)
    placed = list(with_depths(tokens))
    depth = max((depth for depth, _ in placed), default=0)
    if depth > DEEPEST_CLOSURE:
        raise ExpressionInvalid(detail=f"functions over lists more than {DEEPEST_CLOSURE} deep in each other")
    _check_patterns(tokens)

    def by_depth(*texts: str) -> tuple[int, ...]:
        wanted = [where for where, token in placed if not texts or (token.text in texts and token.kind != "text")]
        return tuple(wanted.count(each) for each in range(depth + 1))

    units = {**dict.fromkeys(DATE_WORDS, DATE_UNITS), **tables}
    of_words = [(where, units[token.text]) for where, token in placed if token.kind == "name" and token.text in units]

    cost = Cost(
        tokens=by_depth(),
        on_text=by_depth(*_ON_TEXT),
        patterns=by_depth("matches"),
        words=tuple(sum(each for where, each in of_words if where == at) for at in range(depth + 1)),
        pluses=sum(by_depth("+")),
        flattened=sum(by_depth("flatMap")),
        splits=any(by_depth("split")),
        listed=_listed(tokens),
    )
    if (work := cost.assumed) > MOST_WORK:
        raise ExpressionInvalid(
            detail=f"too much work with lists of {ITEMS} items: {work} of {MOST_WORK} units; write shorter bodies"
        )
    return cost


def extent(value: object) -> tuple[int, int]:
    """The items of the longest list or map and the characters of the longest text in `value`."""
    items = text = 0
    pending = [value]
    while pending:
        match pending.pop():
            case str() as found:
                text = max(text, len(found))
            case Mapping() as found:
                items = max(items, len(found))
                text = max(text, max((len(key) for key in found if isinstance(key, str)), default=0))
                pending.extend(found.values())
            case list() | tuple() | set() | frozenset() as found:
                items = max(items, len(found))
                pending.extend(found)
    return items, text


def with_depths(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """Each token with the number of closures in whose body it stands."""
    in_body: list[bool | None] = []  # of each open bracket; None when it is no closure's
    for number, token in enumerate(tokens):
        if token.kind == "sign" and token.text in ")]" and in_body:
            in_body.pop()
        yield in_body.count(True), token
        if token.kind != "sign":
            continue
        if token.text in "([":
            before = tokens[number - 1] if number else token
            in_body.append(False if token.text == "(" and before.text in CLOSURES else None)
        elif token.text == "," and in_body and in_body[-1] is False:
            in_body[-1] = True
        elif token.text == "." and tokens[number + 1 : number + 2] == [token] and not _asked_in(tokens[:number]):
            raise ExpressionInvalid(detail="a range `a..b` is no list; it stands after `in` only")


def _asked_in(before: Sequence[Token]) -> bool:
    """Whether a range that begins at the end of `before` stands after `in`: it is compared with, not walked through."""
    match before[-4:]:
        case [*_, Token("name", "in"), Token("sign", "[" | "("), Token("number")]:
            return True
        case [Token("name", "in"), Token("sign", "[" | "("), Token("sign", "-"), Token("number")]:
            return True
    return False


def _listed(tokens: Sequence[Token]) -> int:
    longest, open_lists = 0, []
    for token in tokens:
        if token.kind != "sign":
            continue
        if token.text in "([":
            open_lists.append(1)
        elif token.text in ")]" and open_lists:
            longest = max(longest, open_lists.pop())
        elif token.text == "," and open_lists:
            open_lists[-1] += 1
    return longest


def _check_patterns(tokens: Sequence[Token]) -> None:
    """The pattern of `matches` is a short text that is written out, with few repetitions."""
    for number, token in enumerate(tokens):
        if token.kind != "name" or token.text != "matches":
            continue
        pattern = _second_argument(tokens[number + 1 :])
        if pattern is None or len(pattern) > LONGEST_PATTERN:
            raise ExpressionInvalid(detail=f"`matches` takes a pattern of at most {LONGEST_PATTERN} characters")
        repetitions = 1
        for least, most in _COUNTS.findall(pattern):
            repetitions *= max(1, int(most or least))
        if repetitions > MOST_REPETITIONS:
            raise ExpressionInvalid(detail=f"a pattern with more than {MOST_REPETITIONS} repetitions")


def _second_argument(tokens: Sequence[Token]) -> str | None:
    """The text after the first comma of a call, when it is the last argument and a text."""
    depth = 0
    for number, token in enumerate(tokens):
        if token.kind != "sign":
            continue
        depth += (token.text in "([") - (token.text in ")]")
        if token.text == "," and depth == 1:
            match tokens[number + 1 : number + 3]:
                case [Token("text", quoted), Token("sign", ")")]:
                    return quoted[1:-1]
            return None
    return None
