"""Questions to commit to: choose, commit, then see the answer and what each choice believed."""
import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from ..explorers import Explorer

SCRIPT = """(() => {
const box = document.getElementById("%s"), button = box.querySelector("button");
const answer = box.querySelector(".question-answer"), all = box.querySelector("details");
const shown = box.querySelector(".question-shown");
const radios = [...box.querySelectorAll("input")];
if (!button.hidden) return;
button.hidden = false; all.remove();
for (const radio of radios) radio.addEventListener("change", () => { button.disabled = false; });
button.addEventListener("click", () => {
    const chosen = radios.find((radio) => radio.checked);
    if (!chosen) return;
    for (const radio of radios) radio.disabled = true;
    answer.querySelector(`[data-choice="${chosen.value}"]`).hidden = false;
    answer.hidden = false; button.hidden = true;
    if (shown) shown.hidden = false;
    answer.tabIndex = -1; answer.focus();
    box.dispatchEvent(new CustomEvent("committed", { bubbles: true, detail: box.id }));
});
})();"""


@dataclass(frozen=True)
class Question:
    """A question with choices; all texts are HTML.

    choices: the text of each choice, and what one who takes it believes (of the right one: what one
    has understood);  right: the index of the right one;  because: why;  look: where the book shows
    it;  shows(): the explorer that shows it, in the state that does.
    It works on a page without a kernel, offline, with the keyboard alone; without scripts it is a
    list with the answer folded away.  When one has committed, the page hears the event "committed",
    and the explorer is there: it starts then, and not before.
    """

    name: str
    chapter: str
    asks: str
    choices: tuple[tuple[str, str], ...]
    right: int
    because: str
    look: str
    shows: Callable[[], Explorer] | None = None

    def _repr_html_(self) -> str:
        key, rows, answers, every = f"question-{self.name}", [], [], []
        for k, (text, belief) in enumerate(self.choices):
            verdict = "Yes." if k == self.right else "No."
            rows.append(f'<label class="question-choice" style="display:block">'
                        f'<input type="radio" name="{key}" value="{k}"> {text}</label>')
            answers.append(f'<p data-choice="{k}" hidden><strong>{verdict}</strong> {belief}</p>')
            every.append(f"<li>{text}: <strong>{verdict}</strong> {belief}</li>")
        why = f"<p>{self.because} {self.look}</p>"
        shown = ""
        if self.shows:
            explorer = self.shows().to_html(picture=False)
            shown = f'<div class="question-shown" hidden>{explorer}</div>'
        return (f'<div class="question" id="{key}"><fieldset><legend>{self.asks}</legend>'
                f'{"".join(rows)}</fieldset>'
                f'<button type="button" disabled hidden>Commit</button>'
                f'<div class="question-answer" role="status" hidden>{"".join(answers)}{why}</div>'
                f"{shown}"
                f'<details><summary>Answer</summary><ul>{"".join(every)}</ul>{why}</details>'
                f'<script>{SCRIPT % key}</script></div>')

    def __repr__(self):
        rows = [f"  {'*' if k == self.right else ' '} {plain(text)} [{plain(belief)}]"
                for k, (text, belief) in enumerate(self.choices)]
        return "\n".join([plain(self.asks), *rows, plain(self.because)])


def plain(text: str) -> str:
    """A text without its tags."""
    return html.unescape(re.sub(r"<[^>]+>", "", text))
