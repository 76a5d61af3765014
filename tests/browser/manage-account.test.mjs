// Registering a business, logging in and out, and a forgotten password.

import assert from "node:assert/strict";

import { newPage, startServer } from "./helper.mjs";
import { bothWays, errorOf, follow, heading, link, logIn, logOut, look, newEmail, openMail, password, send, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });

together("accounts on the manage portal", () => {
  walk("a business registers, confirms its address, and works in its portal", {}, async (page, words) => {
    const email = newEmail("bakker");
    await page.goto(`${server.url}/manage`);
    await look(page);
    await follow(page, link(page, words("account.login.register")));
    await look(page);
    await send(page, { organisation: "Bakkerij Jansen", name: "Joke Jansen", email, password }, words("account.register.submit"));
    assert.equal(await heading(page), words("account.register.check_mail_title"));
    assert.match(await page.locator("main").innerText(), new RegExp(email));
    await look(page);

    await follow(page, link(page, words("mailbox.open")));
    await look(page);
    await openMail(page, server, words, email, "mail.verify.subject");
    await look(page);
    await follow(page, page.locator("main a[href*='/manage/verify?token=']"));
    await look(page);
    await send(page, {}, words("account.verify.submit"));
    await page.getByRole("status").filter({ hasText: words("flash.verified") }).waitFor();

    await send(page, { email, password }, words("account.login.submit"));
    assert.equal(await heading(page), words("manage.start.title"));
    await look(page);
    await page.getByText("Bakkerij Jansen").filter({ visible: true }).waitFor();

    await logOut(page, words);
    await page.getByRole("status").filter({ hasText: words("flash.logged_out") }).waitFor();
    await page.goto(`${server.url}/manage`);
    assert.equal(await heading(page), words("account.login.title"));
  });

  walk("a faulty registration keeps what was typed, with each fault beside its field", {}, async (page, words) => {
    await page.goto(`${server.url}/manage/register`);
    await send(page, { organisation: "", name: "Joke Jansen", email: "geen adres", password: "kort" }, words("account.register.submit"));
    assert.equal(await errorOf(page, "organisation"), words("field.required"));
    assert.equal(await errorOf(page, "email"), words("field.email"));
    assert.equal(await errorOf(page, "password"), words("field.password_too_short"));
    assert.equal(await page.locator("#field-name-error").count(), 0);
    assert.equal(await page.inputValue("[name=name]"), "Joke Jansen");
    assert.equal(await page.inputValue("[name=email]"), "geen adres");
    assert.equal(await page.inputValue("[name=password]"), "", "a password is not sent back");
    assert.ok(await page.locator(".error-summary").evaluate((summary) => summary === document.activeElement), "the summary has the focus");
    await look(page);
    await page.locator(".error-summary a").nth(1).click();
    assert.equal(await page.evaluate(() => document.activeElement.name), "email", "the summary leads to the field");
  });

  walk("a wrong password is told, and the e-mail address is kept", {}, async (page, words) => {
    await logIn(page, server, words, { email: server.demo.owner.email, password: "verkeerd wachtwoord" });
    assert.match(await page.locator("main").innerText(), new RegExp(words("account.login.wrong").replace(".", "\\.")));
    assert.equal(await page.inputValue("[name=email]"), server.demo.owner.email);
    assert.equal(await page.inputValue("[name=password]"), "");
    await look(page);
  });

  walk("a forgotten password is replaced, which ends all sessions", {}, async (page, words, { lang }) => {
    const { email } = await server.portal();
    const elsewhere = await newPage({ lang });
    await logIn(elsewhere, server, words, { email });
    await elsewhere.goto(`${server.url}/manage/customers`);
    assert.equal(await heading(elsewhere), words("customers.title"));

    await page.goto(`${server.url}/manage/login`);
    await follow(page, link(page, words("account.login.forgot")));
    await look(page);
    await send(page, { email }, words("account.forgot.submit"));
    await look(page);
    await openMail(page, server, words, email, "mail.reset.subject");
    const resetLink = await page.locator("main a[href*='/manage/reset-password?token=']").getAttribute("href");
    await page.goto(resetLink);
    await look(page);
    await send(page, { password: "kort" }, words("account.reset.submit"));
    assert.equal(await errorOf(page, "password"), words("field.password_too_short"));
    await look(page);
    await send(page, { password: "een heel ander wachtwoord" }, words("account.reset.submit"));
    await page.getByRole("status").filter({ hasText: words("flash.password_changed") }).waitFor();

    await elsewhere.goto(`${server.url}/manage/customers`);
    assert.equal(await heading(elsewhere), words("account.login.title"), "the other session has ended");
    assert.deepEqual(elsewhere.problems, []);
    await elsewhere.context().close();

    await page.goto(resetLink);
    assert.equal(await heading(page), words("account.link.dead_title"), "the link works once");
    await look(page);
    await logIn(page, server, words, { email, password });
    assert.equal(await heading(page), words("account.login.title"), "the old password is refused");
    await send(page, { email, password: "een heel ander wachtwoord" }, words("account.login.submit"));
    assert.equal(await heading(page), words("manage.start.title"));
  });

  walk("an unconfirmed address cannot log in, and gets another link", { ways: bothWays }, async (page, words) => {
    const email = newEmail("ongeduldig");
    await page.goto(`${server.url}/manage/register`);
    await send(page, { organisation: "Haast BV", name: "Hans Haast", email, password }, words("account.register.submit"));
    await logIn(page, server, words, { email });
    await page.getByRole("status").filter({ hasText: words("flash.note.verify_first") }).waitFor();
    await look(page);
    await send(page, { email }, words("account.verify.again"));
    await openMail(page, server, words, email, "mail.verify.subject", 2);
    await follow(page, page.locator("main a[href*='/manage/verify?token=']"));
    await send(page, { password }, words("account.verify.submit"));
    await send(page, { email, password }, words("account.login.submit"));
    assert.equal(await heading(page), words("manage.start.title"));
  });

  walk("the own password is changed on the account page", { ways: bothWays }, async (page, words) => {
    const { email } = await server.portal();
    await logIn(page, server, words, { email });
    await page.locator("details.account > summary").click();
    await follow(page, link(page, words("ui.my_account")));
    await look(page);
    await send(page, { current_password: "fout", password: "een heel ander wachtwoord" }, words("account.reset.submit"));
    assert.equal(await errorOf(page, "current_password"), words("account.profile.wrong_password"));
    await look(page);
    await send(page, { current_password: password, password: "een heel ander wachtwoord" }, words("account.reset.submit"));
    await page.getByRole("status").filter({ hasText: words("flash.own_password_changed") }).waitFor();
  });

  walk("pages are for members: others log in first, and then come to the page", { ways: bothWays }, async (page, words) => {
    const pages = ["/manage", "/manage/customers", "/manage/customers/new", "/manage/customer-groups", "/manage/settings/api-keys",
      "/manage/settings/api-keys/new", "/manage/settings/connected-apps", "/manage/portals", "/manage/portals/new", "/manage/account",
      "/developers/apps", "/developers/apps/new", "/developers/account", "/developers/welcome"];
    for (const path of pages) {
      await page.goto(`${server.url}${path}`);
      assert.equal(new URL(page.url()).pathname, `/${path.split("/")[1]}/login`, path);
    }
    await logIn(page, server, words, server.demo.owner, "/manage/customers?search=jansen&page=1");
    assert.equal(page.url(), `${server.url}/manage/customers?search=jansen&page=1`);
  });
});
