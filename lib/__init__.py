"""The numerics, pictures and explorers of the book. Import the module you need: `from lib import training`."""
