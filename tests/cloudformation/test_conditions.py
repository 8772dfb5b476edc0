"""Conditions hang on what they compare: one parameter, one answer, wherever it is asked for."""

from __future__ import annotations

from itertools import product

import pytest

from analyzer.core.facts import Fact, Known
from analyzer.core.reading import pick
from analyzer.core.values import Given
from analyzer.core.worlds import Leaf, Node, explore, paths

from .reading import body, document, only, told

HEAD = """\
Parameters:
  Env: {Type: String, AllowedValues: [dev, test, prod]}
  Key: {Type: String}
  Other: {Type: String}
  Fixed: {Type: String, Default: prod}
"""


def truth(condition: str, **options: object) -> object:
    text = f"""{HEAD}
Conditions:
  Prod: !Equals [!Ref Env, prod]
  HasKey: !Not [!Equals [!Ref Key, '']]
  C: {condition}
Resources:
  V: {{Type: AWS::EC2::Volume, Condition: C}}
"""
    found = document(text, **options)  # type: ignore[arg-type]
    assert not found.problems
    assert not found.not_analyzed
    return told(only(found).exists) if found.resources else False


ENV = {"dev": False, "test": False, "prod": True}
KEY = {"": False, "(any other)": True}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("!Equals [a, a]", True),
        ("!Equals [a, A]", False),
        ("!Equals [!Ref Fixed, prod]", True),
        ("!Equals [true, 'true']", True),
        ("!Equals [yes, 'true']", True),
        ("!Equals [!Ref Key, !Ref Key]", True),
        ("!Equals [!Ref Env, prod]", {"<Env>": ENV}),
        ("!Equals [prod, !Ref Env]", {"<Env>": ENV}),
        ("!Equals [!Ref Env, nothing]", False),
        ("!Condition Prod", {"<Env>": ENV}),
        ("{Condition: Prod}", {"<Env>": ENV}),
        ("!Condition HasKey", {"<Key>": KEY}),
        ("!Not [!Condition Prod]", {"<Env>": {"dev": True, "test": True, "prod": False}}),
        ("{'Fn::Not': [{'Fn::Equals': [{Ref: Fixed}, prod]}]}", False),
        ("!And [!Equals [a, a], !Condition Prod]", {"<Env>": ENV}),
        ("!And [!Equals [a, b], !Condition Prod]", False),
        ("!Or [!Equals [a, a], !Condition Prod]", True),
        ("!Or [!Equals [a, b], !Condition Prod]", {"<Env>": ENV}),
        # one parameter in two conditions
        ("!And [!Condition Prod, !Equals [!Ref Env, dev]]", False),
        (
            "!Or [!Condition Prod, !Equals [!Ref Env, dev]]",
            {"<Env>": {"dev": True, "test": False, "prod": True}},
        ),
        ("!And [!Condition Prod, !Not [!Condition Prod]]", False),
        ("!Or [!Condition Prod, !Not [!Condition Prod]]", True),
        # two parameters
        (
            "!And [!Condition Prod, !Condition HasKey]",
            {"<Env>": {"dev": False, "test": False, "prod": {"<Key>": KEY}}},
        ),
        # not to be reduced: a fact of its own
        ("!Equals [!Ref Key, !Ref Other]", {"<condition(C)>": {"true": True, "false": False}}),
        (
            "!Equals [!Sub 'a${Key}', !Ref Other]",
            {"<condition(C)>": {"true": True, "false": False}},
        ),
        ("!And [!Equals [a, b], !Equals [!Ref Key, !Ref Other]]", False),
        ("!Or [!Equals [a, a], !Equals [!Ref Key, !Ref Other]]", True),
    ],
)
def test_truth(condition: str, expected: object) -> None:
    assert truth(condition) == expected


def test_a_given_parameter_decides() -> None:
    for env, exists in (("prod", True), ("dev", False)):
        assert truth("!Condition Prod", parameters={"Env": env}) is exists


def test_a_default_counts_only_where_it_may() -> None:
    assert truth("!Equals [!Ref Fixed, prod]") is True
    assert truth("!Equals [!Ref Fixed, prod]", use_defaults=False) == {
        "<Fixed>": {"prod": True, "(any other)": False}
    }


def test_a_previous_value_is_no_default() -> None:
    assert truth("!Equals [!Ref Fixed, prod]", parameters={"Fixed": None}) == {
        "<Fixed>": {"prod": True, "(any other)": False}
    }


def test_a_value_that_is_compared_somewhere_is_told_apart_everywhere() -> None:
    found = document(
        HEAD
        + """
Conditions: {HasKey: !Not [!Equals [!Ref Key, '']]}
Resources:
  V:
    Type: AWS::EC2::Volume
    Properties:
      Given: !Ref Key
      Chosen: !If [HasKey, !Ref Key, !Ref AWS::NoValue]
"""
    )
    assert body(found) == {
        "Given": {"<Key>": {"": "", "(any other)": "?Key (any other)"}},
        "Chosen": {"<Key>": {"": None, "(any other)": "?Key (any other)"}},
    }


def test_a_boolean_parameter_has_both_booleans_in_its_domain() -> None:
    found = document(
        """\
        Parameters: {On: {Type: String}}
        Conditions: {IsOn: !Equals [!Ref On, 'true']}
        Resources: {V: {Type: AWS::EC2::Volume, Properties: {Encrypted: !Ref On}}}
        """
    )
    assert body(found)["Encrypted"] == {
        "<On>": {"true": "true", "false": "false", "(any other)": "?On (any other)"}
    }


def test_a_domain_knows_the_keys_that_are_looked_up_with_it() -> None:
    found = document(
        """\
        Parameters: {Size: {Type: String}}
        Conditions: {Big: !Equals [!Ref Size, big]}
        Mappings: {Sizes: {small: {On: 'false'}, big: {On: 'true'}}}
        Resources:
          V:
            Type: AWS::EC2::Volume
            Properties:
              A: !If [Big, x, y]
              B: !FindInMap [Sizes, !Ref Size, 'true']
        """.replace("On:", "true:")
    )
    assert body(found) == {
        "A": {"<Size>": {"big": "x", "small": "y", "(any other)": "y"}},
        # A key that the mapping lacks is no deployment.
        "B": {"<Size>": {"big": "true", "small": "false"}},
    }


def test_all_uses_of_a_parameter_agree_in_every_world() -> None:
    found = document(
        HEAD
        + """
Conditions:
  Prod: !Equals [!Ref Env, prod]
  NotDev: !Not [!Equals [!Ref Env, dev]]
  Both: !And [!Condition Prod, !Condition NotDev]
Resources:
  V:
    Type: AWS::EC2::Volume
    Properties:
      Name: !Ref Env
      Prod: !If [Prod, true, false]
      NotDev: !If [NotDev, true, false]
      Both: !If [Both, true, false]
"""
    )
    data = only(found).body

    def values(world: object) -> tuple[object, ...]:
        found = [pick(data[name], world) for name in ("Prod", "NotDev", "Both")]  # type: ignore[arg-type]
        return tuple(datum.value for datum in found if isinstance(datum, Given))

    tree = explore(values, Known())
    assert tree is not None
    seen = {leaf: [answers for _, answers in path] for path, leaf in paths(tree)}
    assert seen == {
        (False, False, False): [("dev",)],
        (False, True, False): [("test",)],
        (True, True, True): [("prod",)],
    }


def test_many_conditions_stay_few_facts() -> None:
    """A hundred conditions over twelve parameters: a value hangs only on those it reads."""
    names = [f"P{at}" for at in range(12)]
    parameters = "\n".join(f"  {name}: {{Type: String}}" for name in names)
    conditions = "\n".join(
        f"  C{one}{other}: !Equals [!Ref {one}, '{other}']"
        for one, other in product(names, "abcdefgh")
    )
    text = f"""
Parameters:
{parameters}
Conditions:
{conditions}
  All: !And [{", ".join(f"!Condition C{name}a" for name in names[:10])}]
Resources:
  V:
    Type: AWS::EC2::Volume
    Condition: CP0a
    Properties: {{Encrypted: !If [CP1b, true, !If [All, true, false]]}}
"""
    data = only(document(text)).body

    def encrypted(world: object) -> object:
        found = pick(data["Encrypted"], world)  # type: ignore[arg-type]
        return found.value if isinstance(found, Given) else None

    tree = explore(encrypted, Known())
    assert isinstance(tree, Node)
    assert sum(1 for _ in paths(tree)) < 40
    settled = explore(encrypted, Known({"P1": "b"}))
    assert isinstance(settled, Leaf)
    assert settled.value is True


def test_a_condition_with_too_many_ways_is_a_fact_of_its_own() -> None:
    names = [f"P{at}" for at in range(10)]
    parameters = "\n".join(
        f"  {name}: {{Type: String, AllowedValues: [a, b, c]}}" for name in names
    )
    text = f"""
Parameters:
{parameters}
Conditions:
  Any: !Or [{", ".join(f"!Equals [!Ref {name}, a]" for name in names)}]
Resources: {{V: {{Type: AWS::EC2::Volume, Condition: Any}}}}
"""
    assert told(only(document(text)).exists) == {"<condition(Any)>": {"true": True, "false": False}}


def test_a_default_that_chooses_a_value_is_said() -> None:
    found = document(
        HEAD
        + """
Conditions: {Prod: !Equals [!Ref Fixed, prod], NotProd: !Not [!Condition Prod]}
Resources: {V: {Type: AWS::EC2::Volume, Properties: {Encrypted: !If [NotProd, true, false]}}}
"""
    )
    datum = only(found).body["Encrypted"]
    assert isinstance(datum, Given)
    assert datum.value is False
    assert list(found.assumed) == ["Fixed"]


BROKEN = [
    ("!Nonsense [a]", "Fn::Nonsense is no condition function"),
    ("text", "a condition is one condition function"),
    ("!Equals [a]", "Fn::Equals takes a list of 2 arguments"),
    ("!Not [!Equals [a, b], x]", "Fn::Not takes a list of 1 arguments"),
    ("!And text", "Fn::And takes a list"),
    ("!Condition [a]", "Condition takes the name of a condition"),
    ("!Condition Nobody", "there is no condition Nobody"),
    ("!Condition C", "condition C needs itself"),
    ("!Not [!Condition D]", "needs itself"),
]


@pytest.mark.parametrize(("condition", "reason"), BROKEN)
def test_a_broken_condition_is_listed_and_open(condition: str, reason: str) -> None:
    found = document(
        f"""
Conditions:
  C: {condition}
  D: !Condition C
Resources: {{V: {{Type: AWS::EC2::Volume, Condition: D}}}}
"""
    )
    assert reason in found.not_analyzed[0].reason
    assert found.not_analyzed[0].line in (3, 4)
    exists = only(found).exists
    assert [name for name in str(told(exists)).split("'") if "condition(" in name]


def test_a_resource_with_an_unknown_condition_is_listed() -> None:
    found = document("Resources: {V: {Type: AWS::EC2::Volume, Condition: Nobody}}")
    assert found.not_analyzed[0].reason == "there is no condition Nobody"
    assert len(found.resources) == 1


def test_facts_say_what_is_asked() -> None:
    found = document(
        """\
        Parameters: {Env: {Type: String}}
        Conditions: {Prod: !Equals [!Ref Env, prod]}
        Resources: {V: {Type: AWS::EC2::Volume, Condition: Prod}}
        """
    )
    exists = only(found).exists
    fact = getattr(exists, "fact", None)
    assert fact == Fact("value", "Env")
    assert fact.domain == ("prod", "(any other)")
    assert fact.question == "What is Env? (parameter Env has no value)"
    assert fact.name == "Env"


def test_a_condition_may_be_called_yes() -> None:
    found = document(
        """\
        Conditions: {Yes: !Equals [a, a], On: !Condition Yes}
        Resources:
          V: {Type: AWS::EC2::Volume, Condition: On, Properties: {P: !If [Yes, p, q]}}
        """
    )
    assert body(found)["P"] == "p"
