"""The helper works: a server of each engine starts, and a key that the command line made opens its API."""

import unittest

import requests

from server import ENGINES, Server


class Smoke(unittest.TestCase):
    def test_a_key_opens_the_api(self):
        for engine in ENGINES:
            with self.subTest(engine), Server(engine) as server, requests.Session() as api:
                key = server.api_key(server.portal()["portalId"])["key"]
                api.headers["Authentication"] = f"Bearer {key}"
                customer = {
                    "companyName": "Bakkerij Jansen",
                    "address": "Dorpsstraat 1",
                    "zipCode": "1234 AB",
                    "city": "Ons Dorp",
                    "primaryEmail": "jan@example.nl",
                }
                made = api.post(f"{server.url}/v1/customers", json=customer)
                self.assertEqual(made.status_code, 200, made.text)
                self.assertEqual(api.get(f"{server.url}/v1/customers").json()["data"], [made.json()])

    def test_the_demo_tells_how_to_try_it(self):
        with Server(demo=True) as server, requests.Session() as api:
            answer = api.get(f"{server.url}/v1/customers", headers={"Authentication": f"Bearer {server.demo['api_key']}"})
            self.assertEqual(answer.status_code, 200, answer.text)
            self.assertEqual(len(answer.json()["data"]), 15)

    def test_a_server_that_cannot_start_is_told(self):
        with self.assertRaisesRegex(RuntimeError, "max-body-bytes"):
            Server(flags=["--max-body-bytes", "1"])


if __name__ == "__main__":
    unittest.main()
