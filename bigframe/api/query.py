"""``DataFrame.query``: pandas' expression language, evaluated over lazy columns."""

from __future__ import annotations

import ast
import functools
import io
import operator
import re
import sys
import tokenize
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.typing import Expression

from bigframe.api.series import Series
from bigframe.errors import Unsupported

_BINARY: dict[type[ast.AST], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_LOCAL, _QUOTED = "__local_", "__quoted_"
_CONSTANTS = {"inf": np.inf, "Inf": np.inf}
_FUNCTIONS = {
    "abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "ceil", "cos", "cosh", "exp",
    "expm1", "floor", "log", "log10", "log1p", "sin", "sinh", "sqrt", "tan", "tanh",
}  # fmt: skip
_QUOTING = re.compile(r"""(?P<text>'(?:[^'\\]|\\.)*(?:'|$)|"(?:[^"\\]|\\.)*(?:"|$))|`(?P<name>(?:[^`]|``)*)`""")
"""A text, in which backticks are themselves, or a name in backticks."""


def evaluate(frame: Any, text: str, scope: Mapping[str, Any], parser: str = "pandas") -> Any:
    """The value of an expression in which names are columns and ``@names`` are variables.

    Raises
    ------
    SyntaxError
        If the text is not an expression; to the parser ``"python"`` names in backticks and ``@names`` are none.
    NotImplementedError
        If it has words, chained comparisons or memberships, which the parser ``"python"`` does not know.
    pandas.errors.UndefinedVariableError
        If a name is neither a column nor, with ``@``, a variable.
    """
    quoted: list[str] = []
    if parser == "pandas":
        evaluator, prepared = _Evaluator, _prepare(text, quoted)
    else:
        evaluator, prepared = _PythonEvaluator, text.strip()
    return evaluator(frame, scope, quoted).visit(ast.parse(prepared, mode="eval").body)


def evaluated(value: Any, frame: Any) -> Any:
    """What an expression of ``pandas.col`` stands for over a frame; any other value as it is."""
    return value._eval_expression(frame) if isinstance(value, Expression) else value  # type: ignore[attr-defined]


class Names(dict[str, Any]):
    """Variables in the place of a frame's columns."""

    def __missing__(self, name: str) -> Any:
        raise pd.errors.UndefinedVariableError(name)


_ENGINES = ("numexpr", "python")
_PARSERS = ("python", "pandas")


def variables(options: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """The variables that ``@name`` may mean: those given, else those where the caller of the caller is.

    Raises
    ------
    KeyError
        If pandas has no such engine or parser.
    TypeError
        If there is no such option.
    Unsupported
        For other names than columns and variables.
    """
    engine, parser = options.get("engine"), options.get("parser", "pandas")
    if engine is not None and engine not in _ENGINES:
        raise KeyError(f"Invalid engine '{engine}' passed, valid engines are {list(_ENGINES)}")
    if parser not in _PARSERS:
        raise KeyError(f"Invalid parser '{parser}' passed, valid parsers are {dict.fromkeys(_PARSERS).keys()}")
    for name in options.keys() - {"engine", "parser", "level", "local_dict", "global_dict"}:
        if name not in ("resolvers", "target"):
            raise TypeError(f"eval() got an unexpected keyword argument '{name}'")
        if options[name]:
            raise Unsupported(f"eval({name}=)", "names are columns or variables", "local_dict= and @names")
    caller = sys._getframe(depth + options.get("level", 0))
    local, everywhere = options.get("local_dict"), options.get("global_dict")
    return {
        **(caller.f_globals if everywhere is None else everywhere),
        **(caller.f_locals if local is None else local),
    }


def assignment(line: str) -> tuple[str, bool, str]:
    """The target and formula of ``target = formula``; no target if it is none."""
    before, sign, after = line.partition("=")
    isassignment = bool(sign) and not after.startswith("=") and before.strip("` ").isidentifier()
    return before.strip("` "), isassignment, after.strip() if isassignment else line


class _Evaluator(ast.NodeVisitor):
    def __init__(self, frame: Any, scope: Mapping[str, Any], quoted: list[str]) -> None:
        self.frame, self.scope, self.quoted = frame, scope, quoted

    def generic_visit(self, node: ast.AST) -> Any:
        raise Unsupported(f"query with {type(node).__name__}", "it is not part of the query language", "a mask")

    def visit_Constant(self, node: ast.Constant) -> Any:
        return node.value

    def visit_List(self, node: ast.List) -> Any:
        return [self.visit(item) for item in node.elts]

    def visit_Tuple(self, node: ast.Tuple) -> Any:
        return [self.visit(item) for item in node.elts]

    def visit_Name(self, node: ast.Name) -> Any:
        name = node.id
        if name.startswith(_LOCAL):
            if name[len(_LOCAL) :] not in self.scope:
                raise pd.errors.UndefinedVariableError(name[len(_LOCAL) :], True)
            return self.scope[name[len(_LOCAL) :]]
        if name.startswith(_QUOTED):
            name = self.quoted[int(name[len(_QUOTED) :])]
        if name in self.frame or isinstance(self.frame, Names):
            return self.frame[name]
        frame = self.frame._frame.with_explicit_index()
        known = [f"ilevel_{level}" if label is None else label for level, (label, _) in enumerate(frame.index)]
        levels = [id for label, id in zip(known, frame.index_ids, strict=True) if label == name]
        if name == "index" and len(known) == 1:
            levels = list(frame.index_ids)
        if not levels and name in _CONSTANTS:
            return _CONSTANTS[name]
        if not levels:
            raise pd.errors.UndefinedVariableError(name)
        return Series(frame.select((name,), levels))

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        return self.visit(node.value)[self.visit(node.slice)]

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        if node.attr.startswith("_"):
            raise Unsupported(f"query with attribute {node.attr!r}", "private attributes are out of reach")
        return getattr(self.visit(node.value), node.attr)

    def visit_Call(self, node: ast.Call) -> Any:
        keywords = {keyword.arg: self.visit(keyword.value) for keyword in node.keywords if keyword.arg}
        return self._function(node.func)(*[self.visit(arg) for arg in node.args], **keywords)

    def _function(self, node: ast.expr) -> Any:
        """A method, a variable, or one of NumPy's functions.

        Raises
        ------
        Unsupported
            If it is something else that is called.
        ValueError
            If pandas knows no function of that name.
        """
        if not isinstance(node, (ast.Attribute, ast.Name)):
            raise Unsupported("query with a call of an expression", "only methods and named functions are called")
        try:
            return self.visit(node)
        except pd.errors.UndefinedVariableError:
            if not isinstance(node, ast.Name) or node.id.startswith(_LOCAL):
                raise
            if node.id not in _FUNCTIONS:
                raise ValueError(f'"{node.id}" is not a supported function') from None
            return getattr(np, node.id)

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        return _BINARY[type(node.op)](self.visit(node.left), self.visit(node.right))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        value = self.visit(node.operand)
        if isinstance(node.op, (ast.Not, ast.Invert)):
            return ~value
        return -value if isinstance(node.op, ast.USub) else +value

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        combine = operator.and_ if isinstance(node.op, ast.And) else operator.or_
        return functools.reduce(combine, [self.visit(value) for value in node.values])

    def visit_Compare(self, node: ast.Compare) -> Any:
        sides = pairwise([self.visit(one) for one in (node.left, *node.comparators)])
        parts = [self._compared(op, left, right) for op, (left, right) in zip(node.ops, sides, strict=True)]
        return functools.reduce(operator.and_, parts)

    def _compared(self, op: ast.cmpop, left: Any, right: Any) -> Any:
        if isinstance(op, (ast.In, ast.NotIn)) or isinstance(right, list):
            member = _among(left, right)
        elif isinstance(left, list):
            member = _among(right, left)
        else:
            return _BINARY[type(op)](_beside(right, left), _beside(left, right))
        return ~member if isinstance(op, (ast.NotIn, ast.NotEq)) else member


class _PythonEvaluator(_Evaluator):
    """What pandas' other parser knows: operators as Python binds them, and no words."""

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        raise _not_implemented(ast.BoolOp)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.Not):
            raise _not_implemented(ast.Not)
        return super().visit_UnaryOp(node)

    def visit_Compare(self, node: ast.Compare) -> Any:
        if len(node.ops) > 1:
            raise _not_implemented(ast.BoolOp)
        return super().visit_Compare(node)

    def _compared(self, op: ast.cmpop, left: Any, right: Any) -> Any:
        among = any(isinstance(one, (str, list)) for one in (left, right)) and isinstance(op, (ast.Eq, ast.NotEq))
        if among or isinstance(op, (ast.In, ast.NotIn)):
            raise _not_implemented(ast.In if isinstance(op, (ast.In, ast.Eq)) else ast.NotIn)
        return super()._compared(op, left, right)


def _not_implemented(kind: type[ast.AST]) -> NotImplementedError:
    return NotImplementedError(f"'{kind.__name__}' nodes are not implemented")


def _among(column: Any, values: Any) -> Any:
    """Which values of a column are among others, or in the same row of other columns."""
    columns = [one for one in values if isinstance(one, Series)] if isinstance(values, list) else []
    if not columns:
        return column.isin(values)
    given = column.isin([one for one in values if not isinstance(one, Series)])
    return functools.reduce(operator.or_, [column == one for one in columns], given)


def _beside(column: Any, value: Any) -> Any:
    """A value that is compared with a column; beside times, a number is a date as it is written: ``20240131``."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    is_times = is_number and isinstance(column, Series) and column._dtype.is_datetime
    return pd.Timestamp(str(value)) if is_times else value


def _prepare(text: str, quoted: list[str]) -> str:
    """Python for pandas' additions: names in backticks, ``@`` before variables, ``&`` and ``|`` bound like words."""

    def numbered(found: re.Match[str]) -> str:
        if found["name"] is None:
            return found[0]
        quoted.append(found["name"])
        return f"{_QUOTED}{len(quoted) - 1}"

    tokens = []
    for token in tokenize.generate_tokens(io.StringIO(_QUOTING.sub(numbered, text)).readline):
        if token.type in (tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER):
            continue
        if token.string == "@":
            tokens.append(_LOCAL)
        elif tokens and tokens[-1] == _LOCAL:
            tokens[-1] = _LOCAL + token.string
        else:
            tokens.append({"&": "and", "|": "or"}.get(token.string, token.string))
    return " ".join(tokens)
