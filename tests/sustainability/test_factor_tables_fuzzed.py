"""Whatever a factor table holds, it is read or refused in one clear line; never a traceback."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance.errors import ProvenanceError
from provenance.interchange.factors.reading import SourceFile, read_factors
from provenance.interchange.factors.shipped import TABLES

odd = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "-",
            "?",
            "0",
            "-1",
            "1e30",
            "1e31",
            "9" * 40,
            "NaN",
            "1.2.3",
            "weighed by a factor of: ...",
            "\x00",
            '"',
        ]
    ),
)
headers = {
    "table": "activity,subject,value,unit,source,licence,gwp,uncertainty,boundary,note",
    "warm": "process,category,unit_in,mtco2e_per_short_ton,kgco2e_per_kg,gwp_set",
    "products": "ORDS Product Category,model,CO2 Footprint (total) kg,Total Embodied CO2 kg,Product Weight (kg),Notes",
}


def is_read_or_refused(content: bytes) -> None:
    said: list[str] = []
    try:
        said += map(str, read_factors(SourceFile("odd.csv", content)).findings)
    except ProvenanceError as refused:
        said.append(str(refused))
    assert not [line for line in said if "\n" in line]


@pytest.mark.parametrize("kind", headers)
@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_any_cells_are_read_or_refused(kind, data):
    """Numbers beyond all bounds, notes that nearly say a share, names with anything in them."""
    columns = headers[kind].split(",")
    rows = data.draw(st.lists(st.lists(odd, min_size=len(columns), max_size=len(columns)), max_size=4))
    text = io.StringIO()
    csv.writer(text).writerows([columns, *rows])
    is_read_or_refused(text.getvalue().encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", TABLES)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_shipped_table_with_bytes_changed_is_read_or_refused(name, data):
    """Cut anywhere, with anything put in, in its first rows."""
    content = b"".join(TABLES[name].source().content.splitlines(keepends=True)[:12])
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    is_read_or_refused(content[:start] + data.draw(st.binary(max_size=8)) + content[end:])
