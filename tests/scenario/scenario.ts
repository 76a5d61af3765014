// A day of a portal in TypeScript, with types that openapi-typescript makes of the OpenAPI document: imports 1,000
// customers; shares and asks for files, books, and stamps cards with some of them; answers a ticket, and the customer
// answers by mail. What gets no response is sent again with the same Idempotency-Key, so nothing happens twice.
// Prints the ids of what it made, as JSON.
//
// Needs Node 20, schema.d.ts beside it, and:
//   KLANTPORTAAL_API, KLANTPORTAAL_API_KEY
//   WEBHOOK_URL     where events are sent to
//   MAIL_FOLDER     the folder with the mail that the server sent
//   RECEIVE_MAIL    the command that takes a mail to the server: klantportaal mail receive

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import createClient from "openapi-fetch";

import type { components, paths } from "./schema.d.ts";

type Schemas = components["schemas"];

const CUSTOMERS = 1000;
const SERVED = 25;
const STAMPS = 6;
/** How long anything is tried, in seconds. */
const PATIENCE = 300;
const REPLY = "Om acht uur staat er iemand op de stoep.";
const ANSWER = "Fijn, de koffie staat dan klaar.";

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

/** Tries something until it gives a value. */
async function insist<T>(what: string, attempt: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + PATIENCE * 1000; Date.now() < end; await setTimeout(100)) {
    const value = await attempt();
    if (value !== undefined) return value;
  }
  throw new Error(`tried in vain: ${what}`);
}

/** Sends a request until it gets a response. With one Idempotency-Key and the same bytes, it is carried out once. */
function send(request: Request): Promise<Response> {
  if (request.method === "POST") request.headers.set("Idempotency-Key", randomUUID());
  return insist(`${request.method} ${request.url}`, async () => {
    try {
      const response = await fetch(request.clone(), { signal: AbortSignal.timeout(30_000) });
      const body = await response.arrayBuffer();
      const later = response.status >= 500 || response.headers.has("Retry-After");
      return later ? undefined : new Response(body, response);
    } catch {
      return undefined;
    }
  });
}

const client = createClient<paths>({
  baseUrl: setting("KLANTPORTAAL_API"),
  headers: { Authorization: `Bearer ${setting("KLANTPORTAAL_API_KEY")}` },
  fetch: send,
});

/** What an operation returned, which must not be an error. */
function succeeded<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  if (data === undefined) throw new Error(`${response.status}: ${JSON.stringify(error)}`);
  return data;
}

/** Calls a function for each item, eight at a time; the results are in the order of the items. */
async function inParallel<T, R>(items: T[], call: (item: T, number: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const work = async () => {
    for (const [number, item] of waiting) results[number] = await call(item, number);
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return results;
}

function padded(number: number, length: number): string {
  return `${number}`.padStart(length, "0");
}

function customer(number: number): Schemas["CustomerCreate"] {
  return {
    companyName: `Klant ${padded(number, 4)}`,
    primaryEmail: `klant${padded(number, 4)}@example.nl`,
    address: "Dorpsstraat 1",
    zipCode: "1234 AB",
    city: "Ons Dorp",
  };
}

async function createFile(name: string, content: string): Promise<Schemas["File"]> {
  const bodySerializer = ({ file = "", name }: Schemas["FileUpload"]) => {
    const form = new FormData();
    form.set("file", new Blob([file]), name);
    return form;
  };
  return succeeded(await client.POST("/files", { body: { file: content, name }, bodySerializer }));
}

/** Schedules an appointment. If only the first response was lost, the second one says that it is scheduled already. */
async function schedule(appointmentId: string): Promise<void> {
  const path = { appointmentId };
  const patched = await client.PATCH("/appointments/{appointmentId}", { params: { path }, body: { status: "scheduled" } });
  if (patched.data) return;
  const found = succeeded(await client.GET("/appointments/{appointmentId}", { params: { path } }));
  if (found.status !== "scheduled") succeeded(patched);
}

/** What one customer gets: a file that is shared, a request for files, an appointment, and a stamped card. */
async function serve(number: number, customerId: string, punchCardId: string) {
  const file = await createFile(`Offerte ${number}.txt`, `Nummer ${number}`);
  const share = succeeded(await client.POST("/file-shares", { body: { content: [file.id], customerId } }));
  const request = succeeded(await client.POST("/file-requests", {
    body: { name: "Jaarstukken", requestedFiles: [{ name: "Jaarrekening" }], customerId },
  }));

  const day = `2031-03-${padded((number % 28) + 1, 2)}`;
  const appointment = succeeded(await client.POST("/appointments", {
    body: { name: "Onderhoud", startsAt: `${day} 10:00:00`, endsAt: `${day} 11:00:00`, customerId },
  }));
  await schedule(appointment.id);

  const card = succeeded(await client.POST("/punch-cards/{punchCardId}/issued", {
    params: { path: { punchCardId } },
    body: { customerId },
  }));
  for (let stamp = 0; stamp < STAMPS; stamp++) {
    succeeded(await client.POST("/punch-cards/{punchCardId}/issued/{issuedPunchCardId}/stamp", {
      params: { path: { punchCardId, issuedPunchCardId: card.id } },
      body: { stamps: 1 },
    }));
  }
  return { file: file.id, share: share.id, request: request.id, appointment: appointment.id, card: card.id };
}

/** The mail with a message of a ticket, once it is there. */
function mailWith(message: string): Promise<string> {
  const folder = setting("MAIL_FOLDER");
  return insist(`a mail with ${message}`, async () => {
    for (const name of await readdir(folder).catch(() => [])) {
      const mail = await readFile(join(folder, name), "utf8");
      if (mail.includes(`Message-ID: <${message}@`)) return mail;
    }
    return undefined;
  });
}

/** A field of a mail's header, unfolded. */
function field(mail: string, name: string): string {
  const [head = ""] = mail.split(/\r?\n\r?\n/, 1);
  const value = new RegExp(`^${name}: (.*)$`, "m").exec(head.replaceAll(/\r?\n(?=[ \t])/g, ""))?.[1];
  if (value === undefined) throw new Error(`the mail has no ${name}`);
  return value;
}

/** Answers a mail twice, as a mail server does that didn't hear of the first time. */
async function answerByMail(mail: string): Promise<void> {
  const answer = [
    `From: ${field(mail, "To")}`,
    `To: ${field(mail, "Reply-To")}`,
    `Subject: Re: ${field(mail, "Subject")}`,
    `Message-ID: <${randomUUID()}@example.nl>`,
    `In-Reply-To: ${field(mail, "Message-ID")}`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "",
    ANSWER,
    "",
  ].join("\r\n");
  for (let time = 0; time < 2; time++) {
    const command = spawn(setting("RECEIVE_MAIL"), { shell: true, stdio: ["pipe", "ignore", "inherit"] });
    command.stdin.end(answer);
    const [status] = await once(command, "close");
    if (status !== 0) throw new Error(`the answer was not received: ${status}`);
  }
}

for (const type of ["customer-created", "appointment-created", "ticket-reply-customer", "ticket-reply-employee"] as const) {
  succeeded(await client.POST("/webhooks", { body: { type, url: setting("WEBHOOK_URL") } }));
}

const customers = await inParallel(Array.from({ length: CUSTOMERS }, (_, number) => customer(number)), async (body) =>
  succeeded(await client.POST("/customers", { body })).id);

const card = succeeded(await client.POST("/punch-cards", { body: { name: "Koffiekaart", punches: 10, punchLabel: "kopje" } }));
const served = await inParallel(customers.slice(0, SERVED), (customerId, number) => serve(number, customerId, card.id));

const tickets = succeeded(await client.GET("/tickets", { params: { query: { status: "open" } } }));
const ticket = tickets.data.find(({ customerId }) => customerId !== null);
if (!ticket) throw new Error("no customer has an open ticket");
const path = { ticketId: ticket.id };
const { messages } = succeeded(await client.POST("/tickets/{ticketId}", { params: { path }, body: { message: `<p>${REPLY}</p>` } }));
await answerByMail(await mailWith(messages.at(-1)!.id));

console.log(JSON.stringify({ card: card.id, ticket: ticket.id, customers, served }));
