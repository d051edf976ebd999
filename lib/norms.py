"""Until chapters follow: `variation` has it."""
from .variation import least_variation  # noqa: F401
