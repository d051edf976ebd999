"""The items of the paper that a claim can be about, and the claims that a notebook keeps."""
import json
from pathlib import Path

SECTIONS = ["Sec. 1.2", "Sec. 2.1", "Sec. 2.2", "Sec. 2.3", "Sec. 3.1", "Sec. 3.2", "Sec. 3.3",
            "Sec. 4", "Sec. 5", "App. A", "App. B", "App. C", "App. D"]
STATEMENTS = ["Proposition 1", "Lemma 2", "Lemma 3", "Proposition 4", "Theorem 5", "Corollary 6",
              "Lemma 7", "Proposition 8"]
EQUATIONS = [f"Eq. {k}" for k in range(1, 48)]
FIGURES = [f"Fig. {k}" for k in range(1, 10)]
ITEMS = [*EQUATIONS, *STATEMENTS, *FIGURES, *SECTIONS]
KEY = "claim"  # of the output metadata in which a notebook keeps the numbers
VERDICTS = {
    "holds": "true as printed",
    "typo": "the intent is clear, a symbol is wrong",
    "condition": "true under a condition that is not stated",
    "wrong": "false as printed; the corrected form is checked",
}


def recorded(path) -> list[dict]:
    """The claims that an executed notebook keeps, in its order, each as a dict with its anchor."""
    cells = json.loads(Path(path).read_text("utf8"))["cells"]
    kept = (output.get("metadata", {}) for cell in cells for output in cell.get("outputs", ()))
    return [metadata[KEY] for metadata in kept if KEY in metadata]
