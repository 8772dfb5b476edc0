"""The comparison with the oracle notices every slip in every cell of every table."""

from __future__ import annotations

import pytest

from analyzer.core.tables import TABLES, Table

from .mutants import mutants, survives


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.operation.value)
def test_no_slip_in_a_cell_goes_unnoticed(table: Table) -> None:
    slips = list(mutants(table))
    assert len(slips) > 10 * len(table.rows)
    assert [mutant.what for mutant in slips if survives(mutant)] == []
