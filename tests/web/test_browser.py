"""The pages in a real browser: both languages, a desk's width and a telephone's."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.db import connections

from comity.web import links

pytestmark = pytest.mark.browser

WIDTHS = (1366, 390)
PAGES = {
    "docket": "/docket?state=all",
    "considered": None,
    "asked": None,
    "crossed_withdrawal": None,
    "instrument": None,
}

WATCH = """
window.__violations = [];
document.addEventListener('securitypolicyviolation', e => window.__violations.push(e.violatedDirective));
"""


class Quiet(WSGIRequestHandler):
    """Writes no line for each request."""

    def log_message(self, *_args: Any) -> None:
        pass


class Server(ThreadingMixIn, WSGIServer):
    """A browser opens connections ahead: one thread alone would wait for them."""

    daemon_threads = True

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        super().process_request_thread(request, client_address)
        connections.close_all()


@contextmanager
def served(app: Any) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, app, server_class=Server, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("language", ["en", "hi"])
def test_both_pages_read_well_at_both_widths(
    language: str, world: Any, apps: dict[str, Any], chromium: str, tmp_path: Path
) -> None:
    from playwright.sync_api import sync_playwright

    node = world.nodes["IN"]
    token = links.issue(node, 1, node.clock.now())
    faults: list[str] = []
    with served(apps["IN"]) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.add_init_script(WATCH)
        page.on("console", lambda message: faults.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: faults.append(f"page: {error}"))
        page.on(
            "response", lambda got: faults.append(f"{got.status}: {got.url}") if got.status >= 400 else None
        )
        base = f"http://localhost:{port}"
        page.goto(f"{base}/enter/{token}")
        assert page.url == f"{base}/docket"
        page.goto(f"{base}/docket?lang={language}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for name, path in PAGES.items():
                page.goto(base + (path or f"/case/{world.cases[name]}"))
                assert page.locator("html").get_attribute("lang") == language
                faults += [f"{name}: {one}" for one in page.evaluate("window.__violations")]
                over = page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                assert over <= 0, f"{name} is {over} px too wide at {width} px"
                assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontSize") != "32px"
                page.screenshot(path=tmp_path / f"{name}-{language}-{width}.png", full_page=True)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        browser.close()
    assert faults == []
