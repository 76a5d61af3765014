// Types of appointments, opening hours and closed days: the owner sets them, and an appointment is made at a free moment.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { bothWays, button, errorOf, follow, heading, link, logIn, look, send, together, walk } from "./road.mjs";

const server = await startServer();
const settings = "/manage/settings/appointments";
const person = { attendeeName: "Sanne van Dijk", attendeeEmail: "sanne@korenaar.example" };

together("appointment settings", () => {
  walk("an owner sets them, and makes an appointment at a free moment, with the keyboard", { ways: bothWays }, async (page, words) => {
    await logIn(page, server, words, await server.portal(), settings);
    await look(page);
    await follow(page, link(page, words("appointment_types.new")));
    await send(page, { name: "Onderhoud", duration: "4" }, words("manage.save"));
    assert.ok((await errorOf(page, "duration")).includes("1440"));
    await look(page);
    await send(page, { duration: "90", bufferAfter: "30" }, words("manage.save"));
    await follow(page, link(page, words("opening_hours.change")));
    await send(page, { tuesday: "9-12.30; 13-17", wednesday: "10 uur" }, words("manage.save"));
    assert.ok((await errorOf(page, "wednesday")).includes("09:00-12:30"));
    await look(page);
    await send(page, { wednesday: "" }, words("manage.save"));
    await follow(page, link(page, words("closed_days.holidays")));
    await look(page);
    await follow(page, button(page, words("manage.save")));
    await follow(page, link(page, words("closed_days.new")));
    await send(page, { name: "Bouwvak", firstDay: "2031-07-14", lastDay: "2031-07-25" }, words("manage.save"));
    assert.ok((await page.locator("main").innerText()).includes("09:00-12:30, 13:00-17:00"));
    await look(page);

    await page.goto(`${server.url}/manage/appointments/new?day=2031-07-15`);
    assert.ok((await page.locator("main").innerText()).includes("Bouwvak"));
    await look(page);
    await page.goto(`${server.url}/manage/appointments/new?day=2031-07-01`);
    await page.locator("[name=name]").fill("Onderhoud cv-ketel");
    await page.locator("[name=type]").selectOption({ index: 1 });
    await button(page, words("appointments.show_moments")).focus();
    await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
    await button(page, "13:30").focus();
    await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
    assert.equal(await page.locator("[name=endsAt]").inputValue(), "2031-07-01T15:00");
    assert.equal(await page.locator("[name=name]").inputValue(), "Onderhoud cv-ketel");
    await look(page);
    // Enter in a field saves the form.
    await page.locator("[name=attendeeName]").fill(person.attendeeName);
    await page.locator("[name=attendeeEmail]").fill(person.attendeeEmail);
    await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
    assert.equal(await heading(page), "Onderhoud cv-ketel");
    await look(page);

    await follow(page, link(page, words("appointments.change")));
    await send(page, { startsAt: "2031-07-02T10:00", endsAt: "2031-07-02T11:30" }, words("manage.save"));
    assert.ok((await errorOf(page, "startsAt")).length > 0);
    await look(page);
    await page.locator("[name=outside]").press("Space");
    await follow(page, button(page, words("manage.save")));
    assert.equal(await heading(page), "Onderhoud cv-ketel");
  });
});
