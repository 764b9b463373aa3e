"""Every code of every error class has a title in English and in Chinese, on the class itself."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from shared.kernel.errors import ServiceError
from shared.kernel.text import Text

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ROOTS = ("shared", "services/intake", "services/sla", "services/settlement", "services/notify")


def modules(root: str) -> Iterator[str]:
    for file in sorted(Path(root).rglob("*.py")):
        if "migrations" not in file.parts and not file.stem.startswith("__"):
            yield ".".join(file.with_suffix("").parts)


def error_classes(root: str) -> list[type[ServiceError]]:
    """All subclasses of ServiceError, and itself, that are defined under `root`."""
    names = set(modules(root))
    for name in names:
        import_module(name)
    found, waiting = {ServiceError}, [ServiceError]
    while waiting:
        subclasses = set(waiting.pop().__subclasses__()) - found
        found |= subclasses
        waiting += subclasses
    return sorted((cls for cls in found if cls.__module__ in names), key=lambda cls: cls.__qualname__)


def literal_codes(root: str) -> Iterator[tuple[str, type[ServiceError], str]]:
    """(place, class, code) of every call of an error class with a literal `code=`."""
    for name in modules(root):
        module = import_module(name)
        source = Path(*name.split(".")).with_suffix(".py")
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=called), keywords=keywords):
                    cls = getattr(module, called, None)
                    codes = [keyword.value for keyword in keywords if keyword.arg == "code"]
                    if isinstance(cls, type) and issubclass(cls, ServiceError):
                        for code in codes:
                            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                                yield f"{source}:{node.lineno}", cls, code.value


@pytest.mark.parametrize("root", ROOTS)
def test_a_class_with_a_code_of_its_own_has_a_title_of_its_own(root: str) -> None:
    classes = error_classes(root)
    assert classes
    untitled = [cls.__qualname__ for cls in classes if "code" in vars(cls) and "title" not in vars(cls)]
    assert untitled == []


@pytest.mark.parametrize("root", ROOTS)
def test_a_code_that_is_given_is_titled_by_the_class_it_is_given_to(root: str) -> None:
    untitled = [
        (place, cls.__qualname__, code)
        for place, cls, code in literal_codes(root)
        if code != cls.code and code not in cls.titles
    ]
    assert untitled == []


def test_the_given_codes_are_found() -> None:
    given = {(cls.__qualname__, code) for _, cls, code in literal_codes("shared")}
    assert {("Unauthorised", "token_expired"), ("JsonRefused", "json_too_deep")} <= given


@pytest.mark.parametrize("root", ROOTS)
def test_each_title_is_in_two_languages(root: str) -> None:
    titles = [(cls.__qualname__, title) for cls in error_classes(root) for title in (cls.title, *cls.titles.values())]
    wrong = [(name, title) for name, title in titles if not title.en.isascii() or not CHINESE.search(title.zh)]
    assert wrong == []
    assert all(isinstance(title, Text) for _, title in titles)


def test_a_code_has_one_title() -> None:
    """But for `four_eyes`, `role_forbidden` and `input_invalid`: there the service says what it refuses."""
    titles: dict[str, set[Text]] = {}
    for root in ROOTS:
        for cls in error_classes(root):
            titles.setdefault(cls.code, set()).add(cls.title)
    assert {code for code, found in titles.items() if len(found) > 1} == {
        "four_eyes",
        "role_forbidden",
        "input_invalid",
    }
