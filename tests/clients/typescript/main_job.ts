// The main job, from registration to paid compensation, played with the types that are generated from the documents.
// It reads addresses and tokens as JSON from its input and writes what it saw as JSON. `tests/e2e/test_generated_clients.py`
// puts it beside the generated types, checks it with `tsc --strict` and runs it with node.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

import createClient from "openapi-fetch";

import type { components, paths as Intake } from "./intake.ts";
import type { paths as Notify } from "./notify.ts";
import type { paths as Settlement } from "./settlement.ts";
import type { paths as Sla } from "./sla.ts";

type Problem = components["schemas"]["Problem"];
type Person = "clerk" | "team" | "leader" | "customer" | "finance";
type Service = "intake" | "sla" | "settlement" | "notify";
type Given = {
  services: Record<Service, string>;
  tokens: Record<Person, string>;
};

const MOST_REPETITIONS = 20;
const given: Given = JSON.parse(readFileSync(0, "utf8"));
let position = "";

/** Sends the position of the last answer, and repeats a request, as `Retry-After` says, while its service has not caught up. */
async function caughtUp(request: Request): Promise<Response> {
  for (let times = 0; ; times++) {
    const once = request.clone();
    once.headers.set("Redress-Position", position);
    const answer = await fetch(once);
    position = answer.headers.get("redress-position") ?? position;
    const seconds = answer.headers.get("retry-after");
    if (answer.status !== 409 || seconds === null || times === MOST_REPETITIONS) return answer;
    await setTimeout(Number(seconds) * 1000);
  }
}

/** How each client is made: whose token it sends, and that it waits for what came before. */
function as(person: Person, service: Service) {
  return {
    baseUrl: given.services[service],
    headers: { Authorization: `Bearer ${given.tokens[person]}` },
    fetch: caughtUp,
  };
}

const intake = (person: Person) => createClient<Intake>(as(person, "intake"));
const settlement = (person: Person) => createClient<Settlement>(as(person, "settlement"));
const fresh = () => ({ "Idempotency-Key": randomUUID() });

/** The answer, where it is none of the refusals that the document names. */
function done<T>(answer: { data?: T; error?: Problem }): T {
  if (answer.data === undefined) throw new Error(`${answer.error?.code}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

/** Twice under one key, as after a broken connection: it is one case. */
async function register(): Promise<string> {
  const header = fresh();
  const [one, other] = [await registered(header), await registered(header)];
  if (one !== other) throw new Error("two cases under one key");
  return one;
}

async function registered(header: ReturnType<typeof fresh>): Promise<string> {
  const { case_id } = done(
    await intake("clerk").POST("/v1/cases", {
      params: { header },
      body: {
        case_type: "quality_objection",
        channel: "erp",
        order_ref: "SO-77",
        customer: { ref: "C-77", name: "青岛某造船有限公司", email: "buyer@story.example" },
        facts: { province: "Shandong", product: "热轧卷", grade: "Q235B", quantity_t: "60", order_ref: "SO-77" },
      },
    }),
  );
  return case_id;
}

async function step(case_id: string, person: Person, name: string, input: Record<string, unknown> = {}): Promise<void> {
  done(
    await intake(person).POST("/v1/cases/{case_id}/steps/{step}", {
      params: { path: { case_id, step: name }, header: fresh() },
      body: { input },
    }),
  );
}

async function settle(case_id: string) {
  const quoted = done(
    await settlement("team").POST("/v1/cases/{case_id}/remedies", {
      params: { path: { case_id }, header: fresh() },
      body: {
        remedy: "price_difference",
        inputs: { contract_price: "4200.00", downgraded_price: "3850.00", quantity: "60", customer_consent: true },
      },
    }),
  );
  const { remedy_id, quote_hash } = quoted;
  const path = { remedy_id };
  done(
    await settlement("team").POST("/v1/remedies/{remedy_id}/offer", { params: { path, header: fresh() }, body: { quote_hash } }),
  );
  const accepted = done(
    await settlement("customer").POST("/v1/my/cases/{case_id}/offers/{remedy_id}/accept", {
      params: { path: { case_id, remedy_id }, header: fresh() },
      body: { quote_hash },
    }),
  );
  done(
    await settlement("leader").POST("/v1/remedies/{remedy_id}/approve", {
      params: { path, header: fresh() },
      body: { quote_hash },
    }),
  );
  return { ...quoted.amount, remedy_id, offer: accepted.state };
}

async function agree(case_id: string): Promise<void> {
  await step(case_id, "team", "record_liability", { liability_basis: "site_evidence" });
  await step(case_id, "team", "draft_agreement", { mode: "price_difference" });
  await step(case_id, "team", "sign_agreement", { party: "seller", signer: "王工" });
  done(
    await intake("customer").POST("/v1/my/cases/{case_id}/steps/{step}", {
      params: { path: { case_id, step: "sign_agreement" }, header: fresh() },
      body: { input: { party: "customer", signer: "李经理" } },
    }),
  );
  await step(case_id, "team", "finalise_agreement");
  await step(case_id, "team", "issue_result_notice");
}

const case_id = await register();
const tasks = done(await intake("clerk").GET("/v1/tasks", { params: { query: { mine: true } } }));
await step(case_id, "clerk", "analyse", { in_scope: true, needs_visit: false, opinion: "属异议范围" });
await step(case_id, "team", "confirm_origin", { origin: "confirmed" });
const { remedy_id, offer, minor, currency } = await settle(case_id);
await agree(case_id);

const finance = settlement("finance");
done(
  await finance.POST("/v1/remedies/{remedy_id}/payout", {
    params: { path: { remedy_id }, header: fresh() },
    body: { amount: { minor, currency } },
  }),
);
const paid = done(
  await finance.GET("/v1/changes", { params: { query: { wait: 30, type: ["remedy.executed.v1"], case_id } } }),
);

const page = done(await intake("clerk").GET("/v1/cases/{case_id}", { params: { path: { case_id } } }));
const remedies = done(await finance.GET("/v1/cases/{case_id}/remedies", { params: { path: { case_id } } }));
const sla = createClient<Sla>(as("clerk", "sla"));
const clocks = done(await sla.GET("/v1/cases/{case_id}/clocks", { params: { path: { case_id } } }));
const notify = createClient<Notify>(as("clerk", "notify"));
const messages = done(await notify.GET("/v1/cases/{case_id}/messages", { params: { path: { case_id } } }));

process.stdout.write(
  JSON.stringify({
    case_id: page.case_id,
    status: page.status,
    task: tasks.items.filter((task) => task.case_id === case_id).map((task) => task.what),
    offer,
    paid: paid.items.map((event) => event["type"]),
    remedies: remedies.items.map((each) => [each.remedy, each.state, each.amount.minor, each.amount.currency]),
    clocks: clocks.items.map((each) => `${each.clock}: ${each.state}`).sort(),
    told: [...new Set(messages.items.map((each) => each.on))].sort(),
  }),
);
