// Prints the first page of your customers.
// Needs Node 20 and: KLANTPORTAAL_API, KLANTPORTAAL_API_KEY

const { KLANTPORTAAL_API, KLANTPORTAAL_API_KEY } = process.env;

const response = await fetch(`${KLANTPORTAAL_API}/customers`, {
  headers: { Authorization: `Bearer ${KLANTPORTAAL_API_KEY}` },
});
if (!response.ok) throw new Error(await response.text());

const page = await response.json();
for (const customer of page.data) {
  console.log(`${customer.id} ${customer.companyName}`);
}
