r"""Formulas of docstrings, which are written as plain text, as TeX.

`sqrt(a_i^2 + b_i^2) <= |r_i|` is read in a source as it stands and on a page as a formula.  The
notation: x~ is lifted, x' another one or a derivative, <u, v> a scalar product, [x]_+ the positive
part, 1(..) an indicator, int_p^q and sum_i with what follows, E and P of probability.  Where a
formula begins and ends in a line of prose is what `prose` finds.
"""

import re

GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi"
    " psi omega Gamma Delta Theta Lambda Sigma Phi Psi Omega"
).split()
FUNCTIONS = "sin cos tan arctan cosh sinh log exp det".split()
NAMED = {  # words that are TeX of their own, or are set upright
    **{name: rf"\{name} " for name in [*GREEK, *FUNCTIONS, "max", "min", "sup", "sum", "int"]},
    "inf": r"\infty ", "grad": r"\nabla ", "sign": r"\operatorname{sign}", "iff": r"\iff ",
    "atan2": r"\operatorname{\text{atan2}}", "E": r"\operatorname{E}", "P": r"\operatorname{P}",
    "log10": r"\log_{10}", "mean-field": r"\text{mean-field}",
}
SIGNS = {
    "->": r"\to ", "<-": r"\leftarrow ", "<=": r"\le ", ">=": r"\ge ", "<<": r"\ll ",
    "+-": r"\pm ", "-+": r"\mp ", "...": r"\dots ", "||": r"\|", "*": r"\cdot ", "~": r"\sim ",
    "{": r"\{", "}": r"\}", "⟨": r"\langle ", "⟩": r"\rangle ", "×": r"\times ",
}
TOKEN = re.compile(
    r"\s+|\d+(?:\.\d+)?(?:e-?\d+)?|(?<![\w)\]}'~|⟩])_[A-Za-z_]\w*"
    r"|mean-field|atan2|log10|V8|[A-Za-z]+(?:'s\b)?"
    r"|\.\.\.|->|<-|<=|>=|<<|\+-|-\+|\|\||."
)
PRODUCT = re.compile(r"<(?=[^\s<>=-])([^<>]*[^\s<>=-])>")
WORDS = {"lambda_max": r"\lambda_{\max}", "lambda_min": r"\lambda_{\min}"}
CLOSING = {"(": ")", "[": "]", "{": "}", "⟨": "⟩"}


def tokens(text: str) -> list[str]:
    """The tokens of some text, with ⟨ and ⟩ around scalar products; together they are all of it."""
    return TOKEN.findall(PRODUCT.sub(r"⟨\1⟩", text))


class _Reader:
    """Reads the tokens of one formula from left to right."""

    def __init__(self, text):
        self.tokens, self.at = tokens(text), 0

    def peek(self, ahead=0):
        place = self.at + ahead
        return self.tokens[place] if 0 <= place < len(self.tokens) else ""

    def next(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def all(self, end=""):
        """TeX up to the token `end`, which is taken too."""
        parts = []
        while self.at < len(self.tokens):
            if end and self.peek() == end:
                self.next()
                return "".join(parts)
            parts.append(self.one())
        return "".join(parts)

    def one(self):
        """TeX of the next token, with what hangs on it."""
        token = self.next()
        if token.isspace():
            number = self.peek()[:1].isdigit() and self.peek(-2)[-1:].isalpha()
            return r"\quad " if len(token) > 1 else r"\," if number else " "
        if token[0] == "_" and len(token) > 1:
            return rf"\mathtt{{{token.replace('_', chr(92) + '_')}}}"
        if token[0].isalpha():
            return self.hung(self.word(token))
        if token == "1" and (self.peek() in ("(", "_")):
            return self.hung(r"\mathbf 1")
        if token[0].isdigit():
            return self.hung(self.number(token))
        if token == "." and self.peek() in (",", ")"):
            return r"\cdot "
        if token == "(":
            return self.hung(rf"({self.all(')')})")
        if token in ("_", "^"):
            return token + self.script()
        if token == "|" and self.peek(-2).isspace() and self.peek().isspace():
            return r"\mid "
        sign = SIGNS.get(token, token)
        return self.hung(sign) if token in ")]}|'⟩" else sign

    def word(self, token):
        if token == "lambda" and self.peek() == "_" and self.peek(1) in ("max", "min"):
            return WORDS["".join([token, self.next(), self.next()])]
        if token == "sqrt":
            if self.peek() == "(":
                self.next()
                return rf"\sqrt{{{self.all(')')}}}"
            while self.peek().isspace():
                self.next()
            return rf"\sqrt{{{self.one()}}}"
        if self.peek() == "~":                                         # x~, dL~; "x ~ N" has spaces
            self.next()
            return rf"{token[:-1]}\tilde {{{token[-1]}}}"
        if self.peek() == "^" and not self.peek(1)[:1].isalnum() and self.peek(1) not in "(-+{":
            self.next()
            return rf"\hat {self.plain(token)}"
        return self.plain(token)

    def plain(self, token):
        """A word: TeX's own, d and a Greek letter, letters side by side, or words."""
        following = self.peek()
        if following.isdigit() and token not in FUNCTIONS and (token in GREEK or len(token) == 1):
            self.next()                                                # x2, rho0, x2_j
            if self.peek() == "_":
                self.next()
                following += f",{self.script()[1:-1]}"
            return rf"{NAMED.get(token, token).rstrip()}_{{{following}}}"
        if token in NAMED:
            return NAMED[token]
        if token[0] == "d" and token[1:] in GREEK:
            return rf"d{NAMED[token[1:]]}"
        if token == "in":
            return r"\in "
        if token in ("of", "at", "or") or len(token) > 2:
            before = self.tokens[max(0, self.at - 3) : self.at - 1]
            left = r"\ " if before[-1:] == [" "] and before[0][-1:].isalnum() else ""
            right = r"\ " if self.peek() == " " and self.peek(1)[:1].isalnum() else ""
            return rf"{left}\text{{{token}}}{right}"
        return token

    def number(self, token):
        digits, _, power = token.partition("e")
        if not power:
            return token
        return rf"10^{{{power}}}" if digits == "1" else rf"{digits}\cdot 10^{{{power}}}"

    def script(self):
        """What stands below or above."""
        if not self.peek():
            return "{}"
        if self.peek() in ("(", "{"):
            return f"{{{self.all(CLOSING[self.next()])}}}"
        if self.peek() == "T":
            self.next()
            return r"{\top}"
        sign = ""
        if self.peek() in ("-", "+", "+-", "-+"):
            sign = self.next()
            sign = SIGNS.get(sign, sign)
            if not self.peek()[:1].isalnum():
                return f"{{{sign}}}"
        token = self.next()
        if token[0].isalpha():
            body = self.plain(token)
            body = rf"\mathrm{{{token}}}" if token.isupper() and len(token) > 1 else body
            if self.peek() == "+" and self.peek(1).isdigit():          # A_k+1
                body += self.next() + self.next()
        else:
            body = token
        return f"{{{sign}{body}}}"

    def hung(self, base):
        """A base with its primes, and what stands below and above it."""
        while self.peek() == "'":
            base = base.rstrip() + self.next()
        if self.peek() in ("_", "^") and self.peek(1) and not self.peek(1).isspace():
            return base.rstrip() + self.next() + self.hung(self.script())
        return base


def tex(text: str) -> str:
    """A formula in plain text as TeX."""
    return re.sub(r"\s+", " ", _Reader(text.strip()).all()).strip()
