// Exchanges the authorization code for an access token and a refresh token.
// Needs Node 20 and: KLANTPORTAAL_TOKEN_URL, APP_ID, APP_SECRET, REDIRECT_URI,
//                    AUTHORIZATION_CODE, CODE_VERIFIER

const { KLANTPORTAAL_TOKEN_URL, APP_ID, APP_SECRET, REDIRECT_URI, AUTHORIZATION_CODE, CODE_VERIFIER } =
  process.env;

const response = await fetch(KLANTPORTAAL_TOKEN_URL, {
  method: "POST",
  body: new URLSearchParams({
    grant_type: "authorization_code",
    client_id: APP_ID,
    client_secret: APP_SECRET,
    redirect_uri: REDIRECT_URI,
    code: AUTHORIZATION_CODE,
    code_verifier: CODE_VERIFIER,
  }),
});
if (!response.ok) throw new Error(await response.text());

// Printed for the next step. In production, store them encrypted and don't log them.
const tokens = await response.json();
console.log(`access_token=${tokens.access_token}`);
console.log(`refresh_token=${tokens.refresh_token}`);
console.log(`expires_in=${tokens.expires_in}`);
console.log(`portal_id=${tokens.portal_id}`);
