"""The names in the text of a message, and everything in it that is not part of the language of message texts."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from jinja2 import nodes

Variable = tuple[str, ...]

_NODES: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Filter,
    nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Const,
    nodes.List, nodes.Tuple, nodes.For,
)  # fmt: skip
_NAMES: Final = (nodes.Name, nodes.Getattr, nodes.Getitem)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesRead:
    """The names of a text as their dotted parts, without those that a `for` binds, and its faults with their lines."""

    variables: tuple[Variable, ...]
    faults: tuple[str, ...]


def names_of(tree: nodes.Template, *, filters: AbstractSet[str]) -> NamesRead:
    """What a text names, and what it uses that there is not."""
    reader = _Reader(filters)
    reader.read(tree, bound=frozenset())
    return NamesRead(variables=tuple(dict.fromkeys(reader.found)), faults=tuple(dict.fromkeys(reader.faults)))


@dataclass(slots=True)
class _Reader:
    filters: AbstractSet[str]
    found: list[Variable] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def fault(self, node: nodes.Node, message: str) -> None:
        self.faults.append(f"line {node.lineno}: {message}")

    def read(self, node: nodes.Node, *, bound: frozenset[str]) -> None:
        if not isinstance(node, _NODES):
            self.fault(node, f"`{type(node).__name__.lower()}` is not part of the language")
        elif isinstance(node, _NAMES):
            path = self.path(node)
            if path and path[0] not in bound:
                self.found.append(path)
        elif isinstance(node, nodes.For):
            self.loop(node, bound=bound)
        else:
            if isinstance(node, nodes.Filter) and node.name not in self.filters:
                known = ", ".join(sorted(self.filters))
                self.fault(node, f"no filter named `{node.name}`; filters are {known}")
            for child in node.iter_child_nodes():
                self.read(child, bound=bound)

    def loop(self, node: nodes.For, *, bound: frozenset[str]) -> None:
        if not isinstance(node.target, nodes.Name) or node.recursive or node.test is not None:
            self.fault(node, "write `for x in list`")
            return
        if not isinstance(node.iter, _NAMES) or bound:
            self.fault(node, "a loop runs over one given list, not inside another loop")
            return
        self.read(node.iter, bound=bound)
        for child in (*node.body, *node.else_):
            self.read(child, bound=bound | {node.target.name})

    def path(self, node: nodes.Node) -> Variable:
        """The dotted parts of a name; empty, with a fault, for anything else."""
        parts: list[str] = []
        while True:
            match node:
                case nodes.Name(name=name):
                    return (name, *reversed(parts))
                case nodes.Getattr(node=inner, attr=attr) if not attr.startswith("_"):
                    parts.append(attr)
                    node = inner
                case nodes.Getitem(node=inner, arg=nodes.Const(value=str(key))) if not key.startswith("_"):
                    parts.append(key)
                    node = inner
                case _:
                    self.fault(node, "only plain names such as `event.due_at`")
                    return ()
