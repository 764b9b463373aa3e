"""What the definitions and tables of a pack gave in one evaluation: the steps between an expression and its value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from shared.packs.language.expression import Expression, ExpressionFailed
from shared.packs.language.expression_calls import arguments, calls
from shared.packs.language.expression_text import LONGEST, tokens_of
from shared.packs.language.expression_tokens import ELEMENT
from shared.packs.language.words import Words

MOST_USES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One call: as it is written, what it gave, and by which rules; of a table, the rows that were taken, from 1."""

    call: str
    value: object
    rows: tuple[int, ...] = ()
    cites: tuple[str, ...] = ()


def uses_of(expression: Expression, context: Mapping[str, object]) -> tuple[Use, ...]:
    """The calls of definitions and tables in an evaluation over `context`, tables inside of definitions included.

    Left out are those on the items of a list, those beyond `MOST_USES`, and those that cannot be computed alone.
    """
    words = expression.words
    if not words.formulas and not words.tables:
        return ()
    found: dict[str, Use] = {}
    for call, name in _calls(expression, words):
        if call in found or len(found) >= MOST_USES:
            continue
        try:
            value = Expression(call, words=words).value(context)
            found[call] = (
                _of_table(name, call, context, words, value)
                if name in words.tables
                else Use(call=call, value=value, cites=(words.formulas[name].cite,))
            )
        except ExpressionFailed:
            continue
    return tuple(found.values())


def _of_table(name: str, call: str, context: Mapping[str, object], words: Words, value: object) -> Use:
    table = words.tables[name]
    numbering = replace(words, tables={**words.tables, name: table.numbered()})
    numbers = Expression(call, words=numbering).value(context)
    rows = tuple(map(int, str(numbers).split())) if numbers is not None else ()
    return Use(call=call, value=value, rows=rows, cites=tuple(dict.fromkeys(table.rows[row - 1].cite for row in rows)))


def _calls(expression: Expression, words: Words) -> Iterator[tuple[str, str]]:
    """The texts of the calls with the words that are called: definitions as they are written, then tables."""
    for source, named in ((expression.source, words.formulas), (expression.spelled, words.tables)):
        for name, start in calls(source, named):
            _, end = arguments(source, source.index("(", start))
            call = source[start:end]
            is_of_item = any(token.kind == "sign" and token.text == ELEMENT for token in tokens_of(call))
            if len(call) <= LONGEST and not is_of_item:
                yield call, name
