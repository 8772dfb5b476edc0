"""Text of an input is shown without loss, and never acts on a terminal, a log or a page."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analyzer.text import SHOWN_LIMIT, pasted, safe_json, shown, unshow

#: Pieces that attacks are made of, so that random texts hit the interesting borders.
PIECES = (
    "::",
    ":",
    "#",
    "##[",
    "##vso[",
    "error",
    "add-mask",
    "set-output name=x",
    "Error",
    "AWS",
    "EC2",
    "]",
    " ",
    "\\",
    "\\u0041",
    "\n",
    "\x1b[31m",
    "\u009b31m",
    "\u202e",
    "\ud800",
    "\udc00",
    "\u0430ws",
    "</script>",
    "e\u0301",
    "\u00e9",
)
texts = st.one_of(
    st.text(st.characters()),  # lone surrogates included
    st.lists(st.sampled_from(PIECES)).map("".join),
    st.text("\\unUr0a \n"),
)

# What GitHub's runner registers (ActionCommandManager.cs), besides any word after stop-commands.
COMMANDS = [
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "internal-set-repo-path",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
]


def is_command(line: str) -> bool:
    """Whether GitHub's runner or Azure's agent would obey a line."""
    line = line.lstrip()
    new = re.match("::(.*?)::", line)
    old = re.search(r"##\[(.*?)\]", line)
    names = [found[1].split(" ")[0].lower() for found in (new, old) if found]
    return any(name in COMMANDS for name in names) or "##[" in line or "##vso[" in line.lower()


@given(texts)
@example("\\u0041")
@example("\ud83d\ude00")  # two surrogates are not the character that they would encode
def test_shown_text_is_read_back_to_the_code_point(text: str) -> None:
    assert unshow(shown(text, None)) == text


@given(texts)
@example("e\u0301")
@example("\u1100\u1161")  # two Hangul letters that are drawn like one syllable
@example("\u212b")
def test_shown_text_looks_like_no_other_text(text: str) -> None:
    # Every text is its own shown form in one normal form, and `unshow` undoes it: so no two
    # texts share what is seen, not even to a reader who cannot tell "ﬁ" from "fi".
    assert unicodedata.is_normalized("NFKC", shown(text, None))


@given(texts)
def test_shown_text_is_one_visible_line(text: str) -> None:
    line = shown(text, None)
    assert len(line.splitlines()) <= 1
    assert [c for c in line if c != " " and unicodedata.category(c)[0] in "CZ"] == []
    assert [c for c in line if unicodedata.bidirectional(c) in ("R", "AL", "AN")] == []


@given(texts)
@example("AA::ERROR::x")
@example("a:::error::x")
@example('x["::add-mask::a"]')
def test_no_piece_of_shown_text_is_a_workflow_command(text: str) -> None:
    line = shown(text, None)
    # A table may break a line anywhere, so each rest may begin one.
    assert [start for start in range(len(line) + 1) if is_command(line[start:])] == []


@given(texts)
@example('identifiers = ["arn:aws:iam::111122223333:root"]')
@example("  ::error::x")
def test_code_to_copy_is_a_line_that_commands_nothing(text: str) -> None:
    line = pasted(text)
    assert unshow(line) == text
    assert len(line.splitlines()) <= 1
    assert not is_command(line)


def test_an_arn_is_copied_as_it_is() -> None:
    line = "AWS: arn:aws:iam::111122223333:root"
    assert pasted(line) == line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('module.web["a"].aws_instance.this[0]', 'module.web["a"].aws_instance.this[0]'),
        ("AWS::EC2::Volume", "AWS::EC2::Volume"),
        ("AWS::EC2::Instance.BlockDeviceMappings", "AWS::EC2::Instance.BlockDeviceMappings"),
        ("größe_東京_сервер_🙂_हिन्दी", "größe_東京_сервер_🙂_हिन्दी"),
        (r"C:\plans", r"C:\\plans"),
        ("\x1b]8;;http://x\x07", r"\u001b]8;;http://x\u0007"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\x7f\x85\u2028\u2029", r"\u007f\u0085\u2028\u2029"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("a\u200bb\ufeffc\u00a0d", r"a\u200bb\ufeffc\u00a0d"),
        ("\U000e0041\ue000", r"\U000e0041\ue000"),
        ("\ud800", r"\ud800"),
        ("\u0430ws_instance", r"\u0430ws_instance"),  # a Cyrillic "a" in a Latin word
        ("\uff41ws", r"\uff41ws"),
        ("cafe\u0301", r"cafe\u0301"),
        ("\u05d01", r"\u05d01"),
        ("gro\u0308ße", r"gro\u0308\u00dfe"),
        ("\ufb01le", r"\ufb01le"),
        ("::error::x", r"\u003a:error\u003a:x"),
        ("a ##[error]b", r"a \u0023#[error]b"),
        ("##vso[task.setvariable]", r"\u0023#vso[task.setvariable]"),
    ],
)
def test_what_a_reader_sees(text: str, expected: str) -> None:
    assert shown(text) == expected


@given(texts.filter(bool), st.integers(64, 300))
def test_a_long_text_is_cut_to_the_limit_and_says_so(text: str, limit: int) -> None:
    long = text * (limit // len(text) + 1)
    cut = shown(long, limit)
    assert len(cut) <= limit
    head, mark, _ = cut.partition("\\…(")
    assert mark
    assert shown(long, None).startswith(head)
    with pytest.raises(ValueError, match="backslash"):
        unshow(cut)


def test_two_long_texts_with_one_beginning_do_not_look_the_same() -> None:
    assert shown("x" * 5000 + "a") != shown("x" * 5000 + "b")
    assert shown("x" * SHOWN_LIMIT) == "x" * SHOWN_LIMIT


@pytest.mark.parametrize("text", ["\\", "a\\q", "\\u12", "\\U1234567", "\\…(3 characters, 00)"])
def test_what_was_never_shown_cannot_be_read_back(text: str) -> None:
    with pytest.raises(ValueError, match="backslash"):
        unshow(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=8,
)


@given(json_values, st.sampled_from([None, 1]))
def test_safe_json_keeps_the_value_and_hides_nothing(value: object, indent: int | None) -> None:
    plain = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        encoded = plain.encode()
    except UnicodeEncodeError:  # a lone surrogate cannot be in UTF-8
        encoded = json.dumps(value, indent=indent).encode()
    safe = safe_json(encoded)
    assert json.loads(safe) == json.loads(encoded)
    assert b"<" not in safe
    assert [line for line in safe.decode().split("\n") if is_command(line)] == []
    hidden = [c for c in safe.decode() if c not in " \n" and unicodedata.category(c)[0] in "CZ"]
    assert hidden == []


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('"é 東 🙂"', '"é 東 🙂"'),
        ('"</script>"', r'"\u003c/script>"'),
        ('"\\\\##[error]"', r'"\\\u0023\u0023[error]"'),
        ('"\u2028\u202e\u200b\x7f"', r'"\u2028\u202e\u200b\u007f"'),
        ('"\U000e0041"', r'"\udb40\udc41"'),
    ],
)
def test_what_safe_json_escapes(data: str, expected: str) -> None:
    assert safe_json(data.encode()).decode() == expected
