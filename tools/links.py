"""Ask for every page of another site that the built book links to: python -m tools.links."""
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AGENT = {"User-Agent": "Mozilla/5.0 (links of a book, looked at once a week)"}
SHY = {401, 403, 405, 418, 429, 503}  # publishers say so to programs


class Links(HTMLParser):
    """The addresses in the hrefs of a page."""

    def __init__(self, text):
        super().__init__()
        self.found = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        address = dict(attrs).get("href") or ""
        if tag == "a" and address.startswith(("http://", "https://")):
            self.found.add(address.split("#")[0])


def outward(folder: Path) -> dict[str, str]:
    """{address: the first page that has it}."""
    found = {}
    for path in sorted(folder.rglob("*.html")):
        for address in sorted(Links(path.read_text("utf8")).found):
            found.setdefault(address, path.relative_to(folder).as_posix())
    return found


def trouble(address: str, timeout=20) -> str | None:
    """What is wrong with it, or None."""
    try:
        request = urllib.request.Request(address, headers=AGENT)
        urllib.request.urlopen(request, timeout=timeout).close()
    except urllib.error.HTTPError as error:
        error.close()
        return None if error.code in SHY else f"answers {error.code}"
    except (OSError, ValueError) as error:
        return f"no answer: {getattr(error, 'reason', error)}"
    return None


def main(folder=ROOT / "_build" / "html"):
    if not Path(folder, "index.html").is_file():
        sys.exit("no links: build the book first (make book)")
    links = outward(Path(folder))
    with ThreadPoolExecutor(8) as pool:
        found = dict(zip(links, pool.map(trouble, links)))
    bad = [f"{links[address]}: {address} {what}" for address, what in found.items() if what]
    told = [*bad, f"{len(links)} links to other sites, {len(bad)} broken"]
    if found and all(what and what.startswith("no answer") for what in found.values()):
        told.append("not one of them answers: this machine seems to have no network")
    print("\n".join(told))
    sys.exit(bool(bad))


if __name__ == "__main__":
    main(*sys.argv[1:])
