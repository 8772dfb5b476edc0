"""The decision tables, one per AWS operation, as data."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.core.model import Operation
from analyzer.core.tables.before import BEFORE
from analyzer.core.tables.copy import COPY_IMAGE, COPY_SNAPSHOT, DLM_CROSS_REGION_COPY
from analyzer.core.tables.image import (
    CREATE_IMAGE,
    CREATE_SNAPSHOT,
    IMPORT_SNAPSHOT,
    REGISTER_IMAGE,
)
from analyzer.core.tables.launch import (
    COPY_VOLUMES,
    CREATE_VOLUME,
    REPLACE_ROOT_VOLUME,
    RUN_INSTANCES,
)
from analyzer.core.tables.sources import SOURCES
from analyzer.core.tables.spec import (
    COLUMNS,
    Confidence,
    Left,
    Open,
    Refused,
    Result,
    Row,
    Table,
    settle,
)

__all__ = [
    "BEFORE",
    "COLUMNS",
    "SOURCES",
    "TABLES",
    "Confidence",
    "Left",
    "Open",
    "Refused",
    "Result",
    "Row",
    "Table",
    "row_by_id",
    "settle",
]

TABLES: Mapping[Operation, Table] = {
    table.operation: table
    for table in (
        RUN_INSTANCES,
        CREATE_VOLUME,
        COPY_SNAPSHOT,
        COPY_IMAGE,
        REGISTER_IMAGE,
        CREATE_IMAGE,
        CREATE_SNAPSHOT,
        COPY_VOLUMES,
        IMPORT_SNAPSHOT,
        REPLACE_ROOT_VOLUME,
        DLM_CROSS_REGION_COPY,
    )
}


def row_by_id(row_id: str) -> Row | None:
    """The row called `row_id`, of any table or beside them."""
    return _BY_ID.get(row_id)


_BY_ID: Mapping[str, Row] = {
    **BEFORE,
    **{row.id: row for table in TABLES.values() for row in table.rows},
}
