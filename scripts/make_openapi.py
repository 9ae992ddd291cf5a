"""Writes api/openapi.json, the description of the API that is kept beside its code."""

from __future__ import annotations

from pathlib import Path

from provenance_api.description import document_text

if __name__ == "__main__":
    Path("api/openapi.json").write_text(document_text(), "utf-8")
