// Appointments: one is made, moved, found in the calendar, and cancelled; a request is scheduled.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { api, bothWays, button, follow, heading, link, logIn, look, send, together, walk } from "./road.mjs";

const server = await startServer();
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();
const path = "/manage/appointments";
const person = { attendeeName: "Sanne van Dijk", attendeeEmail: "sanne@korenaar.example" };

/** A portal with a request on a Tuesday, whose owner is logged in and looks at the appointments. */
const withRequest = async (page, words) => {
  const portal = await server.portal();
  const { key } = await server.apiKey(portal.portalId, { scopes: ["appointments.write"] });
  const body = JSON.stringify({ name: "Opname warmtepomp", startsAt: "2031-07-01 13:00", endsAt: "2031-07-01 14:00", ...person });
  const made = await api(server, key, "/v1/appointments", { method: "POST", body, headers: { "Content-Type": "application/json" } });
  assert.equal(made.status, 200, await made.clone().text());
  await logIn(page, server, words, portal, path);
};

/** From the list to a new appointment on the same day. */
const make = async (page, words, see) => {
  await see(page);
  await follow(page, link(page, words("appointments.new")).first());
  await see(page);
  await send(page, { name: "Onderhoud", startsAt: "2031-07-01T13:30", endsAt: "2031-07-01T14:30", ...person }, words("manage.save"));
  await said(page, words("flash.appointment_added"));
  assert.equal(await heading(page), "Onderhoud");
  await see(page);
};

together("appointments", () => {
  walk("an appointment is made, moved and cancelled, and a request scheduled", {}, async (page, words) => {
    await withRequest(page, words);
    await make(page, words, look);
    await page.goto(`${server.url}${path}`);
    await follow(page, link(page, "Opname warmtepomp"));
    await look(page);
    await follow(page, button(page, words("appointments.schedule")));
    await page.locator(".error-summary").waitFor();
    await look(page);

    await page.goto(`${server.url}${path}/calendar?day=2031-07-03`);
    await look(page);
    await follow(page, page.locator(".calendar-entry", { hasText: "Onderhoud" }));
    await follow(page, link(page, words("appointments.change")));
    await look(page);
    await send(page, { startsAt: "2031-07-01T14:00", endsAt: "2031-07-01T15:00" }, words("manage.save"));
    await said(page, words("flash.appointment_saved"));
    await page.goto(`${server.url}${path}`);
    await follow(page, link(page, "Opname warmtepomp"));
    await follow(page, button(page, words("appointments.schedule")));
    await said(page, words("flash.appointment_scheduled"));
    await look(page);

    await page.goto(`${server.url}${path}/calendar?day=2031-07-01&view=day`);
    await look(page);
    await follow(page, link(page, words("appointments.later")));
    assert.ok(page.url().includes("2031-07-02"), page.url());
    await follow(page, link(page, words("appointments.earlier")));
    await follow(page, page.locator(".calendar-entry", { hasText: "Onderhoud" }));
    await follow(page, link(page, words("appointments.cancel")));
    await look(page);
    await follow(page, button(page, words("appointments.cancel")));
    await said(page, words("flash.appointment_canceled"));
    await page.goto(`${server.url}${path}/calendar?day=2031-07-01`);
    assert.equal(await page.locator(".calendar-entry").count(), 1);
  });

  walk("the calendar is walked through with the keyboard", { ways: bothWays }, async (page, words) => {
    await withRequest(page, words);
    await page.goto(`${server.url}${path}/calendar?day=2031-06-24`);
    const press = async (label) => {
      await link(page, label).focus();
      await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
    };
    await press(words("appointments.later"));
    await page.locator(".calendar-entry").focus();
    await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
    assert.equal(await heading(page), "Opname warmtepomp");
    await page.keyboard.press("g");
    await Promise.all([page.waitForEvent("load"), page.keyboard.press("d")]);
    assert.ok(page.url().endsWith(path), page.url());
  });

  const choose = async (page, words, see) => {
    const portal = await server.portal();
    const { key } = await server.apiKey(portal.portalId);
    for (const companyName of ["Bakkerij De Korenaar", "Bakkerij Oven"]) {
      const body = JSON.stringify({ companyName, primaryEmail: "info@korenaar.example", address: "Kerkstraat 5", zipCode: "6711 AA", city: "Ede", countryCode: "NL" });
      const made = await api(server, key, "/v1/customers", { method: "POST", body, headers: { "Content-Type": "application/json" } });
      assert.equal(made.status, 200, await made.clone().text());
    }
    await logIn(page, server, words, portal, `${path}/new`);
    await see(page);
    await page.locator('[name="name"]').fill("Onderhoud");
    await page.locator('[name="customerSearch"]').fill("bakkerij");
    await follow(page, button(page, words("appointments.find")));
    assert.equal(await page.inputValue('[name="name"]'), "Onderhoud");
    await see(page);
    await page.locator('[name="customerSearch"]').fill("bakkerij o");
    // Enter searches, too.
    await Promise.all([page.waitForEvent("load"), page.locator('[name="customerSearch"]').press("Enter")]);
    await page.getByLabel("Bakkerij Oven").check();
    await see(page);
    await send(page, { startsAt: "2031-07-01T13:30", endsAt: "2031-07-01T14:30" }, words("manage.save"));
    await said(page, words("flash.appointment_added"));
    await link(page, "Bakkerij Oven").waitFor();
  };

  walk("a customer is chosen in the form", {}, async (page, words) => choose(page, words, look));

  walk("a customer is chosen without JavaScript", { ways: bothWays, javaScript: false }, async (page, words) => choose(page, words, async () => {}));

  walk("all of it without JavaScript", { ways: bothWays, javaScript: false }, async (page, words) => {
    await withRequest(page, words);
    await make(page, words, async () => {});
    await page.goto(`${server.url}${path}/calendar?day=2031-07-01`);
    assert.equal(await page.locator(".calendar-entry").count(), 2);
    await look(page);
  });
});
