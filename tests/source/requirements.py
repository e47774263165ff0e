"""tests/REQUIREMENTS.md leaves nothing out and names tests that are there.

requirements.py SOURCE_FOLDER

Each requirement of the chapters it covers has one row; each row leads to a test or
says why it is the application's job; each link leads to a file, or to a heading in
one, and a test that it names, a title in JavaScript, is in that file and is run.
"""

import pathlib
import re
import sys

ASVS = ("7.1.1 7.1.2 7.1.3 7.2.1 7.2.2 7.2.3 7.2.4 7.3.1 7.3.2 7.4.1 7.4.2 7.4.3 7.4.4 "
        "7.4.5 7.5.1 7.5.2 7.5.3 7.6.1 7.6.2 3.3.1 3.3.2 3.3.3 3.3.4 3.3.5 3.5.1").split()

mistakes = []


def check(ok, mistake):
    if not ok:
        mistakes.append(mistake)


def rows(page):
    """Item and last cell of each row that is not a table's head."""
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("|") and re.match(r"\d", cells[0]):
            yield cells[0], cells[-1]


def links(text):
    return re.findall(r"\[([^]]+)\]\(([^) ]+)\)", text)


def is_test(name, target):
    return name.startswith("`test_") or target.endswith(".js")


def defines(file, name):
    """Whether a file has the test, and something that runs it."""
    text = file.read_text()
    form = {".c": r"\bvoid\s+%s\(", ".py": r"^def %s\(", ".js": r'^test\("%s"'}
    is_run = file.suffix != ".c" or len(re.findall(rf"\b{name}\b", text)) > 1
    return is_run and re.search(form[file.suffix] % re.escape(name), text, re.MULTILINE)


def headings(file):
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles]


def check_links(page, folder):
    for name, target in links(page):
        path, _, anchor = target.partition("#")
        file = folder / path if path else folder / "REQUIREMENTS.md"
        if target.startswith("https://"):
            continue
        if not file.exists():
            check(False, f"{target} is not there")
        elif is_test(name, target):
            check(defines(file, name.strip("`")), f"{path} does not run {name}")
        elif anchor:
            check(anchor in headings(file), f"{file.name} has no heading {anchor}")


def check_rows(page):
    found = list(rows(page))
    items = [item for item, _ in found]
    for item in ASVS:
        check(items.count(item) == 1, f"{item} has {items.count(item)} rows")
    for item, shown in found:
        check(any(is_test(*link) for link in links(shown))
              or "The application's job, because" in shown,
              f"{item} leads to no test and is not said to be the application's job")


def main(folder):
    page = (folder / "REQUIREMENTS.md").read_text()
    check_links(page, folder)
    check_rows(page)
    sys.exit("\n".join(mistakes) or 0)


main(pathlib.Path(sys.argv[1]) / "tests")
