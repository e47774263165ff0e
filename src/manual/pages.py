"""Which functions share a page, and what a name in a text leads to."""

import re
from dataclasses import dataclass

SPAN = re.compile(r"""
    `(?P<literal>[^`]+)`
  | (?P<quoted>"[^"]*")
  | \b(?P<function>session_\w+)\(\)
  | \b(?P<header>hisession/\w+\.h)\b
  | \b(?P<constant>[A-Z][A-Z_]+)\b
  | \b(?P<option>[a-z]*_[a-z_]+(?:=\w+)?|[a-z]+=\w+)\b
""", re.VERBOSE)
PREFIXES = ("SESSION_EVENT_", "SESSION_", "")
NO_CODES = ("TLS",)  # words that texts use in another sense

FFI_HEADER = ("hisession/ffi.h", "all declarations of the others without preprocessor lines, "
              "for FFI loaders (cffi, LuaJIT, PHP, koffi); not for C")


@dataclass
class Page:
    """What one manual page describes; it has the name of its first function."""
    header: object
    units: list

    def functions(self):
        return [function for unit in self.units for function in unit.functions]

    def name(self):
        return self.functions()[0].name

    def comments(self):
        return [unit.comment for unit in self.units]


def ends(unit):
    """Whether this describes the one function that frees what another made."""
    return len(unit.functions) == 1 and re.search("_(close|free)$", unit.functions[0].name)


def maker(unit, pages):
    """The page of the function that makes what this one frees."""
    base = re.sub("_(close|free)$", "", unit.functions[0].name)
    for page in pages:
        if page.name() in (base + "_open", base + "_new"):
            return page
    return None


def refers_up(unit):
    return any(re.search(r"\bas above\b", line)
               for block in unit.comment.blocks for line in block.lines)


def continues(page, unit):
    """Neighbours that cannot fail are short: they share a page."""
    return refers_up(unit) or not (unit.comment.returns or page.units[-1].comment.returns)


def of_section(header, section):
    """The pages of one section."""
    pages, last = [], None
    for unit in section.units:
        page = None
        if not unit.functions:
            last = None
            continue
        if ends(unit):
            page = maker(unit, pages)
        elif last and continues(last, unit):
            page = last
        if page:
            page.units.append(unit)
        else:
            page = Page(header, [unit])
            pages.append(page)
        last = page if not ends(unit) else None
    return pages


def of_header(header):
    return [page for section in header.sections for page in of_section(header, section)]


class Index:
    """Every name that has a place in the manual."""

    def __init__(self, tree):
        self.pages = {function.name: page for header in tree for page in of_header(header)
                      for function in page.functions()}
        self.constants = {constant.name: constant for header in tree
                          for section in header.sections for unit in section.units
                          for constant in unit.constants}
        self.headers = {header.path: header for header in tree}

    def constant(self, word):
        """What a word such as NOT_FOUND stands for, if it stands for a constant."""
        names = [prefix + word for prefix in PREFIXES]
        return next((name for name in names
                     if name in self.constants and word not in NO_CODES), None)

    def target(self, kind, word):
        """The name that a word leads to; None if it only looks like one."""
        if kind == "function":
            return word if word in self.pages else None
        if kind == "header":
            return word if word in self.headers else None
        return self.constant(word) if kind == "constant" else word

    def spans(self, text):
        """Cuts a text into (kind, text, target), of kind "" where it is plain."""
        start = 0
        for match in SPAN.finditer(text):
            word = match[match.lastgroup]
            target = self.target(match.lastgroup, word)
            if target:
                yield "", text[start:match.start()], None
                yield match.lastgroup, word, target
                start = match.end()
        yield "", text[start:], None


def topic(title, header, tree):
    """What the head comment of the header says of this; else that of the first one."""
    return next((text for one in (header, tree[0])
                 if (text := one.head.topic(title))), None)


def summary(comment):
    """What the comment's subject is or does, in less than a sentence."""
    text = comment.summary().removeprefix("hisession: ").replace("`", "")
    return text[0].lower() + text[1:] if re.match("[A-Z][a-z ]", text) else text


def title(unit):
    """What a unit without functions is called."""
    if unit.enum or len(unit.constants) == 1:
        return unit.enum or unit.constants[0].name
    return re.split("[,.;:]", unit.comment.summary())[0]


def text_below_title(unit):
    """The comment's blocks but for a first one that says no more than the title."""
    blocks = unit.comment.blocks
    return blocks[blocks[0].lines == [title(unit) + "."]:]


def text_below_name(header):
    """Likewise of a head comment, whose first words are the manual's heading."""
    blocks = header.head.blocks
    return blocks[blocks[0].lines == [header.head.summary() + "."]:]
