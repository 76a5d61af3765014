// Takes the pictures of the README, of the demo, in the README's language: `scripts/pictures`.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { newPage, startServer } from "./helper.mjs";
import { logIn, wordsOf } from "./road.mjs";
import { root } from "./server.mjs";

const lang = "en";
const words = wordsOf(lang);
const folder = join(root, "docs/pictures");
const server = await startServer({ demo: true });
const options = { lang, viewport: { width: 1280, height: 800 }, colorScheme: "light", timezoneId: "Europe/Amsterdam", reducedMotion: "reduce" };

/** Puts others in the place of texts that differ each time: a picture shall only change when the page does. */
function settle(changes) {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const [text, instead] of changes) texts.currentNode.data = texts.currentNode.data.replaceAll(text, instead);
  }
}

/** Opens the page with `open`, and keeps what is then in sight: a page's buttons belong in it. */
async function picture(name, open, { height = options.viewport.height } = {}) {
  const page = await newPage({ ...options, viewport: { ...options.viewport, height } });
  await open(page);
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(settle, [[server.url, "http://localhost:8080"], [new URL(server.url).host, "localhost:8080"],
    // The demo's app describes itself in Dutch.
    ["Zet je klanten op een planbord en stuurt ze een herinnering voor elke afspraak.", "Puts your customers on a planning board and reminds them of each appointment."],
    [server.demo.clientId, "app_4tqz8mk2v1hd0c"], [server.demo.clientSecret.slice(0, 8), "kps_Xk3f"]]);
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled", caret: "hide" });
  if (page.problems.length > 0) throw new Error(page.problems.join("\n"));
  await page.context().close();
}

await mkdir(folder, { recursive: true });

await picture("manage", (page) => logIn(page, server, words, server.demo.owner, "/manage/customers"));

const asked = new URL(server.demo.authorizeUrl);
asked.searchParams.set("scope", "customers.read customers.write");
await picture("consent", (page) => logIn(page, server, words, server.demo.owner, asked.pathname + asked.search), { height: 1000 });

await picture("developers", async (page) => {
  await logIn(page, server, words, server.demo.developer, `/developers/apps/${server.demo.clientId}`);
});

await picture("docs", async (page) => {
  await page.goto(`${server.url}/docs/getting-started`);
  await page.locator("main h2").nth(1).evaluate((heading) => scrollTo(0, heading.getBoundingClientRect().top + scrollY - 84));
});

process.exit();
