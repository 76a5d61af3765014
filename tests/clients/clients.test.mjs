// Linters find nothing in the OpenAPI document, and clients that generators make of it compile and work.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { startServer, target } from "../browser/server.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const tool = (name) => join(here, "node_modules/.bin", name);

/** Runs a program in this folder; what it printed is the message when it fails. */
async function run(program, args, environment = {}) {
  const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", ...environment };
  try {
    return (await promisify(execFile)(program, args, { cwd: here, env, maxBuffer: 16e6 })).stdout;
  } catch (error) {
    assert.fail(`${program} ${args.join(" ")}\n${error.stdout}${error.stderr}`);
  }
}

let folder, api, documents;

before(async () => {
  const server = await startServer();
  const { portalId } = await server.portal();
  api = { KLANTPORTAAL_API: `${server.url}/v1`, KLANTPORTAAL_API_KEY: (await server.apiKey(portalId)).key };
  folder = await mkdtemp(join(here, ".generated-"));
  documents = {};
  for (const name of ["openapi.json", "openapi-3.0.json"]) {
    const answer = await fetch(`${server.url}/docs/${name}`);
    assert.equal(answer.status, 200);
    documents[name] = join(folder, name);
    await writeFile(documents[name], await answer.text());
  }
});

after(() => rm(folder, { recursive: true }));

for (const name of ["openapi.json", "openapi-3.0.json"]) {
  test(`Redocly finds nothing in ${name}`, () => run(tool("redocly"), ["lint", "--config", "redocly.yaml", documents[name]]));

  test(`Spectral finds nothing in ${name}`, () =>
    run(tool("spectral"), ["lint", "--ruleset", "spectral.yaml", "--fail-severity", "hint", documents[name]]));
}

const customer = {
  companyName: "Bakkerij De Korenaar",
  address: "Molenstraat 12",
  zipCode: "5211 DR",
  city: "Den Bosch",
  primaryEmail: "info@korenaar.example",
};

/** Compiles a program of TypeScript, strictly, and runs it. */
async function compileAndRun(name, program) {
  const file = join(folder, `${name}.ts`);
  await writeFile(file, program);
  const flags = ["--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom,dom.iterable"];
  await run(tool("tsc"), [...flags, "--outDir", join(folder, `${name}-js`), file]);
  const printed = await run(process.execPath, [join(folder, `${name}-js`, `${name}.js`)], api);
  assert.equal(printed.trim(), customer.companyName);
}

test("a client by openapi-typescript works", async () => {
  await run(tool("openapi-typescript"), [documents["openapi.json"], "--output", join(folder, "schema.d.ts")]);
  await compileAndRun("openapi-typescript", `
    import createClient from "openapi-fetch";
    import type { paths } from "./schema.d.ts";
    const client = createClient<paths>({
      baseUrl: process.env.KLANTPORTAAL_API!,
      headers: { Authorization: \`Bearer \${process.env.KLANTPORTAAL_API_KEY}\` },
    });
    const made = await client.POST("/customers", { body: ${JSON.stringify(customer)} });
    if (!made.data) throw new Error(made.error.message);
    const path = { customerId: made.data.id };
    const found = await client.GET("/customers/{customerId}", { params: { path } });
    console.log(found.data?.companyName);
    declare const process: { env: Record<string, string | undefined> };
  `);
});

test("a client by orval works", async () => {
  const output = join(folder, "orval.ts");
  await run(tool("orval"), ["--input", documents["openapi.json"], "--output", output, "--client", "fetch"]);
  await compileAndRun("by-orval", `
    import { createCustomer, getCustomer } from "./orval.js";
    // The addresses of orval's functions have no host.
    const plain = globalThis.fetch;
    globalThis.fetch = (address, options) => plain(\`\${process.env.KLANTPORTAAL_API}\${address}\`, options);
    const options = { headers: { Authorization: \`Bearer \${process.env.KLANTPORTAAL_API_KEY}\` } };
    const made = await createCustomer(${JSON.stringify(customer)}, options);
    if (made.status !== 200) throw new Error(made.data.message);
    const found = await getCustomer(made.data.id, options);
    if (found.status === 304) throw new Error("no entity tag was sent");
    if (found.status !== 200) throw new Error(found.data.message);
    console.log(found.data.companyName);
    declare const process: { env: Record<string, string | undefined> };
  `);
});

test("a client by progenitor works", async () => {
  const cargo = ["run", "--quiet", "--locked", "--manifest-path", "rust/Cargo.toml", "--target-dir", join(target, "clients")];
  const printed = await run("cargo", cargo, { ...api, OPENAPI_DOCUMENT: documents["openapi-3.0.json"] });
  assert.equal(JSON.parse(printed).companyName, customer.companyName);
});
