"""pandas' test modules, as pytest loads them, with the imports of pandas turned to bigframe's shim."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from _pytest.assertion import rewrite

SHIM = "tests.pandas_suite.shim"
TESTING = "tests.pandas_suite.testing"
_NAME = "_bigframe_shim"
_TESTING_MODULES = ("pandas._testing", "pandas.testing")


def install() -> None:
    """Have every module that pytest rewrites for assertions, and that belongs to pandas' tests, pass through here first."""
    original = rewrite.rewrite_asserts

    def with_imports_turned(tree: ast.Module, source: bytes, path: str | None = None, config: Any = None) -> None:
        if path is not None and ("/pandas/tests/" in path or path.endswith("/pandas/conftest.py")):
            turn_imports(tree)
        original(tree, source, path, config)

    rewrite.rewrite_asserts = with_imports_turned
    pytest.register_assert_rewrite("pandas.tests")


def turn_imports(tree: ast.Module) -> None:
    """Change, in place, what the imports of a module bind: ``pd`` is the shim, ``tm`` is the suite's own ``testing``."""
    _Turned().visit(tree)
    position = 0
    for position, statement in enumerate(tree.body):  # noqa: B007
        docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not docstring and not future:
            break
    tree.body.insert(position, ast.parse(f"import {SHIM} as {_NAME}").body[0])
    ast.fix_missing_locations(tree)


class _Turned(ast.NodeTransformer):
    def visit_Import(self, node: ast.Import) -> list[ast.stmt]:
        turned: list[ast.stmt] = []
        for alias in node.names:
            module = alias.name
            if alias.asname and module == "pandas":
                module = SHIM
            elif alias.asname and module in _TESTING_MODULES:
                module = TESTING
            turned.append(ast.copy_location(ast.Import([ast.alias(module, alias.asname)]), node))
            if not alias.asname and module.split(".")[0] == "pandas":
                turned.append(_assignment("pandas", _NAME, node))
        return turned

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        module = node.module or ""
        if module in _TESTING_MODULES:
            node.module = TESTING
            return [node]
        if module.split(".")[0] != "pandas" or module.startswith("pandas.tests"):
            return [node]
        swaps = [
            _assignment(bound, f"{_NAME}.counterpart({alias.name!r}, {bound})", node)
            for alias in node.names
            for bound in [alias.asname or alias.name]
        ]
        return [node, *swaps]


def _assignment(name: str, value: str, at: ast.stmt) -> ast.stmt:
    statement = ast.parse(f"{name} = {value}").body[0]
    return ast.copy_location(statement, at)
