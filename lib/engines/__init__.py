"""Gradient descent: one interface, one definition, two fast engines.  Each imports those above it.

engine       what an engine is, what it is told, how it says that a run has diverged
record       what a run keeps on its way
reference    the readable engine: start reading here
_vectors     vectors of 32 bytes in numba
_lines       sample lines and the regions between them
_lanes       the packing of neurons into lanes
_spectrum    the largest eigenvalue of the tangent kernel
_steps       passes over neurons and samples
cpu          the compiled engine
_triton      the fused kernel for graphics cards
cuda         the engine for graphics cards
"""
