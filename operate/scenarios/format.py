"""The scenario file: what may stand in it. Documented in `tests/scenarios/README.md`.

A step is one call of a public API at a simulated instant, with what must be seen afterwards.
"""

from difflib import get_close_matches
from typing import Literal

from pydantic import BaseModel, Field, model_validator

from operate.scenarios.expectations import Expect, Refused
from operate.scenarios.verbs import (
    VERBS,
    Accept,
    Approve,
    Call,
    Certificate,
    Contact,
    DecideExtension,
    Decline,
    ErpFault,
    Evidence,
    Excuse,
    Linked,
    MessageDone,
    Offer,
    Payout,
    Publish,
    Purge,
    Quantity,
    Quote,
    Register,
    Reject,
    RequestExtension,
    TakeStep,
    Webhook,
)
from operate.scenarios.words import Json, Name, Strict, When


def _guessed(word: str) -> str:
    """A word that is none of ours, with the one that may have been meant."""
    near = get_close_matches(word, [*VERBS, *_BESIDES], n=1)
    return f"`{word}` (is `{near[0]}` meant?)" if near else f"`{word}`"


_BESIDES = ("at", "by", "case", "keep", "note", "rule", "repeat", "times", "expect", "refused")


class Person(Strict):
    """Somebody with a token: pack role ids, and scopes when the usual ones are not meant."""

    roles: list[str]
    scopes: list[str] | None = None
    organisation: Literal["other"] | None = Field(
        default=None, description="`other` gives a token of a foreign organisation"
    )


class Step(Strict):
    """One call (exactly one verb) or, without a verb, a look at the state at an instant."""

    at: When | None = None
    by: str | None = None
    case: str | None = None
    keep: Name | None = Field(default=None, description="keep the answer under this name, for `{name.field}`")
    note: str | None = None
    rule: str | None = Field(default=None, description="the rule this step proves, printed when it fails")
    repeat: int = Field(default=1, ge=1, le=50, description="send the same request again: one effect, same answer")
    times: int = Field(default=1, ge=1, le=500, description="send so many requests alike: each has its own effect")

    register_: Register | None = Field(default=None, alias="register")
    contact: Contact | None = None
    step: TakeStep | None = None
    evidence: Evidence | None = None
    quote: Quote | None = None
    offer: Offer | None = None
    accept: Accept | None = None
    reject: Reject | None = None
    approve: Approve | None = None
    decline: Decline | None = None
    certificate: Certificate | None = None
    return_goods: Quantity | None = None
    release: Quantity | None = None
    payout: Payout | None = None
    request_extension: RequestExtension | None = None
    decide_extension: DecideExtension | None = None
    excuse: Excuse | None = None
    webhook: Webhook | None = None
    publish: Publish | None = None
    erp_fault: ErpFault | None = None
    linked: Linked | None = None
    message_done: MessageDone | None = None
    purge: Purge | None = None
    call: Call | None = None

    expect: Expect | None = None
    refused: Refused | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_verb(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        unknown = sorted(str(key) for key in data if key not in _BESIDES and key not in VERBS)
        if unknown:
            raise ValueError(f"unknown verb {', '.join(map(_guessed, unknown))}; verbs are {', '.join(VERBS)}")
        # A verb without arguments (`approve:`) is the verb with its defaults.
        data = {key: ({} if key in VERBS and value is None else value) for key, value in data.items()}
        verbs = [key for key in data if key in VERBS]
        if len(verbs) > 1:
            raise ValueError(f"one verb per step, here are {', '.join(map(str, verbs))}")
        if not verbs and not data.keys() & {"at", "expect", "refused", "keep"}:
            raise ValueError("a step needs a verb, an instant to go to (`at`), or something to `expect`")
        if not verbs and (data.get("refused") or data.get("keep")):
            raise ValueError("`refused` and `keep` need a verb that is answered")
        if "times" in data and ("repeat" in data or not verbs):
            raise ValueError("`times` needs a verb, and no `repeat` beside it")
        return data

    def verb(self) -> tuple[str, BaseModel] | None:
        """The step's verb and its arguments, or None for a look."""
        for name in VERBS:
            value = self.register_ if name == "register" else getattr(self, name)
            if value is not None:
                return name, value
        return None


class Scenario(Strict):
    """A whole file."""

    scenario: str
    rules: list[str] = Field(min_length=1)
    pack: str
    start: When
    people: dict[str, Person]
    customer: dict[str, Json] = Field(default_factory=lambda: {"ref": "C-001", "name": "客户 Customer"})
    steps: list[Step] = Field(min_length=1)
