// Client libraries that know nothing of this product go the whole way: they find the server, ask for access, exchange
// the code, call the API, refresh and revoke. What each does its own way is what it is here for. openid-client is tried
// in tests/browser/oauth.test.mjs, Python's libraries in tests/python.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { OAuth2Client, generateCodeVerifier } from "@badgateway/oauth2-client";
import { auth } from "@modelcontextprotocol/sdk/client/auth.js";
import * as oauth from "oauth4webapi";
import OAuth2Strategy from "passport-oauth2";

import { Owner } from "../browser/owner.mjs";
import { startServer } from "../browser/server.mjs";

const callback = "https://app.example/callback";
const scope = "customers.read customers.write";

let server, portal, developerId;

before(async () => {
  server = await startServer();
  portal = await server.portal();
  ({ developerId } = await server.developer());
});

const app = (more = {}) => server.app(developerId, { redirectUris: [callback], scopes: scope.split(" "), ...more });

/** The owner of a portal allows what a link asks for; returns the address at which the app gets its answer. */
const allow = (url) => new Owner(portal).decide(new URL(url), "allow");

async function customers(accessToken) {
  return (await fetch(`${server.url}/v1/customers`, { headers: { authorization: `Bearer ${accessToken}` } })).status;
}

/** A store of a session's data, as each app of the SDK for TypeScript has one. */
function mcpProvider(clientInformation, more = {}) {
  const kept = {};
  return {
    kept,
    redirectUrl: callback,
    clientMetadata: { redirect_uris: [callback] },
    clientInformation: () => clientInformation,
    tokens: () => kept.tokens,
    saveTokens: (tokens) => { kept.tokens = tokens; },
    redirectToAuthorization: (url) => { kept.url = url; },
    saveCodeVerifier: (verifier) => { kept.verifier = verifier; },
    codeVerifier: () => kept.verifier,
    ...more,
  };
}

for (const [name, isPublic, more] of [
  ["an app without a secret, without state", true, {}],
  ["an app without a secret, with state", true, { state: () => "s-1" }],
  ["an app with a secret, without state", false, {}],
]) {
  test(`the SDK of the Model Context Protocol: ${name}`, async () => {
    const { appId, appSecret } = await app({ isPublic });
    const provider = mcpProvider({ client_id: appId, ...(isPublic ? {} : { client_secret: appSecret }) }, more);
    const serverUrl = `${server.url}/v1`;
    assert.equal(await auth(provider, { serverUrl, scope }), "REDIRECT");
    assert.equal(provider.kept.url.searchParams.get("resource"), serverUrl, "found by the metadata of the API");
    const back = await allow(provider.kept.url);
    assert.equal(back.searchParams.get("state"), more.state?.() ?? null);
    assert.equal(await auth(provider, { serverUrl, authorizationCode: back.searchParams.get("code") }), "AUTHORIZED");
    const first = provider.kept.tokens;
    assert.equal(await customers(first.access_token), 200);
    assert.equal(await auth(provider, { serverUrl, scope }), "AUTHORIZED", "refreshed");
    assert.notEqual(provider.kept.tokens.access_token, first.access_token);
    assert.equal(await customers(provider.kept.tokens.access_token), 200);
  });
}

/** What a strategy of Passport makes of a request: where it leads, or what it gave the app. */
function authenticate(strategy, request) {
  return new Promise((resolve, reject) => {
    const own = Object.create(strategy);
    Object.assign(own, { redirect: resolve, success: resolve, error: reject, fail: (info) => reject(new Error(JSON.stringify(info))) });
    own.authenticate(request);
  });
}

for (const [name, isPublic, options] of [
  ["with a secret and state", false, { state: true }],
  ["with a secret, state and PKCE", false, { state: true, pkce: true }],
  ["without a secret, with state and PKCE", true, { state: true, pkce: true }],
]) {
  test(`passport-oauth2 ${name}`, async () => {
    const { appId, appSecret } = await app({ isPublic });
    const verify = (accessToken, refreshToken, parameters, profile, done) => done(null, { accessToken, refreshToken, parameters });
    const strategy = new OAuth2Strategy({
      authorizationURL: `${server.url}/oauth/authorize`,
      tokenURL: `${server.url}/oauth/tokens`,
      clientID: appId,
      clientSecret: isPublic ? "" : appSecret,
      callbackURL: callback,
      scope: scope.split(" "),
      ...options,
    }, verify);
    const session = {};
    const back = await allow(await authenticate(strategy, { session, query: {} }));
    const query = Object.fromEntries(back.searchParams);
    const user = await authenticate(strategy, { session, query });
    assert.equal(user.parameters.scope, scope);
    assert.equal(await customers(user.accessToken), 200);
  });
}

test("passport-oauth2 without state, by a store of its own for the verifier", async () => {
  const { appId } = await app({ isPublic: true });
  // What apps on phones do that keep no session: the answer is known by its verifier.
  const store = {
    store(_request, verifier, _state, _meta, done) { this.verifier = verifier; done(null); },
    verify(_request, _state, _meta, done) { done(null, this.verifier); },
  };
  const verify = (accessToken, refreshToken, profile, done) => done(null, { accessToken, refreshToken });
  const strategy = new OAuth2Strategy({
    authorizationURL: `${server.url}/oauth/authorize`,
    tokenURL: `${server.url}/oauth/tokens`,
    clientID: appId,
    callbackURL: callback,
    scope,
    pkce: "S256",
    store,
  }, verify);
  const url = new URL(await authenticate(strategy, { query: {} }));
  assert.equal(url.searchParams.has("state"), false);
  const user = await authenticate(strategy, { query: Object.fromEntries((await allow(url)).searchParams) });
  assert.equal(await customers(user.accessToken), 200);
});

for (const [name, isPublic, authenticationMethod, state] of [
  ["without a secret or state", true, undefined, undefined],
  ["by client_secret_basic", false, "client_secret_basic", "s-1"],
  ["by client_secret_basic, without the encoding that the standard asks for", false, "client_secret_basic_interop", undefined],
  ["by client_secret_post", false, "client_secret_post", undefined],
]) {
  test(`@badgateway/oauth2-client ${name}`, async () => {
    const { appId, appSecret } = await app({ isPublic });
    // It looks for the server's metadata by itself.
    const client = new OAuth2Client({ server: server.url, clientId: appId, ...(isPublic ? {} : { clientSecret: appSecret }), authenticationMethod });
    const codeVerifier = await generateCodeVerifier();
    const url = await client.authorizationCode.getAuthorizeUri({ redirectUri: callback, scope: scope.split(" "), codeVerifier, state, resource: [`${server.url}/v1`] });
    const token = await client.authorizationCode.getTokenFromCodeRedirect(await allow(url), { redirectUri: callback, codeVerifier, state });
    assert.equal(await customers(token.accessToken), 200);
    const fresh = await client.refreshToken(token);
    assert.notEqual(fresh.accessToken, token.accessToken);
    assert.equal(await customers(fresh.accessToken), 200);
    await client.revoke(fresh, "refresh_token");
    assert.equal(await customers(fresh.accessToken), 401);
  });
}

/** oauth4webapi refuses plain HTTP unless it is told not to. */
const plain = { [oauth.allowInsecureRequests]: true };

for (const algorithm of ["oauth2", "oidc"]) {
  test(`oauth4webapi finds the server by the address of ${algorithm}`, async () => {
    const issuer = new URL(server.url);
    const found = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...plain }));
    assert.equal(found.token_endpoint, `${server.url}/oauth/tokens`);
  });
}

for (const dpop of [false, true]) {
  test(`oauth4webapi with private_key_jwt, by a pushed request${dpop ? ", bound to a key" : ""}`, async () => {
    const issuer = new URL(server.url);
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...plain }));
    const keys = await oauth.generateKeyPair("ES256", { extractable: true });
    const jwks = { keys: [{ ...(await crypto.subtle.exportKey("jwk", keys.publicKey)), kid: "2026-1", key_ops: undefined }] };
    const client = { client_id: (await app({ jwks })).appId };
    const authentication = oauth.PrivateKeyJwt({ key: keys.privateKey, kid: "2026-1" });
    const handle = dpop ? oauth.DPoP(client, await oauth.generateKeyPair("ES256")) : undefined;
    const options = { ...plain, DPoP: handle };
    /** Once more, with the nonce that the server asked for. */
    const insist = async (call) => call().catch((error) => (oauth.isDPoPNonceError(error) ? call() : Promise.reject(error)));

    const verifier = oauth.generateRandomCodeVerifier();
    const parameters = {
      response_type: "code",
      client_id: client.client_id,
      redirect_uri: callback,
      scope,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    };
    const pushed = await insist(async () =>
      oauth.processPushedAuthorizationResponse(as, client, await oauth.pushedAuthorizationRequest(as, client, authentication, new URLSearchParams(parameters), options)));
    const back = await allow(`${as.authorization_endpoint}?${new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri })}`);
    const checked = oauth.validateAuthResponse(as, client, back, oauth.expectNoState);
    const tokens = await insist(async () =>
      oauth.processAuthorizationCodeResponse(as, client, await oauth.authorizationCodeGrantRequest(as, client, authentication, checked, callback, verifier, options)));
    assert.equal(tokens.token_type, dpop ? "dpop" : "bearer");
    const list = new URL(`${server.url}/v1/customers`);
    const call = (token) => insist(() => oauth.protectedResourceRequest(token, "GET", list, undefined, undefined, options));
    assert.equal((await call(tokens.access_token)).status, 200);
    const fresh = await insist(async () =>
      oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token, options)));
    assert.equal((await call(fresh.access_token)).status, 200);
    const seen = await oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, authentication, fresh.access_token, plain));
    assert.equal(seen.active, true);
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, tokens.refresh_token, plain));
    await assert.rejects(call(fresh.access_token), (error) => error instanceof oauth.WWWAuthenticateChallengeError && error.status === 401);
  });
}

test("oauth4webapi waits for the owner of a device", async () => {
  const issuer = new URL(server.url);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...plain }));
  const { appId } = await app({ isPublic: true, deviceFlow: true });
  const [client, authentication] = [{ client_id: appId }, oauth.None()];
  const device = await oauth.processDeviceAuthorizationResponse(as, client, await oauth.deviceAuthorizationRequest(as, client, authentication, { scope }, plain));
  await allow(device.verification_uri_complete);
  const tokens = await oauth.processDeviceCodeResponse(as, client, await oauth.deviceCodeGrantRequest(as, client, authentication, device.device_code, plain));
  assert.equal(await customers(tokens.access_token), 200);
});
