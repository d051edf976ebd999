"""The numbers of a study in a small file, and what reads them."""
import json
import zipfile

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

    @property
    def provenance(self) -> str:
        """How many networks there are, and with what, where and when they were made."""
        about = self.about
        minutes = about["core_seconds"] / 60
        return "\n".join([
            f"{about['networks']:,} networks of {about['planned']:,}, {minutes:.0f} core minutes",
            ", ".join([f"code {about['code']}"] + [f"{name} {about[name]}" for name in
                      ("python", "torch", "numba", "numpy") if name in about]),
            ", ".join(str(about[name]) for name in ("device", "card") if name in about),
            f"from {about['started'][:16]} to {about['finished'][:16]}",
        ])

    def only(self, **values) -> "Results":
        """The networks whose columns have these values, or one of these values."""
        mask = np.ones(len(self), bool)
        for name, value in values.items():
            several = isinstance(value, (tuple, list, set))
            mask &= np.isin(self[name], list(value) if several else [value])
        return self[mask]


def write(path, measures, numbers: torch.Tensor, about: dict) -> None:
    """Keep numbers: (rows, ratios, len(measures)) as bfloat16, within 0.4 %, and `about`.

    Both bytes of a column lie apart, since only those with the exponents can be packed.
    """
    columns = numbers.flatten(0, 1).to(torch.bfloat16).view(torch.int16).numpy().T
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as file:
        for name, column in zip(measures, columns):
            halves = np.ascontiguousarray(column.astype("<i2").view(np.uint8).reshape(-1, 2).T)
            with file.open(f"{name}.npy", "w") as entry:
                np.lib.format.write_array(entry, halves)
        file.writestr("about.json", json.dumps(about, indent=1))


def read(path, names, rows, ratios) -> Results:
    """The networks of a file of which anything is known, with the design: names of rows; ratios."""
    measures = {}
    with zipfile.ZipFile(path) as file:
        about = json.loads(file.read("about.json"))
        for entry in file.namelist():
            if entry.endswith(".npy"):
                with file.open(entry) as stream:
                    halves = np.lib.format.read_array(stream)
                column = torch.from_numpy(np.ascontiguousarray(halves.T).view("<i2")[:, 0].copy())
                measures[entry[:-4]] = column.view(torch.bfloat16).double().numpy()
    design = {name: np.repeat(column, len(ratios)) for name, column in zip(names, zip(*rows))}
    design["ratio"] = np.tile(ratios, len(rows))
    known = ~np.all([np.isnan(column) for column in measures.values()], axis=0)
    return Results(design | measures, about)[known]
