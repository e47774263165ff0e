"""Every function and every code that the headers list is in the manual.

test_pages.py SOURCE_FOLDER MANUAL_FOLDER
"""

import html.parser
import pathlib
import re
import subprocess
import sys

VOID = {"meta"}


# ---- What the headers say, read without the generator -------------------------


def documented(folder):
    """Each function and the codes that stand after "Returns:" in its comment."""
    text = "".join(path.read_text() for path in sorted((folder / "include").rglob("*.h")))
    units = re.findall(r"/\*((?:(?!\*/).)*)\*/\n((?:SESSION_API [^;]*;\n)+)", text, re.DOTALL)
    for comment, declarations in units:
        returns = comment.partition("Returns:")[2].replace("\n *", " ").strip(" .\n")
        while "(" in returns and re.search(r"\([^()]*\)", returns):
            returns = re.sub(r"\([^()]*\)", "", returns)
        codes = {item for item in re.split(r"[\s,]*,[\s,]*", returns + ",")
                 if re.fullmatch(r"[A-Z_]+", item.strip())}
        for name in re.findall(r"\b(session_\w+)\(", declarations):
            yield name, {code.strip() for code in codes}


def symbols(folder):
    return (folder / "tests/abi/symbols.txt").read_text().split()


# ---- The man pages ---------------------------------------------------------------


def section(page, title):
    match = re.search(rf"^\.SH {title}\n(.*?)(?=^\.SH |\Z)", page, re.MULTILINE | re.DOTALL)
    return match[1] if match else ""


def test_every_function_has_a_man_page(source, manual):
    pages = {path.stem for path in (manual / "man/man3").iterdir()}
    assert pages == set(symbols(source)), pages ^ set(symbols(source))
    for name in pages:
        page = (manual / f"man/man3/{name}.3").read_text()
        assert re.search(rf"^(.*, )?{name}(,| \\-)", section(page, "NAME"), re.MULTILINE), name
        assert name + "(" in section(page, "SYNOPSIS").replace(r"\fP", "").replace(r"\fB", "")
        assert section(page, "DESCRIPTION").strip(), name


def test_every_code_is_on_the_man_page(source, manual):
    listed = dict(documented(source))
    assert set(listed) == set(symbols(source))
    assert sum(map(len, listed.values())) > 200
    for name, codes in listed.items():
        page = (manual / f"man/man3/{name}.3").read_text()
        shown = set(re.findall(r"^\\fBSESSION_(\w+)\\fP \(", section(page, "RETURN VALUE"),
                               re.MULTILINE))
        assert codes <= shown, (name, codes - shown)
        assert not codes or codes == shown, (name, shown - codes)


def test_each_header_has_an_overview(source, manual):
    for path in (source / "include/hisession").glob("*.h"):
        name = "hisession" if path.stem == "session" else "hisession_" + path.stem
        page = (manual / f"man/man7/{name}.7").read_text()
        assert f"#include <hisession/{path.name}>" in section(page, "SYNOPSIS")


def test_a_man_page_reads_well(source, manual):
    text = subprocess.run(["mandoc", "-T", "ascii", manual / "man/man3/session_get.3"],
                          check=True, capture_output=True, text=True).stdout
    text = re.sub(".\b", "", text)
    titles = re.findall(r"^[A-Z].*$", text, re.MULTILINE)
    assert titles == ["NAME", "SYNOPSIS", "DESCRIPTION", "RETURN VALUE", "THREADS", "BLOCKING",
                      "SEE ALSO"], titles
    assert "int session_get(session_store *store, const char *id, session **out);" in text
    assert re.search(r"^ +SESSION_NOT_FOUND \(-201\)\n +\w", text, re.MULTILINE)


# ---- The HTML page ---------------------------------------------------------------


class Page(html.parser.HTMLParser):
    """Ids, links and tags; refuses what is not closed in order."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.tags, self.open = [], [], set(), []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.add(tag)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes[name] for name in ("href", "src") if name in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, (tag, self.getpos())


def page_of(manual):
    return (manual / "hisession.html").read_text()


def test_every_function_has_an_anchor(source, manual):
    ids = Page(page_of(manual)).ids
    assert len(set(ids)) == len(ids)
    assert set(symbols(source)) <= set(ids), set(symbols(source)) - set(ids)


def test_every_code_is_on_the_html_page(source, manual):
    articles = re.findall(r"<article>.*?</article>", page_of(manual), re.DOTALL)
    for name, codes in documented(source):
        article, = (text for text in articles if f'id="{name}"' in text)
        shown = set(re.findall(r'<th scope=row><a href="#SESSION_(\w+)">', article))
        assert shown == codes, (name, shown ^ codes)


def test_every_link_leads_somewhere_on_the_page(source, manual):
    page = Page(page_of(manual))
    assert len(page.links) > 200
    for link in page.links:
        assert link.startswith("#") and link[1:] in page.ids, link


def test_the_page_needs_nothing_else(source, manual):
    text = page_of(manual)
    assert not Page(text).tags & {"script", "link", "img", "iframe"}
    assert "url(" not in text and "@import" not in text


def main(*folders):
    source, manual = map(pathlib.Path, folders)
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            print(name, flush=True)
            test(source, manual)


main(*sys.argv[1:])
