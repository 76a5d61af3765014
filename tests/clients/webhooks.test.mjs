// What arrives at a webhook fits for the library of Standard Webhooks.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { test } from "node:test";
import { text } from "node:stream/consumers";

import { Webhook } from "standardwebhooks";

import { startServer } from "../browser/server.mjs";

const customer = {
  companyName: "Bakkerij De Korenaar",
  address: "Molenstraat 12",
  zipCode: "5211 DR",
  city: "Den Bosch",
  primaryEmail: "info@korenaar.example",
};

test("the library verifies what arrives and nothing else", async () => {
  const server = await startServer({ flags: ["--webhook-allow", "127.0.0.0/8"] });
  const { portalId } = await server.portal();
  const { key } = await server.apiKey(portalId, { scopes: ["customers.write", "webhooks.write"] });
  const post = async (path, body) => {
    const headers = { Authentication: `Bearer ${key}`, "Content-Type": "application/json" };
    const answer = await fetch(`${server.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    assert.equal(answer.status, 200);
    return answer.json();
  };
  const receiver = createServer().listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const url = `http://127.0.0.1:${receiver.address().port}/`;
  const [own, other] = [await post("/v1/webhooks", { type: "customer-created", url }), await post("/v1/webhooks", { type: "customer-deleted", url })];
  const arrived = once(receiver, "request");
  const made = await post("/v1/customers", customer);
  const [request, response] = await arrived;
  const body = await text(request);
  response.writeHead(204).end();
  const event = new Webhook(own.secret).verify(body, request.headers);
  assert.deepEqual([event.type, event.data], ["customer-created", made]);
  assert.throws(() => new Webhook(own.secret).verify(`${body} `, request.headers));
  assert.throws(() => new Webhook(other.secret).verify(body, request.headers));
  receiver.close();
});
