"""Attacks a server's cookie session from pages of foreign origins in headless Chromium.

usage: csrf.py SERVER EMAIL PASSWORD

Logs in as the victim on the server's own page, which must work, for otherwise the attacks would show
nothing. Then visits the attacker's pages: one on another port of the same address (the same *site*,
so that SameSite=Lax lets the cookie through) and one on another host (another site). Prints
{"case", "refused", "detail"} for each attack: refused means that nothing changed and nothing could
be read.
"""

import json
import shutil
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

SERVER, EMAIL, PASSWORD = sys.argv[1:]
PAGE = b"<!doctype html><title>Attacker</title><h1>You have won</h1>"

# Sent by the page with the victim's cookies: (name, JavaScript that returns a promise).
# Where `mode` is `no-cors`, the page cannot read the reply, but the request is sent.
FETCHES = [
    ("fetch with JSON as text", "POST", "/auth/api-keys", "no-cors", "text/plain", {"name": "theirs", "scopes": []}),
    ("fetch with JSON", "POST", "/auth/api-keys", "cors", "application/json", {"name": "theirs", "scopes": []}),
    ("fetch as a form", "POST", "/auth/api-keys", "no-cors", "application/x-www-form-urlencoded", {"name": "theirs"}),
    ("fetch PATCH", "PATCH", "/auth/me", "cors", "application/json", {"name": "Owned"}),
    ("fetch DELETE", "DELETE", "/auth/me", "cors", "application/json", {}),
    ("fetch logout", "POST", "/auth/logout", "no-cors", "text/plain", {}),
    ("fetch logout of all", "POST", "/auth/logout-all", "no-cors", "text/plain", {}),
    ("fetch change of password", "POST", "/auth/password/change", "no-cors", "text/plain",
     {"current": PASSWORD, "new": "attackers-Choice-19-of-Words"}),
    ("fetch document", "POST", "/documents", "no-cors", "text/plain", {"title": "theirs", "text": "theirs"}),
    ("fetch organisation", "POST", "/organisations", "no-cors", "text/plain", {"name": "theirs"}),
]
READS = ["/auth/me", "/auth/sessions", "/auth/api-keys", "/documents", "/auth/csrf"]
FORMS = [
    ("/auth/api-keys", "text/plain"),
    ("/auth/logout-all", "text/plain"),
    ("/auth/me", "application/x-www-form-urlencoded"),
    ("/documents", "multipart/form-data"),
    ("/auth/logout", "application/x-www-form-urlencoded"),
]


class Attacker(BaseHTTPRequestHandler):
    """Serves the attacker's page at every path."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_):
        pass


def attacker_page(host):
    server = ThreadingHTTPServer((host, 0), Attacker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(option)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.set_script_timeout(20)
    driver.set_page_load_timeout(20)
    return driver


def fetch(driver, address, method="GET", mode="cors", content_type=None, body=None):
    """What became of a request of the page: its type, status and text, or the browser's refusal."""
    return driver.execute_async_script(
        """
        const [address, method, mode, type, body, done] = arguments;
        const headers = type ? {"Content-Type": type} : {};
        fetch(address, {method, mode, headers, body, credentials: "include", redirect: "follow"})
            .then(async reply => done({type: reply.type, status: reply.status, text: await reply.text()}))
            .catch(error => done({type: "error", status: 0, text: String(error)}));
        """,
        address, method, mode, content_type, body,
    )


def home(driver):
    driver.get(SERVER + "/docs/")


def log_in(driver):
    home(driver)
    body = json.dumps({"email": EMAIL, "password": PASSWORD, "cookies": True})
    reply = fetch(driver, "/auth/login", "POST", "cors", "application/json", body)
    assert reply["status"] == 200, f"the victim cannot log in: {reply}"
    reply = fetch(driver, "/auth/me")
    assert reply["status"] == 200, f"the browser did not keep or send the cookie: {reply}"
    body = json.dumps({"name": "The Victim"})
    reply = fetch(driver, "/auth/me", "PATCH", "cors", "application/json", body)
    assert reply["status"] == 200, f"the server's own page cannot write: {reply}"


def state(driver):
    """What the victim has, as the server's own page sees it."""
    home(driver)
    seen = {}
    for path in ("/auth/me", "/auth/api-keys", "/documents", "/organisations"):
        reply = fetch(driver, path)
        try:
            seen[path] = settle(json.loads(reply["text"]))
        except ValueError:
            seen[path] = reply["text"]
        seen[path] = [reply["status"], seen[path]]
    return seen


def settle(value):
    """Without what changes by itself."""
    if isinstance(value, dict):
        return {name: settle(part) for name, part in value.items() if not name.startswith("last_")}
    if isinstance(value, list):
        return [settle(part) for part in value]
    return value


def submit(driver, path, encoding):
    driver.execute_script(
        """
        const [address, encoding] = arguments;
        const form = document.createElement("form");
        form.method = "post"; form.action = address; form.enctype = encoding;
        const field = document.createElement("input");
        field.name = '{"name":"theirs","title":"theirs","text":"theirs","ignore":"';
        field.value = '"}';
        form.append(field); document.body.append(form); form.submit();
        """,
        SERVER + path, encoding,
    )


def beacon(driver):
    driver.execute_script("navigator.sendBeacon(arguments[0], '{\"name\":\"theirs\"}');", SERVER + "/auth/api-keys")


def web_socket(driver, path):
    """Whether a page of another origin gets a socket with the victim's cookie."""
    return driver.execute_async_script(
        """
        const done = arguments[1], socket = new WebSocket(arguments[0].replace("http", "ws"));
        socket.onopen = () => { socket.close(); done("open"); };
        socket.onerror = () => done("refused");
        """,
        SERVER + path,
    )


class Report:
    def __init__(self, driver):
        self.driver = driver
        self.before = state(driver)

    def tell(self, case, refused, detail):
        print(json.dumps({"case": case, "refused": bool(refused), "detail": detail}), flush=True)

    def unchanged(self, case, attack):
        """Makes the attack and looks at what the victim has afterwards."""
        attack()
        after = state(self.driver)
        self.tell(case, after == self.before, f"{self.before} became {after}")
        if after != self.before:
            log_in(self.driver)
            self.before = state(self.driver)


def attack_from(driver, report, site, page):
    for name, method, path, mode, content_type, body in FETCHES:
        def attack():
            driver.get(page)
            fetch(driver, SERVER + path, method, mode, content_type, json.dumps(body))
        report.unchanged(f"{site}: {name}", attack)
    for path in READS:
        driver.get(page)
        reply = fetch(driver, SERVER + path)
        report.tell(f"{site}: reading {path}", reply["type"] == "error", str(reply))
    for path, encoding in FORMS:
        def attack():
            driver.get(page)
            submit(driver, path, encoding)
        report.unchanged(f"{site}: form to {path} as {encoding}", attack)
    def send_beacon():
        driver.get(page)
        beacon(driver)
    report.unchanged(f"{site}: beacon", send_beacon)
    driver.get(page)
    report.tell(f"{site}: web socket", web_socket(driver, "/") == "refused", "it opened")


def main():
    driver = browser()
    try:
        log_in(driver)
        report = Report(driver)
        # SERVER is on 127.0.0.1: another port of it is the same site, `localhost` is another one.
        attack_from(driver, report, "same site", f"http://127.0.0.1:{attacker_page('127.0.0.1')}/")
        attack_from(driver, report, "another site", f"http://localhost:{attacker_page('localhost')}/")
    finally:
        driver.quit()


if __name__ == "__main__":
    main()
