"""What the explorers do with their state, without a page: undo, addresses, and numbers as text."""
import json
import urllib.parse

import pytest
from py_mini_racer import MiniRacer

from lib.explorers import bundle


@pytest.fixture(scope="module")
def run():
    """run(text): the JSON value that this JavaScript returns, with the modules as $undo, ..."""
    v8 = MiniRacer()
    v8.eval(bundle.globals_script("undo", "runtime", "dom", "plot"))
    v8.eval("""var book = (state) => $undo.undoing((key) => state[key],
        (key, value) => { state[key] = value; });
        var set = (steps, state, key, value, at) => {
            steps.note(key, at);
            state[key] = value; };""")
    return lambda text: json.loads(v8.eval(f"JSON.stringify((() => {{ {text} }})())"))


def test_every_change_is_undone_and_done_again_in_its_order(run):
    seen = run("""const state = { x: 0, y: 0 }, steps = book(state), seen = [];
        const look = () => seen.push([state.x, state.y, steps.past, steps.future]);
        for (const [key, value] of [["x", 1], ["y", 2], ["x", 3]]) {
            steps.end();
            set(steps, state, key, value, 0);
        }
        look();
        for (let k = 0; k < 3; k++) { steps.undo(); look(); }
        for (let k = 0; k < 3; k++) { steps.redo(); look(); }
        return [seen, steps.redo()];""")
    there = [[3, 2, 3, 0], [1, 2, 2, 1], [1, 0, 1, 2], [0, 0, 0, 3]]
    assert seen == [there + there[-2::-1], False]


def test_one_drag_is_one_step_and_so_is_what_a_press_changes_together(run):
    assert run("""const state = { x: 0, y: 0 }, steps = book(state);
        steps.held = true;
        for (let k = 1; k < 50; k++) set(steps, state, "x", k, 400 * k);        // slow, but held
        steps.held = false;
        steps.end();
        set(steps, state, "x", 100, 0);
        set(steps, state, "y", 7, 1);
        steps.undo();
        const middle = [state.x, state.y];
        steps.undo();
        return [middle, [state.x, state.y], steps.past];""") == [[49, 0], [0, 0], 0]


def test_keys_one_after_another_are_one_step_until_the_hand_rests(run):
    assert run("""const state = { x: 0 }, steps = book(state);
        for (const at of [0, 300, 900, 1500, 5000, 5100]) set(steps, state, "x", at + 1, at);
        steps.undo();
        return [state.x, steps.past];""") == [1501, 1]


def test_undo_leaves_alone_what_others_have_changed_in_the_meantime(run):
    assert run("""const state = { points: [1], delta: 0, epoch: 0 }, steps = book(state);
        set(steps, state, "points", [], 0);
        state.delta = 5;                                                        // Python
        state.epoch = 900;                                                      // training
        steps.undo();
        return state;""") == {"points": [1], "delta": 5, "epoch": 900}


def test_a_new_change_forgets_what_was_undone_and_a_step_without_effect_does_not_count(run):
    assert run("""const state = { x: 0 }, steps = book(state);
        set(steps, state, "x", 1, 0); steps.undo(); set(steps, state, "x", 2, 0);
        const forgotten = steps.future;
        steps.end(); set(steps, state, "x", 3, 0); set(steps, state, "x", 2, 0);  // there and back
        steps.undo();
        return [forgotten, state.x];""") == [0, 0]


def test_steps_do_not_pile_up(run):
    assert run("""const state = { x: 0 }, steps = book(state);
        for (let k = 0; k < 1000; k++) { steps.end(); set(steps, state, "x", k, k); }
        return steps.past;""") == 200


GOOD = urllib.parse.quote(json.dumps({"delta": "inf", "points": [[0, 0.5]]}))


@pytest.mark.parametrize(("address", "found"), [
    ("", None),
    ("#", None),
    ("#50%", None),
    ("#section-1", None),
    ("#%E0%A4%A", None),
    (f"#delta:{GOOD}", {"key": "delta", "state": {"delta": "inf", "points": [[0, 0.5]]}}),
    (f"#delta.1%3A{GOOD}", {"key": "delta.1", "state": {"delta": "inf", "points": [[0, 0.5]]}}),
    (f"#delta:{GOOD[:-1]}", {"key": "delta"}),
    (f"#delta:{GOOD[:40]}%", {"key": "delta"}),
    ("#delta:", {"key": "delta"}),
    ("#field:[1]", {"key": "field"}),
    ("#field:null", {"key": "field"}),
])
def test_an_address_is_read_or_known_to_be_damaged(run, address, found):
    assert run(f"return $runtime.linkOf({json.dumps(address)});") == found


@pytest.mark.parametrize("length", range(7, len(GOOD) + 7))
def test_a_link_cut_anywhere_is_damaged_and_raises_nothing(run, length):
    whole = f"#delta:{GOOD}"
    found = run(f"return $runtime.linkOf({json.dumps(whole[:length])});")
    assert found == {"key": "delta"}


@pytest.mark.parametrize(("value", "digits", "text"), [
    (1.28e5, 3, "1.28e5"), (1.28e5, 2, "1.3e5"), (-1.28e-5, 3, "−1.28e−5"), (1e5, 3, "1e5"),
    (0.38123, 2, "0.38"), (12345.67, 3, "12345.7"), (0, 3, "0"), (1e300, 2, "1e300")])
def test_numbers_keep_their_digits(run, value, digits, text):
    assert run(f"return $dom.number({value}, {digits});") == text


@pytest.mark.parametrize(("value", "text"), [
    (1.5e5, "1.5·10⁵"), (1e5, "10⁵"), (-1e6, "−10⁶"), (2.5e-4, "2.5·10⁻⁴"), (-0.5, "−0.5"),
    (0, "0"),
    (150000.00000000003, "1.5·10⁵")])
def test_a_tick_says_where_it_is(run, value, text):
    assert run(f"return $plot.tickLabel({value});") == text
