// A virus scanner with clamd's protocol, whose verdicts on some contents wait until they are asked for.

import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const command = "zINSTREAM\0";

/** The content, once all of its pieces are there: each is behind its length, and the last has none. */
function contentOf(received) {
  const pieces = [];
  for (let at = command.length; at + 4 <= received.length; ) {
    const length = received.readUInt32BE(at);
    if (length === 0) return Buffer.concat(pieces).toString();
    pieces.push(received.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return undefined;
}

/** The scanner's socket, and what releases the verdict on what begins with a text; others wait for nothing. */
export async function startClamd() {
  const path = join(await mkdtemp(join(tmpdir(), "klantportaal-clamd-")), "clamd.ctl");
  const released = [];
  const waiting = new Set();
  const decide = () => {
    for (const one of waiting) {
      if (one.content.startsWith("wacht") && !released.some((start) => one.content.startsWith(start))) continue;
      waiting.delete(one);
      one.connection.end(one.content.includes("een VIRUS") ? "stream: Proef.Virus FOUND\0" : "stream: OK\0");
    }
  };
  const server = createServer((connection) => {
    let received = Buffer.alloc(0);
    connection.on("error", () => {});
    connection.on("data", (more) => {
      received = Buffer.concat([received, more]);
      const content = contentOf(received);
      if (content === undefined) return;
      waiting.add({ content, connection });
      decide();
    });
  });
  await once(server.listen(path), "listening");
  // It ends with this process.
  server.unref();
  return {
    path,
    release(start) {
      released.push(start);
      decide();
    },
  };
}
