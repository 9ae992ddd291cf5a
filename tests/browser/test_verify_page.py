"""The verifier's page in a real browser: from the disk with the network cut, and from a server."""

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

STATIC = Path(__file__).parents[2] / "api" / "provenance_api" / "pages" / "static"
ON_DISK = (STATIC / "verify.html").as_uri()
NOT_PROVEN = ("Nothing after the proven block", "physical truth", "no second id", "one party runs the chain")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """The page opened from the disk, with the network cut; whatever it asks for or complains of fails the test."""
    context = browser.new_context(offline=True)
    opened = context.new_page()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("pageerror", lambda error: asked.append(str(error)))
    opened.on("console", lambda message: asked.append(message.text))
    opened.goto(ON_DISK)
    yield opened
    assert [url for url in asked if not url.startswith(("data:", ON_DISK))] == []
    context.close()


def choose(page: Page, files: Path, bundle: str, trust: str | None = None) -> None:
    page.get_by_label("Proof").set_input_files(files / f"{bundle}.json")
    page.get_by_label("Trust file").set_input_files(files / f"{trust or bundle}.trust.json")


def changed(files: Path, name: str, **changes: object) -> str:
    bundle = json.loads((files / f"{name}.json").read_text(encoding="utf-8"))
    (files / "changed.json").write_text(json.dumps(bundle | changes), encoding="utf-8")
    (files / "changed.trust.json").write_bytes((files / f"{name}.trust.json").read_bytes())
    return "changed"


def test_a_genuine_proof_is_verified_with_the_network_cut(page, files):
    choose(page, files, "withheld")
    expect(page.locator("#verdict")).to_have_text("Verified")
    expect(page.locator(".verdict")).to_contain_text("complete as of 1 January 2026, 00:25:20 UTC")
    expect(page.locator(".step-passed")).to_have_count(11)
    expect(page.locator(".event")).to_have_count(3)
    expect(page.locator(".timeline")).to_contain_text("centre")
    expect(page.locator("#result")).to_contain_text("4 fields are withheld or erased")
    for sentence in NOT_PROVEN:
        expect(page.locator("#result")).to_contain_text(sentence)


def test_a_changed_proof_is_rejected_with_its_step_and_shows_no_history(page, files):
    bundle = json.loads((files / "life.json").read_text(encoding="utf-8"))
    bundle["events"][5]["grade"] ^= 1
    choose(page, files, changed(files, "life", events=bundle["events"]))
    expect(page.locator("#verdict")).to_have_text("Rejected")
    expect(page.locator(".verdict")).to_contain_text("Step 7, signatures")
    expect(page.locator(".step-failed")).to_contain_text("signatures")
    expect(page.locator(".step-passed")).to_have_count(6)
    expect(page.locator(".step-not-reached")).to_have_count(4)
    expect(page.locator(".event")).to_have_count(0)


def test_what_cannot_be_evaluated_says_why(page, files):
    choose(page, files, "life")
    expect(page.locator("#verdict")).to_have_text("Verified")
    page.get_by_label("Trust file").set_input_files(files / "life.json")
    expect(page.locator("#verdict")).to_have_text("Cannot evaluate")
    expect(page.locator(".verdict")).to_contain_text("the trust file cannot be used")


def test_corrections_and_challenges_are_shown_beside_what_they_concern(page, files):
    choose(page, files, "life")
    wrong = page.locator(".event-corrected")
    expect(wrong).to_have_count(1)
    expect(wrong).to_contain_text("marked as wrong by event")
    expect(page.locator(".timeline")).to_contain_text("disputed by challenge 1")
    expect(page.locator(".timeline")).to_contain_text(re.compile(r"Challenge 1: event \d+ is disputed"))
    expect(page.locator("#result")).to_contain_text("is a ruling: an auditor set the state right")


def test_an_item_that_was_never_taken_in_is_told_so(page, files):
    choose(page, files, "never")
    expect(page.locator("#verdict")).to_have_text("Verified")
    expect(page.locator("#history")).to_have_text("This item was never taken in")


def test_an_older_block_than_asked_for_is_rejected(page, files):
    page.get_by_text("Witnesses, age and block").click()
    page.get_by_label("At least of block number").fill("99999")
    choose(page, files, "withheld")
    expect(page.locator(".verdict")).to_contain_text("Step 11, freshness")


def test_the_verdict_is_announced_and_takes_the_focus(page, files):
    announced = page.locator("[aria-live=polite]")
    expect(announced).to_be_empty()
    choose(page, files, "withheld")
    expect(announced).to_contain_text("Verified: complete as of 1 January 2026")
    expect(page.locator("#verdict")).to_be_focused()


def test_everything_is_reached_by_keyboard_in_its_order(page, files):
    reached = []
    for _ in range(5):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        )
    assert reached == ["Skip to the content", "bundle", "trust", "Witnesses, age and block", "Check"]


def test_files_dropped_anywhere_find_their_place(page, files):
    data = page.evaluate_handle("new DataTransfer()")
    for name in ("withheld.trust.json", "withheld.json"):  # told apart by what they hold, not by their order
        content = base64.b64encode((files / name).read_bytes()).decode()
        page.evaluate(
            """([data, name, content]) => data.items.add(
                new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], name))""",
            [data, name, content],
        )
    page.dispatch_event("body", "drop", {"dataTransfer": data})
    expect(page.locator("#verdict")).to_have_text("Verified")
    expect(page.locator("#trust-chosen")).to_have_text("withheld.trust.json")


def test_what_a_file_says_is_only_ever_text(page, files):
    markup = "<img src=x onerror=alert(1)>"
    choose(
        page,
        files,
        changed(files, "withheld", item={"id": "0x" + "11" * 32, "uri": markup, "salt": "0x" + "11" * 32}),
    )
    expect(page.locator(".verdict")).to_contain_text(markup)
    expect(page.locator("#result img")).to_have_count(0)


def test_without_javascript_the_page_says_what_it_is_for(browser):
    context = browser.new_context(java_script_enabled=False, offline=True)
    plain = context.new_page()
    plain.goto(ON_DISK)
    expect(plain.locator("body")).to_contain_text("JavaScript is switched off")
    expect(plain.locator("#chooser")).to_be_hidden()
    context.close()


class Served(BaseHTTPRequestHandler):
    """Answers with what `answers` has for a path, and notes what was asked."""

    def __init__(self, answers: dict[str, bytes], asked: list[str], *given: object) -> None:
        self.answers, self.asked = answers, asked
        super().__init__(*given)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        found = self.answers.get(self.path.partition("?")[0])
        self.send_response(200 if found else 404)
        self.send_header(
            "Content-Type", "text/html" if self.path.startswith("/verify") else "application/json"
        )
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("As-Of-Block", "56")
        self.end_headers()
        self.wfile.write(found or b'{"detail": "no such item"}')

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(answers: dict[str, bytes]) -> Iterator[tuple[str, list[str]]]:
    """The address of a server with these answers, and what it was asked."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Served, answers, asked))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_page_on_disk_cannot_ask_anybody_even_if_it_wanted_to(browser):
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(ON_DISK)
    with serving({"/": b"{}"}) as (address, asked):
        with pytest.raises(Error, match="Failed to fetch"):
            opened.evaluate("(address) => fetch(address)", f"{address}/")
        assert asked == []
    context.close()


def served_answers(proofs: dict) -> dict[str, bytes]:
    return {
        "/verify": (STATIC / "verify-served.html").read_bytes(),
        "/items/0xabc/proof": proofs["withheld"].bundle,
        "/trust.json": proofs["withheld"].trust,
    }


def test_a_trust_file_of_the_same_server_is_named_as_such(browser, proofs, files):
    context = browser.new_context()
    served = context.new_page()
    with serving(served_answers(proofs)) as (address, asked):
        served.goto(f"{address}/verify?item=0xabc")
        verdict = served.locator("#verdict")
        expect(verdict).to_have_text("verified against this server's own trust file")
        expect(served.locator(".verdict")).to_contain_text("could make up a trust file and a proof")
        assert set(asked) == {"/verify?item=0xabc", "/items/0xabc/proof", "/trust.json?block=56"}
        served.get_by_label("Trust file").set_input_files(files / "withheld.trust.json")
        expect(verdict).to_have_text("Verified")
    context.close()


def test_the_served_page_says_what_the_server_did_not_give_and_asks_no_other(browser, proofs):
    context = browser.new_context()
    served = context.new_page()
    with serving(served_answers(proofs)) as (address, _), serving({"/": b"{}"}) as (other, asked):
        served.goto(f"{address}/verify?item=unknown")
        expect(served.locator("#result")).to_contain_text("status 404): no such item")
        with pytest.raises(Error, match="Failed to fetch"):
            served.evaluate("(address) => fetch(address)", f"{other}/")
        assert asked == []
    context.close()
