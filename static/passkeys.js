// Makes and uses passkeys (WebAuthn). A form for one is hidden until this script shows it.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** What the server asks, with bytes in the place of base64url. */
function decode(options) {
  const descriptors = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));
  const decoded = { ...options, challenge: bytes(options.challenge) };
  if (options.user) decoded.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) decoded.excludeCredentials = descriptors(options.excludeCredentials);
  if (options.allowCredentials) decoded.allowCredentials = descriptors(options.allowCredentials);
  return decoded;
}

/** What the browser answers, with base64url in the place of bytes. */
function encode(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

async function answer(form) {
  const asked = await fetch(form.dataset.challenge, { method: "POST", body: new URLSearchParams({ csrf: form.elements.csrf.value }) });
  // Not what was asked for: a page that says why, such as one that asks for the password again.
  if (!asked.headers.get("content-type")?.startsWith("application/json")) return location.reload();
  const { challenge, publicKey } = await asked.json();
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey: decode(publicKey) });
  form.elements.challenge.value = challenge;
  form.elements.credential.value = encode(credential);
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const box = form.closest(".passkey");
  const show = (name) => {
    for (const part of box.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== name;
  };
  if (location.hostname !== form.dataset.host) {
    show("elsewhere");
  } else if (window.PublicKeyCredential) {
    show("able");
    const failed = form.querySelector("[role=alert]");
    const button = form.querySelector("button");
    form.addEventListener("submit", async (event) => {
      if (event.submitter?.name === "switch_language") return;
      event.preventDefault();
      failed.textContent = "";
      button.disabled = true;
      try {
        await answer(form);
      } catch {
        failed.textContent = failed.dataset.text;
      }
      button.disabled = false;
    });
  }
}
