"""The examples in the docstrings of lib print what they say."""
import doctest
import importlib
import pkgutil

import pytest

import lib

MODULES = sorted(found.name for found in pkgutil.walk_packages(lib.__path__, "lib."))


def examples(name):
    """The docstrings of a module that hold examples; none where a library of it is not
    installed."""
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError:                      # triton comes with CUDA only
        return []
    return [test for test in doctest.DocTestFinder().find(module) if test.examples]


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(name):
    for test in examples(name):
        said = []
        doctest.DocTestRunner(verbose=False).run(test, out=said.append)
        assert not said, "".join(said)


def test_the_names_a_reader_meets_first_have_an_example():
    found = {test.name for name in MODULES for test in examples(name)}
    first = ["network.Network", "network.Canonical", "network.Network.canonical",
             "network.Canonical.lift", "samples.Samples", "samples.square_wave", "starts.paired",
             "dynamics.loss", "training.train", "sweeps.sweep"]
    assert {f"lib.{name}" for name in first} <= found
