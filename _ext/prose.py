"""Formulas in a line of prose: where each begins and ends.

A word of English ends a formula, whatever stands beside it; letters that are words as well, sums
and signs that are said in words, and names of arguments count where what stands beside them is
mathematics.
"""

from formulas import CLOSING, FUNCTIONS, GREEK, tokens

LETTERS = set("bcdefghijklmnopqrstuvwxyzBCDFGHJKLMNQRSTUVWXYZ")
PAIRS = {
    "ab", "aa", "bb", "wt", "dt", "dx", "dr", "du", "dv", "dw", "dz", "da", "db", "dc", "dL", "dV",
    "dG", "dK", "sqrt", "dmu", "dtheta",
}
AMBIGUOUS = set("aAIOPE")
SAID = {"atan2", "log10", "sum", "int", "max", "min", "sup", "sign", "grad", "inf", *FUNCTIONS}
RELATIONS = {"=", "<", ">", "<=", ">=", "<<", "~", "->"}
OPENING, ENDING = {*"([{⟨|", "||"}, {*")]}⟩|", "||"}
SIGN = {*RELATIONS, *OPENING, *ENDING, "+", "-", "/", "^", "_", "+-", "-+", "*", "'", "×", "<-",
        ",", "..."}
LONG = 28  # a formula with more letters may be broken before a relation


def split(text: str, names=()) -> list[tuple[bool, str]]:
    """[(whether it is a formula, text)]: a line of prose cut where formulas begin and end.

    names: words that are quantities where they stand beside a sign, such as names of arguments.
    """
    every, found, run = tokens(text), [], []
    for token, kind in zip(every, _kinds(every, set(names))):
        if kind == "word":
            found += _formulas(run) + [(False, token)]
            run = []
        else:
            run.append((token, kind))
    return _joined(found + _formulas(run))


def _kinds(every, names):
    """For each token: word, math, perhaps, number, sign or space."""
    kinds, low = [], 0
    for k, token in enumerate(every):
        before, after = every[k - 1] if k else "", every[k + 1] if k + 1 < len(every) else ""
        low += (token == "{" and before == "_") or low > 0 and token == "{"
        kind = _kind(token, before, after, "".join(every[k + 1 : k + 4]), names)
        if low and kind == "word" or before in "_^" and token in ("max", "min", "mean-field"):
            kind = "math"
        elif kinds and kinds[-1] == "word" and (token in ("'", "_", "^") or before in ("_", "^")):
            kind = "word"                                              # neurons', field_uv
        elif before == "_" and kind == "word" and kinds[-2] == "math":
            kind = "math"                                              # d_cubic
        elif token in "aP" and k > 1 and every[k - 2] in ("of", "as") and after in ".;,) ":
            plain = after == " " and every[k + 2 : k + 3] not in (["and"], ["on"])
            kind = kind if plain else "math"
        low -= low > 0 and token == "}"
        kinds.append(kind)
    return kinds


def _kind(token, before, after, next_ones, names):
    if token.isspace():
        return "space"
    if token in SIGN:
        return "sign"
    if token == "." and (before == "(" or after == ")") and before in "( ":
        return "math"                                                  # k(., x_j)
    if token[0].isdigit():
        return "math" if token == "1" and after in ("(", "_") else "number"
    if not token.isascii() or not token[0].isalpha():
        return "word"
    if next_ones.startswith(", ") and token + next_ones[2:] in ("ab", "AB"):
        return "math"
    if token in AMBIGUOUS or token in SAID or token in names and len(token) > 2:
        return "perhaps"
    if len(token) == 1 and after == ":" and next_ones[1:2].isalpha():  # h:mm:ss
        return "word"
    if token in LETTERS or token in GREEK or token in PAIRS:
        return "math"
    return "math" if before in ("_", "^") and len(token) <= 3 else "word"


def _formulas(run):
    """The formulas in tokens without a word, cut at commas and gaps that no bracket holds."""
    parts, part, depth = [], [], 0
    for k, (token, kind) in enumerate(run):
        depth += (token in CLOSING) - (token in CLOSING.values())
        gap = kind == "space" and (len(token) > 1 or _condition(run, k))
        if depth <= 0 and (token == "," or gap):
            parts += _one(part) + [(False, token)]
            part = []
        else:
            part.append((token, kind))
    return parts + _one(part)


def _condition(run, k):
    """Whether brackets with a relation follow, as in: -arctan x_j (a > 0)."""
    if run[k + 1 : k + 2] and run[k + 1][0] == "(" and k and run[k - 1][1] in ("math", "number"):
        depth = 0
        for token, _ in run[k + 1 :]:
            depth += (token == "(") - (token == ")")
            if depth == 1 and token in RELATIONS:
                return True
            if not depth:
                break
    return False


def _one(part):
    """A run of tokens as prose before, the formula, prose behind."""
    first, last = 0, len(part)
    while first < last:
        if not _stays(part, first, first, last, _begins):
            first += 1
        elif not _stays(part, last - 1, first, last, _ends):
            last -= 1
        else:
            break
    text = ["".join(token for token, _ in part[a:b]) for a, b in
            ((0, first), (first, last), (last, len(part)))]
    whole = part[first:last]
    if not any(kind in ("math", "perhaps") for _, kind in whole):
        return [(False, "".join(text))]
    odd = _unmatched(whole)
    if odd is not None:
        at = first + odd
        return [*_one(part[:at]), (False, part[at][0]), *_one(part[at + 1 :])]
    pieces = [part for piece in _broken(text[1]) for part in ((False, " "), (True, piece.strip()))]
    return [(False, text[0]), *pieces[1:], (False, text[2])]


def _stays(part, k, first, last, allowed):
    """Whether the token at an end of the formula first..last belongs to it."""
    kind = part[k][1]
    if kind == "space":
        return False
    if kind == "perhaps":
        return _meant(part, k, first, last)
    return kind != "sign" or allowed(part, first, last)


def _meant(part, k, first, last):
    """Whether a letter that may be a word is mathematics, by what stands beside it."""
    token = part[k][0]
    after = next((token for token, kind in part[k + 1 : last] if kind != "space"), "")
    before = next((token for token, kind in part[first:k][::-1] if kind != "space"), "")
    operated = {"=", "+", "-", "*", "/", "^", "_", "<=", ">=", "<", ">", "~", "'"}
    if token in SAID:
        return token == "inf" and before != "" or after != "" and after not in RELATIONS
    if token in AMBIGUOUS and token != "a":
        calls = after in ("(", "[", "_") or token == "P" and after == "="
        return calls or token == "E" and after != "" or before in operated - {"<", ">"}
    return after in operated or before in operated or token == "a" and (
        before in OPENING or after in ENDING)


def _begins(part, first, last):
    """Whether a sign at the beginning belongs to what follows."""
    token = part[first][0]
    after = part[first + 1][0] if first + 1 < last else " "
    if token in OPENING:
        return _closes(part, first, last)
    if token in ("-", "+", "+-", "-+"):
        return not after.isspace() and after not in CLOSING.values()
    return token in RELATIONS and after.isspace() and first + 2 < last


def _closes(part, first, last):
    """Whether what is opened at the beginning is closed."""
    opening = part[first][0]
    if opening in ("|", "||"):
        return sum(token == opening for token, _ in part[first:last]) > 1
    depth = 0
    for token, _ in part[first:last]:
        depth += (token in CLOSING) - (token in CLOSING.values())
        if not depth:
            return True
    return False


def _ends(part, first, last):
    """Whether a sign at the end belongs to what stands before it."""
    token, before = part[last - 1][0], part[last - 2][0] if last - 2 >= first else " "
    if token in CLOSING.values():
        depth = 0
        for each, _ in part[first:last][::-1]:
            depth += (each in CLOSING.values()) - (each in CLOSING)
            if not depth:
                return True
        return False
    if token in ("|", "||"):
        return sum(each == token for each, _ in part[first:last]) % 2 == 0
    return before in ("_", "^") or token == "'" or token == "~" and not before.isspace() or (
        token == "^" and before.isalpha())


def _unmatched(part):
    """The place of the first bracket without a partner, or None; an interval may be half open."""
    stack, bars = [], [k for k, (token, _) in enumerate(part) if token == "|"]
    for k, (token, _) in enumerate(part):
        if token in CLOSING:
            stack.append((k, CLOSING[token]))
        elif token in CLOSING.values():
            if not stack or {stack[-1][1], token} not in ({token}, {")", "]"}):
                return k
            stack.pop()
    return stack[0][0] if stack else bars[-1] if len(bars) % 2 else None


def _broken(formula):
    """A long formula in pieces, each of which but the first begins with a relation."""
    if len(formula) < LONG:
        return [formula]
    pieces, piece, depth, bars = [], "", 0, 0
    for token in tokens(formula):
        depth += (token in CLOSING) - (token in CLOSING.values())
        bars += token == "|"
        if token in RELATIONS and piece[-1:].isspace() and not depth and bars % 2 == 0:
            pieces.append(piece)
            piece = ""
        piece += token
    return [each for each in [*pieces, piece] if each.strip()]


def _joined(parts):
    """Prose that follows prose is one."""
    found = []
    for is_formula, text in parts:
        if not text:
            continue
        text = text if is_formula else text.replace("⟨", "<").replace("⟩", ">")
        if found and not is_formula and not found[-1][0]:
            found[-1] = False, found[-1][1] + text
        else:
            found.append((is_formula, text))
    return found
