// Every main page is readable in the dark too.

import { startServer } from "./helper.mjs";
import { authorizeUrl } from "./oauth-client.mjs";
import { bothWays, logIn, look, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });
const redirectUri = "https://planbord.example/terug";
const developer = await server.developer();
const app = { ...(await server.app(developer.developerId, { name: "Planbord", redirectUris: [redirectUri] })), redirectUri };
const options = { ways: bothWays, colorScheme: "dark" };

async function lookAt(page, paths) {
  for (const path of paths) {
    await page.goto(`${server.url}${path}`);
    await look(page);
  }
}

together("in the dark", () => {
  walk("pages for everybody", options, async (page) => {
    await lookAt(page, ["/manage/login", "/manage/register", "/manage/forgot-password", "/developers/login", "/developers/register", "/mailbox"]);
    await lookAt(page, ["", "/getting-started", "/authentication", "/scopes", "/rate-limits", "/errors", "/pagination", "/reference"].map((path) => `/docs${path}`));
  });

  walk("the manage portal", options, async (page, words) => {
    await logIn(page, server, words, server.demo.owner);
    await lookAt(page, ["/manage", "/manage/customers", "/manage/customers/new", "/manage/customer-groups", "/manage/settings/api-keys",
      "/manage/settings/api-keys/new", "/manage/settings/connected-apps", "/manage/portals", "/manage/portals/new", "/manage/account"]);
    await page.goto(`${server.url}/manage/customers`);
    const customer = await page.locator("tbody a").first().getAttribute("href");
    await lookAt(page, [customer, `${customer}/delete`]);
    await page.goto(authorizeUrl(server, app));
    await look(page);
  });

  walk("the developer portal", options, async (page, words) => {
    await logIn(page, server, words, developer, "/developers");
    const path = `/developers/apps/${app.appId}`;
    await lookAt(page, ["/developers/apps", "/developers/apps/new", path, `${path}/edit`, `${path}/rotate`, `${path}/delete`]);
  });
});
