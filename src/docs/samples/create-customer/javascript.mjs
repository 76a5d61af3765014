// Creates a customer and prints its id, or the errors of its fields.
// Needs Node 20 and: KLANTPORTAAL_API, KLANTPORTAAL_API_KEY
// Optional:          CUSTOMER_EMAIL

const { KLANTPORTAAL_API, KLANTPORTAAL_API_KEY, CUSTOMER_EMAIL } = process.env;

// Send the same key when you try again, and the customer is not created twice.
const idempotencyKey = crypto.randomUUID();

const response = await fetch(`${KLANTPORTAAL_API}/customers`, {
  method: "POST",
  headers: {
    Authorization: `Bearer ${KLANTPORTAAL_API_KEY}`,
    "Content-Type": "application/json",
    "Idempotency-Key": idempotencyKey,
  },
  body: JSON.stringify({
    companyName: "Bakkerij De Korenaar",
    address: "Molenstraat 12",
    zipCode: "5211 DR",
    city: "Den Bosch",
    primaryEmail: CUSTOMER_EMAIL ?? "info@korenaar.example",
  }),
});

if (response.status === 422) {
  const { errors } = await response.json();
  for (const [field, messages] of Object.entries(errors)) {
    console.log(`${field}: ${messages.join(" ")}`);
  }
  process.exitCode = 1;
} else if (!response.ok) {
  throw new Error(await response.text());
} else {
  const created = await response.json();
  console.log(`id=${created.id}`);
}
