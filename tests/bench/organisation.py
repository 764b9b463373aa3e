"""An organisation on the real clock with the reference pack, for figures about the running system."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import httpx2
import orjson

from operate.runtime.stack import Stack
from operate.scenarios.organisation import publish, register_organisation
from operate.scenarios.session import Session, TokenRequest
from operate.scenarios.stack import of_running
from operate.token_commands import USUAL_SCOPES
from shared.kernel.ids import OrgId, new_id
from shared.packs.publishing.load import load_pack
from tests.bench.load import request_bytes

PACK = "laigang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customerwise:
    """Everything that a registration needs."""

    url: str
    token: str
    org: OrgId

    def read(self, path: str, **headers: str) -> bytes:
        """A GET of intake."""
        return request_bytes(f"{self.url}{path}", headers={"Authorization": f"Bearer {self.token}", **headers})

    def request(self, number: int, *, email: str | None = None) -> bytes:
        """One registration under a key of its own."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": new_id(),
        }
        return request_bytes(f"{self.url}/v1/cases", headers=headers, body=case_body(number, email=email))


def case_body(number: int, *, email: str | None = None) -> bytes:
    """A registration as an ERP sends it, about 0.6 KB."""
    customer = {"ref": f"C-{number % 500}", "name": "江苏某机械有限公司", "locale": "zh-CN"}
    if email:
        customer["email"] = email
    return orjson.dumps(
        {
            "case_type": "quality_objection",
            "channel": "erp",
            "description": "热轧卷边部裂纹, 约 60 吨无法按原用途使用, 请派员到现场核实并提出处理意见。",
            "order_ref": f"SO-2026-{number}",
            "customer": customer,
            "facts": {
                "province": "Jiangsu",
                "product": "热轧卷 Q235B 5.75*1500*C",
                "grade": "Q235B",
                "quantity_t": "60",
                "order_ref": f"SO-2026-{number}",
            },
        }
    )


async def on_the_real_clock(stack: Stack) -> Customerwise:
    """Create it, publish the pack, return what callers need."""
    running = of_running(stack)
    async with httpx2.AsyncClient(trust_env=False) as http:
        session = Session(running, http, organisation="", zone=ZoneInfo("Asia/Shanghai"))
        session.organisation = await register_organisation(session, "bench", None)
        await publish(session, load_pack(PACK).documents, effective_from=None)
        token = session.token(
            TokenRequest(
                organisation=session.organisation, subject="erp", roles=("business_staff",), scope=USUAL_SCOPES
            )
        )
        return Customerwise(url=running.services["intake"], token=token, org=OrgId(session.organisation))
