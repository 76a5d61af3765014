// Gets a new access token. The refresh token stays the same.
// Needs Node 20 and: KLANTPORTAAL_TOKEN_URL, APP_ID, APP_SECRET, REFRESH_TOKEN

const { KLANTPORTAAL_TOKEN_URL, APP_ID, APP_SECRET, REFRESH_TOKEN } = process.env;

const response = await fetch(KLANTPORTAAL_TOKEN_URL, {
  method: "POST",
  body: new URLSearchParams({
    grant_type: "refresh_token",
    client_id: APP_ID,
    client_secret: APP_SECRET,
    refresh_token: REFRESH_TOKEN,
  }),
});
if (!response.ok) throw new Error(await response.text());

const tokens = await response.json();
console.log(`access_token=${tokens.access_token}`);
console.log(`expires_in=${tokens.expires_in}`);
