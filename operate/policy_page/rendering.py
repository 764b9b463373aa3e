"""A page as HTML: one file that loads nothing, runs no script, and can be printed.

Both languages stand in it. A reader chooses with three radio buttons and CSS, so that labels stand beside each other or
alone, each at its rule; two sections, or two files, would part the words of one language from those of the other.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from operate.policy_page.page import Page
from operate.policy_page.workflow import Phase
from shared.kernel.text import Text

Language = Literal["zh", "en"]
TAGS: Final[Mapping[Language, str]] = {"zh": "zh-CN", "en": "en"}
"""Languages of the page by their tags in HTML and in packs."""

_NAMES: Final[Mapping[Language, str]] = {"zh": "中文", "en": "English"}
_PHASES: Final[Mapping[Phase, Text]] = {
    "open": Text(zh="处理中", en="open"),
    "closed": Text(zh="已结案", en="closed"),
    "archived": Text(zh="已归档", en="archived"),
}
_TEMPLATES: Final = Path(__file__).parent / "templates"


def rendered(page: Page, *, languages: Sequence[Language] = ()) -> str:
    """The HTML text; in both languages, the pack's own first, when none is named. The same page gives the same text."""
    wanted = tuple(languages) or both(page.pack.language)
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["pixels"] = _pixels
    say = _Says(wanted, element="span")
    environment.globals |= {
        "say": say.text,
        "two": say.two,
        "draw": _Says(wanted, element="tspan").text,
        "phases": _PHASES,
        "languages": wanted,
        "names": _NAMES,
        "first_language": TAGS[wanted[0]],
        "titles": tuple(dict.fromkeys(getattr(page.pack.title, language) for language in wanted)),
    }
    return environment.get_template("page.html").render(page=page).lstrip()


def both(own: str) -> tuple[Language, ...]:
    """Both languages, a pack's own first."""
    return ("en", "zh") if own == "en" else ("zh", "en")


class _Says:
    """Writes texts in the languages of the page, each in an element of its own that CSS can hide."""

    def __init__(self, languages: Sequence[Language], *, element: str) -> None:
        self._languages = languages
        self._element = element

    def text(self, text: Text) -> Markup:
        """A text of the pack."""
        return self.two(text.zh, text.en)

    def two(self, zh: str, en: str) -> Markup:
        """A text in Chinese and in English; once when both are the same."""
        by_language: Mapping[Language, str] = {"zh": zh, "en": en}
        if zh == en:
            return Markup("<{0}>{1}</{0}>").format(self._element, zh)
        parts = [self._part(language, by_language[language]) for language in self._languages if by_language[language]]
        return Markup(" ").join(parts)

    def _part(self, language: Language, text: str) -> Markup:
        place = "first" if language == self._languages[0] else "second"
        return Markup('<{0} class="{1} {2}" lang="{3}">{4}</{0}>').format(
            self._element, language, place, TAGS[language], text
        )


def _pixels(number: float) -> str:
    """A length of a drawing, to a tenth of a pixel."""
    return f"{number:.1f}".removesuffix(".0")
