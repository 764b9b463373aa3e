"""One request of a step: whose token, which case, which idempotency key, and what earlier steps created."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from operate.scenarios.session import Answer, Session, UnexpectedAnswer
from operate.scenarios.values import zoned


@dataclass(slots=True)
class Created:
    """What earlier steps created, by the names the scenario gives them."""

    cases: dict[str, str] = field(default_factory=dict)
    foreign_cases: set[str] = field(default_factory=set)
    remedies: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    latest_remedy: dict[str, str] = field(default_factory=dict)
    extensions: dict[tuple[str, str], str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    """Bodies of answers by the name under which a step kept them; a registered case under its own name."""

    def case_id(self, name: str) -> str | None:
        """The id of a case by its name, or the `case_id` in a kept answer of that name."""
        answer = self.answers.get(name)
        in_answer = answer.get("case_id") if isinstance(answer, Mapping) else None
        return self.cases.get(name) or in_answer

    def own_cases(self) -> dict[str, str]:
        """The registered cases of the scenario's own organisation: name to id."""
        return {name: case_id for name, case_id in self.cases.items() if case_id not in self.foreign_cases}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbCall:
    """What a verb needs to send its request."""

    session: Session
    created: Created
    token: str
    is_customer: bool
    """Whether a customer acts: under `/v1/my`, where the operations for customers are."""
    case: str
    key: str
    customer: dict[str, Any]
    packs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Documents of the packs that steps publish, by the reference in the file."""

    @property
    def case_id(self) -> str:
        """The id of the step's case. Raises UnexpectedAnswer when no step registered it."""
        case_id = self.created.case_id(self.case)
        if case_id is None:
            raise UnexpectedAnswer(f"there is no case `{self.case}`: it was refused, or its answer has no `case_id`")
        return case_id

    @property
    def case_path(self) -> str:
        """The path of the step's case for the person who acts: a customer's own cases are under `/v1/my`."""
        return f"/v1/my/cases/{self.case_id}" if self.is_customer else f"/v1/cases/{self.case_id}"

    def values(self, given: Any) -> Any:
        """Values for a pack's fields; an instant without an offset is in the pack's zone."""
        return zoned(given, self.session.zone)

    def instant(self, text: str | None) -> str | None:
        """An instant of the file as the APIs take it."""
        return self.session.instant(text).isoformat() if text else None

    def money(self, amount: str) -> dict[str, Any]:
        """An amount of the file as the APIs take it."""
        money = self.session.money(amount)
        return {"minor": money.minor, "currency": money.currency}

    async def get(self, service: str, path: str) -> Answer:
        """GET as the person of the step."""
        return await self.session.call(service, "GET", path, token=self.token)

    async def post(self, service: str, path: str, body: object) -> Answer:
        """POST JSON under the step's idempotency key."""
        return await self.session.call(
            service, "POST", path, token=self.token, json=body, headers={"Idempotency-Key": self.key}
        )


def without_none(**fields: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
