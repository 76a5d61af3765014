// Customers and customer groups: listed, searched, added, changed, deleted.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { startServer } from "./helper.mjs";
import { api, bothWays, button, errorOf, follow, heading, link, logIn, look, navigate, send, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });
const rows = (page) => page.locator("tbody tr");
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();

together("customers and groups", () => {
  walk("a first customer and a first group", {}, async (page, words) => {
    await logIn(page, server, words, await server.portal());
    await navigate(page, words, words("manage.nav.customers"));
    await page.getByText(words("customers.empty_title")).waitFor();
    await look(page);
    await navigate(page, words, words("manage.nav.customer_groups"));
    await page.getByText(words("groups.empty_title")).waitFor();
    await look(page);

    await follow(page, link(page, words("groups.new")).first());
    await look(page);
    await send(page, { name: "" }, words("manage.save"));
    assert.equal(await errorOf(page, "name"), words("field.required"));
    await look(page);
    await send(page, { name: "Vaste klanten" }, words("manage.save"));
    await said(page, words("flash.group_added"));
    await page.getByText(words("groups.nobody_title")).waitFor();
    await look(page);

    await navigate(page, words, words("manage.nav.customers"));
    await follow(page, link(page, words("customers.new")).first());
    await look(page);
    await send(page, { companyName: "", primaryEmail: "info@", city: "Ede" }, words("manage.save"));
    assert.equal(await errorOf(page, "companyName"), words("field.required"));
    assert.equal(await errorOf(page, "primaryEmail"), words("field.email"));
    assert.equal(await page.inputValue("[name=city]"), "Ede");
    assert.equal(await page.inputValue("[name=countryCode]"), "NL");
    await look(page);
    const customer = { companyName: "Café 't Hoekje & Zn. <b>", primaryEmail: "info@hoekje.example", address: "Kerkstraat 5", zipCode: "6711 AA" };
    for (const [field, value] of Object.entries(customer)) await page.fill(`[name=${field}]`, value);
    await page.getByLabel("Vaste klanten").check();
    await follow(page, button(page, words("manage.save")));
    await said(page, words("flash.customer_added"));
    const row = rows(page).filter({ hasText: customer.companyName });
    assert.match(await row.innerText(), /Ede[^]*Vaste klanten/);
    await look(page);

    await follow(page, link(page, customer.companyName));
    await look(page);
    assert.ok(await page.getByLabel("Vaste klanten").isChecked());
    await page.selectOption("[name=countryCode]", "BE");
    await send(page, { city: "Gent", zipCode: "" }, words("manage.save"));
    assert.equal(await errorOf(page, "zipCode"), words("field.required"));
    assert.equal(await page.inputValue("[name=city]"), "Gent");
    assert.equal(await page.inputValue("[name=countryCode]"), "BE");
    await send(page, { zipCode: "9000" }, words("manage.save"));
    await said(page, words("flash.customer_saved"));
    assert.match(await row.innerText(), /Gent/);

    await navigate(page, words, words("manage.nav.customer_groups"));
    assert.match(await rows(page).innerText(), /Vaste klanten[^]*1/);
    await follow(page, link(page, "Vaste klanten"));
    await look(page);
    await follow(page, page.getByRole("button", { name: words("groups.remove") }));
    await said(page, words("flash.group_left"));
    await page.getByText(words("groups.nobody_title")).waitFor();
    await follow(page, link(page, words("groups.rename")));
    await look(page);
    await send(page, { name: "Stamgasten" }, words("manage.save"));
    await said(page, words("flash.group_saved"));
    await follow(page, link(page, words("manage.delete")));
    assert.equal(await heading(page), words("groups.confirm_title", { name: "Stamgasten" }));
    await look(page);
    await follow(page, button(page, words("manage.delete")));
    await said(page, words("flash.group_deleted"));

    await navigate(page, words, words("manage.nav.customers"));
    await follow(page, link(page, customer.companyName));
    await follow(page, link(page, words("manage.delete")));
    assert.equal(await heading(page), words("customers.confirm_title", { name: customer.companyName }));
    await look(page);
    await follow(page, link(page, words("ui.cancel")));
    await follow(page, link(page, words("manage.delete")));
    await follow(page, button(page, words("manage.delete")));
    await said(page, words("flash.customer_deleted"));
    await page.getByText(words("customers.empty_title")).waitFor();
  });

  walk("many customers are searched and leafed through", {}, async (page, words) => {
    await logIn(page, server, words, server.demo.owner, "/manage/customers");
    assert.equal(await rows(page).count(), 15);
    await look(page);
    const first = await rows(page).first().innerText();
    await follow(page, link(page, words("ui.next")));
    assert.notEqual(await rows(page).first().innerText(), first);
    await page.getByText(words("ui.shown", { first: 16, last: 30 })).waitFor();
    await look(page);
    await follow(page, link(page, words("ui.previous")));
    assert.equal(await rows(page).first().innerText(), first);
    await page.goto(`${server.url}/manage/customers?page=16`);
    await page.getByText(words("ui.shown", { first: 226, last: 240 })).waitFor();
    assert.equal(await link(page, words("ui.next")).count(), 0);

    await page.goto(`${server.url}/manage/customers`);
    const name = (await rows(page).nth(3).locator("a").innerText()).trim();
    await page.getByRole("searchbox", { name: words("customers.search") }).fill(name.toUpperCase());
    await follow(page, button(page, words("ui.search")));
    await link(page, name).first().waitFor();
    assert.ok((await rows(page).count()) < 15);
    await look(page);
    await follow(page, link(page, words("ui.clear_search")));
    assert.equal(await rows(page).count(), 15);
    await page.getByRole("searchbox").fill(`%_${randomBytes(4).toString("hex")}`);
    await follow(page, button(page, words("ui.search")));
    await page.getByText(words("manage.list.nothing_found")).waitFor();
    await look(page);
  });

  walk("faulty addresses of lists and of customers get a page", { ways: bothWays, allowed: /status of 40[04]/ }, async (page, words) => {
    await logIn(page, server, words, server.demo.owner, "/manage/customers");
    assert.equal((await page.goto(`${server.url}/manage/customers?page=0`)).status(), 400);
    await page.getByText(words("manage.list.invalid")).waitFor();
    await look(page);
    assert.equal((await page.goto(`${server.url}/manage/customers/cus_bestaatniet`)).status(), 404);
    assert.equal(await heading(page), words("error.page.not_found"));
    await look(page);
  });

  walk("a customer's form with many groups shows the ticked ones first, and finds the others", { ways: bothWays }, async (page, words) => {
    const owner = await server.portal();
    const { key } = await server.apiKey(owner.portalId);
    for (let number = 1; number <= 30; number++) {
      const made = await api(server, key, "/v1/customer-groups", {
        method: "POST", body: JSON.stringify({ name: `Regio ${number}` }), headers: { "Content-Type": "application/json" },
      });
      assert.equal(made.status, 200);
    }
    await logIn(page, server, words, owner, "/manage/customers/new");
    const box = await page.locator(".choice-scroll").boundingBox();
    assert.ok(box.height < 350, `the groups take ${box.height}`);
    await look(page);
    await page.getByRole("searchbox", { name: words("groups.search") }).fill("regio 27 ");
    assert.deepEqual(await page.locator(".choice:visible").allInnerTexts(), ["Regio 27"]);
    await page.getByLabel("Regio 27").check();
    await page.keyboard.press("Tab");
    const customer = { companyName: "Smit", primaryEmail: "info@smit.example", address: "Kerkstraat 5", zipCode: "6711 AA", city: "Ede" };
    await send(page, customer, words("manage.save"));
    await said(page, words("flash.customer_added"));
    await follow(page, link(page, "Smit"));
    assert.equal(await page.locator(".choice").first().innerText(), "Regio 27");
    assert.ok(await page.getByLabel("Regio 27").isChecked());
    await look(page);
  });
});
