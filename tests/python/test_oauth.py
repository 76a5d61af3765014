"""Authlib, a client library that knows nothing of this product, goes the whole way to a portal's customers."""

import unittest
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.errors import MissingCodeException
from authlib.oauth2.rfc6749.parameters import parse_authorization_code_response
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from authlib.oauth2.rfc8628 import DEVICE_CODE_GRANT_TYPE
from joserfc.jwk import RSAKey

from owner import Owner
from server import ENGINES, Server

CALLBACK = "https://app.example/callback"
SCOPES = ("customers.read", "customers.write")


def parameters(url):
    """The parameters that came back, each of which must be there once."""
    found = parse_qs(urlsplit(url).query, strict_parsing=True)
    assert all(len(values) == 1 for values in found.values()), url
    return {name: values[0] for name, values in found.items()}


class Flow(unittest.TestCase):
    engine: str

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.engine)
        cls.addClassCleanup(cls.server.stop)
        cls.portal = cls.server.portal()
        developer = cls.server.developer()["developerId"]
        cls.app = cls.server.app(developer, [CALLBACK], SCOPES)
        cls.key = RSAKey.generate_key(2048)
        public = {"keys": [cls.key.as_dict(private=False)]}
        cls.keyed_app = cls.server.app(developer, [CALLBACK], SCOPES, jwks=public, device_flow=True)
        issuer = cls.server.url
        found = requests.get(get_well_known_url(issuer, external=True, suffix="oauth-authorization-server"))
        cls.metadata = AuthorizationServerMetadata(found.json())
        cls.metadata.validate()
        assert cls.metadata["issuer"] == issuer

    def session(self, **options):
        options = {"client_id": self.app["appId"], "client_secret": self.app["appSecret"], **options}
        session = OAuth2Session(
            scope=" ".join(SCOPES), redirect_uri=CALLBACK, code_challenge_method="S256", token_endpoint=self.metadata["token_endpoint"], **options
        )
        self.addCleanup(session.close)
        return session

    def consent(self, session, decision="allow", portal=None):
        """Sends the owner to the consent page; returns what came back, and the verifier that belongs to it."""
        verifier = generate_token(48)
        url, state = session.create_authorization_url(self.metadata["authorization_endpoint"], code_verifier=verifier, prompt="consent")
        with Owner(portal or self.portal) as owner:
            back = owner.decide(url, decision)
        self.assertTrue(back.startswith(f"{CALLBACK}?"), back)
        self.assertEqual(parameters(back)["state"], state)
        self.assertEqual(parameters(back)["iss"], self.metadata["issuer"])
        return back, verifier, state

    def test_the_whole_way(self):
        for method in ("client_secret_basic", "client_secret_post"):
            with self.subTest(method):
                self.assertIn(method, self.metadata["token_endpoint_auth_methods_supported"])
                session = self.session(token_endpoint_auth_method=method)
                back, verifier, state = self.consent(session)
                token = session.fetch_token(authorization_response=back, code_verifier=verifier, state=state)
                self.assertEqual((token["token_type"], token["expires_in"], token["scope"]), ("Bearer", 3600, " ".join(SCOPES)))
                customers = session.get(f"{self.server.url}/v1/customers")
                self.assertEqual(customers.status_code, 200, customers.text)

                fresh = session.refresh_token()
                self.assertNotEqual(fresh["access_token"], token["access_token"])
                # Authlib keeps the refresh token, since no new one came.
                self.assertEqual(fresh["refresh_token"], token["refresh_token"])
                self.assertEqual(session.get(f"{self.server.url}/v1/customers").status_code, 200)

    def keyed_session(self, key=None):
        """A session of the app that has a key of its own and no secret."""
        options = {"client_id": self.keyed_app["appId"], "client_secret": key or self.key, "token_endpoint_auth_method": "private_key_jwt"}
        session = self.session(**options, revocation_endpoint_auth_method="private_key_jwt")
        session.register_client_auth_method(PrivateKeyJWT(self.metadata["token_endpoint"]))
        return session

    def test_the_whole_way_with_a_key(self):
        self.assertIn("private_key_jwt", self.metadata["token_endpoint_auth_methods_supported"])
        self.assertIn("RS256", self.metadata["token_endpoint_auth_signing_alg_values_supported"])
        session = self.keyed_session()
        back, verifier, state = self.consent(session)
        token = session.fetch_token(authorization_response=back, code_verifier=verifier, state=state)
        customers = f"{self.server.url}/v1/customers"
        self.assertEqual(session.get(customers).status_code, 200)
        self.assertNotEqual(session.refresh_token()["access_token"], token["access_token"])
        self.assertEqual(session.get(customers).status_code, 200)
        answer = session.revoke_token(self.metadata["revocation_endpoint"], token=token["refresh_token"])
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertEqual(session.get(customers).status_code, 401)

    def test_another_key_is_refused(self):
        with self.assertRaises(OAuthError) as raised:
            self.keyed_session(RSAKey.generate_key(2048)).refresh_token(refresh_token="onjuist")
        self.assertEqual(raised.exception.error, "invalid_client")
        with self.assertRaises(OAuthError) as raised:
            self.keyed_session().refresh_token(refresh_token="onjuist")
        self.assertEqual(raised.exception.error, "invalid_grant")

    def test_a_device_gets_its_tokens(self):
        session = self.keyed_session()
        endpoint = self.metadata["device_authorization_endpoint"]
        device = session.post(endpoint, data={"scope": "customers.read"}, auth=session.client_auth(session.token_endpoint_auth_method)).json()
        with Owner(self.portal) as owner:
            self.assertEqual(owner.decide(device["verification_uri_complete"], "allow"), "/manage/device/allowed")
        token = session.fetch_token(grant_type=DEVICE_CODE_GRANT_TYPE, device_code=device["device_code"])
        self.assertEqual(token["scope"], "customers.read")
        self.assertEqual(session.get(f"{self.server.url}/v1/customers").status_code, 200)

    def test_an_access_token_that_is_over_is_refreshed_by_itself(self):
        renewed = []
        session = self.session(update_token=lambda token, **_: renewed.append(token["access_token"]))
        back, verifier, state = self.consent(session)
        token = session.fetch_token(authorization_response=back, code_verifier=verifier, state=state)
        session.token = {**token, "expires_at": 1}
        self.assertEqual(session.get(f"{self.server.url}/v1/customers").status_code, 200)
        self.assertEqual(renewed, [session.token["access_token"]])

    def test_the_owner_declines(self):
        session = self.session()
        back, _, state = self.consent(session, "deny")
        self.assertEqual(parameters(back)["error"], "access_denied")
        self.assertTrue(parameters(back)["error_description"])
        with self.assertRaises(MissingCodeException):
            parse_authorization_code_response(back, state)

    def test_faults_are_the_standards_own(self):
        session = self.session()
        back, verifier, state = self.consent(session)

        def fetch(session, verifier=verifier):
            return session.fetch_token(authorization_response=back, code_verifier=verifier, state=state)

        for error, attempt in (
            ("invalid_grant", lambda: fetch(session, generate_token(48))),
            ("invalid_client", lambda: fetch(self.session(client_secret="onjuist"))),
            ("invalid_client", lambda: fetch(self.session(client_secret="onjuist", token_endpoint_auth_method="client_secret_post"))),
            ("invalid_grant", lambda: self.session().refresh_token(refresh_token="onjuist")),
        ):
            with self.subTest(error), self.assertRaises(OAuthError) as raised:
                attempt()
            self.assertEqual(raised.exception.error, error)
        # None of that used the code up; the second use does what it must.
        fetch(session)
        access = session.token
        with self.assertRaises(OAuthError) as raised:
            fetch(self.session())
        self.assertEqual(raised.exception.error, "invalid_grant")
        dead = requests.get(f"{self.server.url}/v1/customers", headers={"Authorization": f"Bearer {access['access_token']}"})
        self.assertEqual(dead.status_code, 401)

    def test_a_revoked_consent_ends_it(self):
        portal = self.server.portal()
        session = self.session()
        back, verifier, state = self.consent(session, portal=portal)
        session.fetch_token(authorization_response=back, code_verifier=verifier, state=state)
        [grant] = self.server.cli("grant", "list", "--portal", portal["portalId"])
        self.server.cli("grant", "revoke", grant["id"])
        self.assertEqual(session.get(f"{self.server.url}/v1/customers").status_code, 401)
        with self.assertRaises(OAuthError) as raised:
            session.refresh_token()
        self.assertEqual(raised.exception.error, "invalid_grant")


def load_tests(loader, *_):
    """The tests of this file, for each engine."""
    suite = unittest.TestSuite()
    for engine in ENGINES:
        suite.addTests(loader.loadTestsFromTestCase(type(f"FlowOn{engine.capitalize()}", (Flow,), {"engine": engine})))
    return suite


if __name__ == "__main__":
    unittest.main()
