// Customers and customer groups: listed, searched, added, changed, deleted.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { startServer } from "./helper.mjs";
import { api, bothWays, button, errorOf, follow, heading, link, logIn, look, navigate, send, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });
const rows = (page) => page.locator("tbody tr");
const shown = (words, first, last, total) => words("ui.shown_of", { first, last, total });
const toList = (page) => follow(page, page.locator(".breadcrumbs a").first());
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();

/** Sorts, filters and leafs through the customers, by keyboard where a pointer isn't needed. */
const sortAndFilter = async (page, words, { size }) => {
  await logIn(page, server, words, server.demo.owner, "/manage/customers");
  const names = async () => (await rows(page).locator("th a").allInnerTexts()).map((name) => name.trim());
  const head = (key) => page.locator("thead th").filter({ hasText: words(key) });
  assert.equal(await head("customers.column.created").getAttribute("aria-sort"), "descending");
  const byName = head("customers.column.name").getByRole("link");
  await byName.focus();
  const box = await byName.boundingBox();
  assert.ok(box.width > 10 && box.height > 10, "in sight at any width");
  await Promise.all([page.waitForURL(/sort=companyName/), page.keyboard.press("Enter")]);
  assert.equal(await head("customers.column.name").getAttribute("aria-sort"), "ascending");
  assert.equal(await head("customers.column.created").getAttribute("aria-sort"), null);
  const ascending = await names();
  assert.deepEqual(ascending, ascending.toSorted(new Intl.Collator("nl").compare));
  await look(page);
  await follow(page, head("customers.column.name").getByRole("link"));
  assert.equal(await head("customers.column.name").getAttribute("aria-sort"), "descending");
  assert.notDeepEqual(await names(), ascending);
  await follow(page, link(page, "100"));
  assert.equal(await rows(page).count(), 100);
  await page.getByText(shown(words, 1, 100, 240)).waitFor();
  await look(page);
  const pages = [await names()];
  while ((await link(page, words("ui.next")).count()) > 0) {
    await follow(page, link(page, words("ui.next")));
    pages.push(await names());
  }
  assert.deepEqual(pages.map((own) => own.length), [100, 100, 40]);
  await follow(page, link(page, "25"));

  const filters = page.getByText(words("list.filters"), { exact: true }).first();
  await filters.focus();
  await page.keyboard.press("Enter");
  await page.getByLabel(words("customers.filter.group"), { exact: true }).selectOption("Horeca");
  await page.getByLabel(words("customers.field.customerType"), { exact: true }).selectOption("business");
  // The example data is of the last years; some of it is of this one.
  const tenMonthsAgo = new Date(Date.now() - 300 * 24 * 3600 * 1000).toISOString().slice(0, 10);
  await page.getByLabel(words("list.filter.created_from"), { exact: true }).fill(tenMonthsAgo);
  await look(page);
  await follow(page, button(page, words("list.apply")));
  assert.match(page.url(), /sort=-companyName/);
  const chip = (label, value) => page.getByRole("link", { name: `${words(label)}: ${value} (${words("list.remove")})`, exact: true });
  const group = chip("customers.filter.group", "Horeca");
  await group.waitFor();
  await chip("customers.field.customerType", words("customers.type.business")).waitFor();
  const filtered = await rows(page).count();
  assert.ok(filtered > 0 && filtered < 25, `${filtered} rows`);
  for (const row of await rows(page).allInnerTexts()) assert.match(row, /Horeca|\+\d/);
  await page.getByText(shown(words, 1, filtered, filtered)).waitFor();
  await look(page);
  if (size === "phone") await page.setViewportSize({ width: 320, height: 720 });
  await look(page);
  await follow(page, group);
  assert.equal(await group.count(), 0);
  await follow(page, link(page, words("list.clear")));
  assert.equal(await page.locator(".chip").count(), 0);
  assert.match(page.url(), /sort=-companyName/);
  await page.goto(`${server.url}/manage/customers?createdTo=2000-01-01`);
  await page.getByText(words("manage.list.nothing_found")).waitFor();
  await look(page);
};

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
    assert.equal(await heading(page), customer.companyName);
    assert.equal(await link(page, customer.primaryEmail).getAttribute("href"), `mailto:${customer.primaryEmail}`);
    await link(page, "Vaste klanten").waitFor();
    await look(page);
    await toList(page);
    const row = rows(page).filter({ hasText: customer.companyName });
    assert.match(await row.innerText(), /Ede[^]*Vaste klanten/);
    await look(page);

    await follow(page, link(page, customer.companyName));
    await follow(page, link(page, words("manage.edit")));
    assert.equal(await heading(page), words("customers.edit_title", { name: customer.companyName }));
    assert.ok(await page.getByLabel("Vaste klanten").isChecked());
    await look(page);
    await send(page, { phone: "bel mij", kvkNumber: "1", vatNumber: "NL1", zipCode: "12" }, words("manage.save"));
    for (const field of ["phone", "kvkNumber", "vatNumber"]) assert.ok(await errorOf(page, field), field);
    await look(page);
    await send(page, { phone: "073 123 45 67", kvkNumber: "12345678", vatNumber: "NL123456782B12", zipCode: "12", notes: "Eerste regel" }, words("manage.save"));
    assert.equal(await errorOf(page, "zipCode"), words("field.postcode", { value: "1234 AB" }));
    await send(page, { zipCode: "6711aa" }, words("manage.save"));
    await said(page, words("flash.customer_saved"));
    assert.equal(await heading(page), customer.companyName);
    assert.match(await page.locator("address").innerText(), /Kerkstraat 5\s+6711 AA Ede/);
    assert.equal(await link(page, "073 123 45 67").getAttribute("href"), "tel:0731234567");
    await page.locator(".lines").getByText("Eerste regel").waitFor();
    const newest = page.locator(".timeline > li").first();
    assert.match(await newest.innerText(), new RegExp(`^${words("history.what.changed")} ${words("history.by")} [^]*Eerste regel`));
    await look(page);

    // A contact is added, changed and removed.
    await follow(page, link(page, words("customers.contacts.add")));
    await look(page);
    await send(page, { name: "", email: "sanne@" }, words("manage.save"));
    assert.equal(await errorOf(page, "name"), words("field.required"));
    assert.equal(await page.inputValue("[name=email]"), "sanne@");
    await look(page);
    await send(page, { name: "Sanne van Dijk", role: "Inkoop", email: "sanne@hoekje.example", phone: "06 12 34 56 78" }, words("manage.save"));
    await said(page, words("flash.contact_saved"));
    assert.equal(await link(page, "06 12 34 56 78").getAttribute("href"), "tel:0612345678");
    await look(page);
    const viewport = page.viewportSize();
    await page.setViewportSize({ width: 320, height: 720 });
    await look(page);
    await page.setViewportSize(viewport);
    await follow(page, link(page, `${words("manage.edit")} Sanne van Dijk`));
    await send(page, { role: "Planning" }, words("manage.save"));
    await said(page, words("flash.contact_saved"));
    assert.match(await rows(page).filter({ hasText: "Sanne van Dijk" }).innerText(), /Planning/);
    await follow(page, link(page, `${words("manage.delete")} Sanne van Dijk`));
    await look(page);
    await follow(page, button(page, words("manage.delete")));
    await said(page, words("flash.contact_removed"));
    assert.equal(await rows(page).count(), 0);

    // A second tab, that was opened before the first was saved.
    await follow(page, link(page, words("manage.edit")));
    const tab = await page.context().newPage();
    await tab.goto(page.url());
    await send(page, { city: "Barneveld" }, words("manage.save"));
    await said(page, words("flash.customer_saved"));
    await send(tab, { city: "Wageningen", notes: "Tweede regel" }, words("manage.save"));
    await tab.getByRole("alert").filter({ hasText: words("manage.form.changed_title") }).waitFor();
    assert.match(await rows(tab).filter({ hasText: "Barneveld" }).innerText(), /Barneveld[^]*Wageningen/);
    await look(tab);
    await follow(tab, link(tab, words("manage.form.keep_saved")));
    await tab.locator("address").getByText("Barneveld").waitFor();
    await tab.close();

    // The same customer once more.
    await toList(page);
    await follow(page, link(page, words("customers.new")).first());
    await send(page, { ...customer, companyName: "Iemand anders", city: "Ede" }, words("manage.save"));
    await page.getByRole("alert").filter({ hasText: words("customers.alike_title") }).waitFor();
    await look(page);
    await follow(page, link(page, customer.companyName));
    await follow(page, link(page, words("manage.edit")));
    await page.selectOption("[name=countryCode]", "BE");
    await send(page, { city: "Gent", zipCode: "" }, words("manage.save"));
    assert.equal(await errorOf(page, "zipCode"), words("field.required"));
    assert.equal(await page.inputValue("[name=city]"), "Gent");
    assert.equal(await page.inputValue("[name=countryCode]"), "BE");
    await send(page, { zipCode: "9000" }, words("manage.save"));
    await said(page, words("flash.customer_saved"));
    await toList(page);
    assert.match(await row.innerText(), /Gent/);

    await navigate(page, words, words("manage.nav.customer_groups"));
    assert.match(await rows(page).innerText(), /Vaste klanten[^]*1/);
    await follow(page, link(page, "Vaste klanten"));
    await look(page);
    await follow(page, button(page, words("groups.remove_ticked")));
    await page.getByText(words("flash.note.nobody_ticked")).waitFor();
    await page.getByLabel(words("groups.choose", { name: customer.companyName })).check();
    await follow(page, button(page, words("groups.remove_ticked")));
    await said(page, words("flash.group_left"));
    await page.getByText(words("groups.nobody_title")).waitFor();
    await follow(page, link(page, words("groups.add_customers")));
    await look(page);
    await follow(page, button(page, words("groups.add_ticked")));
    await page.getByText(words("groups.nobody_ticked")).waitFor();
    await look(page);
    await page.getByLabel(words("groups.choose", { name: customer.companyName })).check();
    await follow(page, button(page, words("groups.add_ticked")));
    await said(page, words("flash.group_filled"));
    await page.getByText(words("groups.is_in")).waitFor();
    await look(page);
    await follow(page, link(page, words("groups.done")));
    assert.equal(await rows(page).count(), 1);
    await look(page);
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
    assert.equal(await rows(page).count(), 25);
    await page.getByText(shown(words, 1, 25, 240)).waitFor();
    await look(page);
    const first = await rows(page).first().innerText();
    await follow(page, link(page, words("ui.next")));
    assert.notEqual(await rows(page).first().innerText(), first);
    await page.getByText(shown(words, 26, 50, 240)).waitFor();
    await look(page);
    await follow(page, link(page, words("ui.previous")));
    assert.equal(await rows(page).first().innerText(), first);
    await page.goto(`${server.url}/manage/customers?page=10`);
    await page.getByText(shown(words, 226, 240, 240)).waitFor();
    assert.equal(await link(page, words("ui.next")).count(), 0);

    await page.goto(`${server.url}/manage/customers?page=999`);
    await page.getByText(words("manage.list.no_such_page")).waitFor();
    await look(page);
    await follow(page, link(page, words("manage.list.last_page")));
    await page.getByText(shown(words, 226, 240, 240)).waitFor();
    await page.goBack();
    await follow(page, link(page, words("manage.list.first_page")));
    assert.equal(await rows(page).first().innerText(), first);

    await follow(page, link(page, words("ui.next")));
    await follow(page, rows(page).nth(2).locator("a"));
    await follow(page, link(page, words("manage.edit")));
    await follow(page, link(page, words("ui.cancel")));
    await toList(page);
    await page.getByText(shown(words, 26, 50, 240)).waitFor();

    await page.goto(`${server.url}/manage/customers`);
    const name = (await rows(page).nth(3).locator("a").innerText()).trim();
    await page.getByRole("searchbox", { name: words("customers.search") }).fill(name.toUpperCase());
    await follow(page, button(page, words("ui.search")));
    await link(page, name).first().waitFor();
    assert.ok((await rows(page).count()) < 25);
    await look(page);
    await follow(page, link(page, words("ui.clear_search")));
    assert.equal(await rows(page).count(), 25);
    await page.getByRole("searchbox").fill(`%_${randomBytes(4).toString("hex")}`);
    await follow(page, button(page, words("ui.search")));
    await page.getByText(words("manage.list.nothing_found")).waitFor();
    await look(page);
  });

  walk("a list is sorted and filtered, and has pages of a size", {}, sortAndFilter);
  walk("the same without a script", { ways: bothWays, javaScript: false }, sortAndFilter);

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
    await link(page, "Regio 27").waitFor();
    await look(page);
    await follow(page, link(page, words("manage.edit")));
    assert.equal(await page.locator(".choice").first().innerText(), "Regio 27");
    assert.ok(await page.getByLabel("Regio 27").isChecked());
    await look(page);
  });
});
