"""How this house is kept, where no linter says it: small modules, short functions, words on everything public."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import athena_sense

PACKAGE = Path(__file__).parents[1] / "athena_sense"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
NAMELESS = {"utils", "util", "helpers", "common", "misc"}
WITHOUT_IO = ("datatypes.py", "decoding", "dsp", "exercises", "landings", "reps", "session.py", "trace.py")
"""Bytes to verdict: fed by others, never fetching anything themselves."""
CHECKS_FILES = {"decoding/checking.py"}
IO = {"asyncio", "bleak", "io", "os", "pathlib", "pyarrow", "socket", "subprocess", "threading", "time"}
OPTIONAL = {"matplotlib", "pandas"}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


every_module = pytest.mark.parametrize("path", MODULES, ids=name_of)


@every_module
def test_a_module_is_small_and_named_after_what_it_does(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE
    assert path.stem not in NAMELESS


@every_module
def test_functions_are_short(path: Path) -> None:
    for node in functions(tree(path)):
        words = ast.get_docstring(node, clean=False)
        first, last = node.lineno, node.end_lineno or node.lineno
        length = last - first + 1 - (words.count("\n") + 1 if words else 0)
        assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


@every_module
def test_a_module_says_what_it_is(path: Path) -> None:
    module = tree(path)
    assert ast.get_docstring(module) or not module.body


@every_module
def test_optional_libraries_are_imported_where_they_are_used(path: Path) -> None:
    assert not imported(tree(path).body) & OPTIONAL


@pytest.mark.parametrize("name", [name for name in athena_sense.__all__ if name != "__version__"])
def test_everything_public_is_documented(name: str) -> None:
    thing = getattr(athena_sense, name)
    assert inspect.getdoc(thing)
    for member, value in vars(thing).items():
        if not member.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
            assert inspect.getdoc(value), f"{name}.{member}"


@pytest.mark.parametrize("part", WITHOUT_IO)
def test_the_pipe_does_no_io(part: str) -> None:
    for path in [PACKAGE / part] if part.endswith(".py") else sorted((PACKAGE / part).rglob("*.py")):
        found = {name for node in ast.walk(tree(path)) for name in imported([node])}
        assert not found & IO or name_of(path) in CHECKS_FILES


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def imported(body: "list[ast.stmt] | list[ast.AST]") -> set[str]:
    """The top-level packages that these statements import."""
    names: set[str] = set()
    for node in body:
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names
