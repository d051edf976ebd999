"""What all explorers share: an anywidget whose HTML also lives on a page without a kernel."""
import base64
import html
import io
import json
import math

import anywidget
import torch
import traitlets

from ..samples import Samples, from_points
from . import bundle

KINDS: dict[str, type] = {}


def page_assets() -> dict[str, str]:
    """The script and the style that bring every explorer of a page to life: {file name: text}."""
    return {"explorers.js": bundle.page_script(*sorted(KINDS)), "explorers.css": bundle.css()}


class Number(traitlets.TraitType):
    """A real number, infinite if `ends` is set; JSON knows no infinity, so that travels as "inf" or "-inf"."""

    def __init__(self, default, *, least=-math.inf, most=math.inf, ends=False, whole=False):
        self.least, self.most, self.ends, self.whole = least, most, ends, whole
        super().__init__(default)
        self.tag(sync=True, to_json=_to_json, from_json=_from_json)

    def validate(self, obj, value):
        """The number as int or float; raises ValueError."""
        kind = "a whole number" if self.whole else "a number"
        wants = f"{kind} from {self.least:g} to {self.most:g}" + (", infinite ends included" if self.ends else "")
        try:
            number = float(_from_json(value, None))
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        infinite = math.isinf(number) and not self.ends
        outside = math.isnan(number) or infinite or not self.least <= number <= self.most
        if isinstance(value, bool) or outside or (self.whole and number % 1):
            raise ValueError(f"{self.name}: want {wants}, got {value!r}")
        return int(number) if self.whole else number


def _to_json(value, _widget):
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def _from_json(value, _widget):
    return {"inf": math.inf, "-inf": -math.inf}.get(value, value) if isinstance(value, str) else value


class Choice(traitlets.Enum):
    """One of a few words; raises ValueError for another."""

    def __init__(self, values, default):
        super().__init__(values, default)
        self.tag(sync=True)

    def error(self, obj, value, error=None, info=None):
        raise ValueError(f"{self.name}: want one of {', '.join(map(repr, self.values))}, got {value!r}")


class Points(traitlets.TraitType):
    """A list of [x, y], in any order, at most `most` of them, finite."""

    def __init__(self, default, *, most=40):
        self.most = most
        super().__init__(default)
        self.tag(sync=True)

    def validate(self, obj, value):
        """The points as lists of two floats; raises ValueError."""
        if isinstance(value, Samples):
            value = torch.stack([value.x, value.y], -1).tolist()
        try:
            points = [[float(x), float(y)] for x, y in value]
        except (TypeError, ValueError):
            raise ValueError(f"{self.name}: want pairs (x, y) or lib.samples.Samples, got {value!r}") from None
        if len(points) > self.most:
            raise ValueError(f"{self.name}: want at most {self.most} points, got {len(points)}")
        for k, point in enumerate(points):
            if not all(math.isfinite(v) and abs(v) <= 1e6 for v in point):
                raise ValueError(f"{self.name}: point {k} is {point}, want finite numbers up to 1e6")
        return points


class Rows(traitlets.TraitType):
    """A list of `least` to `most` rows of `width` finite numbers."""

    def __init__(self, default, *, width, most, least=1, bound=1e3):
        self.width, self.most, self.least, self.bound = width, most, least, bound
        super().__init__(default)
        self.tag(sync=True)

    def validate(self, obj, value):
        """The rows as lists of floats; raises ValueError."""
        try:
            table = torch.as_tensor(value, dtype=torch.float64)
        except (TypeError, ValueError, RuntimeError):
            table = torch.empty(0)
        if value == [] and not self.least:
            return []
        if table.ndim != 2 or table.shape[1] != self.width or not self.least <= len(table) <= self.most:
            wants = f"{self.least} to {self.most} rows of {self.width} numbers"
            raise ValueError(f"{self.name}: want {wants}, got {value!r}")
        if not (table.abs() <= self.bound).all():
            raise ValueError(f"{self.name}: want finite numbers up to {self.bound:g}, got {value!r}")
        return table.tolist()


class Explorer(anywidget.AnyWidget):
    """An interactive figure drawn and computed by `js/<_js>.js`, with or without a kernel."""

    _js = None
    _css = bundle.css()
    alt = ""

    def __init_subclass__(cls, **kwargs):
        if "_js" in cls.__dict__:                                        # not for the classes that add_traits() makes
            KINDS[cls._js] = cls
            cls._esm = bundle.module(cls._js)
        super().__init_subclass__(**kwargs)

    def __init__(self, **kwargs):
        unknown = sorted(set(kwargs) - {name for name in dir(type(self)) if not name.startswith("_")})
        if unknown:
            known = ", ".join(self.options())
            raise ValueError(f"{type(self).__name__}: no such option: {', '.join(unknown)}; it has {known}")
        given = {name: kwargs.pop(name) for name in list(kwargs) if name not in self.trait_names()}
        super().__init__(**kwargs)
        for name, value in given.items():                                # properties, such as samples and network
            setattr(self, name, value)

    @classmethod
    def options(cls) -> list[str]:
        """The names of the traits that Python and the picture share."""
        own = set(cls.class_trait_names(sync=True)) - set(anywidget.AnyWidget.class_trait_names())
        return sorted(name for name in own if not name.startswith("_"))

    @property
    def samples(self) -> Samples:
        """The samples on screen, sorted; set it to Samples or to pairs.  Raises ValueError where two x coincide."""
        return from_points(self.points)

    @samples.setter
    def samples(self, value):
        self.points = value

    def fallback(self, figure):
        """Draw the picture for readers without JavaScript, and for print."""

    def _picture(self) -> str:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.2, 2.9), dpi=110, layout="constrained")
        self.fallback(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
        return base64.b64encode(buffer.getvalue()).decode()

    def to_html(self) -> str:
        """The explorer for a page without a kernel: its state, and a picture in case there is no JavaScript."""
        state = json.dumps(self.get_state(self.options()), sort_keys=True, allow_nan=False).replace("</", "<\\/")
        return (
            f'<div class="explorer" data-explorer="{self._js}"><script type="application/json">{state}</script>'
            f'<img class="explorer-fallback" alt="{html.escape(self.alt)}" '
            f'src="data:image/png;base64,{self._picture()}"></div>'
        )

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        data["text/html"] = self.to_html()
        data["text/plain"] = f"{type(self).__name__}: {self.alt}"
        return data, metadata
