"""What arrives at a webhook fits for the library of Standard Webhooks."""

import json
import unittest

import requests
from standardwebhooks import Webhook, WebhookVerificationError

from receiver import Receiver
from server import Server

CUSTOMER = {
    "companyName": "Bakkerij Jansen",
    "address": "Dorpsstraat 1",
    "zipCode": "1234 AB",
    "city": "Ons Dorp",
    "primaryEmail": "jan@example.nl",
}


class Webhooks(unittest.TestCase):
    def test_the_library_verifies_what_arrives_and_nothing_else(self):
        with Receiver() as receiver, Server(flags=["--webhook-allow", "127.0.0.0/8"]) as server, requests.Session() as api:
            key = server.api_key(server.portal()["portalId"], scopes=("customers.write", "webhooks.write"))["key"]
            api.headers["Authentication"] = f"Bearer {key}"
            webhook = api.post(f"{server.url}/v1/webhooks", json={"type": "customer-created", "url": receiver.url}).json()
            customer = api.post(f"{server.url}/v1/customers", json=CUSTOMER).json()
            headers, body = receiver.got.get(timeout=120)
            event = Webhook(webhook["secret"]).verify(body, headers)
            self.assertEqual((event["type"], event["data"]), ("customer-created", customer))
            with self.assertRaises(WebhookVerificationError):
                Webhook(webhook["secret"]).verify(body + b" ", headers)
            other = api.post(f"{server.url}/v1/webhooks", json={"type": "customer-deleted", "url": receiver.url}).json()
            with self.assertRaises(WebhookVerificationError):
                Webhook(other["secret"]).verify(body, headers)
            self.assertEqual(json.loads(body)["id"], headers["webhook-id"])


if __name__ == "__main__":
    unittest.main()
