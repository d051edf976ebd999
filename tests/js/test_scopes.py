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
    MutationObserver PointerEvent ResizeObserver addEventListener cancelAnimationFrame clearTimeout
    console decodeURIComponent
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


FUNCTIONS = ("function_declaration", "function_expression", "arrow_function", "method_definition",
             "generator_function_declaration")
DECLARATIONS = ("function_declaration", "class_declaration", "generator_function_declaration")


def declared(node):
    """The names that stand in a block, wherever in it: hoisted, as nothing here is used before."""
    found = set()
    for child in node.children:
        if child.type == "export_statement":
            found |= declared(child)
        elif child.type in ("lexical_declaration", "variable_declaration"):
            for one in child.named_children:
                found |= bound(one.child_by_field_name("name"))
        elif child.type in DECLARATIONS:
            found |= bound(child.child_by_field_name("name"))
        elif child.type == "import_statement":
            found |= imported(child)
    return found


def imported(node):
    if node.type == "import_specifier":
        name = node.child_by_field_name("alias") or node.child_by_field_name("name")
        return {name.text.decode()}
    return set().union(*map(imported, node.children))


def scope(node):
    """The names that a node adds for what is inside it."""
    if node.type in ("program", "statement_block", "switch_body"):
        return declared(node)
    if node.type in FUNCTIONS:
        own = bound(node.child_by_field_name("name")) if "expression" in node.type else set()
        return own | bound(node.child_by_field_name("parameter")) | bound(
            node.child_by_field_name("parameters"))
    if node.type == "for_statement":
        return declared(node)
    if node.type == "for_in_statement" and node.child_by_field_name("kind"):
        return bound(node.child_by_field_name("left"))
    return bound(node.child_by_field_name("parameter")) if node.type == "catch_clause" else set()


def free(text):
    """The names that a module uses and that no scope around them has: {name: line}."""
    found = {}

    def walk(node, known):
        if node.type in ("import_statement", "property_identifier"):
            return
        known = known | scope(node)
        if node.type in NAMES[:2] and node.text.decode() not in known:
            found.setdefault(node.text.decode(), node.start_point[0] + 1)
        for child in node.children:
            walk(child, known)

    walk(PARSER.parse(text.encode()).root_node, set())
    return found


def used(text):
    """Every name that occurs outside the imports."""
    found = set()

    def walk(node):
        if node.type != "import_statement":
            found.update({node.text.decode()} if node.type in NAMES[:2] else ())
            for child in node.children:
                walk(child)

    walk(PARSER.parse(text.encode()).root_node)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_every_name_is_the_modules_own_or_imported_or_the_browsers(module):
    unknown = {name: line for name, line in free(bundle.source(module)).items()
               if name not in BROWSER}
    assert unknown == {}, f"{module}.js uses names that it neither declares nor imports"


@pytest.mark.parametrize("module", MODULES)
def test_every_import_is_used(module):
    text = bundle.source(module)
    assert imported(PARSER.parse(text.encode()).root_node) <= used(text)


@pytest.mark.parametrize(("text", "unknown"), [
    ("const f = (a, { b, c: [d], ...e }) => a + b + d + e + g;", {"g"}),
    ("let { h = k } = {};\nh();", {"k"}),
    ('import { m, n as o } from "./x.js";\nm(o, n);', {"n"}),
    ("for (const p of [1]) p.q = { p, r };", {"r"}),
    ("try { s(); } catch (t) { t.u = t; }", {"s"}),
    ("function v(w = x) { return w; }\nv();", {"x"}),
    ("const y = ([z]) => z;\nconst a = () => z;", {"z"}),
    ("{ const b = 1; }\nb;", {"b"}),
])
def test_the_check_sees_what_is_free(text, unknown):
    assert set(free(text)) == unknown
