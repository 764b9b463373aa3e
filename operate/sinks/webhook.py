"""A receiver of signed webhooks: stores what it was sent and, when it knows the secret, whether the signature
was right.

`POST /hooks/{receiver}` · `GET /deliveries?receiver=…&after=…` · `PUT /secrets/{receiver}` (Standard Webhooks secret
as text) · `POST /faults {"receiver": …, "times": N, "status": 500}` answers the next N deliveries with that status.
"""

from dataclasses import asdict, dataclass
from typing import Annotated

from pydantic import Field
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from operate.sinks.book import Book
from operate.sinks.bounded import Newest
from operate.sinks.faults import FaultBody, Faults, Name, Times, fault_of
from operate.sinks.serving import after, parse_arguments, problem, ready, serve
from shared.kernel.clock import SystemClock

_LIMIT, _MAX_BODY, _MAX_RECEIVERS = 20_000, 1_000_000, 10_000


class WebhookFault(FaultBody):
    """The next `times` deliveries to `receiver` are answered with `status`."""

    receiver: Name
    times: Times
    status: Annotated[int, Field(ge=100, le=599)] = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request as it arrived; `verified` is null when no secret is known for the receiver."""

    received_at: str
    receiver: str
    headers: dict[str, str]
    body: str
    verified: bool | None
    answered: int


@dataclass(slots=True)
class Fault:
    """The answer to the next deliveries."""

    times: int
    status: int


class Receivers:
    """All deliveries, and per receiver its secret and its fault."""

    def __init__(self, book: Book | None = None) -> None:
        self.deliveries: Newest[Delivery] = Newest(limit=_LIMIT)
        self.secrets: dict[str, str] = {}
        self.faults: Faults[Fault] = Faults()
        self._book = book or Book()
        for entry in self._book.entries("delivery"):
            self.deliveries.add(Delivery(**{name: entry[name] for name in Delivery.__slots__}))
        for entry in self._book.entries("secret"):
            self.secrets[entry["receiver"]] = entry["secret"]

    def receive(self, receiver: str, headers: dict[str, str], body: bytes) -> int:
        """Store the delivery and return the status to answer with."""
        verified = self._verify(receiver, headers, body)
        status = self._status(receiver, verified=verified)
        delivery = Delivery(
            received_at=SystemClock().now().isoformat(),
            receiver=receiver,
            headers=headers,
            body=body.decode(errors="replace"),
            verified=verified,
            answered=status,
        )
        self._book.write("delivery", asdict(delivery))
        self.deliveries.add(delivery)
        return status

    def keep_secret(self, receiver: str, secret: str) -> None:
        """Verify the receiver's deliveries with this secret from now on; the oldest one is forgotten beyond 10,000."""
        if len(self.secrets) >= _MAX_RECEIVERS:
            self.secrets.pop(next(iter(self.secrets)))
        self._book.write("secret", {"receiver": receiver, "secret": secret})
        self.secrets[receiver] = secret

    def _verify(self, receiver: str, headers: dict[str, str], body: bytes) -> bool | None:
        if receiver not in self.secrets:
            return None
        try:
            Webhook(self.secrets[receiver]).verify(body, headers)
        except WebhookVerificationError:
            return False
        return True

    def _status(self, receiver: str, *, verified: bool | None) -> int:
        fault = self.faults.get(receiver)
        if fault and fault.times > 0:
            fault.times -= 1
            return fault.status
        return 401 if verified is False else 204


def create_app(receivers: Receivers) -> Starlette:
    """The receiver and its pages."""

    async def hook(request: Request) -> Response:
        body = await request.body()
        if len(body) > _MAX_BODY:
            return problem(413, "body_too_large", "At most 1 MB")
        return Response(status_code=receivers.receive(request.path_params["receiver"], dict(request.headers), body))

    async def deliveries(request: Request) -> Response:
        wanted = request.query_params.get("receiver", "")
        found = receivers.deliveries.since(after(request), where=lambda each: not wanted or each.receiver == wanted)
        return JSONResponse({"deliveries": [{"number": number, **asdict(each)} for number, each in found]})

    async def secret(request: Request) -> Response:
        receivers.keep_secret(request.path_params["receiver"], (await request.body()).decode(errors="replace"))
        return Response(status_code=204)

    async def faults(request: Request) -> Response:
        fault = await fault_of(request, WebhookFault)
        if fault is None:
            return problem(422, "fault_invalid", "receiver and times are required; status is 100 to 599")
        receivers.faults[fault.receiver] = Fault(fault.times, fault.status)
        return Response(status_code=204)

    routes = [
        Route("/hooks/{receiver}", hook, methods=["POST"]),
        Route("/deliveries", deliveries),
        Route("/", deliveries),
        Route("/secrets/{receiver}", secret, methods=["PUT"]),
        Route("/faults", faults, methods=["POST"]),
        Route("/health/ready", ready),
    ]
    return Starlette(routes=routes)


if __name__ == "__main__":
    arguments = parse_arguments()
    serve(create_app(Receivers(arguments.book)), port=arguments.port)
