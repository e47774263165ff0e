"""No C file is longer than 600 lines, and no function longer than 80.

sizes.py SOURCE_FOLDER
"""

import pathlib
import sys

FOLDERS = ["include", "src", "examples", "tests"]
FILE_LINES = 600
FUNCTION_LINES = 80

violations = []


def functions(lines):
    """First and last line of each function's body, whose braces alone stand in column 0."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            yield start, number
            start = None


def check_file(path, name):
    lines = path.read_text().splitlines()
    if len(lines) > FILE_LINES:
        violations.append(f"{name}: has {len(lines)} lines, more than {FILE_LINES}")
    for start, end in functions(lines):
        if end - start - 1 > FUNCTION_LINES:
            violations.append(f"{name}:{start}: a function of {end - start - 1} lines, "
                              f"more than {FUNCTION_LINES}")


def main(folder):
    files = [path for top in FOLDERS for path in sorted((folder / top).rglob("*.[ch]"))]
    if not files:
        sys.exit(f"{folder}: holds no C file")
    for path in files:
        check_file(path, path.relative_to(folder))
    sys.exit("\n".join(violations) or 0)


main(pathlib.Path(sys.argv[1]))
