"""The scenario file: what may stand in it. Documented in `tests/scenarios/README.md`.

A step is one call of a public API at a simulated instant, with what must be seen afterwards.
"""

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
    Offer,
    Payout,
    Publish,
    Quantity,
    Quote,
    Register,
    Reject,
    RequestExtension,
    TakeStep,
    Webhook,
)
from operate.scenarios.words import Json, Strict, When


class Person(Strict):
    """Somebody with a token: pack role ids, and scopes when the usual ones are not meant."""

    roles: list[str]
    scopes: list[str] | None = None
    organisation: str | None = Field(default=None, description="`other` gives a token of a foreign organisation")


class Step(Strict):
    """One call (exactly one verb) or, without a verb, a look at the state at an instant."""

    at: When | None = None
    by: str | None = None
    case: str = "case"
    note: str | None = None
    rule: str | None = Field(default=None, description="the rule this step proves, printed when it fails")
    repeat: int = Field(default=1, ge=1, le=50, description="send the same request again: one effect, same answer")

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
    call: Call | None = None

    expect: Expect | None = None
    refused: Refused | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_verb(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        others = {"at", "by", "case", "note", "rule", "repeat", "expect", "refused"}
        unknown = sorted(str(key) for key in data if key not in others and key not in VERBS)
        if unknown:
            raise ValueError(f"unknown verb {', '.join(unknown)}; verbs are {', '.join(VERBS)}")
        # A verb without arguments (`approve:`) is the verb with its defaults.
        data = {key: ({} if key in VERBS and value is None else value) for key, value in data.items()}
        verbs = [key for key in data if key in VERBS]
        if len(verbs) > 1:
            raise ValueError(f"one verb per step, here are {', '.join(map(str, verbs))}")
        if not verbs and not data.get("at") and not data.get("expect"):
            raise ValueError("a step needs a verb, an instant to go to (`at`), or something to `expect`")
        if not verbs and data.get("refused"):
            raise ValueError("`refused` needs a verb that is refused")
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

    @model_validator(mode="after")
    def _everybody_is_known(self) -> "Scenario":
        for number, step in enumerate(self.steps, 1):
            if step.by is not None and step.by not in self.people:
                raise ValueError(f"step {number}: `by: {step.by}` is not among `people`")
            if step.verb() is not None and step.verb()[0] != "erp_fault" and step.by is None:  # type: ignore[index]
                raise ValueError(f"step {number}: who acts? `by:` is missing")
        return self
