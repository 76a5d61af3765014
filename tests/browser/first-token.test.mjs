// The way of a new developer to a first token, with every click and every field counted.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { api, bothWays, button, follow, heading, link, look, newEmail, openMail, password, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });

/** What a person needs at most, from the developer portal's log-in page to an answer of the API. */
const most = { clicks: 16, fields: 15 };

together("the receiver", () => {
  walk("a new developer gets a token of a test portal, and the API answers", { ways: bothWays }, async (page, words) => {
    const steps = { clicks: 0, fields: 0 };
    const click = async (target) => {
      steps.clicks += 1;
      await follow(page, target);
    };
    const fill = async (values) => {
      for (const [name, value] of Object.entries(values)) {
        steps.fields += 1;
        await page.locator(`[name="${name}"]`).fill(value);
      }
    };
    const email = newEmail("eerste-token");
    await page.goto(`${server.url}/developers/login`);
    await click(link(page, words("account.login.register")));
    await fill({ organisation: "Mulder Software", name: "Daan Mulder", email, password });
    await click(button(page, words("account.register.submit")));
    await openMail(page, server, words, email, "mail.verify.subject");
    await click(page.locator("main a[href*='/developers/verify?token=']"));
    await click(button(page, words("account.verify.submit")));
    await fill({ email, password });
    await click(button(page, words("account.login.submit")));

    await click(link(page, words("developers.create_app")));
    await fill({ name: "Planbord", redirect_uris: "http://127.0.0.1/callback" });
    await page.check("[name=scope][value='customers.read']");
    steps.clicks += 1;
    await click(button(page, words("developers.create_app")));
    const secret = await page.inputValue("#secret");
    await click(link(page, words("developers.receiver.title")));

    assert.equal(await heading(page), words("developers.receiver.title"));
    await look(page);
    await click(button(page, words("developers.receiver.register")));
    await click(button(page, words("developers.sandboxes.create")));
    await look(page);
    await click(link(page, words("developers.receiver.connect")));
    await fill({ email, password });
    await click(button(page, words("account.login.submit")));
    await click(button(page, words("oauth.consent.allow")));

    assert.equal(await heading(page), words("developers.receiver.arrived"));
    assert.ok(!page.url().includes("kpc_"), "the code is not in the address");
    await look(page);
    await fill({ app_secret: secret });
    await click(button(page, words("developers.receiver.exchange")));
    assert.equal(await heading(page), words("developers.receiver.done"));
    await look(page);
    const token = await page.inputValue("#secret");
    assert.match(token, /^kpa_\w+$/);
    assert.match(await page.locator("main").innerText(), /HTTP 200/);
    assert.equal((await api(server, token)).status, 200);
    assert.ok(steps.clicks <= most.clicks && steps.fields <= most.fields, JSON.stringify(steps));
    console.log(`a first token: ${steps.clicks} clicks, ${steps.fields} fields`);
  });
});
