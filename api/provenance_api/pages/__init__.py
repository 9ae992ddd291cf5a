"""Pages for people: rendered on the server, no script, readable on a phone, in the dark and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from provenance.workflows import wording
from provenance.workflows.counting import Counts
from provenance.workflows.listing import ItemPage
from provenance.workflows.searching import Hit
from provenance.workflows.tracing import History, page_path
from provenance_api.pages import story


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("provenance_api.pages"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "moment": moment,
        "hexed": lambda value: f"0x{value.hex()}",
        "stage": wording.stage_words,
        "grade": wording.grade_words,
        "tone": story.tone,
        "titled": story.identity_words,
        "path": page_path,
        "query": lambda values: urlencode({name: value for name, value in values.items() if value}),
    }
    return environment


def item_page(history: History) -> HTMLResponse:
    """The page behind an item's code."""
    return _render("item.html", history=history, item=history.item, story=story.tell(history))


def home_page(
    page: ItemPage, overview: Counts, search: str, stage: int | None, others: Sequence[Hit] = ()
) -> HTMLResponse:
    """The list of items with its search box; ``others`` is what was found beside items."""
    return _render("home.html", page=page, overview=overview, search=search, chosen=stage, others=others)


def problem_page(status: int, title: str, detail: str) -> HTMLResponse:
    """What went wrong, for a person."""
    return _render("problem.html", status, title=title, detail=detail)


def explanation_page(status: int, title: str, meaning: str) -> HTMLResponse:
    """What a type of problem means, for a person; the page itself is no problem."""
    page = _render("problem.html", status, title=title, detail=meaning)
    page.status_code = 200
    return page


def moment(time: datetime) -> str:
    """A block's time, to the minute, in UTC."""
    return f"{story.day_words(time.date())}, {time:%H:%M} UTC"


def _render(template: str, status_code: int = 200, **values: Any) -> HTMLResponse:
    html = _environment().get_template(template).render(status_code=status_code, **values)
    return HTMLResponse(html, status_code)
