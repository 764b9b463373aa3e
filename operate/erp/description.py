"""The words of the ERP's contract: the introduction of `docs/api/erp.json`."""

from typing import Final

from shared.contracts.erp import ANSWER_SECONDS, CALLBACKS, LARGEST_ANSWER, LONGEST_REFERENCE

CHECK_PAID: Final = "REDRESS-CHECK-PAID"
CHECK_REFUSED: Final = "REDRESS-CHECK-REFUSED"
CHECK_PENDING: Final = "REDRESS-CHECK-PENDING"
CHECK_REVERSED: Final = "REDRESS-CHECK-REVERSED"
"""Customers that a test system knows, so that `redress erp check` can ask for each answer."""

INTRODUCTION: Final = f"""What an ERP serves so that Redress can have remedies paid: two operations of the ERP, and one
callback that it may make.

## Set up

Each organisation has one ERP, set with `PUT /v1/erp` on settlement: the `url` (https, port 443), the `scheme`, a
`secret` that proves Redress to the ERP and a `callback_secret` that proves the ERP to Redress. Redress calls
`{{url}}/v1/payments`. It follows no redirect and reaches public addresses only.

## Proof

Both sides use the scheme that the organisation has set.

- `bearer`: `Authorization: Bearer <secret>` (RFC 6750).
- `signature`: Standard Webhooks 1.0.0. The headers are `webhook-id`, `webhook-timestamp` (seconds since 1970) and
  `webhook-signature`, which is `v1,` and the base64 of HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`; the
  key is the base64 part of the secret after `whsec_`. A `GET` has an empty body. In requests of Redress `webhook-id` is
  the payment key: check that it is the key in the path or in `Idempotency-Key`. Refuse a timestamp that is more than
  five minutes off.

Answer 401 to a request that is not proven.

## The key

`Idempotency-Key` is the payment key, a UUID that never changes and that no other payment has. Redress repeats a request
after a lost answer, after a crash, and when two of its workers overlap.

- The same key and the same content: the same answer, one payment, for ever. Content is compared as JSON: neither the
  order of members nor white space makes another one.
- The same key and another content: 409, and the first payment stays as it is.
- Requests under one key at the same time are one payment.
- Without the header, or with one that is not `payment_key`: 400.

## Answers

| status | body | meaning |
| --- | --- | --- |
| 200 | `Payment`, `paid` | Paid, exactly this amount. |
| 202 | `Payment`, `pending` | Taken and paid later, in a payment run for example. There is no limit of time. |
| 422 | `Refusal` | Not paid, and never will be under this key. `code` and `text` are shown to people. |
| 409 | – | The key has another content. |
| 401 | – | Not proven. |
| other | – | Nothing is known. Redress asks by `GET` and sends again only after 404. |

Answer within {ANSWER_SECONDS:g} seconds: a later answer counts as none, and the payment is in doubt until Redress has
asked. What takes longer is 202. Bodies are JSON in UTF-8 of at most {LARGEST_ANSWER} bytes.

`reference` is the ERP's own number of the payment: 1 to {LONGEST_REFERENCE} characters without control characters,
marks of direction or outer spaces. Redress keeps it as it is or not at all: with a number that it would have to change
the payment is set aside until a person decides. In `code` and `text` such characters are left out.

An amount or currency other than the one that was asked for sets the payment aside as well; it is never sent again.

## Later changes

A payment that was pending becomes `paid` or `failed`; one that was paid becomes `reversed` when the money comes back (a
bank returns it, a run is undone) or `failed` when it turns out not to have arrived. After that Redress reverses its
ledger entry, tells people, and the remedy can be paid again, under another payment key.

Redress learns of a change in two ways, and either is enough:

- It asks by `GET`: what is pending after five seconds, then in doubled intervals up to an hour, without end; what is
  paid after 1, 3, 7, 14 and 30 days.
- The ERP calls `callback_url` of the request (`POST {CALLBACKS}/<organisation>` of settlement, see `webhooks`). A
  callback says only that there is something to ask: Redress then calls `GET`, and that answer counts. So a callback may
  come late, twice, or out of order. Repeat it when it is not answered with 2xx.

## Optional fields

`order`, `payee` and `customer.name` are null where the organisation's rules or the case have none; the payee is the
customer then. An ERP ignores members that it does not know: new ones may be added.

## Trying it

`redress erp check URL` plays this contract against an address and says what is wrong. A test system knows four
customers (`customer.ref`) for it; a system in production does not, and refuses them.

| customer | the ERP |
| --- | --- |
| `{CHECK_PAID}` | pays at once (200) |
| `{CHECK_REFUSED}` | refuses (422) |
| `{CHECK_PENDING}` | takes the payment (202), and pays it some seconds later |
| `{CHECK_REVERSED}` | pays at once (200), and reverses it some seconds later, with `code` and `text` |
"""
