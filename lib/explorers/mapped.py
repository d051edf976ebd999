"""What the explorers with a map of trained networks share."""
import math
from functools import partial

import traitlets

from ..measures import adaptivity
from ..splines import linear_interpolant, natural_cubic
from .base import Explorer
from .facts import GAPS

UNIT = {"vmin": 0, "vmax": 1}
INDEX = partial(adaptivity, n=GAPS)     # as js/numerics/cells.js has it


class Mapped(Explorer):
    """An explorer whose page has a map made in Python, which it makes anew when needed.

    A subclass says what the map depends on (`_key`) and makes it (`_numbers`).
    """

    table = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)

    def _key(self) -> list:
        """What the map depends on, as JSON."""
        raise NotImplementedError

    def _numbers(self) -> dict:
        """{name: (columns, rows)} as JavaScript calls them; raises ValueError for bad samples."""
        raise NotImplementedError

    def to_html(self, **how) -> str:
        """The explorer for a page without a kernel, with its map made here.

        The page makes it anew when needed.
        """
        if self._key() != (self.table and self.table.get("key")):
            try:
                found = self._numbers()
            except ValueError:                       # no map: the page says what is missing
                self.table = None
            else:
                # JSON knows no nan
                finite = lambda row: [v if math.isfinite(v) else None for v in row]
                numbers = {name: list(map(finite, t.tolist())) for name, t in found.items()}
                self.table = {"key": self._key(), **numbers}
        return super().to_html(**how)

    def _draw_network(self, ax, network):
        """A network over its samples and the two splines between them, for print."""
        from .. import figures

        x = figures.grid(self.samples)
        inside = x[(x >= self.samples.x[0]) & (x <= self.samples.x[-1])]
        splines = (natural_cubic, figures.CUBIC), (linear_interpolant, figures.LINEAR)
        for spline, colour in splines:
            figures.curve(ax, spline(self.samples), inside, colour, lw=3, alpha=0.7)
        figures.function(ax, network, self.samples, x=x)


def draw_cells(ax, shades, names, colours, numbers, text, **scale):
    """A map for print: shades (columns, rows), names of columns and rows, numbers in the cells.

    colours: from the least to the most;  text: a format;  scale: vmin and vmax, or norm, of imshow.
    """
    from matplotlib.colors import LinearSegmentedColormap

    ax.imshow(shades.T.numpy(), origin="lower", aspect="auto",
              cmap=LinearSegmentedColormap.from_list("index", colours), **scale)
    ax.set_xticks(range(len(names[0])), names[0], fontsize=7)
    ax.set_yticks(range(len(names[1])), names[1], fontsize=7)
    for i, row in enumerate(numbers.tolist()):
        for j, value in enumerate(row):
            ax.text(i, j, text.format(value), ha="center", va="center", fontsize=5.5)


def points_for_a_map(points):
    """The samples at points; raises ValueError for fewer than three, where both splines agree."""
    from ..samples import from_points

    if len(points) < 3:
        raise ValueError(f"points: want at least three for a map, got {len(points)}")
    return from_points(points)
