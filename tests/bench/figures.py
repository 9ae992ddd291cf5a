"""The table of gas figures."""

from dataclasses import dataclass, field

COLUMNS = {
    "alone": 1,
    "10 in a call": 10,
    "100 in a call": 100,
    "tree of 100": 100,
}
"""Each column with the number of records in its transaction. In a call of 10 or 100 each record has its own
signature (or pair of them); the records of a tree share one."""


@dataclass(frozen=True)
class Aim:
    """The most that a record may cost, in gas."""

    row: str
    column: str
    most: float
    said: str


@dataclass
class Table:
    """Gas of whole transactions, by row and column; rows in the order in which they were measured."""

    _totals: dict[str, dict[str, int]] = field(default_factory=dict)
    _sections: dict[str, str] = field(default_factory=dict)

    def section(self, title: str, first_row: str) -> None:
        self._sections[first_row] = title

    def put(self, row: str, column: str, gas: int) -> None:
        assert column in COLUMNS, column
        assert column not in self._totals.setdefault(row, {}), (row, column)
        self._totals[row][column] = gas

    def totals(self) -> dict[str, dict[str, int]]:
        return self._totals

    def each(self, row: str, column: str) -> float:
        """Gas per record."""
        return self._totals[row][column] / COLUMNS[column]

    def text(self) -> str:
        lines = [f"{'gas per record':<44}" + "".join(f"{column:>15}" for column in COLUMNS)]
        for row in self._totals:
            if row in self._sections:
                lines += ["", self._sections[row]]
            lines.append(f"  {row:<42}" + "".join(self._cell(row, column) for column in COLUMNS))
        return "\n".join([*lines, "", "aims", *(self._verdict(aim) for aim in self._aims())])

    def _cell(self, row: str, column: str) -> str:
        return f"{self.each(row, column):>15,.0f}" if column in self._totals[row] else f"{'-':>15}"

    def _aims(self) -> list[Aim]:
        attested = self.each("EAS multiAttest", "100 in a call")
        return [
            Aim("ConditionReport", "100 in a call", attested / 20, "a twentieth of EAS multiAttest"),
            Aim("ConditionReport", "tree of 100", attested / 20, "a twentieth of EAS multiAttest"),
            Aim("ConditionReport", "tree of 100", 11_000, "11,000"),
            Aim("hand-over", "alone", 50_000, "50,000"),
            Aim("hand-over", "100 in a call", 24_000, "24,000"),
            Aim("hand-over", "tree of 100", 12_000, "12,000"),
        ]

    def _verdict(self, aim: Aim) -> str:
        found = self.each(aim.row, aim.column)
        verdict = "met" if found <= aim.most else f"missed by {found - aim.most:,.0f}"
        return f"  {f'{aim.row}, {aim.column}: at most {aim.said}':<72}{found:>12,.0f}  {verdict}"
