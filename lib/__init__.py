"""The numerics, pictures and explorers of the book.

Import the module you need: `from lib import training`.  This is the map: every module imports only
those above it (tests/test_architecture.py).

checks        what every function says of a bad argument
scales        powers of two: products that do not overflow half way
progress      bars for what takes long
cost          how long training takes: a model, fitted
store         results on disk that survive an interruption
samples       the data
angles        directions and tangents of neurons, parts along both
network       networks in full and in canonical parameters
variation     total variation: its size, its gradient, how small it can be
laws          laws of the first layer
starts        where training begins
dynamics      velocities, gradients and tangent kernels
attractors    arcs and sample lines: what one neuron feels
flow_charts   the two charts of the exact flow
pattern       who is on and who slides in the exact flow, and until when
stiff         a stiff step for gradient flows
flow          the exact gradient flow
quadrature    moments of a weight on the line
weighted      the interpolant of least weighted curvature
splines       cubic, linear and weighted interpolants
kernels       kernels of wide networks, and training with them in closed form
engines       gradient descent: readable, compiled, on graphics cards
diagram       the plane of starts: two coordinates, four edges
training      runs of gradient descent, recorded
lazy          what a start foretells of its run
order         order parameters: what a run has changed
measures      what a network has done, how far functions are apart
tables        numbers over a grid of settings
sweeps        many networks at once
colours       what a colour means in the pictures
figures       the book's pictures
paper         the items that a claim can be about, and the claims that a notebook keeps
claims        statements that a cell measures
studies       experiments whose results the repository keeps
explorers     the interactive figures
course        checkers, questions and sheets for a class
"""
