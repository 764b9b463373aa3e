"""What no single value of a scenario file shows: everything that a step refers to must exist before it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from operate.scenarios.format import Person, Request, Step
from operate.scenarios.located import Finding
from operate.scenarios.pack_names import Known, unknown
from operate.scenarios.references import ALWAYS, names_in, whole_answers_inside_text
from operate.scenarios.registry import EXPECTATIONS
from operate.scenarios.values import Strict, instant_in
from operate.scenarios.verb import Earlier, PackName, Verb

_REFUSED_FROM: Final = 400


def reference_findings(
    steps: Sequence[Step | None], people: Mapping[str, Person | None], *, faulty: frozenset[int] = frozenset()
) -> Iterator[Finding]:
    """Every reference to a person, case, remedy, extension or answer that no step before it creates.

    What a faulty step would have created is not missed afterwards.
    """
    earlier = Earlier()
    for index, step in enumerate(steps):
        earlier.incomplete = earlier.incomplete or index in faulty
        if step is None:
            continue
        for path, message in _of_step(step, people, earlier):
            yield ("steps", index, *path), message
        for request in step.requests():
            _remember(request, step, earlier)


def time_findings(steps: Sequence[Step | None], start: str, zone: ZoneInfo) -> Iterator[Finding]:
    """Every step that would turn the clock back."""
    now = instant_in(zone, start)
    for index, step in enumerate(steps):
        if step is None or step.at is None:
            continue
        to = instant_in(zone, step.at)
        if to < now:
            yield ("steps", index, "at"), f"`{step.at}` lies before the step above it: time only goes forward"
        now = max(now, to)


def name_findings(steps: Sequence[Step | None], known: Known) -> Iterator[Finding]:
    """Every id that no pack of the scenario declares; where a refusal is expected, any id may stand."""
    for index, step in enumerate(steps):
        for path, request in _requests(step):
            verb = request.verb()
            if verb is not None and not _expects_refusal(request) and not (step and _expects_refusal(step)):
                for below, message in unknown(verb.pack_names(), known):
                    yield ("steps", index, *path, verb.NAME, *below), message
        for name, value in (step.wanted() if step else {}).items():
            for below, message in unknown(_expected_names(name, value), known):
                yield ("steps", index, "expect", name, *below), message


def _expected_names(name: str, value: Any) -> Iterator[PackName]:
    return EXPECTATIONS[name].pack_names(value)


def _expects_refusal(request: Request) -> bool:
    wanted = request.wanted()
    return request.refused is not None or wanted.get("http", 0) >= _REFUSED_FROM or "answers" in wanted


def case_named(step: Request, known: Sequence[str], *, of_step: str | None = None) -> str:
    """The case that a request means: the one it names, else `case`, else the one registered last."""
    verb = step.verb()
    named = step.case or of_step
    if verb is not None and verb.NAME == "register":
        return verb.names_case() or named or "case"
    return named or ("case" if "case" in known or not known else known[-1])


def _requests(step: Step | None) -> Iterator[tuple[tuple[str | int, ...], Request]]:
    """The requests of a step with their places in it."""
    if step is None:
        return
    if isinstance(step.at_once, list):
        yield from ((("at_once", number), request) for number, request in enumerate(step.at_once))
    else:
        yield (), step


def _of_step(step: Step, people: Mapping[str, Person | None], earlier: Earlier) -> Iterator[Finding]:
    for path, request in _requests(step):
        for below, message in _of_request(request, step, people, earlier):
            yield (*path, *below), message
    if isinstance(step.at_once, list):
        yield from _case(step, None, earlier)
        own = {request.keep for request in step.at_once if request.keep}
        yield from _names("expect", step.expect, earlier, own=own)


def _of_request(
    request: Request, step: Step, people: Mapping[str, Person | None], earlier: Earlier
) -> Iterator[Finding]:
    verb = request.verb()
    if request.by is not None and request.by not in people:
        yield ("by",), f"`{request.by}` is not among `people`: {', '.join(people) or 'it is empty'}"
    if verb is not None and verb.NEEDS_PERSON and request.by is None:
        yield (verb.NAME,), "`by` is missing: which of `people` acts?"
    of_no_case = list(_case(request, verb, earlier, of_step=step.case))
    yield from of_no_case
    if verb is not None and not of_no_case and not earlier.incomplete:
        for message in verb.missing(earlier, case_named(request, earlier.cases, of_step=step.case)):
            yield (verb.NAME,), message
    own = {request.keep} if request.keep else set()
    yield from _names(verb.NAME if verb else "", verb, earlier, own=set())
    yield from _names("expect", request.expect, earlier, own=own)
    yield from _names("refused", request.refused, earlier, own=own)


def _case(request: Request, verb: Verb | None, earlier: Earlier, *, of_step: str | None = None) -> Iterator[Finding]:
    if earlier.incomplete or (verb is not None and verb.NAME == "register"):
        return
    named = request.case or of_step
    looks = any(EXPECTATIONS[name].about == "case" for name in request.wanted())
    needs = looks or (verb is not None and (verb.needs_case() or "case_id" in names_in(verb.model_dump())))
    if named is not None and named not in {*earlier.cases, *earlier.kept}:
        yield ("case",), f"no step before registers or keeps `{named}`"
    elif needs and named is None and not earlier.cases:
        yield (verb.NAME if verb else "expect",), "of which case? No step before registers one"


def _names(place: str, value: Strict | None, earlier: Earlier, *, own: set[str]) -> Iterator[Finding]:
    if value is None or earlier.incomplete:
        return
    kept = {*earlier.cases, *earlier.kept, *own}
    content = value.model_dump(by_alias=True)
    for name in dict.fromkeys(names_in(content)):
        if name not in {*kept, *ALWAYS}:
            yield (place,), f"`{{{name}.…}}`: no step before keeps an answer as `{name}`"
    for name in dict.fromkeys(whole_answers_inside_text(content)):
        if name in kept:
            yield (place,), f"`{{{name}}}` is a whole answer and cannot stand inside other text: name one of its fields"


def _remember(request: Request, step: Step, earlier: Earlier) -> None:
    verb = request.verb()
    if request.keep:
        earlier.kept.add(request.keep)
    if verb is not None:
        verb.creates(earlier, case_named(request, earlier.cases, of_step=step.case))
