"""Which functions share a page, and what a name in a text leads to."""

import re
from dataclasses import dataclass

import headers

SPAN = re.compile(r"""
    `(?P<literal>[^`]+)`
  | (?P<quoted>"[^"]*")
  | \b(?P<function>session_\w+)\(\)
  | \b(?P<header>hisession/\w+\.h)\b
  | \b(?P<constant>[A-Z][A-Z_]+)\b
  | \b(?P<option>[a-z]*_[a-z_]+(?:=\w+)?|[a-z]+=\w+)\b
""", re.VERBOSE)
PREFIXES = ("SESSION_", "SESSION_EVENT_", "")
TOPICS = ("Threads", "Blocking")  # have sections of their own
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


def continued(page, unit):
    """The page before, if this belongs to it: neighbours that cannot fail are short."""
    if page and (refers_up(unit) or not (unit.comment.returns or page.units[-1].comment.returns)):
        return page
    return None


def of_section(header, section):
    """The pages of one section."""
    pages, last = [], None
    for unit in section.units:
        if not unit.functions:
            last = None
            continue
        page = maker(unit, pages) if ends(unit) else continued(last, unit)
        if page is None:
            page = Page(header, [])
            pages.append(page)
        page.units.append(unit)
        last = None if ends(unit) else page
    return pages


def of_header(header):
    return [page for section in header.sections for page in of_section(header, section)]


class Index:
    """Every name that has a place in the manual."""

    def __init__(self, tree):
        self.pages = {function.name: page for header in tree for page in of_header(header)
                      for function in page.functions()}
        self.constants = headers.constants_by_name(tree)
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


def topic(title, comments):
    """What the first of these comments to say something of this says."""
    return next((text for comment in comments if (text := comment.topic(title))), None)


def summary(comment):
    """What the comment's subject is or does, in less than a sentence."""
    text = comment.summary().removeprefix("hisession: ").replace("`", "")
    return text[0].lower() + text[1:] if re.match("[A-Z][a-z ]", text) else text


def title(unit):
    """What a unit without functions is called."""
    names = unit.types + [constant.name for constant in unit.constants]
    if unit.enum or len(names) == 1:
        return unit.enum or names[0]
    return re.split("[,.;:]", unit.comment.summary())[0]


def text_below_title(unit):
    """The comment's blocks but for a first one that says no more than the title."""
    blocks = unit.comment.blocks
    return blocks[blocks[0].lines == [title(unit) + "."]:]


def text_below_name(header):
    """Likewise of a head comment, whose first words are the manual's heading."""
    blocks = header.head.blocks
    return blocks[blocks[0].lines == [header.head.summary() + "."]:]
