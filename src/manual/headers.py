"""The public headers as a tree: header, section, unit (a comment and all that it
describes), declaration. Stops at a declaration that no comment describes."""

import re
import sys
from dataclasses import dataclass, field

import comments

TOKEN = re.compile(r"""
    (?P<comment>     /\*.*?\*/ )
  | (?P<directive>   ^\#(?:[^\n]*\\\n)*[^\n]* )
  | (?P<blank>       \n(?=\n) )
  | (?P<space>       [ \t]+|\n )
  | (?P<declaration> [^;{]*(?:\{[^}]*\}[^;]*)?; )
""", re.VERBOSE | re.MULTILINE | re.DOTALL)

TITLE = re.compile(r"/\* -{4} (.*?) -+ \*/")
OPAQUE = re.compile(r"typedef struct (\w+) \1")
ENUM = re.compile(r"(?:typedef )?enum ?(\w*) ?\{(.*)\} ?(\w*)", re.DOTALL)
FUNCTION = re.compile(r"(?P<before>.*?)\b(?P<name>\w+)\((?P<parameters>.*)\)")
CALLBACK = re.compile(r"(?P<before>typedef .*?\(\*)(?P<name>\w+)(?P<after>\)\()"
                      r"(?P<parameters>.*)\)")


@dataclass
class Function:
    """A function, or a type of functions."""
    name: str
    before: str  # what stands in front of the name
    after: str  # what stands between the name and the parameters
    parameters: list


@dataclass
class Constant:
    name: str
    value: str
    text: str
    group: str  # what a comment above it and its neighbours says


@dataclass
class Unit:
    comment: comments.Comment
    functions: list = field(default_factory=list)
    constants: list = field(default_factory=list)
    types: list = field(default_factory=list)
    enum: str = ""


@dataclass
class Section:
    title: str
    units: list = field(default_factory=list)
    introduction: list = field(default_factory=list)


@dataclass
class Header:
    path: str
    head: comments.Comment
    sections: list = field(default_factory=lambda: [Section("")])
    types: list = field(default_factory=list)

    def units(self):
        return [unit for section in self.sections for unit in section.units]


def constants_by_name(tree):
    return {constant.name: constant for header in tree for unit in header.units()
            for constant in unit.constants}


def fail(path, line, what):
    sys.exit(f"{path}:{line}: {what}")


def macros_of(texts):
    """Names of macros such as SESSION_API, which declarations carry."""
    return set(re.findall(r"^#\s*define (\w+)", "\n".join(texts), re.MULTILINE))


def normalize(declaration, macros):
    """In one line, without the semicolon and the attributes."""
    text = re.sub(r"__attribute__\s*\(\(.*?\)\)\s*(?=[;\w])", "", declaration)
    for macro in re.findall(r"\b[A-Z]\w+\b", text):
        if macro in macros:
            text = re.sub(rf"\b{macro}\b\s*(\([^()]*\))?", "", text)
    return re.sub(r"\s+", " ", text).strip(" ;")


def constants_of(body):
    """The constants of an enum; a comment on a line of its own names a group."""
    found, group = [], ""
    for comment, name, value, after in re.findall(
            r"(/\*.*?\*/)|(\w+)(?: = ([^,/]*[^,/\s]))?,?[ \t]*(/\*.*?\*/)?", body, re.DOTALL):
        if comment:
            group = comments.one_line(comments.strip_frame(comment))
        else:
            text = comments.one_line(comments.strip_frame(after)) if after else ""
            found.append(Constant(name, value, text, group))
    return found


class Reader:
    def __init__(self, path, shown_path, text, macros):
        self.path, self.macros, self.text = path, macros, text
        self.header = Header(shown_path, None)
        self.comment = self.unit = None

    def read(self):
        text = re.sub(r"#ifdef __cplusplus\n.*?#endif", lambda match: "\n" * match[0].count("\n"),
                      self.text, flags=re.DOTALL)
        for token in TOKEN.finditer(text):
            line = text.count("\n", 0, token.start()) + 1
            getattr(self, "take_" + token.lastgroup)(token[0], line)
        return self.header

    def take_space(self, text, line):
        pass

    def take_blank(self, text, line):
        if self.comment:
            self.header.sections[-1].introduction += self.comment.blocks
        self.comment = self.unit = None

    def take_comment(self, text, line):
        title = TITLE.fullmatch(text)
        if title:
            self.header.sections.append(Section(title[1]))
        elif self.header.head is None:
            self.header.head = comments.parse(text, line)
        else:
            self.comment = comments.parse(text, line)
        self.unit = None

    def take_directive(self, text, line):
        constant = re.fullmatch(r"#\s*define (\w+) ([\w() |<+]+)", text)
        unit = self.open_unit() if constant else None
        if unit:
            unit.constants.append(Constant(constant[1], constant[2], "", ""))
        else:
            self.comment = self.unit = None

    def open_unit(self):
        """The unit that the comment before this starts, or that goes on."""
        if self.comment:
            self.unit = Unit(self.comment)
            self.header.sections[-1].units.append(self.unit)
            self.comment = None
        return self.unit

    def take_declaration(self, text, line):
        declaration = normalize(text, self.macros)
        unit, opaque = self.open_unit(), OPAQUE.fullmatch(declaration)
        if opaque:
            self.header.types.append(opaque[1])
            if unit:
                unit.types.append(opaque[1])
        elif unit is None:
            fail(self.path, line, f"no comment describes this: {declaration.split('{')[0]}")
        else:
            self.add(unit, declaration, text, line)

    def add(self, unit, declaration, text, line):
        enum = ENUM.fullmatch(declaration)
        match = CALLBACK.fullmatch(declaration) or FUNCTION.fullmatch(declaration)
        if enum:
            unit.enum = enum[3] or enum[1]
            unit.constants += constants_of(text[text.index("{") + 1:text.rindex("}")])
        elif match:
            parameters = comments.split_list(match["parameters"])
            unit.functions.append(Function(match["name"], match["before"],
                                           match.groupdict().get("after", "("), parameters))
        else:
            fail(self.path, line, f"the manual has no form for this: {declaration}")


def check_codes(path, header, constants):
    for unit in header.units():
        for code, _ in unit.comment.returns.codes if unit.comment.returns else ():
            if "SESSION_" + code not in constants:
                fail(path, unit.comment.line, f"there is no code {code}")


def read(paths):
    texts = [path.read_text(encoding="utf-8") for path in paths]
    macros = macros_of(texts)
    tree = [Reader(path, f"hisession/{path.name}", text, macros).read()
            for path, text in zip(paths, texts)]
    constants = constants_by_name(tree)
    for path, header in zip(paths, tree):
        check_codes(path, header, constants)
    return tree
