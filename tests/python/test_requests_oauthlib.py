"""requests-oauthlib, a client library that knows nothing of this product, goes the whole way in its own manner."""

import os
import unittest
from urllib.parse import parse_qs, urlsplit

import requests
from oauthlib.oauth2 import InvalidClientError, InvalidGrantError
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from owner import Owner
from server import Server

CALLBACK = "https://app.example/callback"
SCOPES = ["customers.read", "customers.write"]

# oauthlib refuses plain HTTP unless it is told not to.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"


class RequestsOAuthlib(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.portal = cls.server.portal()
        cls.developer = cls.server.developer()["developerId"]
        cls.metadata = requests.get(f"{cls.server.url}/.well-known/oauth-authorization-server").json()
        cls.customers = f"{cls.server.url}/v1/customers"

    def session(self, app, **options):
        session = OAuth2Session(app["appId"], redirect_uri=CALLBACK, scope=SCOPES, **options)
        self.addCleanup(session.close)
        return session

    def allow(self, session):
        """Sends the owner to the consent page; returns the address at which the app gets its answer."""
        url, _ = session.authorization_url(self.metadata["authorization_endpoint"], prompt="consent")
        with Owner(self.portal) as owner:
            back = owner.decide(url, "allow")
        self.assertEqual(parse_qs(urlsplit(back).query)["iss"], [self.metadata["issuer"]])
        return back

    def whole_way(self, app, session, **credentials):
        token = session.fetch_token(self.metadata["token_endpoint"], authorization_response=self.allow(session), **credentials)
        self.assertEqual(token["scope"], SCOPES)
        self.assertEqual(session.get(self.customers).status_code, 200)
        fresh = session.refresh_token(self.metadata["token_endpoint"], **self.of_refresh(app, credentials))
        self.assertNotEqual(fresh["access_token"], token["access_token"])
        self.assertEqual(session.get(self.customers).status_code, 200)
        return fresh

    @staticmethod
    def of_refresh(app, credentials):
        """It sends no credentials with a refresh unless it is told them again."""
        secret = credentials.get("client_secret")
        if secret:
            return {"auth": HTTPBasicAuth(app["appId"], secret)}
        return {"client_id": app["appId"]}

    def test_an_app_with_a_secret(self):
        app = self.server.app(self.developer, [CALLBACK], SCOPES)
        secret = app["appSecret"]
        for name, credentials in {
            "basic": {"client_secret": secret},
            "body": {"client_secret": secret, "include_client_id": True, "auth": False},
        }.items():
            for pkce in (None, "S256"):
                with self.subTest(name, pkce=pkce):
                    self.whole_way(app, self.session(app, pkce=pkce), **credentials)

    def test_an_app_without_a_secret(self):
        app = self.server.app(self.developer, [CALLBACK], SCOPES, public=True)
        # What it does by itself: HTTP Basic with the id and an empty password.
        token = self.whole_way(app, self.session(app, pkce="S256"))
        self.assertIn("refresh_token", token)
        # What its documentation has for such apps.
        self.whole_way(app, self.session(app, pkce="S256"), include_client_id=True)

    def test_its_errors_are_the_standards_own(self):
        app = self.server.app(self.developer, [CALLBACK], SCOPES)
        session = self.session(app)
        back = self.allow(session)
        with self.assertRaises(InvalidClientError):
            session.fetch_token(self.metadata["token_endpoint"], authorization_response=back, client_secret="onjuist")
        session.fetch_token(self.metadata["token_endpoint"], authorization_response=back, client_secret=app["appSecret"])
        with self.assertRaises(InvalidGrantError):
            session.fetch_token(self.metadata["token_endpoint"], authorization_response=back, client_secret=app["appSecret"])

    def test_it_refreshes_by_itself(self):
        app = self.server.app(self.developer, [CALLBACK], SCOPES)
        auth = {"client_id": app["appId"], "client_secret": app["appSecret"]}
        kept = []
        session = self.session(app, auto_refresh_url=self.metadata["token_endpoint"], auto_refresh_kwargs=auth, token_updater=kept.append)
        session.fetch_token(self.metadata["token_endpoint"], authorization_response=self.allow(session), client_secret=app["appSecret"])
        session.token = {**session.token, "expires_in": -1, "expires_at": 1}
        self.assertEqual(session.get(self.customers).status_code, 200)
        self.assertEqual(len(kept), 1)


if __name__ == "__main__":
    unittest.main()
