"""Functions as a manual shows them: names told apart from types, long ones folded."""

import re

DEEPEST = 24  # where parameters are not indented as far as their parenthesis


def parameter(text):
    """A parameter as (kind, text), where the kind is "parameter" for its name."""
    match = (re.fullmatch(r"(.*\(\*)(\w+)(\).*)", text)
             or re.fullmatch(r"(.*[ *])(\w+)((?:\[\w*\])?)", text))
    if not match:
        return [("", text)]
    return [("", match[1]), ("parameter", match[2]), ("", match[3])]


def length(spans):
    return sum(len(text) for _, text in spans)


def layout(function, width):
    """The lines of a prototype, each a list of (kind, text)."""
    lines = [[("", function.before), ("function", function.name), ("", function.after)]]
    indent = length(lines[0])
    if indent > DEEPEST:
        indent = 8
    last = len(function.parameters) - 1
    for i, text in enumerate(function.parameters):
        spans = parameter(text) + [("", ");" if i == last else ",")]
        space = " " if i > 0 else ""
        if i > 0 and length(lines[-1]) + length(spans) + len(space) > width:
            lines.append([("", " " * indent)])
            space = ""
        lines[-1] += [("", space)] + spans
    return lines
