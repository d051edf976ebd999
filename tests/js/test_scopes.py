"""Names in the JavaScript modules, by a parser.

The bundle joins them in one scope, where a forgotten import goes unseen.
"""
import pytest
import tree_sitter
import tree_sitter_javascript

from lib.explorers import bundle

BROWSER = set("""
    Array Boolean Date Float64Array Infinity Int32Array JSON Map Math NaN Number Object Promise
    Set String Uint32Array isFinite isNaN undefined AbortController IntersectionObserver
    MutationObserver ResizeObserver addEventListener cancelAnimationFrame clearTimeout console
    decodeURIComponent
    devicePixelRatio document encodeURIComponent getComputedStyle location matchMedia navigator
    performance requestAnimationFrame setTimeout window
""".split())
MODULES = sorted(path.stem for path in bundle.JS.rglob("*.js"))
PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_javascript.language()))
NAMES = ("identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern")
PATTERNS = ("array_pattern", "object_pattern", "rest_pattern")


def bound(pattern):
    """The names that a parameter, a declarator or an import brings into scope."""
    if pattern is None:
        return set()
    if pattern.type in NAMES:
        return {pattern.text.decode()}
    if pattern.type == "pair_pattern":
        return bound(pattern.child_by_field_name("value"))
    if pattern.type in ("assignment_pattern", "object_assignment_pattern"):
        return bound(pattern.child_by_field_name("left"))
    if pattern.type in PATTERNS or pattern.type == "formal_parameters":
        return set().union(*map(bound, pattern.named_children))
    return set()


def names(text):
    """What a module declares anywhere, what it imports, and what it uses: {name: line}."""
    declared, imported, used = set(), set(), {}
    fields = {
        "variable_declarator": ["name"],
        "function_declaration": ["name", "parameters"],
        "class_declaration": ["name"],
        "arrow_function": ["parameter", "parameters"],
        "function_expression": ["name", "parameters"],
        "method_definition": ["parameters"],
        "catch_clause": ["parameter"],
    }

    def walk(node):
        if node.type == "import_specifier":
            name = node.child_by_field_name("alias") or node.child_by_field_name("name")
            imported.add(name.text.decode())
            return
        for field in fields.get(node.type, []):
            declared.update(bound(node.child_by_field_name(field)))
        if node.type == "for_in_statement" and node.child_by_field_name("kind"):
            declared.update(bound(node.child_by_field_name("left")))
        if node.type in NAMES[:2]:
            used.setdefault(node.text.decode(), node.start_point[0] + 1)
        for child in node.children:
            walk(child)

    walk(PARSER.parse(text.encode()).root_node)
    return declared, imported, used


@pytest.mark.parametrize("module", MODULES)
def test_every_name_is_the_modules_own_or_imported_or_the_browsers(module):
    declared, imported, used = names(bundle.source(module))
    known = declared | imported | BROWSER
    unknown = {name: line for name, line in used.items() if name not in known}
    assert unknown == {}, f"{module}.js uses names that it neither declares nor imports"


@pytest.mark.parametrize("module", MODULES)
def test_every_import_is_used(module):
    _, imported, used = names(bundle.source(module))
    assert imported <= set(used)


@pytest.mark.parametrize(("text", "unknown"), [
    ("const f = (a, { b, c: [d], ...e }) => a + b + d + e + g;", {"g"}),
    ("let { h = k } = {};\nh();", {"k"}),
    ('import { m, n as o } from "./x.js";\nm(o, n);', {"n"}),
    ("for (const p of [1]) p.q = { p, r };", {"r"}),
    ("try { s(); } catch (t) { t.u = t; }", {"s"}),
    ("function v(w = x) { return w; }\nv();", {"x"}),
])
def test_the_check_sees_what_is_free(text, unknown):
    declared, imported, used = names(text)
    assert set(used) - declared - imported == unknown
