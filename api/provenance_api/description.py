"""The API's description (OpenAPI 3.1) as the text that is kept in the repository."""

from __future__ import annotations

import json

from provenance.config import Settings
from provenance_api.app import create_app


def document_text() -> str:
    """The OpenAPI document, the same on every machine: no settings are read and nothing is opened."""
    app = create_app(Settings.model_construct())
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"
