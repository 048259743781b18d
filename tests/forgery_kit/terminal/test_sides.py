"""Files on the command line: which side each is on, and refusals where that cannot be told."""

from __future__ import annotations

import pytest

from datasets.errors import ArgumentsError
from forgery_kit.terminal.sides import known_together

FLAGS, VALUED = {"--allow", "--help"}, {"--known", "--case", "-n"}


def sides(line: str) -> tuple[list[str], list[str], list[str]]:
    """Known files, questioned files, and the options beside them, as a parser would find them afterwards."""
    found = known_together(line.split(), FLAGS, VALUED, has_questioned=True)
    middle = found.index("--")
    before, questioned = found[:middle], found[middle + 1 :]
    places = [i for i, part in enumerate(before) if part == "--known"]
    rest = [part for i, part in enumerate(before) if i not in places and i - 1 not in places]
    return [before[i + 1] for i in places], questioned, rest


@pytest.mark.parametrize(
    ("line", "known", "questioned", "options"),
    [
        ("Q --known K", "K", "Q", ""),
        ("Q --known K1 K2 K3", "K1 K2 K3", "Q", ""),
        ("Q1 Q2 --known K1 --known K2", "K1 K2", "Q1 Q2", ""),
        ("Q --known K1 K2 --known K3 K4", "K1 K2 K3 K4", "Q", ""),
        ("Q --known=K1 K2", "K1 K2", "Q", ""),
        ("Q --known= K2", " K2", "Q", ""),
        ("--known K1 K2 -- Q1 Q2", "K1 K2", "Q1 Q2", ""),
        ("Q1 --known K -- Q2 --known", "K", "Q1 Q2 --known", ""),
        ("--case 7 Q --known K --allow", "K", "Q", "--case 7 --allow"),
        ("Q --known K1 --case 7 --known K2", "K1 K2", "Q", "--case 7"),
        ("Q --case=--known --known K", "K", "Q", "--case=--known"),
        ("Q -n 5 --known K1 - -n5", "K1 -", "Q", "-n 5 -n5"),
        ("Q --known --odd", "--odd", "Q", ""),
    ],
)
def test_what_follows_known_is_known(line: str, known: str, questioned: str, options: str) -> None:
    assert sides(line) == (known.split(" "), questioned.split(), options.split())


@pytest.mark.parametrize("line", ["Q --known K1 --allow X", "Q --known K1 --case 7 X", "--known K --allow X"])
def test_a_file_that_could_be_on_either_side_is_refused_by_name(line: str) -> None:
    with pytest.raises(ArgumentsError, match=r"^X: it stands behind --known"):
        sides(line)


@pytest.mark.parametrize("line", ["--known K", "--known K1 K2", "--known K --"])
def test_known_files_alone_are_refused(line: str) -> None:
    with pytest.raises(ArgumentsError, match="none is questioned"):
        sides(line)


@pytest.mark.parametrize(
    "line", ["Q --known", "Q --known K --other X", "Q --known K --allow=yes X", "Q --known K -x X"]
)
def test_what_the_parser_says_better_is_left_to_it(line: str) -> None:
    assert known_together(line.split(), FLAGS, VALUED, has_questioned=True) == line.split()


def test_help_is_given_whatever_else_is_wrong() -> None:
    assert "--help" in known_together(["--known", "K", "--help"], FLAGS, VALUED, has_questioned=True)


def test_without_a_questioned_side_a_loose_file_is_left_to_the_parser() -> None:
    line = ["--known", "K1", "K2", "--case", "7", "X"]
    found = known_together(line, FLAGS, VALUED, has_questioned=False)
    assert found == ["--case", "7", "--known", "K1", "--known", "K2", "--", "X"]
