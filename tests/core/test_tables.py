"""The decision tables over their whole finite space, against the oracle."""

from __future__ import annotations

import pytest

from analyzer.core.facts import DOUBTS
from analyzer.core.model import Operation
from analyzer.core.tables import BEFORE, SOURCES, TABLES, Confidence, Row, Table, row_by_id
from analyzer.core.tables.spec import COLUMNS, Open, row, table

from .oracle import ORACLES
from .space import combinations, defects, doubts_of, matching

DOC = Confidence.DOCUMENTED
ROWS = [row for table in TABLES.values() for row in table.rows]
#: The four requests in which a caller says what to make of a source.
REQUESTS = [
    TABLES[operation]
    for operation in (
        Operation.RUN_INSTANCES,
        Operation.CREATE_VOLUME,
        Operation.COPY_SNAPSHOT,
        Operation.COPY_IMAGE,
    )
]

every_table = pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.operation.value)
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda r: r.id)
every_request = pytest.mark.parametrize("table", REQUESTS, ids=lambda t: t.operation.value)


# --- shape --------------------------------------------------------------------------------


def test_every_operation_has_a_table_and_an_oracle() -> None:
    assert set(TABLES) == set(Operation)
    assert set(ORACLES) == {operation.value for operation in Operation}
    assert all(table.operation is operation for operation, table in TABLES.items())


#: Combinations and rows as the documents' own count has them.
SIZES = {
    "RunInstances": (60, 12),
    "CreateVolume": (60, 11),
    "CopySnapshot": (192, 18),
    "CopyImage": (192, 14),
    "RegisterImage": (18, 6),
    "CreateImage": (24, 8),
    "CreateSnapshot": (2, 2),
    "CopyVolumes": (48, 10),
    "ImportSnapshot": (12, 6),
    "ReplaceRootVolume": (20, 7),
    "DLMCrossRegionCopy": (16, 8),
}


@every_table
def test_the_space_is_the_one_that_was_counted(table: Table) -> None:
    assert (_distinct(table), len(table.rows)) == SIZES[table.operation.value]


def _distinct(table: Table) -> int:
    """Combinations, with the owner left out where there is nothing to own."""
    seen = set()
    for facts in combinations(table.columns):
        if facts.get("snapshot") == "none" or facts.get("source") == "launch_state":
            facts.pop("owner", None)
        seen.add(tuple(sorted(facts.items())))
    return len(seen)


@every_table
def test_combinations_are_the_space_without_an_owner_of_nothing(table: Table) -> None:
    listed = list(table.combinations())
    expected = [
        facts
        for facts in combinations(table.columns)
        if not (facts.get("snapshot") == "none" and facts.get("owner") == "other")
    ]
    assert listed == expected


@every_table
def test_columns_narrow_the_common_domains(table: Table) -> None:
    for column, domain in table.columns.items():
        assert set(domain) <= set(COLUMNS[column])
        assert len(set(domain)) == len(domain) >= 2


@every_row
def test_a_row_says_what_it_is_and_who_says_so(row: Row) -> None:
    assert row.id
    assert row.says.strip()
    assert isinstance(row.confidence, Confidence)
    tags = row.source.split()
    assert tags
    assert set(tags) <= set(SOURCES), f"{row.id} cites {set(tags) - set(SOURCES)}"


@every_row
def test_a_condition_excludes_something(row: Row) -> None:
    table = next(table for table in TABLES.values() if row in table.rows)
    for column, values in row.when.items():
        assert set(values) < set(table.columns[column]), f"{row.id}: {column}"


@every_row
def test_a_row_is_found_by_its_id(row: Row) -> None:
    assert row_by_id(row.id) is row
    table = next(table for table in TABLES.values() if row in table.rows)
    assert table.row(row.id) is row


@pytest.mark.parametrize("rule", ["RI-0a", "RI-0b", "BM-3", "BM-8", "BM-10", "BM-11", "BX-8"])
def test_what_is_decided_before_a_table_is_explained_alike(rule: str) -> None:
    found = row_by_id(rule)
    assert found is not None
    assert found.id == rule
    assert found.says.strip()
    assert set(found.source.split()) <= set(SOURCES)


def test_row_ids_are_unique_and_foreign_ids_unknown() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)
    assert row_by_id("XX-1") is None
    with pytest.raises(KeyError, match="CV-1"):
        TABLES[Operation.RUN_INSTANCES].row("CV-1")


def test_every_source_is_cited_and_has_a_place() -> None:
    cited = {tag for row in (*ROWS, *BEFORE.values()) for tag in row.source.split()}
    assert set(SOURCES) <= cited, f"never cited: {set(SOURCES) - cited}"
    assert all(source.title and source.url.startswith("https://") for source in SOURCES.values())


@every_row
def test_rows_that_hang_on_an_open_question_are_not_certain(row: Row) -> None:
    """An open question must leave at least two answers, or it is none."""
    for doubt in doubts_of(row.result):
        assert doubt in DOUBTS
        assert len(row.symbols()) > 1


def test_rows_and_tables_are_written_in_words() -> None:
    written = row("X-1", "encrypted=true|false kms_key_id=given", "REQUESTED", "says", "EXA", DOC)
    when = {"encrypted": ("true", "false"), "kms_key_id": ("given",)}
    assert written == Row("X-1", when, "REQUESTED", "says", "EXA", DOC, "")
    assert row("X-2", "volume=encrypted", "DEFAULT", "", "", DOC, "Why.").note == "Why."
    narrowed = table(Operation.RUN_INSTANCES, "encrypted owner", written, encrypted="true false")
    columns = {"encrypted": ("true", "false"), "owner": ("self", "other")}
    assert narrowed == Table(Operation.RUN_INSTANCES, columns, (written,))


@pytest.mark.parametrize("answers", [("no",), ("yes",), (), ("no", "yes", "maybe")])
def test_an_open_question_has_a_reading_for_each_answer(answers: tuple[str, ...]) -> None:
    Open("OQ-1", {"no": "rejected", "yes": "REQUESTED"})
    with pytest.raises(ValueError, match="OQ-1"):
        Open("OQ-1", dict.fromkeys(answers, "REQUESTED"))


# --- meaning ------------------------------------------------------------------------------


@every_table
def test_the_table_is_total_disjoint_alive_and_agrees_with_the_oracle(table: Table) -> None:
    assert list(defects(table)) == []


@every_table
def test_find_yields_the_row_whose_conditions_hold(table: Table) -> None:
    for facts in combinations(table.columns):
        assert [table.find(facts.__getitem__)] == matching(table, facts)


@every_table
def test_find_reads_a_column_only_while_a_remaining_row_depends_on_it(table: Table) -> None:
    for facts in combinations(table.columns):
        read: dict[str, str] = {}

        def ask(column: str, facts: dict[str, str] = facts, read: dict[str, str] = read) -> str:
            remaining = [
                row
                for row in table.rows
                if all(value in row.when.get(name, (value,)) for name, value in read.items())
            ]
            assert column not in read, f"{column} is asked for twice"
            assert len(remaining) > 1, f"{remaining[0].id} is certain before {column} is read"
            assert any(column in row.when for row in remaining), f"nothing hangs on {column}"
            read[column] = facts[column]
            return facts[column]

        table.find(ask)


@every_table
def test_find_refuses_a_table_with_a_gap_or_an_overlap(table: Table) -> None:
    facts = next(combinations(table.columns))
    (row,) = matching(table, facts)
    twice = Table(table.operation, table.columns, (*table.rows, row))
    with pytest.raises(AssertionError, match=table.operation.value):
        twice.find(facts.__getitem__)
    other = next(other for other in table.rows if other is not row)
    gap = Table(table.operation, table.columns, (other, other))
    with pytest.raises(AssertionError, match=table.operation.value):
        gap.find(facts.__getitem__)


# --- the properties that the rules promise ------------------------------------------------


@every_request
def test_encrypted_with_a_key_gives_that_key_whatever_else(table: Table) -> None:
    for facts in combinations(table.columns):
        if facts["kms_key_id"] == "given" and facts["encrypted"] == "true":
            assert table.find(facts.__getitem__).symbols() == {"REQUESTED"}


@every_request
def test_plain_text_needs_a_plain_source_and_nobody_who_encrypts(table: Table) -> None:
    for facts in combinations(table.columns):
        if "unencrypted" in table.find(facts.__getitem__).symbols():
            assert facts["encryption_by_default"] == "off"
            assert facts["snapshot"] != "encrypted"
            assert facts["encrypted"] != "true"


@every_table
def test_the_default_key_decides_nothing(table: Table) -> None:
    assert "default_key" not in table.columns
    assert not any("default_key" in row.when for row in table.rows)


@every_request
def test_the_key_of_the_source_needs_an_encrypted_source_in_its_own_region(table: Table) -> None:
    for facts in combinations(table.columns):
        if "SNAPSHOT" not in table.find(facts.__getitem__).symbols():
            continue
        assert facts["snapshot"] == "encrypted"
        assert facts.get("same_region") != "no"
        if table.operation is not Operation.COPY_SNAPSHOT:  # where the owner never matters
            assert facts["owner"] == "self"


@every_request
def test_a_request_that_asks_for_nothing_is_never_refused(table: Table) -> None:
    for facts in combinations(table.columns):
        if facts["encrypted"] == "absent" and facts["kms_key_id"] == "absent":
            assert "rejected" not in table.find(facts.__getitem__).symbols()


@every_table
def test_encryption_by_default_never_makes_plain_text_of_an_encrypted_outcome(
    table: Table,
) -> None:
    for facts in combinations(table.columns):
        if facts.get("encryption_by_default") != "off":
            continue
        off = table.find(facts.__getitem__).symbols()
        on = table.find({**facts, "encryption_by_default": "on"}.__getitem__).symbols()
        assert "unencrypted" in off or "unencrypted" not in on
