// openid-client, a client library that knows nothing of this product, goes the whole way to a portal's customers.

import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import test from "node:test";

import * as client from "openid-client";

import { Owner } from "./owner.mjs";
import { startServer } from "./server.mjs";

// Node.js 18 has it, but not as a global.
globalThis.crypto ??= webcrypto;

const callback = "https://app.example/callback";
const scope = "customers.read customers.write";

async function setUp(engine) {
  const server = await startServer({ engine });
  const { developerId } = await server.developer();
  const app = await server.app(developerId, { redirectUris: [callback], scopes: scope.split(" ") });
  const publicApp = await server.app(developerId, { redirectUris: [callback], scopes: scope.split(" "), isPublic: true });
  const keys = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const jwks = { keys: [{ ...(await webcrypto.subtle.exportKey("jwk", keys.publicKey)), kid: "2026-1" }] };
  const keyedApp = await server.app(developerId, { redirectUris: [callback], scopes: scope.split(" "), deviceFlow: true, jwks });
  return { server, app, publicApp, keyedApp, privateKey: { key: keys.privateKey, kid: "2026-1" }, portal: await server.portal() };
}

/** A client that knows no more than the issuer and its own credentials. */
function discover({ server, app }, authentication = client.ClientSecretPost(app.appSecret)) {
  const options = { algorithm: "oauth2", execute: [client.allowInsecureRequests] };
  return client.discovery(new URL(server.url), app.appId, undefined, authentication, options);
}

/** Sends the owner to the consent page; returns where they came back, and what belongs to it. */
async function consent(config, portal, decision = "allow") {
  const [pkceCodeVerifier, expectedState] = [client.randomPKCECodeVerifier(), client.randomState()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope,
    state: expectedState,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    prompt: "consent",
  });
  return { back: await new Owner(portal).decide(url, decision), checks: { pkceCodeVerifier, expectedState } };
}

function customers({ server }, accessToken) {
  return fetch(`${server.url}/v1/customers`, { headers: { authorization: `Bearer ${accessToken}` } });
}

// A client that is refused is told how to authenticate, whichever way it tried.
const challenged = (error) => {
  assert.ok(error instanceof client.WWWAuthenticateChallengeError, error);
  assert.deepEqual([error.status, error.cause[0].scheme], [401, "basic"]);
  return true;
};

for (const engine of ["sqlite", "postgres"]) {
  test(`openid-client against the server on ${engine}`, async (t) => {
    const set = await setUp(engine);
    const { server, app, portal } = set;

    for (const [name, authentication] of [
      ["client_secret_post", client.ClientSecretPost(app.appSecret)],
      ["client_secret_basic", client.ClientSecretBasic(app.appSecret)],
    ]) {
      await t.test(`the whole way with ${name}`, async () => {
        const config = await discover(set, authentication);
        assert.equal(config.serverMetadata().issuer, server.url);
        assert.ok(config.serverMetadata().supportsPKCE());
        assert.ok(config.serverMetadata().token_endpoint_auth_methods_supported.includes(name));
        const { back, checks } = await consent(config, portal);
        const tokens = await client.authorizationCodeGrant(config, back, checks);
        assert.deepEqual([tokens.expires_in, tokens.scope], [3600, scope]);
        assert.equal((await customers(set, tokens.access_token)).status, 200);
        const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
        assert.notEqual(fresh.access_token, tokens.access_token);
        assert.equal(fresh.refresh_token, undefined);
        assert.equal((await customers(set, fresh.access_token)).status, 200);
        const narrow = await client.refreshTokenGrant(config, tokens.refresh_token, { scope: "customers.read" });
        assert.equal(narrow.scope, "customers.read");
        const answer = await client.fetchProtectedResource(config, narrow.access_token, new URL(`${server.url}/v1/customers`), "GET");
        assert.equal(answer.status, 200);
      });
    }

    await t.test("a public app goes the whole way, replaces its refresh token, and gives it back", async () => {
      const config = await discover({ server, app: set.publicApp }, client.None());
      const { back, checks } = await consent(config, portal);
      const first = await client.authorizationCodeGrant(config, back, checks);
      const second = await client.refreshTokenGrant(config, first.refresh_token);
      assert.notEqual(second.refresh_token, first.refresh_token);
      assert.equal((await client.refreshTokenGrant(config, first.refresh_token)).refresh_token, second.refresh_token, "the answer was lost");
      assert.equal((await customers(set, second.access_token)).status, 200);
      await client.tokenRevocation(config, second.refresh_token);
      assert.equal((await customers(set, second.access_token)).status, 401);
      await assert.rejects(client.refreshTokenGrant(config, second.refresh_token), (error) => error.error === "invalid_grant");
      await client.tokenRevocation(config, second.refresh_token);
    });

    await t.test("an app looks at its tokens, and names the API that they are for", async () => {
      const config = await discover(set);
      const { back, checks } = await consent(config, portal);
      const tokens = await client.authorizationCodeGrant(config, back, checks, { resource: `${server.url}/v1` });
      const seen = await client.tokenIntrospection(config, tokens.access_token);
      assert.deepEqual([seen.active, seen.scope, seen.client_id, seen.sub], [true, scope, app.appId, portal.portalId]);
      await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token, { resource: "https://evil.example" }), (error) => error.error === "invalid_target");
      await client.tokenRevocation(config, tokens.access_token);
      assert.deepEqual(await client.tokenIntrospection(config, tokens.access_token), { active: false });
    });

    await t.test("an app with a key of its own pushes its request, and gets tokens bound to another key", async () => {
      const config = await discover({ server, app: set.keyedApp }, client.PrivateKeyJwt(set.privateKey));
      assert.ok(config.serverMetadata().token_endpoint_auth_methods_supported.includes("private_key_jwt"));
      const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
      const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState() };
      const url = await client.buildAuthorizationUrlWithPAR(
        config,
        {
          redirect_uri: callback,
          scope,
          state: checks.expectedState,
          code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
          code_challenge_method: "S256",
          prompt: "consent",
        },
        { DPoP },
      );
      assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request_uri"]);
      const back = await new Owner(portal).decide(url, "allow");
      const tokens = await client.authorizationCodeGrant(config, back, checks, undefined, { DPoP });
      assert.equal(tokens.token_type, "dpop");
      const resource = new URL(`${server.url}/v1/customers`);
      const answer = await client.fetchProtectedResource(config, tokens.access_token, resource, "GET", undefined, undefined, { DPoP });
      assert.equal(answer.status, 200);
      assert.equal((await customers(set, tokens.access_token)).status, 401, "without the proof it is worth nothing");
      const fresh = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
      assert.equal((await client.tokenIntrospection(config, fresh.access_token)).active, true);
      await client.tokenRevocation(config, tokens.refresh_token);
      assert.deepEqual(await client.tokenIntrospection(config, fresh.access_token), { active: false });
    });

    await t.test("another key than the registered one is refused", async () => {
      const other = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
      for (const key of [other.privateKey, { key: other.privateKey, kid: "2026-1" }]) {
        const config = await discover({ server, app: set.keyedApp }, client.PrivateKeyJwt(key));
        await assert.rejects(client.refreshTokenGrant(config, "onjuist"), challenged);
      }
      const config = await discover({ server, app: set.keyedApp }, client.PrivateKeyJwt(set.privateKey));
      await assert.rejects(client.refreshTokenGrant(config, "onjuist"), (error) => error.error === "invalid_grant");
    });

    await t.test("a device waits for its owner, and gets bound tokens", async () => {
      const config = await discover({ server, app: set.keyedApp }, client.PrivateKeyJwt(set.privateKey));
      const device = await client.initiateDeviceAuthorization(config, { scope: "customers.read" });
      assert.match(device.user_code, /^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
      assert.equal(device.verification_uri, `${server.url}/manage/device`);
      const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
      const polling = client.pollDeviceAuthorizationGrant(config, device, undefined, { DPoP });
      const back = await new Owner(portal).decide(new URL(device.verification_uri_complete), "allow");
      assert.equal(back.pathname, "/manage/device/allowed");
      const tokens = await polling;
      assert.deepEqual([tokens.token_type, tokens.scope], ["dpop", "customers.read"]);
      const resource = new URL(`${server.url}/v1/customers`);
      assert.equal((await client.fetchProtectedResource(config, tokens.access_token, resource, "GET", undefined, undefined, { DPoP })).status, 200);
      await assert.rejects(client.pollDeviceAuthorizationGrant(config, { ...device, interval: 0.1 }), (error) => error.error === "invalid_grant");
    });

    await t.test("a device whose owner declines is told so", async () => {
      const config = await discover({ server, app: set.keyedApp }, client.PrivateKeyJwt(set.privateKey));
      const device = await client.initiateDeviceAuthorization(config, { scope: "customers.read" });
      await new Owner(portal).decide(new URL(device.verification_uri_complete), "deny");
      await assert.rejects(client.pollDeviceAuthorizationGrant(config, { ...device, interval: 0.1 }), (error) => error.error === "access_denied");
    });

    await t.test("the owner declines", async () => {
      const config = await discover(set);
      const { back, checks } = await consent(config, portal, "deny");
      await assert.rejects(client.authorizationCodeGrant(config, back, checks), (error) => {
        assert.ok(error instanceof client.AuthorizationResponseError);
        assert.equal(error.error, "access_denied");
        assert.ok(error.error_description);
        return true;
      });
    });

    await t.test("an answer of another server, or without its name, is found out", async () => {
      const config = await discover(set);
      const { back, checks } = await consent(config, portal);
      for (const change of [(url) => url.searchParams.set("iss", "https://evil.example"), (url) => url.searchParams.delete("iss")]) {
        const wrong = new URL(back);
        change(wrong);
        await assert.rejects(client.authorizationCodeGrant(config, wrong, checks), /iss|invalid response/);
      }
      const wrong = { ...checks, expectedState: client.randomState() };
      await assert.rejects(client.authorizationCodeGrant(config, back, wrong), /state|invalid response/);
      await client.authorizationCodeGrant(config, back, checks);
    });

    await t.test("faults are the standard's own", async () => {
      const config = await discover(set);
      const { back, checks } = await consent(config, portal);
      const refused = (error, status) => (found) => {
        assert.ok(found instanceof client.ResponseBodyError, found);
        assert.deepEqual([found.error, found.status], [error, status]);
        return true;
      };
      const verifier = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
      await assert.rejects(client.authorizationCodeGrant(config, back, verifier), refused("invalid_grant", 400));
      const stranger = await discover(set, client.ClientSecretPost("onjuist"));
      await assert.rejects(client.authorizationCodeGrant(stranger, back, checks), challenged);
      await assert.rejects(client.refreshTokenGrant(config, "onjuist"), refused("invalid_grant", 400));
      const basic = await discover(set, client.ClientSecretBasic("onjuist"));
      await assert.rejects(client.authorizationCodeGrant(basic, back, checks), challenged);
      // None of that used the code up; a second use does what it must.
      const tokens = await client.authorizationCodeGrant(config, back, checks);
      await assert.rejects(client.authorizationCodeGrant(config, back, checks), refused("invalid_grant", 400));
      assert.equal((await customers(set, tokens.access_token)).status, 401);
      await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), refused("invalid_grant", 400));
    });

    await t.test("an access token that is dead is told as the standard says", async () => {
      const config = await discover(set);
      const { back, checks } = await consent(config, portal);
      const tokens = await client.authorizationCodeGrant(config, back, checks);
      const grants = await server.cli(["grant", "list", "--portal", portal.portalId]);
      for (const { id } of grants) await server.cli(["grant", "revoke", id]);
      const url = new URL(`${server.url}/v1/customers`);
      await assert.rejects(client.fetchProtectedResource(config, tokens.access_token, url, "GET"), (error) => {
        assert.ok(error instanceof client.WWWAuthenticateChallengeError, error);
        assert.deepEqual([error.cause[0].scheme, error.cause[0].parameters.error], ["bearer", "invalid_token"]);
        return true;
      });
    });
  });
}
