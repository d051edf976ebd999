"""The numbers of a study in a small file, and what reads them."""
import json

import numpy as np
import torch


class Results:
    """The networks of a study as columns, arrays (n,) by name: their place in it, and measures."""

    def __init__(self, columns: dict, about: dict):
        self.columns, self.about = columns, about

    def __getitem__(self, which):
        """A column by its name; the networks of a mask (n,) as Results."""
        if isinstance(which, str):
            return self.columns[which]
        chosen = {name: column[which] for name, column in self.columns.items()}
        return Results(chosen, self.about)

    def __len__(self):
        return len(next(iter(self.columns.values())))

    def only(self, **values) -> "Results":
        """The networks whose columns have these values, or one of these values."""
        mask = np.ones(len(self), bool)
        for name, value in values.items():
            several = isinstance(value, (tuple, list, set))
            mask &= np.isin(self[name], list(value) if several else [value])
        return self[mask]


def write(path, measures, numbers: torch.Tensor, about: dict) -> None:
    """Keep numbers: (rows, ratios, len(measures)) as bfloat16, within 0.4 %, and `about`."""
    columns = numbers.flatten(0, 1).to(torch.bfloat16).view(torch.int16).numpy().T
    np.savez_compressed(path, about=np.array(json.dumps(about)), **dict(zip(measures, columns)))


def read(path, names, rows, ratios) -> Results:
    """The networks of a file of which anything is known, with the design: names of rows; ratios."""
    with np.load(path) as file:
        about = json.loads(str(file["about"]))
        measures = {name: torch.from_numpy(file[name]).view(torch.bfloat16).double().numpy()
                    for name in file.files if name != "about"}
    design = {name: np.repeat(column, len(ratios)) for name, column in zip(names, zip(*rows))}
    design["ratio"] = np.tile(ratios, len(rows))
    known = ~np.all([np.isnan(column) for column in measures.values()], axis=0)
    return Results(design | measures, about)[known]
