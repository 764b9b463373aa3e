"""One step about to be made: on whose behalf, on which case, with what earlier steps have made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from operate.scenarios.session import Answer, Session, StackMisbehaves
from operate.scenarios.words import zoned


@dataclass(slots=True)
class Memory:
    """What earlier steps created, by the names the scenario gives them."""

    cases: dict[str, str] = field(default_factory=dict)
    remedies: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    latest_remedy: dict[str, str] = field(default_factory=dict)
    extensions: dict[tuple[str, str], str] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    def case_id(self, name: str) -> str | None:
        """The id of a case by its name, or of the case that a kept answer speaks of."""
        kept = self.kept.get(name)
        spoken_of = kept.get("case_id") if isinstance(kept, Mapping) else None
        return self.cases.get(name) or spoken_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One step about to be made: on whose behalf, on which case, under which idempotency key."""

    session: Session
    memory: Memory
    token: str
    case: str
    key: str
    customer: dict[str, Any]
    packs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def case_id(self) -> str:
        """The id of the step's case. Raises StackMisbehaves when no step registered it."""
        case_id = self.memory.case_id(self.case)
        if case_id is None:
            raise StackMisbehaves(f"there is no case `{self.case}`: it was refused, or its answer names none")
        return case_id

    def values(self, given: Any) -> Any:
        """Values for a pack's fields, their instants in the pack's zone unless they say otherwise."""
        return zoned(given, self.session.zone)

    async def post(self, service: str, path: str, body: object) -> Answer:
        """POST JSON under the step's idempotency key."""
        return await self.session.call(
            service, "POST", path, token=self.token, json=body, headers={"Idempotency-Key": self.key}
        )

    def remedy(self, named: str | None) -> dict[str, Any]:
        """The remedy meant: by pack id, or the case's latest."""
        name = named or self.memory.latest_remedy.get(self.case, "")
        if (self.case, name) not in self.memory.remedies:
            raise StackMisbehaves(f"no remedy `{named or '(latest)'}` was quoted on `{self.case}` before this step")
        return self.memory.remedies[(self.case, name)]

    async def on_remedy(self, named: str | None, action: str, body: dict[str, Any]) -> Answer:
        """POST one action on a remedy."""
        return await self.post("settlement", f"/v1/remedies/{self.remedy(named)['remedy_id']}/{action}", body)


def instant(act: Act, text: str | None) -> str | None:
    return act.session.instant(text).isoformat() if text else None


def money(act: Act, amount: str) -> dict[str, Any]:
    money = act.session.money(amount)
    return {"minor": money.minor, "currency": money.currency}


def given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
