"""A portal's owner, whose browser is plain HTTP: it keeps cookies and sends the forms that pages hold."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import requests


class _Forms(HTMLParser):
    """The forms of a page: their action, and the fields that they hold already."""

    def __init__(self, html):
        super().__init__()
        self.forms = []
        self._open = None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self._open = (attributes.get("action"), {})
            self.forms.append(self._open)
        elif tag == "input" and self._open:
            if attributes.get("type") == "hidden" or "checked" in attributes:
                self._open[1][attributes["name"]] = attributes.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self._open = None


class Owner:
    def __init__(self, portal):
        self._portal = portal
        self._browser = requests.Session()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._browser.close()

    def _open(self, url):
        answer = self._browser.get(url)
        assert answer.status_code == 200, answer.text
        return answer

    def _send(self, page, **fields):
        forms = [form for form in _Forms(page.text).forms if not form[0].endswith("/logout")]
        action, held = forms[0]
        return self._browser.post(urljoin(page.url, action), data={**held, **fields}, allow_redirects=False)

    def decide(self, authorization_url, decision):
        """Opens the app's link, logs in on the way, decides; returns the address that the app gets."""
        page = self._open(authorization_url)
        if "/manage/login" in page.url:
            logged_in = self._send(page, email=self._portal["email"], password=self._portal["password"])
            page = self._open(urljoin(page.url, logged_in.headers["Location"]))
        answer = self._send(page, decision=decision)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]
