"""What every claim of the built book measures: python -m tools.claims [BASE].

Writes _build/claims.json.  With BASE, an earlier such file, lists what has changed since, the
largest change first, and brings BASE up to date.
"""
import json
import os
import sys
from pathlib import Path

from lib.paper import recorded

ROOT = Path(__file__).resolve().parents[1]


def measured(folder: Path) -> dict:
    """{anchor: claim} over the executed notebooks in `folder`, each with its chapter."""
    found = {}
    for path in sorted(folder.rglob("*.ipynb")):
        chapter = path.relative_to(folder).with_suffix("").as_posix()
        found |= {claim["anchor"]: {**claim, "chapter": chapter} for claim in recorded(path)}
    return found


def share(claim: dict) -> float:
    """How much of its tolerance a claim uses up: 1 is where it fails."""
    measured, tol = float(claim["measured"]), float(claim["tol"])
    if claim["above"]:
        return tol / measured if measured else float("inf")
    return measured / tol if tol else float(measured > 0)


def changes(old: dict, new: dict) -> list[str]:
    """The lines of a table: claims that came, went, or measure something else."""
    rows = []
    for anchor in old.keys() | new.keys():
        was, now = old.get(anchor), new.get(anchor)
        if was and now and was["measured"] == now["measured"]:
            continue
        claim = now or was
        change = abs(share(now) - share(was)) if was and now else float("inf")
        numbers = [f"{c['measured']:.3g} ({share(c):.0%})" if c else "-" for c in (was, now)]
        words = f"{claim['chapter']}: {claim['item']}, {claim['statement']}".replace("|", "\\|")
        rows.append((-change, f"| {words} | {numbers[0]} | {numbers[1]} |"))
    head = ["| claim | was (of its tolerance) | is |", "|---|---|---|"]
    return head + [row for _, row in sorted(rows)] if rows else []


def main(base=None):
    new = measured(ROOT / "_build" / "jupyter_execute")
    if not new:
        sys.exit("no claims: build the book first (make book)")
    (ROOT / "_build" / "claims.json").write_text(json.dumps(new, indent=1, sort_keys=True), "utf8")
    lines = [f"{len(new)} claims, in _build/claims.json"]
    if base:
        path = Path(base)
        if path.is_file():
            table = changes(json.loads(path.read_text("utf8")), new)
            lines += table or ["none measures anything else than before"]
        path.write_text(json.dumps(new, indent=1, sort_keys=True), "utf8")
    print("\n".join(lines))
    if os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(os.environ["GITHUB_STEP_SUMMARY"], "a", encoding="utf8") as summary:
            print("\n".join(lines), file=summary)


if __name__ == "__main__":
    main(*sys.argv[1:])
