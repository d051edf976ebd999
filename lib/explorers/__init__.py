"""The interactive figures: widgets in a notebook, alive on the book's pages without a kernel."""
from .base import Explorer, page_assets
from .delta import Delta
from .field import Field
from .kernel import KernelSpline
from .neurons import Neurons
from .phase import Phase

__all__ = ["Delta", "Explorer", "Field", "KernelSpline", "Neurons", "Phase", "page_assets"]
