"""The items of the paper that a claim can be about, in the paper's order."""

SECTIONS = ["Sec. 1.2", "Sec. 2.1", "Sec. 2.2", "Sec. 2.3", "Sec. 3.1", "Sec. 3.2", "Sec. 3.3",
            "Sec. 4", "Sec. 5", "App. A", "App. B", "App. C", "App. D"]
STATEMENTS = ["Proposition 1", "Lemma 2", "Lemma 3", "Proposition 4", "Theorem 5", "Corollary 6",
              "Lemma 7", "Proposition 8"]
EQUATIONS = [f"Eq. {k}" for k in range(1, 48)]
FIGURES = [f"Fig. {k}" for k in range(1, 10)]
ITEMS = [*EQUATIONS, *STATEMENTS, *FIGURES, *SECTIONS]
