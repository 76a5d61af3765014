// Builds the URL to which you send the portal's owner.
// Needs Node 20 and: KLANTPORTAAL_AUTHORIZE_URL, APP_ID, REDIRECT_URI

import { createHash, randomBytes } from "node:crypto";

const { KLANTPORTAAL_AUTHORIZE_URL, APP_ID, REDIRECT_URI } = process.env;
if (!APP_ID || !REDIRECT_URI) throw new Error("Set APP_ID and REDIRECT_URI.");

// Store both in the visitor's session: you need them when they come back.
const state = randomBytes(16).toString("base64url");
const codeVerifier = randomBytes(32).toString("base64url");

const codeChallenge = createHash("sha256").update(codeVerifier).digest("base64url");

const url = new URL(KLANTPORTAAL_AUTHORIZE_URL);
url.search = new URLSearchParams({
  response_type: "code",
  client_id: APP_ID,
  redirect_uri: REDIRECT_URI,
  scope: "customers.read",
  state,
  code_challenge: codeChallenge,
  code_challenge_method: "S256",
});

console.log(`url=${url}`);
console.log(`state=${state}`);
console.log(`code_verifier=${codeVerifier}`);
