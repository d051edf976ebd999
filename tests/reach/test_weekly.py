"""What the weekly run reports: claims that measure something else, links that lead nowhere."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tools import claims, links


def claim(measured, tol=1.0, above=False, item="Eq. 4"):
    return {"anchor": f"claim-{item}", "item": item, "statement": "a | b", "measured": measured,
            "tol": tol, "above": above, "chapter": "one"}


def test_claims_are_read_from_executed_notebooks(tmp_path):
    output = {"metadata": {"claim": claim(0.5)}}
    cells = [{"outputs": [output, {"metadata": {}}, {}]}, {"cell_type": "markdown"}]
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "one.ipynb").write_text(json.dumps({"cells": cells}), "utf8")
    (found,) = claims.measured(tmp_path).values()
    assert found["chapter"] == "chapters/one" and found["measured"] == 0.5


@pytest.mark.parametrize("given, share", [
    (claim(0.25), 0.25), (claim(4.0, tol=1.0, above=True), 0.25),
    (claim(0.0, tol=0.0), 0.0), (claim(0.0, tol=1.0, above=True), float("inf")),
])
def test_the_share_of_the_tolerance_that_is_used_up(given, share):
    assert claims.share(given) == share


def test_the_largest_change_comes_first_and_no_change_is_no_line():
    old = {k: claim(v, item=k) for k, v in {"A": 0.1, "B": 0.1, "C": 0.1, "D": 0.1}.items()}
    new = {k: claim(v, item=k) for k, v in {"A": 0.1, "B": 0.2, "C": 0.9, "E": 0.1}.items()}
    head, rule, *rows = claims.changes(old, new)
    assert [row.split(",")[0][-1] for row in rows] == ["D", "E", "C", "B"]
    assert "| 0.1 (10%) | 0.9 (90%) |" in rows[2] and "a \\| b" in rows[2]
    assert claims.changes(new, new) == []


def test_links_to_other_sites_are_found_once_with_their_page(tmp_path):
    text = '<a href="https://a.example/x#y">1</a><a href="b.html">2</a>'
    text += '<link href="https://c.example">'
    (tmp_path / "one.html").write_text(text, "utf8")
    (tmp_path / "two.html").write_text(text, "utf8")
    assert links.outward(tmp_path) == {"https://a.example/x": "one.html"}


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(self.path[1:]))
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_link_is_broken_if_the_page_is_gone_or_nobody_answers():
    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.server_port}"
    try:
        assert links.trouble(f"{home}/200") is None and links.trouble(f"{home}/403") is None
        assert links.trouble(f"{home}/404") == "answers 404"
    finally:
        server.shutdown()
        server.server_close()
    assert links.trouble(f"{home}/200", timeout=5).startswith("no answer")


def test_a_book_that_links_to_no_other_site_is_no_fault(tmp_path, capsys):
    (tmp_path / "index.html").write_text('<a href="b.html">2</a>', "utf8")
    with pytest.raises(SystemExit) as end:
        links.main(tmp_path)
    assert not end.value.code and capsys.readouterr().out == "0 links to other sites, 0 broken\n"


def test_without_a_network_the_last_line_says_so(tmp_path, capsys):
    (tmp_path / "index.html").write_text('<a href="http://127.0.0.1:9/x">1</a>', "utf8")
    with pytest.raises(SystemExit) as end:
        links.main(tmp_path)
    assert end.value.code and "no network" in capsys.readouterr().out.splitlines()[-1]


def test_before_the_book_is_built_each_ends_with_a_line(monkeypatch, tmp_path):
    monkeypatch.setattr(claims, "ROOT", tmp_path)
    with pytest.raises(SystemExit, match="build the book first"):
        claims.main()
    with pytest.raises(SystemExit, match="build the book first"):
        links.main(tmp_path)
