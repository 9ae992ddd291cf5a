"""The Fixometer's reference data: category means, rebuilt from the raw product rows behind them.

Source: The Restart Project, environmental-impact-data, LCA reference data 2021 (CC BY-SA 4.0). Footprints are of the
product before its use. What was published beside the rows is compared with what the rows give, mean by mean.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from provenance.errors import FieldError, InputError
from provenance.interchange.factors.checks import Placed, far_weights, per_kilogram
from provenance.interchange.factors.findings import Finding, Kind
from provenance.interchange.factors.numbers import (
    mean,
    printed_number,
    says_the_same,
    uncertainty_of_mean,
)
from provenance.interchange.tables import Problem, TableRow, read_table
from provenance.model.factors import FactorRow, Printed, Unit
from provenance.model.sustainability.amounts import plain

CATEGORY = "ORDS Product Category"
MODEL = "model"
TOTAL = "CO2 Footprint (total) kg"
FOOTPRINT = "Total Embodied CO2 kg"
WEIGHT = "Product Weight (kg)"
NOTES = "Notes"
COLUMNS = (CATEGORY, MODEL, TOTAL, FOOTPRINT, WEIGHT, NOTES)
MEAN_COLUMNS = {
    "category": "PRODUCT CATEGORY",
    "weight": "Average product weight (kg)",
    "footprint": "Average product pre-use CO2e (kg)",
}
_SHARE = re.compile(r"weighed by a factor of: ([0-9]{1,9}(?:\.[0-9]{1,20})?)")

SOURCE = "The Restart Project, Fixometer LCA reference data 2021, raw product rows"
LICENCE = "CC BY-SA 4.0, The Restart Project"
GWP = "mixed: as each product's study took it"
BOUNDARY = "product before use: materials, manufacture, transport to the shop"


@dataclass(frozen=True)
class Product:
    """One raw row: kgCO2e before use and over the whole life, kg; ``share`` is its frequency where its note gives one."""

    line: int
    category: str
    model: str
    footprint: Decimal | None
    total: Decimal | None
    weight: Decimal | None
    share: Decimal | None


@dataclass(frozen=True)
class PublishedMean:
    """One category of the published summary, as printed; a dash or nothing where it has no mean."""

    line: int
    category: str
    weight: str
    footprint: str


@dataclass(frozen=True)
class Mean:
    """What the products of a category give. ``plain`` is the mean without frequencies, where rows have them."""

    value: Decimal
    count: int
    unweighted: Decimal | None
    uncertainty: Decimal | None


def read_products(lines: Sequence[str], source: str) -> tuple[list[Product], list[Finding], int]:
    """The products, what is wrong with single rows, and how many rows could not be read at all."""
    skipped = next((i for i, line in enumerate(lines) if CATEGORY in line), None)
    if skipped is None:
        raise InputError(
            f"{source}: column {CATEGORY} is missing: give the raw product rows of the Fixometer"
        )
    table = read_table(lines[skipped:], source, ",")
    table.require(COLUMNS, "give the raw product rows of the Fixometer, with these columns at least")
    products: list[Product] = []
    findings: list[Finding] = []
    unread = 0
    for row in table.rows:
        line = row.line + skipped
        if isinstance(row, Problem):
            findings.append(Finding(Kind.INCOMPLETE, source, line, "row", "unreadable", row.reason))
            unread += 1
        elif row.values[CATEGORY].strip():
            products.append(_product(row, line, source, findings))
    return products, findings, unread


def _product(row: TableRow, line: int, source: str, findings: list[Finding]) -> Product:
    def number(column: str) -> Decimal | None:
        try:
            return printed_number(row.values[column], column)
        except FieldError as error:
            findings.append(Finding(Kind.NO_NUMBER, source, line, column, row.values[column], error.remedy))
            return None

    share = _SHARE.search(row.values[NOTES])
    return Product(
        line,
        row.values[CATEGORY].strip(),
        " ".join(row.values[MODEL].split()),
        number(FOOTPRINT),
        number(TOTAL),
        number(WEIGHT),
        Decimal(share[1]) if share else None,
    )


def read_means(lines: Sequence[str], source: str) -> list[PublishedMean]:
    """The categories of the published summary; its headings and totals are left out."""
    table = read_table(lines, source, ",")
    table.require(MEAN_COLUMNS.values(), "give the published summary of the Fixometer")
    found = []
    for row in table.rows:
        if isinstance(row, Problem):
            raise InputError(str(row))
        values = {name: row.values[column].strip() for name, column in MEAN_COLUMNS.items()}
        is_heading = values["category"].startswith("--") or not values["category"]
        if not is_heading and not values["category"].startswith(("Categories with", "Total products")):
            found.append(PublishedMean(row.line, values["category"], values["weight"], values["footprint"]))
    return found


def by_category(products: Iterable[Product]) -> dict[str, list[Product]]:
    """Products by category, spelt as most of its rows spell it; case does not tell categories apart."""
    groups: dict[str, list[Product]] = defaultdict(list)
    for product in products:
        groups[product.category.casefold()].append(product)
    spelt = {_commonest(group): group for group in groups.values()}
    return dict(sorted(spelt.items()))


def _commonest(group: Sequence[Product]) -> str:
    return Counter(product.category for product in group).most_common(1)[0][0]


def mean_weight(group: Sequence[Product]) -> Mean | None:
    """Kg per item; None where no product has a weight."""
    return _mean([(p.weight, p.share) for p in group if p.weight is not None])


def mean_footprint(group: Sequence[Product]) -> Mean | None:
    """kgCO2e per item before use; None where no product has one."""
    return _mean([(p.footprint, p.share) for p in group if p.footprint is not None])


def _mean(found: Sequence[tuple[Decimal, Decimal | None]]) -> Mean | None:
    if not found:
        return None
    values = [value for value, _ in found]
    shares = [share for _, share in found if share is not None]
    if len(shares) == len(values):
        return Mean(mean(values, shares), len(values), mean(values), None)
    return Mean(mean(values), len(values), None, uncertainty_of_mean(values))


def rebuilt_rows(products: Iterable[Product]) -> Iterator[Placed]:
    """Two rows a category, weight and footprint, where products give them; the line is that of the first product."""
    for category, group in by_category(products).items():
        line = group[0].line
        if (weight := mean_weight(group)) is not None:
            yield Placed(line, _row("weight", category, Unit.MASS_PER_ITEM, weight), category)
        if (footprint := mean_footprint(group)) is not None:
            yield Placed(line, _row("before use", category, Unit.EMISSION_PER_ITEM, footprint), category)


def _row(activity: str, category: str, unit: Unit, found: Mean) -> FactorRow:
    weighed = ", weighed by the frequencies in their notes" if found.unweighted is not None else ""
    products = "product" if found.count == 1 else "products"
    return FactorRow(
        activity,
        category,
        found.value,
        unit,
        Printed("", unit.value),
        SOURCE,
        LICENCE,
        gwp=None if unit is Unit.MASS_PER_ITEM else GWP,
        uncertainty=found.uncertainty,
        boundary="" if unit is Unit.MASS_PER_ITEM else BOUNDARY,
        note=f"mean of {found.count} {products}{weighed}",
    )


def check_products(products: Sequence[Product], file: str) -> Iterator[Finding]:
    """Categories spelt in several ways, parts larger than their whole, weights and footprints unlike any other's."""
    for group in by_category(products).values():
        spellings = Counter(product.category for product in group)
        if len(spellings) > 1:
            said = ", ".join(f"{name} ({times})" for name, times in sorted(spellings.items()))
            yield Finding(
                Kind.SPELLING, file, group[0].line, "category", said, f"taken together as {_commonest(group)}"
            )
    for product in products:
        yield from _check_product(product, file)
    weights = [(p.line, p.category, p.weight) for p in products if p.weight is not None]
    yield from far_weights(weights, file)


def _check_product(product: Product, file: str) -> Iterator[Finding]:
    footprint, total, weight = product.footprint, product.total, product.weight
    name = f"{product.category}, {product.model}" if product.model else product.category
    if footprint is not None and total is not None and footprint > total:
        yield Finding(
            Kind.COLUMNS,
            file,
            product.line,
            f"{FOOTPRINT} of {name}",
            plain(footprint),
            f"the whole life cycle has less, {plain(total)}: compare both with the study",
        )
    if footprint is not None and weight:
        finding = per_kilogram(footprint, weight, file, product.line, name)
        if finding is not None:
            yield finding


def compare_means(
    products: Iterable[Product], means: Iterable[PublishedMean], file: str
) -> Iterator[Finding]:
    """Every published mean that the products do not give, and every category that only one side has."""
    groups = by_category(products)
    known = {name.casefold(): name for name in groups}
    seen = set()
    for published in means:
        name = known.get(published.category.casefold())
        if name is None:
            yield Finding(
                Kind.NO_PRODUCTS,
                file,
                published.line,
                "category",
                published.category,
                "no product row has it",
            )
            continue
        seen.add(name)
        weight, footprint = mean_weight(groups[name]), mean_footprint(groups[name])
        yield from _compare(published, "weight", published.weight, weight, file)
        yield from _compare(published, "footprint", published.footprint, footprint, file)
    for name in sorted(groups.keys() - seen):
        yield Finding(
            Kind.NO_MEAN,
            file,
            None,
            f"mean of {name}",
            "not published",
            f"{len(groups[name])} product rows have this category: the rebuilt set has it",
        )


def _compare(
    published: PublishedMean, what: str, printed: str, found: Mean | None, file: str
) -> Iterator[Finding]:
    field = f"{what} of {published.category}"
    if printed in ("", "-"):
        if found is not None:
            said = f"{found.count} products give {plain(found.value)}: the rebuilt set has it"
            yield Finding(Kind.NO_MEAN, file, published.line, field, "not published", said)
        return
    if found is None:
        yield Finding(
            Kind.MEAN,
            file,
            published.line,
            field,
            printed,
            "no product has one: the rebuilt set leaves it out",
        )
    elif not says_the_same(printed, found.value):
        said = f"{found.count} products give {plain(found.value)}: the rebuilt set takes this"
        yield Finding(Kind.MEAN, file, published.line, field, printed, said)
