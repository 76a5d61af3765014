// Settings → People: somebody is invited by mail, joins, gets another role, and is removed.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { button, follow, heading, link, logIn, look, navigate, newEmail, openMail, password, send, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });
const ways = ["desktop", "phone"].map((size) => ({ lang: "nl", size }));

together("people", () => {
  walk("somebody is invited, joins and sees what a member may", { ways, allowed: /403/ }, async (page, words) => {
    const owner = await server.portal();
    const email = newEmail("noor");
    await logIn(page, server, words, owner);
    await navigate(page, words, words("team.nav"));
    assert.equal(await heading(page), words("team.title"));
    await look(page);
    await follow(page, link(page, words("team.invite")));
    await look(page);
    await send(page, { email: "geen adres" }, words("team.invite_submit"));
    await page.locator("#field-email-error").waitFor();
    await look(page);
    await send(page, { email }, words("team.invite_submit"));
    await page.getByRole("status").filter({ hasText: words("flash.invited") }).waitFor();
    await page.getByRole("row").filter({ hasText: email }).waitFor();
    await look(page);

    await openMail(page, server, words, email, "mail.invitation.subject");
    await follow(page, page.getByRole("link", { name: /\/manage\/invitation\?token=/ }));
    await page.getByText(words("invitation.someone_else", { invited: email, email: owner.email })).waitFor();
    await look(page);
    const invitation = page.url();
    await follow(page, page.getByRole("main").getByRole("button", { name: words("ui.log_out"), exact: true }));
    await page.goto(invitation);
    assert.equal(await heading(page), words("invitation.title", { organisation: "Bakkerij Jansen" }));
    await look(page);
    await send(page, { name: "Noor de Wit", password }, words("invitation.join"));
    await page.getByRole("status").filter({ hasText: words("flash.joined") }).waitFor();
    await look(page);
    assert.equal(await page.getByRole("link", { name: words("manage.nav.api_keys"), exact: true }).count(), 0);
    const refused = await page.goto(`${server.url}/manage/settings/api-keys`);
    assert.equal(refused.status(), 403);
    await look(page);
    await page.goto(`${server.url}/manage/settings/team/leave`);
    await look(page);
    await follow(page, button(page, words("team.leave")));
  });

  walk("a role is changed and somebody is removed", { ways }, async (page, words) => {
    const owner = await server.portal();
    const email = newEmail("daan");
    await logIn(page, server, words, owner, "/manage/settings/team/invite");
    await send(page, { email }, words("team.invite_submit"));
    await openMail(page, server, words, email, "mail.invitation.subject");
    const href = await page.getByRole("link", { name: /\/manage\/invitation\?token=/ }).getAttribute("href");
    const other = await page.context().browser().newContext({ locale: "nl-NL" });
    const guest = await other.newPage();
    await guest.goto(href);
    await send(guest, { name: "Daan Bos", password }, words("invitation.join"));
    await page.goto(`${server.url}/manage/settings/team`);
    const row = page.getByRole("row").filter({ hasText: email });
    await follow(page, row.getByRole("link", { name: words("team.change_role") }));
    await look(page);
    await page.check("[name=role][value=admin]");
    await follow(page, button(page, words("team.change_role")));
    assert.ok((await row.innerText()).includes(words("role.admin")));
    assert.equal((await guest.goto(`${server.url}/manage/settings/api-keys`)).status(), 200);
    await follow(page, row.getByRole("link", { name: words("team.remove") }));
    await page.getByText(words("team.what_stays")).waitFor();
    await look(page);
    await follow(page, button(page, words("team.remove")));
    assert.equal(await row.count(), 0);
    await guest.goto(`${server.url}/manage/customers`);
    assert.match(guest.url(), /portals\/new$/, "it ended at once");
    await other.close();
  });
});
