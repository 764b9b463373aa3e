"""A page of calls, read as a test: requests and answers in the form of RFC 9112, with `{{names}}`.

A fence ```` ```http ```` holds a request of the reader's system or the answer to it; ```` ```http redress ```` a request that
Redress makes of the reader's system. `<!-- meanwhile: name -->` says what other people do before the next call. A name
stands for what is known under it; in an answer one that is not known yet gets its value. `…` stands for anything.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

ANYTHING: Final = "…"
_NAME: Final = re.compile(r"\{\{(\w+)\}\}")
_PART: Final = re.compile(r"^```http( redress)?\n(.*?)^```$|^<!-- meanwhile: (\w+) -->$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A request or an answer as the page shows it, or the name of what happens meanwhile."""

    first: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    is_of_redress: bool = False
    meanwhile: str = ""

    @property
    def is_answer(self) -> bool:
        return self.first.startswith("HTTP/")


def sections_of(page: str) -> dict[str, list[Shown]]:
    """The calls below each heading of the second level that has any."""
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    found = {title: [_shown(*part.groups()) for part in _PART.finditer(text)] for title, text in _pairs(parts[1:])}
    return {title: calls for title, calls in found.items() if calls}


def filled(text: str, names: dict[str, str]) -> str:
    """The text with what is known; KeyError names what is not."""
    return _NAME.sub(lambda name: names[name[1]], text)


def require_alike(shown: Any, real: Any, names: dict[str, str], *, at: str = "") -> None:
    """Each member that is shown is there and alike; a list is as long, unless it ends with `…`."""
    match shown:
        case dict():
            assert isinstance(real, dict), f"{at}: {real!r}"
            for key, value in shown.items():
                assert key in real, f"{at}.{key} is missing in {real!r}"
                require_alike(value, real[key], names, at=f"{at}.{key}")
        case list():
            wanted = shown[:-1] if shown[-1:] == [ANYTHING] else shown
            assert isinstance(real, list), f"{at}: {real!r}"
            assert len(real) == len(wanted) or (wanted is not shown and len(real) > len(wanted)), f"{at}: {real!r}"
            for number, value in enumerate(wanted):
                require_alike(value, real[number], names, at=f"{at}[{number}]")
        case str():
            _require_text(shown, real, names, at=at)
        case _:
            assert real == shown, f"{at}: {real!r} is not {shown!r}"


def require_lines(shown: str, real: str, names: dict[str, str]) -> None:
    """Bodies that are JSON are compared as such, others line by line; `…` alone in a line ends the comparison."""
    if (shown.startswith(("{", "[")) and "\n" not in shown.strip()) or _is_json(shown):
        require_alike(json.loads(shown), json.loads(real.splitlines()[0] if not _is_json(real) else real), names)
        return
    for wanted, line in zip(shown.splitlines(), real.splitlines(), strict=False):
        if wanted == ANYTHING:
            return
        assert filled(wanted, names) == line.removeprefix("\ufeff")


def _require_text(shown: str, real: Any, names: dict[str, str], *, at: str) -> None:
    if shown == ANYTHING:
        assert real is not None, at
        return
    found = _NAME.fullmatch(shown)
    if found and found[1] not in names:
        names[found[1]] = str(real)
    wanted = filled(shown, names)
    assert real == wanted, f"{at}: {real!r} is not {wanted!r}"


def _shown(of_redress: str | None, text: str | None, meanwhile: str | None) -> Shown:
    if text is None:
        return Shown(meanwhile=meanwhile or "")
    head, _, body = text.partition("\n\n")
    first, *lines = head.strip().splitlines()
    headers = tuple((name, value) for name, _, value in (line.partition(": ") for line in lines))
    return Shown(first=first, headers=headers, body=body, is_of_redress=of_redress is not None)


def _pairs(parts: list[str]) -> list[tuple[str, str]]:
    return list(zip(parts[::2], parts[1::2], strict=True))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
