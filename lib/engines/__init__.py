"""Engines that train: `engine` says what one is, `reference` is the definition, two are fast."""
