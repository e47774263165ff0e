"""The tables in the pages and the headers say what the source says.

docs.py SOURCE_FOLDER

The page is include/hisession/README.md. Options: src/config/options.c, the comment of
session_options_set(), the page; those of cookies: src/web/cookie_setup.c, the comment of
session_cookie_open(), the page. Errors: the codes in codes.h, src/base/errors.c, the
page; and every code that some function is documented to return is provoked by a test.
"""

import pathlib
import re
import sys

PAGE = "include/hisession/README.md"
UNITS = {
    "DURATION": {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000},
    "SIZE": {"": 1, "k": 1024, "m": 1024 * 1024},
    "COUNT": {"": 1},
    "TEXT": {"": 1},
}

mistakes = []


def check(ok, mistake):
    if not ok:
        mistakes.append(mistake)


def between(text, start, end, where):
    match = re.search(start + "(.*?)" + end, text, re.DOTALL)
    if not match:
        sys.exit(f"{where}: cannot find what stands between {start!r} and {end!r}")
    return match[1]


def check_same_names(names, expected, where):
    for name in expected:
        check(name in names, f"{where} says nothing of {name}")
    for name in names:
        check(name in expected, f"{where} has {name}, which the source has not")


# ---- Options ----


def evaluate(text, known):
    """A constant expression of C; None if it is more than that."""
    try:
        return eval(text, {"INT64_C": int}, known)
    except (NameError, SyntaxError, TypeError):
        return None


def constants(*texts):
    """What names stand for in the options' source: its enums and defines."""
    known = {}
    for text in texts:
        for body in re.findall(r"\benum \{(.*?)\}", text, re.DOTALL):
            last = -1
            for name, value in re.findall(r"(\w+)(?: = ([^,]+))?(?:,|\s*$)", body):
                last = evaluate(value, known) if value else last + 1
                if last is None:
                    break
                known[name] = last
        for name, value in re.findall(r"#define (\w+) (.+)", text):
            known[name] = evaluate(value, known)
    return known


def rows_of_source(folder, file):
    """The rows of an option table: each name with its members as they are written."""
    source = (folder / file).read_text()
    table = between(source, r"hs_option rows\[\] = \{", r"\n\};", file)
    rows = [dict(re.findall(r"\.(\w+) = (\{.*?\}|\".*?\"|[^,}]+)", row, re.DOTALL))
            for row in table.split("{.name")[1:]
            for row in [".name" + row]]
    return {row["name"].strip('"'): row for row in rows}


def options_of_source(folder):
    file = "src/config/options.c"
    known = constants((folder / "src/crypto/address.h").read_text(),
                      (folder / file).read_text())
    return {name: {"kind": row["read"].removeprefix("hs_option_read_").upper(),
                   "initial": row.get("initial", "").strip('"'),
                   "least": evaluate(row.get("least", "0"), known),
                   "most": evaluate(row.get("most", "0"), known),
                   "choices": re.findall(r'"(.*?)"', row.get("choices", ""))}
            for name, row in rows_of_source(folder, file).items()}


def options_of_header(folder):
    """Each option's allowed values and default."""
    header = (folder / "include/hisession/session.h").read_text()
    table = between(header, r" \* Sets one option.*?\n \*\n", r"\n \*\n", "session.h")
    rows = re.findall(r" \*     (\w+) +((?:.|\n \*      +)+)", table)
    parsed = {}
    for name, row in rows:
        row = re.sub(r"\n \* +", " ", row)
        default = re.search(r"\(([^()]*)\)$", row)
        check(default, f"session.h: the row of {name} does not end in (its default)")
        parsed[name] = (row, default[1] if default else "")
    return parsed


def table_of_page(folder, title):
    """The first two columns of the first table of a section."""
    page = (folder / PAGE).read_text()
    section = between(page, rf"\n## {title}\n", r"\n## ", PAGE)
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)[0]
    rows = re.findall(r"^\| *([^|]+?) *\| *([^|]+?) *\|", table, re.MULTILINE)
    return dict(rows[2:])


def number(text, option, options):
    """A value as users write it, or another option's name for its limit."""
    if text in options:
        return options[text]["most"]
    digits, unit = re.fullmatch(r"(\d+)([a-z]*)", text).groups()
    return int(digits) * UNITS[option["kind"]][unit]


def check_option(name, option, row, default, options):
    if option["kind"] == "CHOICE":
        for choice in option["choices"]:
            check(re.search(rf"\b{choice}\b", row.rsplit("(", 1)[0]),
                  f"session.h: the row of {name} does not name {choice}")
        check(option["initial"] == default,
              f"session.h: the default of {name} is not {default}")
    elif option["kind"] in UNITS:
        limits = re.match(r"(\w+) to (\w+)", row)
        check(limits and [number(limit, option, options) for limit in limits.groups()]
              == [option["least"], option["most"]],
              f"session.h: {name} is not allowed {row.split('  ')[0]}, but "
              f"{option['least']} to {option['most']}")
        if option["kind"] != "TEXT" and option["initial"]:
            check(default == option["initial"],
                  f"session.h: the default of {name} is not {default}")


def check_options(folder):
    options = options_of_source(folder)
    header = options_of_header(folder)
    page = {name.strip("`"): default.replace("`", "")
            for names, default in table_of_page(folder, "Options").items()
            for name in names.split(", ")}
    check_same_names(header, options, "session.h, session_options_set()")
    check_same_names(page, options, f"{PAGE}, Options")
    for name in options.keys() & header.keys():
        row, default = header[name]
        check_option(name, options[name], row, default, options)
        check(page.get(name, default) == default,
              f"the default of {name} is {page.get(name)} in {PAGE}, "
              f"{default} in session.h")


def check_cookie_options(folder):
    names = rows_of_source(folder, "src/web/cookie_setup.c")
    header = (folder / "include/hisession/cookie.h").read_text()
    table = between(header, r" \* Sets up a cookie.*?\n \*\n", r"\n \*\n", "cookie.h")
    rows = dict(re.findall(r" \*     (\w+) .*\((.*)\)", table))
    page = {name.strip("`"): default.replace("`", "")
            for name, default in table_of_page(folder, "Cookies").items()}
    check_same_names(rows, names, "cookie.h, session_cookie_open()")
    check_same_names(page, names, f"{PAGE}, Cookies")
    for name in rows.keys() & page.keys():
        check(rows[name] == page[name],
              f"the default of the cookie's {name} is {page[name]} in {PAGE}, "
              f"{rows[name]} in cookie.h")


# ---- Errors ----


def codes_to_provoke(folder):
    """What the functions' comments list after "Returns:"."""
    headers = "".join(path.read_text() for path in (folder / "include").rglob("*.h"))
    lists = re.findall(r"Returns:(.*?)\*/", headers, re.DOTALL)
    return set(re.findall(r"\b[A-Z][A-Z_]+\b", " ".join(lists)))


def provoked_codes(folder):
    tests = [path for path in (folder / "tests").rglob("*.*")
             if path.suffix in (".c", ".py") and path.name != "docs.py"]
    text = "".join(path.read_text() for path in tests)
    return set(re.findall(r"\bSESSION_([A-Z_]+)\b", text))


def check_errors(folder):
    header = (folder / "include/hisession/codes.h").read_text()
    codes = dict(re.findall(r"\bSESSION_(\w+) = (-\d+)", header))
    source = (folder / "src/base/errors.c").read_text()
    rows = re.findall(r'\{SESSION_(\w+), "(\w+)",[^}]+\."\}', source)
    check_same_names([name for name, _ in rows if name != "OK"], codes, "src/base/errors.c")
    for code, name in rows:
        check(code == name, f"src/base/errors.c calls SESSION_{code} {name}")

    page = {name: category.split()[0]
            for category, text in table_of_page(folder, "Errors").items()
            for name in re.findall(r"`(\w+)`", text)}
    check_same_names(page, codes, f"{PAGE}, Errors")
    for name in page.keys() & codes.keys():
        check(codes[name][1] == page[name], f"{PAGE}: {name} is in another category")

    provoked = provoked_codes(folder)
    for name in sorted(codes_to_provoke(folder) & codes.keys()):
        check(name in provoked, f"no test provokes {name}")


def main(folder):
    check_options(folder)
    check_cookie_options(folder)
    check_errors(folder)
    sys.exit("\n".join(mistakes) or 0)


main(pathlib.Path(sys.argv[1]))
