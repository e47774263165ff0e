"""The pages lead where they say, and the map of src/ names every file.

pages.py SOURCE_FOLDER

A page of several sections begins with a list of them; README.md is short; each link
leads to a file, and to a heading in it; code stands between fences. In src/README.md
each file of a folder with C in it has its line; a function that a table names is in a file that
its row links.
"""

import pathlib
import re
import sys

LONGEST_README = 150

mistakes = []


def check(ok, mistake):
    if not ok:
        mistakes.append(mistake)


def pages(source):
    yield source / "README.md"
    for folder in ("include", "src", "tests", "examples", ".github"):
        yield from sorted((source / folder).rglob("*.md"))


def without_code(text):
    """The text without what stands between fences."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchor(title):
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-")


def headings(text, level="#+"):
    return re.findall(rf"^{level} (.+)$", without_code(text), re.MULTILINE)


def links(text):
    return re.findall(r"\[[^]]+\]\(([^) ]+)\)", without_code(text))


# ---- Every page ----


def check_links(page, text, name):
    for target in links(text):
        if target.startswith("https://"):
            continue
        path, _, wanted = target.partition("#")
        file = page.parent / path if path else page
        if not file.exists():
            check(False, f"{name}: {target} is not there")
        elif wanted:
            check(wanted in map(anchor, headings(file.read_text())),
                  f"{name}: {path or 'the page'} has no heading {wanted}")


def check_contents(text, name):
    """A page of more than two sections lists them before the first one."""
    sections = headings(text, "##")
    listed = links(text.split("\n## ", 1)[0])
    if len(sections) > 2:
        for section in sections:
            check(f"#{anchor(section)}" in listed,
                  f"{name}: the list at its beginning lacks {section}")


def check_code(text, name):
    found = re.search(r"\n\n {4,}\S.*", without_code(text))
    check(not found, f"{name}: code without a fence: {found and found[0].strip()}")


# ---- The map ----


def check_map(source):
    page = source / "src/README.md"
    text = page.read_text()
    for folder in sorted({path.parent for path in (source / "src").rglob("*.c")}):
        rows = set(re.findall(rf"^\| \[`{folder.name}/([\w.]+)`\]", text, re.MULTILINE))
        files = {path.stem if path.suffix in (".c", ".h") else path.name
                 for path in folder.iterdir() if not path.name.endswith(".md")}
        for file in sorted(files - rows):
            check(False, f"src/README.md has no line on {folder.name}/{file}")
        for file in sorted(rows - files):
            check(False, f"src/README.md: {folder.name}/{file} is not there")


def check_functions(page, text, name):
    """A function in a row of a table is in a file that the row links."""
    for row in re.findall(r"^\|.*\|$", text, re.MULTILINE):
        files = [page.parent / link for link in links(row)]
        linked = "".join(file.read_text() for file in files if file.is_file())
        for function in re.findall(r"`(\w+)\(\)`", row) if linked else []:
            check(re.search(rf"\b{function}\b", linked),
                  f"{name}: {function}() is in no file that its row links")


def main(source):
    for page in pages(source):
        text, name = page.read_text(), str(page.relative_to(source))
        check_links(page, text, name)
        check_code(text, name)
        if page.name == "README.md":
            check_contents(text, name)
    readme = len((source / "README.md").read_text().splitlines())
    check(readme <= LONGEST_README, f"README.md has {readme} lines, over {LONGEST_README}")
    check_map(source)
    src = source / "src/README.md"
    check_functions(src, src.read_text(), "src/README.md")
    sys.exit("\n".join(mistakes) or 0)


main(pathlib.Path(sys.argv[1]))
