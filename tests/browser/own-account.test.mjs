// Looking after one's own account and portal: name, e-mail address, deleting and restoring, proving again who one is,
// recovery codes, registration that isn't open, and a second factor that is required. Each road is walked with the
// script in both languages, and without it on a phone.

import assert from "node:assert/strict";

import { TOTP } from "otpauth";

import { checkFits, newPage, startServer } from "./helper.mjs";
import { authorizeUrl, startApp } from "./oauth-client.mjs";
import { bothWays, button, errorOf, follow, heading, link, logIn, logOut, look, newEmail, openMail, password, send, together, walk, withPasskeys } from "./road.mjs";

const server = await startServer({ demo: true });
const invited = await startServer({ flags: ["--manage-registration=invite", "--developers-registration=closed"] });
const strict = await startServer({ flags: ["--require-second-factor=yes"] });
const { redirectUri } = await startApp();

const narrow = { width: 320, height: 640 };
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();
const otherPassword = "een heel ander wachtwoord";

/** Looks at a page as `look` does, and on the narrowest phone. */
async function lookClosely(page) {
  await look(page);
  const size = page.viewportSize();
  await page.setViewportSize(narrow);
  await checkFits(page);
  await page.setViewportSize(size);
}

/** A road with the script, whose pages are looked at, and the same without it. */
function road(name, options, body) {
  walk(name, { ways: bothWays, ...options }, (page, words, way) => body(page, words, lookClosely, way));
  walk(`${name}, without JavaScript`, { ways: [{ lang: "nl", size: "phone" }], javaScript: false, ...options },
    (page, words, way) => body(page, words, async () => {}, way));
}

/** Sets an authenticator app up on the page that is open; leaves the page with the recovery codes. */
async function setUpApp(page, words) {
  const totp = new TOTP({ secret: await page.locator(".copyable code").innerText() });
  await send(page, { code: totp.generate() }, words("account.factors.confirm"));
  assert.equal(await heading(page), words("account.factors.codes_title"));
  return totp;
}

/** A code that was not used yet: that of the step that comes, which counts already. */
const nextCode = (totp) => totp.generate({ timestamp: Date.now() + 30_000 });

/** Moves the focus by the keyboard alone until it is on an element. */
async function tabTo(page, target) {
  for (let steps = 0; steps < 60; steps += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`the keyboard does not reach ${target}`);
}

/** Presses a link or button that the keyboard reaches. */
async function press(page, target) {
  await tabTo(page, target);
  const arrived = page.waitForEvent("framenavigated", (frame) => frame === page.mainFrame());
  await page.keyboard.press("Enter");
  await arrived;
  await page.waitForLoadState();
}

async function type(page, field, text) {
  await tabTo(page, page.locator(`[name="${field}"]`));
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(text);
}

together("one's own account", () => {
  road("the name is changed", {}, async (page, words, look) => {
    await logIn(page, server, words, await server.portal(), "/manage/account");
    await look(page);
    await follow(page, link(page, words("account.profile.change_name")));
    await look(page);
    await send(page, { name: " " }, words("account.name_change.submit"));
    assert.equal(await errorOf(page, "name"), words("field.required"));
    await look(page);
    await send(page, { name: "Joke de Wit-Jansen" }, words("account.name_change.submit"));
    await said(page, words("flash.name_changed"));
    await page.getByRole("main").getByText("Joke de Wit-Jansen", { exact: true }).waitFor();
    await look(page);
  });

  road("the e-mail address is changed by the link to the new one, and brought back by the old one's", {}, async (page, words, look) => {
    const [owner, email] = [await server.portal(), newEmail("nieuw")];
    await logIn(page, server, words, owner, "/manage/account");
    await follow(page, link(page, words("account.profile.change_email")));
    await look(page);
    await send(page, { email: owner.email }, words("account.email_change.submit"));
    assert.equal(await errorOf(page, "email"), words("account.email_change.same"));
    await look(page);
    await send(page, { email }, words("account.email_change.submit"));
    await page.getByText(words("account.email_change.check_mail", { email })).waitFor();
    await look(page);
    await openMail(page, server, words, email, "mail.new_email.subject");
    await look(page);
    await follow(page, page.locator("main a[href*='/manage/account/email/confirm?token=']"));
    await look(page);
    const confirmation = page.url();
    await send(page, {}, words("account.email_change.confirm"));
    await said(page, words("flash.email_changed"));
    await page.getByRole("main").getByText(email).first().waitFor();
    await page.goto(confirmation);
    assert.equal(await heading(page), words("account.link.dead_title"));
    await look(page);

    await openMail(page, server, words, owner.email, "mail.email_changed.subject");
    await follow(page, page.locator("main a[href*='/manage/undo-email-change?token=']"));
    await look(page);
    const undo = page.url();
    await send(page, { password: "kort" }, words("account.email_undo.submit"));
    assert.equal(await errorOf(page, "password"), words("field.password_too_short"));
    await look(page);
    await send(page, { password: otherPassword }, words("account.email_undo.submit"));
    await said(page, words("flash.email_change_undone"));
    await look(page);
    await send(page, { email: owner.email, password: otherPassword }, words("account.login.submit"));
    assert.equal(await heading(page), words("manage.start.title"));
    await page.goto(undo);
    assert.equal(await heading(page), words("account.link.dead_title"));
    await look(page);
  });

  road("a log-in elsewhere is ended", {}, async (page, words, look, { lang }) => {
    const owner = await server.portal();
    const elsewhere = await newPage({ lang });
    await logIn(elsewhere, server, words, owner);
    await logIn(page, server, words, owner, "/manage/account/sessions");
    await look(page);
    await follow(page, page.getByRole("row").getByRole("button", { name: words("ui.log_out") }));
    await said(page, words("flash.session_ended"));
    await look(page);
    await elsewhere.goto(`${server.url}/manage`);
    assert.equal(await heading(elsewhere), words("account.login.title"));
    await elsewhere.context().close();
  });

  road("an account is deleted once nothing hangs on it, and restored by logging in", {}, async (page, words, look) => {
    const owner = await server.portal({ name: "Slagerij Vos" });
    await logIn(page, server, words, owner, "/manage/account");
    await follow(page, link(page, words("account.delete.title")));
    await page.getByText(words("account.delete.sole_owner")).waitFor();
    await look(page);
    await page.goto(`${server.url}/manage/settings/portal`);
    await look(page);
    await send(page, { name: "Slagerij Vos & Zoon" }, words("organisation.save"));
    await said(page, words("flash.organisation_renamed"));
    await follow(page, link(page, words("organisation.portal.delete")));
    await look(page);
    await send(page, { name: "Slagerij Vos" }, words("organisation.portal.delete"));
    assert.equal(await errorOf(page, "name"), words("organisation.delete.other_name", { value: "Slagerij Vos & Zoon" }));
    await look(page);
    await send(page, { name: "Slagerij Vos & Zoon" }, words("organisation.portal.delete"));
    await said(page, words("flash.organisation_deleted"));
    await look(page);
    const restore = button(page, words("organisation.restore.submit", { name: "Slagerij Vos & Zoon" }));
    await follow(page, restore);
    await said(page, words("flash.organisation_restored"));
    assert.equal(await heading(page), words("manage.start.title"));
    await page.goto(`${server.url}/manage/restore`);
    await page.getByText(words("organisation.restore.nothing")).waitFor();
    await look(page);
    await page.goto(`${server.url}/manage/settings/portal/delete`);
    await send(page, { name: "Slagerij Vos & Zoon" }, words("organisation.portal.delete"));

    await page.goto(`${server.url}/manage/account/delete`);
    await look(page);
    await follow(page, button(page, words("account.delete.submit")));
    await said(page, words("flash.account_deleted"));
    await look(page);
    await send(page, { email: owner.email, password: owner.password }, words("account.login.submit"));
    assert.equal(await heading(page), words("account.restore.title"));
    await look(page);
    await follow(page, button(page, words("account.restore.submit")));
    await said(page, words("flash.account_restored"));
    await send(page, { email: owner.email, password: owner.password }, words("account.login.submit"));
    await page.getByText("Slagerij Vos & Zoon").first().waitFor();
    // The links in the mails: that of the account was used up, that of the portal works.
    await openMail(page, server, words, owner.email, "mail.account_deleted.subject");
    await follow(page, page.locator("main a[href*='/manage/restore-account?token=']"));
    assert.equal(await heading(page), words("account.link.dead_title"));
    await look(page);
    await openMail(page, server, words, owner.email, "mail.organisation_deleted.subject");
    await follow(page, page.locator("main a[href*='/manage/restore?token=']"));
    await look(page);
    await follow(page, restore);
    await said(page, words("flash.organisation_restored"));
  });

  road("who one is is proved again, and recovery codes are made anew", {}, async (page, words, look) => {
    await logIn(page, server, words, await server.portal(), "/manage/reauthenticate?next=/manage/account/second-factor/app");
    await look(page);
    await send(page, { password: "fout" }, words("account.reauthenticate.submit"));
    assert.equal(await errorOf(page, "password"), words("account.profile.wrong_password"));
    await look(page);
    await send(page, { password }, words("account.reauthenticate.submit"));
    const totp = await setUpApp(page, words);
    const codes = (await page.locator("pre code").innerText()).split("\n");
    await page.goto(`${server.url}/manage/reauthenticate?next=/manage/account/second-factor/recovery-codes`);
    await look(page);
    await send(page, { password, code: "000000" }, words("account.reauthenticate.submit"));
    assert.equal(await errorOf(page, "code"), words("account.second_factor.wrong_code"));
    await look(page);
    await send(page, { password, code: nextCode(totp) }, words("account.reauthenticate.submit"));
    await look(page);
    await follow(page, button(page, words("account.factors.recovery_renew")));
    assert.equal(await heading(page), words("account.factors.codes_title"));
    assert.ok(!(await page.locator("pre code").innerText()).includes(codes[0]));
    await look(page);
    const renewed = (await page.locator("pre code").innerText()).split("\n");
    // Without the app a recovery code will do.
    await page.goto(`${server.url}/manage/reauthenticate?next=/manage/account/second-factor`);
    await page.getByText(words("account.second_factor.no_app")).click();
    await send(page, { password, recovery_code: codes[0] }, words("account.reauthenticate.submit"));
    assert.equal(await errorOf(page, "recovery_code"), words("account.second_factor.wrong_recovery_code"));
    await look(page);
    await send(page, { password, recovery_code: renewed[0] }, words("account.reauthenticate.submit"));
    await page.getByText(words("account.factors.recovery_left", { count: 9 })).waitFor();
    await look(page);
  });

  walk("the name is changed by the keyboard alone", { ways: [{ lang: "en", size: "phone" }] }, async (page, words) => {
    await logIn(page, server, words, await server.portal(), "/manage/account");
    await press(page, link(page, words("account.profile.change_name")));
    await type(page, "name", "Joke Toets");
    await press(page, button(page, words("account.name_change.submit")));
    await page.getByRole("main").getByText("Joke Toets", { exact: true }).waitFor();
  });
});

together("registration that isn't open to everyone", () => {
  road("strangers are told whom to ask, and the operator's guests come in", { allowed: /403/ }, async (page, words, look) => {
    await page.goto(`${invited.url}/manage/login`);
    await page.getByText(words("account.not_open.hint")).waitFor();
    await look(page);
    for (const [path, text] of [["/manage/register", "account.not_open.text_manage"], ["/developers/register", "account.not_open.text_closed"]]) {
      const refused = await page.goto(`${invited.url}${path}`);
      assert.equal(refused.status(), 403);
      assert.equal(await heading(page), words("account.not_open.title"));
      await page.getByText(words(text)).waitFor();
      await look(page);
    }
    const email = newEmail("gast");
    const invitation = await invited.cli(["portal", "invite", "--name", "Kapsalon Vlot", "--owner-email", email]);
    await page.goto(`${invited.url}${new URL(invitation.link).pathname}${new URL(invitation.link).search}`);
    await page.getByText(words("invitation.operator")).first().waitFor();
    await look(page);
    await send(page, { name: "Gea Gast", password: "kort" }, words("invitation.join"));
    assert.equal(await errorOf(page, "password"), words("field.password_too_short"));
    await look(page);
    await send(page, { password }, words("invitation.join"));
    await said(page, words("flash.joined"));
    assert.equal(await heading(page), words("manage.start.title"));
    await look(page);
    assert.equal((await page.goto(`${invited.url}/manage/portals/new`)).status(), 403);
    assert.equal(await heading(page), words("account.not_open.title_own_manage"));
    await look(page);
  });
});

together("a second factor that is required", () => {
  road("an owner sets one up, requires it, and a colleague is led to the same and comes back", {}, async (page, words, look, { lang, size }) => {
    const owner = await server.portal();
    await logIn(page, server, words, owner, "/manage/settings/portal");
    await page.getByText(words("organisation.second_factor.off"), { exact: true }).waitFor();
    await look(page);
    await follow(page, link(page, words("organisation.second_factor.require")));
    await page.getByText(words("organisation.second_factor.yourself_first")).waitFor();
    await look(page);
    await follow(page, link(page, words("organisation.second_factor.set_up")));
    assert.equal(await heading(page), words("account.required.title"));
    await look(page);
    await follow(page, link(page, words("account.required.app_add")));
    await look(page);
    await setUpApp(page, words);
    await look(page);
    await follow(page, link(page, words("account.factors.codes_done")));
    await page.getByText(words("organisation.second_factor.nobody")).waitFor();
    await look(page);

    // Somebody without one joins.
    const email = newEmail("collega");
    await page.goto(`${server.url}/manage/settings/team/invite`);
    await send(page, { email }, words("team.invite_submit"));
    await openMail(page, server, words, email, "mail.invitation.subject");
    const href = await page.getByRole("link", { name: /\/manage\/invitation\?token=/ }).getAttribute("href");
    const colleague = await newPage({ lang, viewport: size === "phone" ? narrow : undefined });
    await colleague.goto(href);
    await send(colleague, { name: "Noor de Wit", password }, words("invitation.join"));
    assert.equal(await heading(colleague), words("manage.start.title"));

    await page.goto(`${server.url}/manage/settings/portal/second-factor`);
    await page.getByText(words("organisation.second_factor.one")).waitFor();
    await page.getByRole("listitem").filter({ hasText: email }).waitFor();
    await look(page);
    await follow(page, button(page, words("organisation.second_factor.require")));
    await said(page, words("flash.second_factor_required"));
    await page.getByText(words("organisation.second_factor.on"), { exact: true }).waitFor();
    await look(page);

    await colleague.goto(`${server.url}/manage/customers?search=vos`);
    assert.equal(await heading(colleague), words("account.required.title"));
    await colleague.getByText(words("account.required.by_organisation", { names: "Bakkerij Jansen" })).waitFor();
    await look(colleague);
    await follow(colleague, link(colleague, words("account.required.app_add")));
    await setUpApp(colleague, words);
    await follow(colleague, link(colleague, words("account.factors.codes_done")));
    assert.equal(colleague.url(), `${server.url}/manage/customers?search=vos`);
    assert.deepEqual(colleague.problems, []);
    await colleague.context().close();

    await page.goto(`${server.url}/manage/settings/portal/second-factor`);
    await look(page);
    await follow(page, button(page, words("organisation.second_factor.stop")));
    await said(page, words("flash.second_factor_optional"));
  });

  road("where the operator requires it, an app's request waits until it is set up", { allowed: /409/ }, async (page, words, look) => {
    const [owner, developer] = [await strict.portal(), await strict.developer()];
    const { appId } = await strict.app(developer.developerId, { name: "Planbord", redirectUris: [redirectUri] });
    await page.goto(authorizeUrl(strict, { appId, redirectUri }));
    await send(page, { email: owner.email, password }, words("account.login.submit"));
    assert.equal(await heading(page), words("account.required.title"));
    await page.getByText(words("account.required.by_operator")).waitFor();
    await look(page);
    await follow(page, link(page, words("account.required.app_add")));
    const totp = await setUpApp(page, words);
    await follow(page, link(page, words("account.factors.codes_done")));
    assert.equal(await heading(page), words("oauth.consent.title", { app: "Planbord" }));
    await look(page);
    await follow(page, button(page, words("oauth.consent.allow")));
    await page.waitForURL(`${redirectUri}?**`);
    // The next time it is asked for, and the last one stays.
    await page.goto(`${strict.url}/manage`);
    await logOut(page, words);
    await logIn(page, strict, words, owner, "/manage/account/second-factor");
    await send(page, { code: nextCode(totp) }, words("account.login.submit"));
    await look(page);
    const refused = await page.goto(`${strict.url}/manage/account/second-factor/app/remove`);
    assert.equal(refused.status(), 409);
    await page.getByText(words("account.required.last_of_all")).waitFor();
    await look(page);
  });

  walk("a passkey will do, and leads back too", { ways: bothWays }, async (page, words) => {
    // Passkeys belong to a name, so the browser takes `localhost` and not the address.
    const local = { url: strict.url.replace("127.0.0.1", "localhost") };
    await withPasskeys(page);
    await logIn(page, local, words, await strict.portal(), "/manage/customers?search=vos");
    await follow(page, link(page, words("account.required.passkey_add")));
    await lookClosely(page);
    await send(page, { name: " " }, words("account.passkeys.add"));
    assert.equal(await errorOf(page, "name"), words("field.required"));
    await send(page, { name: "Mijn laptop" }, words("account.passkeys.add"));
    await follow(page, link(page, words("account.factors.codes_done")));
    assert.equal(page.url(), `${local.url}/manage/customers?search=vos`);
  });

  walk("it is set up by the keyboard alone", { ways: [{ lang: "nl", size: "desktop" }] }, async (page, words) => {
    await logIn(page, strict, words, await strict.portal(), "/manage/customers");
    await press(page, link(page, words("account.required.app_add")));
    const totp = new TOTP({ secret: await page.locator(".copyable code").innerText() });
    await type(page, "code", totp.generate());
    await press(page, button(page, words("account.factors.confirm")));
    await press(page, link(page, words("account.factors.codes_done")));
    assert.equal(page.url(), `${strict.url}/manage/customers`);
  });
});

together("what is recommended to apps", () => {
  road("a developer sees what an app goes without, and switches it on", {}, async (page, words, look) => {
    const developer = await server.developer();
    const { appId } = await server.app(developer.developerId, { name: "Planbord", redirectUris: [redirectUri] });
    await logIn(page, server, words, developer, "/developers/apps");
    await page.getByText(words("developers.recommended.pkce_badge"), { exact: true }).first().waitFor();
    await look(page);
    await page.goto(`${server.url}/developers/apps/${appId}`);
    await page.getByRole("heading", { name: words("developers.recommended.title"), exact: true }).waitFor();
    await look(page);
    for (const name of ["pkce", "dpop", "refresh_token_end"]) {
      await follow(page, button(page, words(`developers.recommended.${name}_on`)));
      await said(page, words("flash.app_saved"));
    }
    assert.equal(await page.getByRole("heading", { name: words("developers.recommended.title"), exact: true }).count(), 0);
    await look(page);
    await page.goto(`${server.url}/developers/apps/${appId}/edit`);
    for (const name of ["pkce", "dpop", "refresh_token_end"]) assert.ok(await page.isChecked(`[name=protection][value=${name}]`), name);
    await look(page);
    await page.goto(`${server.url}/developers/apps`);
    await page.getByText(words("developers.recommended.none")).waitFor();
    await look(page);
  });
});
