"""The interactive figures: widgets in a notebook, alive on the book's pages without a kernel.

facts      what Python and JavaScript both know: colours, presets, grids
bundle     the modules of js/ in one script
base       options, and what all explorers share
delta      one start, one rule, two splines
field      what residuals do to every neuron
kernel     wide networks in closed form
neurons    knots and particles
mapped     what explorers with a map of trained networks share
phase      the map of regimes over delta and m
diagram    the diagram of regimes over the two coordinates of a start
"""
from .base import Explorer, page_assets, widget_modules
from .delta import Delta
from .diagram import Diagram
from .field import Field
from .kernel import KernelSpline
from .neurons import Neurons
from .phase import Phase

__all__ = ["Delta", "Diagram", "Explorer", "Field", "KernelSpline", "Neurons", "Phase",
           "page_assets", "widget_modules"]
