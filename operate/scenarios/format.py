"""The scenario file: what may stand in it. Documented in `tests/scenarios/README.md`.

A step is one request (or several side by side) at a simulated instant, with what must be seen afterwards. The keys
for verbs and expectations come from the registry.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar

from pydantic import Discriminator, Field, GetPydanticSchema, Tag, create_model, model_validator

from operate.scenarios.refused import Refused
from operate.scenarios.registry import EXPECTATIONS, VERBS
from operate.scenarios.values import Day, Json, Name, Strict, When
from operate.scenarios.verb import Verb

M = TypeVar("M", bound=Strict)


def _as(model: type[M]) -> Any:
    """Validate as `model`, a subclass that is built from the registry."""
    return GetPydanticSchema(lambda _source, handler: handler.generate_schema(model))


class Expect(Strict):
    """What must be seen after a step, once everything it caused has happened."""

    def wanted(self) -> Mapping[str, Any]:
        """The expectations that the file states, by name."""
        return {name: value for name in EXPECTATIONS if (value := getattr(self, f"on_{name}", None)) is not None}


EXPECT: Final = create_model(
    "Expect",
    __base__=Expect,
    **{
        f"on_{name}": (expectation.type | None, Field(default=None, alias=name))
        for name, expectation in EXPECTATIONS.items()
    },
)  # type: ignore[call-overload]


class Request(Strict):
    """One request of a person: exactly one verb."""

    OWN_KEYS: ClassVar[tuple[str, ...]] = ("by", "case", "keep", "key", "expect", "refused")

    by: str | None = None
    case: str | None = None
    keep: Name | None = None
    """Keep the answer under this name, for `{name.field}`."""
    key: str | None = Field(default=None, pattern=r"^[!-~]{1,200}$")
    """The idempotency key; default: one that no other request has."""
    expect: Annotated[Expect, _as(EXPECT)] | None = None
    refused: Refused | None = None

    @model_validator(mode="before")
    @classmethod
    def _verbs(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        unknown = sorted(str(key) for key in data if key not in cls.OWN_KEYS and key not in VERBS)
        if unknown:
            raise ValueError("; ".join(_unknown(key, cls.OWN_KEYS) for key in unknown))
        # A verb without arguments (`approve:`) is the verb with its defaults.
        data = {key: ({} if key in VERBS and value is None else value) for key, value in data.items()}
        verbs = [str(key) for key in data if key in VERBS]
        if len(verbs) > 1:
            raise ValueError(f"one verb per step, here are {', '.join(verbs)}")
        cls.refuse_keys(data, has_verb=bool(verbs))
        return data

    @classmethod
    def refuse_keys(cls, data: Mapping[str, Any], *, has_verb: bool) -> None:
        """Raise ValueError for keys that contradict each other."""
        if not has_verb:
            raise ValueError("each request under `at_once` needs a verb")
        beyond = sorted(str(key) for key in (data.get("expect") or {}) if not _is_about_answer(str(key)))
        if beyond:
            raise ValueError(f"only the step itself may expect {', '.join(beyond)}: requests run side by side")

    def verb(self) -> Verb | None:
        """The verb with its arguments, or None for a step that only looks."""
        found = (getattr(self, f"do_{name}", None) for name in VERBS)
        return next((verb for verb in found if verb is not None), None)

    def wanted(self) -> Mapping[str, Any]:
        """What the file expects, by name."""
        return self.expect.wanted() if self.expect else {}


def _is_about_answer(key: str) -> bool:
    return key not in EXPECTATIONS or EXPECTATIONS[key].about == "answer"


def _unknown(key: str, own: tuple[str, ...]) -> str:
    """An unknown key with the known one that is nearest to it, or with all verbs."""
    near = next(iter(get_close_matches(key, [*VERBS, *own], n=1)), None)
    kind = "key" if near in own else "verb"
    guess = f" (is `{near}` meant?)" if near else f"; verbs are {', '.join(VERBS)}"
    return f"unknown {kind} `{key}`{guess}"


_VERB_FIELDS: Final[dict[str, Any]] = {
    f"do_{name}": (verb | None, Field(default=None, alias=name)) for name, verb in VERBS.items()
}
REQUEST: Final = create_model("Request", __base__=Request, **_VERB_FIELDS)

AtOnce = Annotated[
    Annotated[int, Field(ge=2, le=50), Tag("number")]
    | Annotated[list[Annotated[Request, _as(REQUEST)]], Field(min_length=2, max_length=50), Tag("requests")],
    Discriminator(lambda value: "requests" if isinstance(value, list) else "number"),
]


class Step(Request):
    """One request, several side by side (`at_once`), or, without a verb, a look at the state at an instant."""

    OWN_KEYS: ClassVar[tuple[str, ...]] = (*Request.OWN_KEYS, "at", "note", "rule", "repeat", "times", "at_once")

    at: When | None = None
    note: str | None = None
    rule: str | None = None
    """The rule this step proves, printed when it differs."""
    repeat: int = Field(default=1, ge=1, le=50)
    """Send the same request again, under the same key: one effect, the same answer."""
    times: int = Field(default=1, ge=1, le=500)
    """Send as many such requests one after the other, each under a key of its own."""
    at_once: AtOnce | None = None
    """Send as many such requests, or the requests listed, at the same moment."""

    @classmethod
    def refuse_keys(cls, data: Mapping[str, Any], *, has_verb: bool) -> None:
        """Raise ValueError for keys that contradict each other."""
        listed = isinstance(data.get("at_once"), list)
        answered = has_verb or listed
        if listed and (has_verb or data.keys() & {"by", "keep", "key", "refused"}):
            raise ValueError("where `at_once` lists requests, each has its own verb, `by`, `keep`, `key` and `refused`")
        if not answered and not data.keys() & {"at", "expect", "refused", "keep", "at_once"}:
            raise ValueError("a step needs a verb, an instant to go to (`at`), or something to `expect`")
        if not answered and (data.get("refused") or data.get("keep") or data.get("key")):
            raise ValueError("`refused`, `keep` and `key` need a verb that is answered")
        if "times" in data and ("repeat" in data or not has_verb):
            raise ValueError("`times` needs a verb, and no `repeat` beside it")
        if "at_once" in data and (not answered or data.keys() & {"repeat", "times"}):
            raise ValueError("`at_once` needs a verb or a list of requests, and no `repeat` or `times` beside it")
        if "key" in data and "times" in data:
            raise ValueError("`times` sends each request under a key of its own: no `key` beside it")
        if isinstance(data.get("expect"), dict) and "answers" in data["expect"] and "refused" in data:
            raise ValueError("either `refused` (of every answer) or `expect: {answers: …}`")

    def requests(self) -> list[Request]:
        """The requests that the step sends; one, also when it sends that one several times."""
        return self.at_once if isinstance(self.at_once, list) else [self] if self.verb() else []


STEP: Final = create_model("Step", __base__=Step, **_VERB_FIELDS)
STEP_KEYS: Final = frozenset({*Step.OWN_KEYS, *VERBS})
ANSWERED_KEYS: Final = frozenset({"keep", "key", "refused", "repeat", "times", "at_once"})
"""Keys that need a verb beside them."""


class Person(Strict):
    """A token: roles of the pack, and scopes other than the usual ones."""

    roles: list[str] = []
    """With the role `customer` the token is one of the file's customer."""
    customer: str | None = None
    """The reference of another customer: a token of that customer."""
    machine: str | None = None
    """The machine that acts for the person; the person's own name is a machine that acts for itself."""
    scopes: list[str] | None = None
    organisation: Literal["other"] | None = None
    """`other` gives a token of a foreign organisation."""


class Scenario(Strict):
    """A whole file."""

    scenario: str
    rules: list[str] = Field(min_length=1)
    pack: str
    start: When
    effective_from: Day | None = None
    """First day on which the pack holds; default: the pack's own."""
    people: dict[str, Person]
    customer: dict[str, Json] = Field(default_factory=lambda: {"ref": "C-001", "name": "客户 Customer"})
    steps: list[Annotated[Step, _as(STEP)]] = Field(min_length=1)
