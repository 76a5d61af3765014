// The server side of an app, as small as it can be: where owners come back, and the calls with the app's secret.

import { createServer } from "node:http";
import { once } from "node:events";

/** Listens on an address that owners are sent back to; shows a page without anything that a browser would ask for. */
export async function startApp() {
  const app = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.end('<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>App</title><h1>App</h1>');
  });
  app.listen(0, "127.0.0.1").unref();
  await once(app, "listening");
  return { redirectUri: `http://127.0.0.1:${app.address().port}/callback` };
}

/** A request for access. */
export function authorizeUrl(server, { appId, redirectUri, scope = "customers.read", state = "s-1" }) {
  const query = new URLSearchParams({ response_type: "code", client_id: appId, redirect_uri: redirectUri, scope, state });
  return `${server.url}/oauth/authorize?${query}`;
}

/** A call of the token endpoint: its status and its JSON. */
export async function tokenCall(server, parameters) {
  const answer = await fetch(`${server.url}/oauth/tokens`, { method: "POST", body: new URLSearchParams(parameters) });
  return { status: answer.status, ...(await answer.json()) };
}

export function exchange(server, { appId, appSecret, redirectUri }, code, more = {}) {
  return tokenCall(server, { grant_type: "authorization_code", client_id: appId, client_secret: appSecret, redirect_uri: redirectUri, code, ...more });
}

export function refresh(server, { appId, appSecret }, token) {
  return tokenCall(server, { grant_type: "refresh_token", client_id: appId, client_secret: appSecret, refresh_token: token });
}
