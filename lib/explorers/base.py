"""What all explorers share: an anywidget whose HTML also lives on a page without a kernel."""
import base64
import functools
import html
import inspect
import io
import json
import math
import os
import textwrap
from pathlib import Path

import anywidget
import numpy as np
import torch
import traitlets
from torch import Tensor

from ..checks import numbers, real
from ..samples import Samples, from_points
from . import bundle, facts
from .facts import encoded

KINDS: dict[str, type] = {}


def page_assets() -> dict[str, str]:
    """The script and the style that bring every explorer of a page to life: {file name: text}."""
    return {"explorers.js": bundle.page_script(*sorted(KINDS)), "explorers.css": style()}


def widget_modules() -> dict[str, str]:
    """Each explorer as one ES module for any host of anywidget modules: {file name: text}.

    Its default export is {render({model, el})}; an option that the model lacks has its default.
    """
    return {f"{kind}.js": script(kind) for kind in sorted(KINDS)}


@functools.cache
def style() -> str:
    """The style of all explorers."""
    sheet = Path(__file__).with_name("explorers.css").read_text("utf8")
    return sheet + facts.css()


class Number(traitlets.TraitType):
    """A real number, infinite if `ends` is set; JSON knows no infinity: "inf" or "-inf" there.

    whole: without a part after the point;  even: a whole number of pairs of neurons.
    """

    def __init__(self, default, *, least=-math.inf, most=math.inf, ends=False, whole=False,
                 even=False):
        self.least, self.most, self.ends = least, most, ends
        self.whole, self.even = whole or even, even
        super().__init__(default)
        self.tag(sync=True, to_json=_to_json, from_json=_from_json)

    def reading(self) -> dict:
        """How JavaScript reads it: bounds, and by what it goes up; without a kind, as a number."""
        step = 2 if self.even else 1 if self.whole else 0
        ends = {"least": self.least, "most": self.most}
        if self.ends:
            ends = {"ends": True} | ({"least": self.least} if self.least > -math.inf else {})
        return {**ends, **({"step": step} if step else {}),
                "otherwise": encoded(self.default_value)}

    def validate(self, obj, value):
        """The number as int or float; raises ValueError."""
        sort = "a whole number" if self.whole else "a number"
        sort = "an even number of neurons (they come in pairs)" if self.even else sort
        ends = ", infinite ends included" if self.ends else ""
        wants = f"{sort} from {self.least:g} to {self.most:g}{ends}"
        number = real(self.name, _from_json(value, None), wants, self._fits)
        return int(number) if self.whole else number

    def _fits(self, number) -> bool:
        if math.isinf(number):
            return self.ends
        step = 2 if self.even else 1
        return self.least <= number <= self.most and not (self.whole and number % step)


def _to_json(value, _widget):
    return encoded(value)


def _from_json(value, _widget):
    ends = {"inf": math.inf, "-inf": -math.inf}
    return ends.get(value, value) if isinstance(value, str) else value


class Choice(traitlets.Enum):
    """One of a few words or numbers; raises ValueError for another."""

    def __init__(self, values, default):
        super().__init__(values, default)
        self.tag(sync=True)

    def reading(self) -> dict:
        """How JavaScript reads it: the values it may have."""
        return {"kind": "choice", "values": list(self.values), "otherwise": self.default_value}

    def validate(self, obj, value):
        """The value as it is listed, not as True, 1.0 or NumPy's."""
        if not isinstance(value, (bool, np.bool_, Tensor, np.ndarray)):
            for own in self.values:
                if value == own:
                    return own
        return self.error(obj, value)

    def error(self, obj, value, error=None, info=None):
        known = ", ".join(map(repr, self.values))
        raise ValueError(f"{self.name}: want one of {known}, got {value!r}")


class Flag(traitlets.Bool):
    """True or False; raises ValueError for anything else."""

    def __init__(self, default):
        super().__init__(default)
        self.tag(sync=True)

    def reading(self) -> dict:
        """How JavaScript reads it."""
        return {"kind": "flag"}

    def validate(self, obj, value):
        """The truth value, NumPy's too."""
        if not isinstance(value, (bool, np.bool_)):
            raise ValueError(f"{self.name}: want True or False, got {value!r}")
        return bool(value)


class Points(traitlets.TraitType):
    """A list of [x, y], in any order, at most `most` of them, finite."""

    def __init__(self, default, *, most=facts.MOST):
        self.most = most
        super().__init__(default)
        self.tag(sync=True)

    def reading(self) -> dict:
        """How JavaScript reads it: the board says what is wrong with them."""
        return {"kind": "points", "otherwise": self.validate(None, self.default_value)}

    def validate(self, obj, value):
        """The points as lists of two floats; raises ValueError."""
        if isinstance(value, Samples):
            value = torch.stack([value.x, value.y], -1)
        wants = "pairs (x, y) or lib.samples.Samples"
        try:
            table = numbers(self.name, value if hasattr(value, "ndim") else list(value))
        except (TypeError, ValueError):
            raise ValueError(f"{self.name}: want {wants}, got {value!r}") from None
        if not table.numel():
            return []
        if table.ndim != 2 or table.shape[1] != 2:
            raise ValueError(f"{self.name}: want {wants}, got {value!r}")
        points = table.tolist()
        if len(points) > self.most:
            raise ValueError(f"{self.name}: want at most {self.most} points, got {len(points)}")
        for k, point in enumerate(points):
            if not all(math.isfinite(v) and abs(v) <= facts.HUGE for v in point):
                wants = f"finite numbers up to {facts.HUGE:.0e}"
                raise ValueError(f"{self.name}: point {k} is {point}, want {wants}")
        return points


class Rows(traitlets.TraitType):
    """A list of `least` to `most` rows of `width` finite numbers."""

    def __init__(self, default, *, width, most, least=1, bound=1e3):
        self.width, self.most, self.least, self.bound = width, most, least, bound
        super().__init__(default)
        self.tag(sync=True)

    def reading(self) -> dict:
        """How JavaScript reads it."""
        spare = {"otherwise": self.default_value} if self.least else {}
        return {"kind": "rows", "width": self.width, "least": self.least, "most": self.most,
                "bound": self.bound} | spare

    def validate(self, obj, value):
        """The rows as lists of floats; raises ValueError."""
        wants = f"{self.least} to {self.most} rows of {self.width} numbers"
        try:
            table = numbers(self.name, value if hasattr(value, "ndim") else list(value))
        except (TypeError, ValueError):
            raise ValueError(f"{self.name}: want {wants}, got {value!r}") from None
        if not table.numel() and not self.least:
            return []
        fits = table.ndim == 2 and table.shape[1] == self.width
        if not fits or not self.least <= len(table) <= self.most:
            raise ValueError(f"{self.name}: want {wants}, got {value!r}")
        if not (table.abs() <= self.bound).all():
            wants = f"finite numbers up to {self.bound:g}"
            raise ValueError(f"{self.name}: want {wants}, got {value!r}")
        return table.tolist()


def building() -> bool:
    """Whether this is a kernel in which the pages of a book are made (see _ext/explorer_pages)."""
    return os.environ.get("EXPLORERS_ON_PAGES") == "1"


@functools.cache
def script(kind: str) -> str:
    """The script of one kind of explorer, for a notebook."""
    return bundle.module(kind)


def options() -> dict[str, dict]:
    """How JavaScript reads the options of every explorer, {kind: {option: how}}."""
    return {kind: KINDS[kind].readings() for kind in sorted(KINDS)}


def tables() -> dict:
    """What single explorers share with their JavaScript, beside their options."""
    return {name: table for kind in sorted(KINDS) for name, table in KINDS[kind].tables.items()}


bundle.made["facts"] = lambda: facts.module(options(), tables())


class Explorer(anywidget.AnyWidget):
    """An interactive figure of `js/explorers/<_js>.js`, with or without a kernel."""

    _js = None
    alt = ""
    tables: dict = {}

    def __init_subclass__(cls, **kwargs):
        if "_js" in cls.__dict__:                    # not for the classes that add_traits() makes
            KINDS[cls._js] = cls
        super().__init_subclass__(**kwargs)

    @property
    def _esm(self) -> str:
        return script(self._js)

    @property
    def _css(self) -> str:
        return style()

    def __init__(self, **kwargs):
        unknown = ", ".join(sorted(name for name in kwargs if not self._can_be_set(name)))
        if unknown:
            known = ", ".join(self.options())
            raise ValueError(f"{type(self).__name__}: no such option: {unknown}; it has {known}")
        given = {name: kwargs.pop(name) for name in list(kwargs) if name not in self.trait_names()}
        super().__init__(**kwargs)
        for name, value in given.items():  # properties, such as samples and network
            setattr(self, name, value)

    @classmethod
    def _can_be_set(cls, name) -> bool:
        # as it stands in the class: some properties of ipywidgets warn when they are looked at
        setter = getattr(inspect.getattr_static(cls, name, None), "fset", None)
        return not name.startswith("_") and (name in cls.class_trait_names() or bool(setter))

    @classmethod
    def options(cls) -> list[str]:
        """The names of the traits that Python and the picture share."""
        own = set(cls.class_trait_names(sync=True)) - set(anywidget.AnyWidget.class_trait_names())
        return sorted(name for name in own if not name.startswith("_"))

    @classmethod
    def readings(cls) -> dict[str, dict]:
        """How JavaScript reads the options, {option: how}; what has no bounds it reads itself."""
        traits = {name: cls.class_traits()[name] for name in cls.options()}
        return {name: t.reading() for name, t in traits.items() if hasattr(t, "reading")}

    @property
    def samples(self) -> Samples:
        """The samples on screen, sorted; set it to Samples or to pairs.

        Raises ValueError where two x coincide.
        """
        return from_points(self.points)

    @samples.setter
    def samples(self, value):
        self.points = value

    def _set_all(self, **values):
        """Set several options, or none where one of them is refused."""
        traits = self.traits()
        valid = {name: traits[name].validate(self, value) for name, value in values.items()}
        with self.hold_sync():
            for name, value in valid.items():
                setattr(self, name, value)

    def fallback(self, figure):
        """Draw the picture for readers without JavaScript, and for print."""

    def _picture(self) -> str:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.2, 2.9), dpi=110, layout="constrained")
        try:
            self.fallback(figure)
        except (ValueError, ArithmeticError) as error:  # no picture of these options
            figure.clear()
            figure.text(0.02, 0.5, f"No picture: {textwrap.fill(str(error), 80)}", va="center")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
        return base64.b64encode(buffer.getvalue()).decode()

    def to_html(self, *, picture: bool = True) -> str:
        """The explorer for a page without a kernel: its state, and a picture for no JavaScript."""
        state = json.dumps(self.get_state(self.options()), sort_keys=True, allow_nan=False)
        state = state.replace("</", "<\\/")
        shown = (f'<img class="explorer-fallback" alt="{html.escape(self.alt)}" '
                 f'src="data:image/png;base64,{self._picture()}">') if picture else ""
        return (f'<div class="explorer" data-explorer="{self._js}">'
                f'<script type="application/json">{state}</script>{shown}</div>')

    def _repr_mimebundle_(self, **kwargs):
        """The live widget, and where a page is built (`building`) what stands in for it there."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        data["text/plain"] = f"{type(self).__name__}: {self.alt}"
        if building():
            data["text/html"] = self.to_html()
        return data, metadata
