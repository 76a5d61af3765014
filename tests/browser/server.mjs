// Starts the real server in a folder of its own, and provisions it by its command line.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const binary = process.env.KP_TEST_BINARY ?? join(target, "debug/klantportaal");
const keeper = join(root, "tests/keeper.sh");
export const password = "juiste paard batterij";

/** This process's environment without the product's own settings. */
function environment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("KLANTPORTAAL_")));
}

/** The URL of a new database, and what the keeper is told so that it drops it. */
async function database(engine) {
  if (engine === "sqlite") return ["sqlite:klantportaal.db", {}];
  const cluster = process.env.TEST_POSTGRES_URL;
  assert.ok(cluster, "TEST_POSTGRES_URL is not set: run the tests with `scripts/test browser`");
  const name = `browser_${randomBytes(8).toString("hex")}`;
  await promisify(execFile)("psql", [cluster, "--quiet", "--command", `CREATE DATABASE ${name}`]);
  const url = new URL(cluster);
  url.pathname = `/${name}`;
  return [url.href, { TEST_DATABASE: name }];
}

/** What a stream has brought so far, and what may be waited for in it. */
function collect(stream) {
  let text = "";
  stream.setEncoding("utf8").on("data", (more) => (text += more));
  return {
    text: () => text,
    async match(pattern, otherwise) {
      for (;;) {
        const found = pattern.exec(text);
        if (found) return found;
        if (stream.readableEnded || stream.destroyed) throw new Error(otherwise());
        await Promise.race([once(stream, "data"), once(stream, "close")]);
      }
    },
  };
}

class Server {
  #keeper;
  #settings;
  #stdout;
  #stderr;

  constructor(keeperProcess, settings) {
    this.#keeper = keeperProcess;
    this.#settings = settings;
    this.#stdout = collect(keeperProcess.stdout);
    this.#stderr = collect(keeperProcess.stderr);
  }

  async ready(demo) {
    const failed = () => `the server did not start:\n${this.log()}`;
    [, this.url] = await this.#stdout.match(/^Klantportaal listens on (\S+)\n/, failed);
    if (demo) {
      const text = (await this.#stdout.match(/^Demo: [^]*those of an earlier start have stopped working\.\n/m, failed))[0];
      const logIns = [...text.matchAll(/^ +(\S+@\S+)  (\S+)$/gm)].map(([, email, password]) => ({ email, password }));
      this.demo = {
        owner: logIns[0],
        developer: logIns[1],
        apiKey: /kpk_\w+/.exec(text)[0],
        clientId: /app_\w+/.exec(text)[0],
        clientSecret: /kps_\w+/.exec(text)[0],
        authorizeUrl: /http\S+\/oauth\/authorize\?\S+/.exec(text)[0],
      };
    }
    // The server ends with this process; until then it shall not keep this process from ending.
    for (const handle of [this.#keeper, ...this.#keeper.stdio]) handle.unref();
    return this;
  }

  /** Its log so far. */
  log() {
    return this.#stderr.text();
  }

  /** Runs a command on the server's database; returns the JSON that it prints. */
  async cli(args, input = "") {
    const child = execFile(binary, [...args, ...this.#settings], { env: environment() });
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    // A command that fails may end before it reads; what it says is told below.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`klantportaal ${args.join(" ")}: ${stderr.text()}`);
    return JSON.parse(stdout.text());
  }

  /** A portal with an owner who can log in: {portalId, ownerId, email, password}. */
  async portal({ name = "Bakkerij Jansen", email = `eigenaar-${randomBytes(8).toString("hex")}@example.nl` } = {}) {
    const made = await this.cli(["portal", "create", "--name", name, "--owner-email", email, "--password-stdin"], password);
    return { ...made, email, password };
  }

  /** A developer who can log in: {developerId, email, password}. */
  async developer({ name = "Bouwers BV", email = `bouwer-${randomBytes(8).toString("hex")}@example.nl` } = {}) {
    const made = await this.cli(["developer", "create", "--name", name, "--email", email, "--password-stdin"], password);
    return { ...made, email, password };
  }

  /** An app: {appId, appSecret}; a public one, and one with keys (`jwks`), has no secret. */
  async app(developerId, { name = "Koppeling", redirectUris, scopes = ["customers.read"], isPublic = false, deviceFlow = false, jwks }) {
    const more = [...redirectUris.flatMap((uri) => ["--redirect-uri", uri]), ...scopes.flatMap((scope) => ["--scope", scope])];
    if (isPublic) more.push("--public");
    if (deviceFlow) more.push("--device-flow");
    if (jwks) {
      const file = join(await mkdtemp(join(tmpdir(), "klantportaal-keys-")), "jwks.json");
      await writeFile(file, JSON.stringify(jwks));
      more.push("--jwks", file);
    }
    return this.cli(["app", "create", "--developer", developerId, "--name", name, ...more]);
  }

  /** An API key: {id, key}. */
  async apiKey(portalId, { scopes = ["customers.read", "customers.write"], rateLimit = 0 } = {}) {
    const more = scopes.flatMap((scope) => ["--scope", scope]);
    return this.cli(["api-key", "create", "--portal", portalId, "--name", "toets", "--rate-limit", `${rateLimit}`, ...more]);
  }
}

/**
 * Starts a server.
 *
 * @param {object} options
 * @param {boolean} [options.demo] with the demo; what it prints is then in `server.demo`
 * @param {"sqlite" | "postgres"} [options.engine]
 * @param {string[]} [options.flags] further flags of `serve`
 */
export async function startServer({ demo = false, engine = "sqlite", flags = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "klantportaal-test-"));
  const [url, forKeeper] = await database(engine);
  const settings = ["--data-dir", folder, "--database-url", url];
  const serve = [binary, "serve", "--listen", "127.0.0.1:0", ...settings, ...(demo ? ["--demo"] : []), ...flags];
  const keeperProcess = spawn("sh", [keeper, folder, ...serve], { env: { ...environment(), ...forKeeper }, stdio: "pipe" });
  return new Server(keeperProcess, settings).ready(demo);
}
