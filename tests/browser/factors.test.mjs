// What proves a person beside the password: an authenticator app, recovery codes, passkeys; and one's sessions.

import assert from "node:assert/strict";
import { before } from "node:test";

import { TOTP } from "otpauth";

import { startServer } from "./helper.mjs";
import { bothWays, button, errorOf, follow, heading, link, logIn, logOut, look, send, together, walk, withPasskeys } from "./road.mjs";

let server;
before(async () => (server = await startServer()));

/** An owner of a portal of their own. */
const newOwner = () => server.portal();

/** A code that was not used yet: that of the step that comes, which counts already. */
const nextCode = (totp) => totp.generate({ timestamp: Date.now() + 30_000 });

/** Passkeys belong to a name, so the browser takes `localhost` and not the address. */
const atLocalhost = () => ({ url: server.url.replace("127.0.0.1", "localhost") });

async function addPasskey(page, words, local, name) {
  await page.goto(`${local.url}/manage/account/passkeys`);
  await follow(page, link(page, words("account.passkeys.add")));
  await look(page);
  await send(page, { name }, words("account.passkeys.add"));
}

together("Factors", () => {
  walk("an authenticator app is set up, asked for, and removed", { ways: bothWays }, async (page, words) => {
    const owner = await newOwner();
    await logIn(page, server, words, owner);
    await page.goto(`${server.url}/manage/account/second-factor`);
    await look(page);
    await follow(page, link(page, words("account.factors.app_add")));
    await look(page);
    assert.ok(await page.getByRole("img", { name: words("account.factors.scan_label") }).isVisible());
    const totp = new TOTP({ secret: await page.locator(".copyable code").innerText() });
    await send(page, { code: "000000" }, words("account.factors.confirm"));
    assert.equal(await errorOf(page, "code"), words("account.factors.wrong_code"));
    await send(page, { code: totp.generate() }, words("account.factors.confirm"));
    await look(page);
    assert.equal(await heading(page), words("account.factors.codes_title"));
    const codes = (await page.locator("pre code").innerText()).split("\n");
    assert.equal(codes.length, 10);
    await follow(page, link(page, words("account.factors.codes_done")));
    await look(page);

    await logOut(page, words);
    await logIn(page, server, words, owner);
    assert.equal(await heading(page), words("account.second_factor.title"));
    await look(page);
    await send(page, { code: nextCode(totp) }, words("account.login.submit"));
    await logOut(page, words);
    await logIn(page, server, words, owner);
    await page.getByText(words("account.second_factor.no_app")).click();
    await look(page);
    await page.locator("[name=recovery_code]").fill(codes[0]);
    await follow(page, page.locator("details").getByRole("button"));
    await page.goto(`${server.url}/manage/account/second-factor`);
    await page.getByText(words("account.factors.recovery_left", { count: 9 })).waitFor();
    await follow(page, link(page, words("account.factors.app_remove")));
    await look(page);
    await follow(page, button(page, words("account.factors.app_remove")));
    await logOut(page, words);
    await logIn(page, server, words, owner);
    assert.equal(new URL(page.url()).pathname, "/manage");
  });

  walk("a passkey is made, logs in without a password, and is asked for after one", { ways: bothWays }, async (page, words) => {
    const [owner, local] = [await newOwner(), atLocalhost()];
    await withPasskeys(page);
    await logIn(page, local, words, owner);
    await page.goto(`${local.url}/manage/account/passkeys`);
    await look(page);
    await addPasskey(page, words, local, "Mijn laptop");
    assert.equal(await heading(page), words("account.factors.codes_title"));
    await page.goto(`${local.url}/manage/account/passkeys`);
    await page.getByRole("row").filter({ hasText: "Mijn laptop" }).filter({ hasText: "localhost" }).waitFor();
    await look(page);

    // Without a password, and back to where one was going.
    await logOut(page, words);
    await page.goto(`${local.url}/manage/customers`);
    await look(page);
    await follow(page, button(page, words("account.passkeys.log_in")));
    await page.waitForURL("**/manage/customers");
    // After the password.
    await logOut(page, words);
    await logIn(page, local, words, owner);
    assert.equal(await heading(page), words("account.second_factor.title"));
    await look(page);
    await follow(page, button(page, words("account.passkeys.use")));
    await page.waitForURL("**/manage");
    // Instead of the password, before something sensitive.
    await page.goto(`${local.url}/manage/reauthenticate?next=/manage/settings/api-keys/new`);
    await look(page);
    await follow(page, button(page, words("account.passkeys.use")));
    await page.waitForURL("**/manage/settings/api-keys/new");

    await page.goto(`${local.url}/manage/account/passkeys`);
    await follow(page, page.getByRole("link", { name: `${words("account.passkeys.remove")} Mijn laptop` }));
    await look(page);
    await follow(page, button(page, words("account.passkeys.remove")));
    await page.getByText(words("account.passkeys.empty_title")).waitFor();
    // And it is all in the log.
    for (const action of ["passkey_added", "passkey_removed"]) {
      await page.goto(`${local.url}/manage/account/activity?action=${action}`);
      await page.getByRole("row").filter({ hasText: "Mijn laptop" }).waitFor();
    }
    await logOut(page, words);
    await follow(page, button(page, words("account.passkeys.log_in")));
    await page.getByText(words("flash.note.passkey_failed")).waitFor();
  });

  walk("a passkey whose owner does not confirm is refused", { ways: bothWays.slice(0, 1) }, async (page, words) => {
    const [owner, local] = [await newOwner(), atLocalhost()];
    const { session, authenticatorId } = await withPasskeys(page);
    await logIn(page, local, words, owner);
    await addPasskey(page, words, local, "Sleutel");
    await page.goto(`${local.url}/manage/account`);
    await logOut(page, words);
    await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    await button(page, words("account.passkeys.log_in")).click();
    await page.getByText(words("account.passkeys.failed")).waitFor();
    await page.goto(`${local.url}/manage`);
    assert.equal(new URL(page.url()).pathname, "/manage/login");
  });

  walk("at an address that has no passkeys it is said", { ways: bothWays.slice(0, 1) }, async (page, words) => {
    await logIn(page, server, words, await newOwner());
    await page.goto(`${server.url}/manage/account/passkeys/new`);
    await page.getByText(words("account.passkeys.other_host", { host: "localhost" })).waitFor();
    assert.ok(!(await button(page, words("account.passkeys.add")).isVisible()));
    await look(page);
  });

  walk("without JavaScript passkeys are explained and not offered", { ways: bothWays.slice(0, 1), javaScript: false }, async (page, words) => {
    await page.goto(`${server.url}/manage/login`);
    assert.ok(!(await button(page, words("account.passkeys.log_in")).isVisible()));
    await logIn(page, server, words, await newOwner());
    await page.goto(`${server.url}/manage/account/passkeys/new`);
    assert.ok(await page.getByText(words("account.passkeys.need_script")).isVisible());
    assert.ok(!(await button(page, words("account.passkeys.add")).isVisible()));
  });

  walk("one's sessions are listed and ended", { ways: bothWays }, async (page, words) => {
    const owner = await newOwner();
    await logIn(page, server, words, owner);
    const other = await page.context().browser().newContext({ locale: await page.evaluate(() => navigator.language) });
    const second = await other.newPage();
    await logIn(second, server, words, owner);
    await page.goto(`${server.url}/manage/account/sessions`);
    await look(page);
    await page.getByText(words("account.sessions.this_one")).waitFor();
    await follow(page, button(page, words("account.sessions.end_others")));
    await page.getByText(words("flash.other_sessions_ended")).waitFor();
    await second.goto(`${server.url}/manage`);
    assert.equal(new URL(second.url()).pathname, "/manage/login");
    await other.close();
  });
});
