// Creates a customer exactly once, even if the connection breaks.
// Needs Node 20 and: KLANTPORTAAL_API, KLANTPORTAAL_API_KEY

import { setTimeout } from "node:timers/promises";

const { KLANTPORTAAL_API, KLANTPORTAAL_API_KEY } = process.env;

/** Sends a request until there is a final response. */
async function post(path, body, idempotencyKey, tries = 6) {
  for (let attempt = 0; attempt < tries; attempt++) {
    let seconds = 2 ** attempt;
    try {
      const response = await fetch(KLANTPORTAAL_API + path, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${KLANTPORTAAL_API_KEY}`,
          "Content-Type": "application/json",
          "Idempotency-Key": idempotencyKey,
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(30_000),
      });
      const retryAfter = response.headers.get("Retry-After");
      if (response.status < 500 && retryAfter === null) return response;
      seconds = Number(retryAfter ?? seconds);
    } catch (error) {
      console.error(`no response: ${error}`);
    }
    if (attempt < tries - 1) await setTimeout(seconds * 1000);
  }
  throw new Error(`try again later with the key ${idempotencyKey}`);
}

const customer = {
  companyName: "Bakkerij De Korenaar",
  address: "Molenstraat 12",
  zipCode: "5211 DR",
  city: "Den Bosch",
  primaryEmail: "info@korenaar.example",
};

// Store the key with what you want to create: then you can try again after a restart, too.
const response = await post("/customers", customer, crypto.randomUUID());
if (!response.ok) throw new Error(await response.text());

const created = await response.json();
console.log(`id=${created.id}`);
