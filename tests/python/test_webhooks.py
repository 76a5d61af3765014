"""What arrives at a webhook fits for the library of Standard Webhooks."""

import http.server
import json
import queue
import threading
import unittest

import requests
from standardwebhooks import Webhook, WebhookVerificationError

from server import Server

CUSTOMER = {
    "companyName": "Bakkerij Jansen",
    "address": "Dorpsstraat 1",
    "zipCode": "1234 AB",
    "city": "Ons Dorp",
    "primaryEmail": "jan@example.nl",
}


class Receiver(http.server.ThreadingHTTPServer):
    """A server on a free port of this machine. What it gets is in `got`: the headers and the body."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(204)
            self.end_headers()
            self.server.got.put((dict(self.headers), body))

        def log_message(self, *_):
            pass

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.got = queue.Queue()
        self.url = f"http://127.0.0.1:{self.server_port}/"
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()

    def __exit__(self, *_):
        self.shutdown()
        self._thread.join()
        self.server_close()


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
