"""`extends`: one pack laid over another, with every value keeping the place where it is written.

Maps merge key by key. Lists of things with an `id` (a gap's `ref`) merge thing by thing: the base's order,
then what is new. What shall go is named: an item `remove: [ids]` in such a list, a key `remove: [keys]` in a map. Other
lists and scalars are replaced; a map of `add` and `remove` in the place of such a list changes it: `{add: [fax]}`.
"""

from shared.packs.language.diagnostics import LocatedDiagnostic
from shared.packs.language.yaml_reader import Node

REMOVE = "remove"
ADD = "add"


def merged(base: Node, over: Node, faults: list[LocatedDiagnostic]) -> Node:
    """`over` on top of `base`; faults for removals of what is not there."""
    match base.value, over.value:
        case dict() as below, dict() as above:
            return Node(over.file, over.line, _maps(below, above, faults))
        case list() as below, list() as above if _named(below) and _named(above, with_removals=True):
            return Node(over.file, over.line, _lists(below, above, faults))
        case list() as below, dict() as change if change and set(change) <= {ADD, REMOVE}:
            return Node(over.file, over.line, _changed(below, change, faults))
        case _:
            return over


def _changed(below: list[Node], change: dict[str, Node], faults: list[LocatedDiagnostic]) -> list[Node]:
    """A list without what is removed, by id or value, and with what is added at its end and not there yet."""
    removed = _removals(change.get(REMOVE), known=set(map(_key, below)), faults=faults) or set()
    kept = [node for node in below if _key(node) not in removed]
    added = change.get(ADD)
    if added is None:
        return kept
    if not isinstance(added.value, list):
        faults.append(LocatedDiagnostic(file=added.file, line=added.line, path=ADD, message="must be a list"))
        return kept
    there = set(map(_key, kept))
    return [*kept, *(node for node in added.value if _key(node) not in there)]


def _key(node: Node) -> str:
    name = node.identity()
    return str(node.plain() if name is None else name)


def _maps(below: dict[str, Node], above: dict[str, Node], faults: list[LocatedDiagnostic]) -> dict[str, Node]:
    removed = _removals(above.get(REMOVE), known=set(below), faults=faults) if REMOVE not in below else None
    result = {key: node for key, node in below.items() if key not in (removed or ())}
    for key, node in above.items():
        if key == REMOVE and removed is not None:
            continue
        result[key] = merged(result[key], node, faults) if key in result else node
    return result


def _lists(below: list[Node], above: list[Node], faults: list[LocatedDiagnostic]) -> list[Node]:
    result = {node.identity(): node for node in below}
    extra: list[Node] = []
    for node in above:
        removed = _removals(_removal(node), known={str(key) for key in result}, faults=faults)
        name = node.identity()
        if removed is not None:
            result = {key: kept for key, kept in result.items() if key not in removed}
        elif name in result and result[name] in below:
            result[name] = merged(result[name], node, faults)
        elif name in result:
            extra.append(node)  # a second one in the same file: reported as a duplicate, not merged away
        else:
            result[name] = node
    return [*result.values(), *extra]


def _named(nodes: list[Node], *, with_removals: bool = False) -> bool:
    return all(node.identity() is not None or (with_removals and _removal(node) is not None) for node in nodes)


def _removal(node: Node) -> Node | None:
    return node.child(REMOVE) if isinstance(node.value, dict) and set(node.value) == {REMOVE} else None


def _removals(node: Node | None, *, known: set[str], faults: list[LocatedDiagnostic]) -> set[str] | None:
    """The names to remove, or None when `node` asks for no removal; unknown names are faults."""
    if node is None:
        return None
    names = node.plain()
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        faults.append(LocatedDiagnostic(file=node.file, line=node.line, path=REMOVE, message="must be a list of ids"))
        return set()
    missing = sorted(set(names) - known)
    if missing:
        message = f"nothing to remove: {', '.join(missing)}"
        faults.append(LocatedDiagnostic(file=node.file, line=node.line, path=REMOVE, message=message))
    return set(names)
