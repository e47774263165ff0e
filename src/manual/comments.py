"""What a comment in a public header says: paragraphs, lists, code, result codes."""

import re
from dataclasses import dataclass, field

INDENT_OF_CODE = 4


@dataclass
class Block:
    kind: str  # "text", "code" or "list"
    lines: list  # a list's are its items

    def is_of(self, title):
        return self.kind == "text" and self.lines[0].startswith(title + ". ")


@dataclass
class Returns:
    """A function's closed list of codes, and what the list says besides."""
    codes: list = field(default_factory=list)  # (name without SESSION_, note or "")
    text: str = ""


@dataclass
class Comment:
    line: int
    blocks: list
    returns: Returns = None

    def summary(self):
        """The first sentence, cut where it starts to explain itself."""
        sentence = re.split(r"\.(?: |$)", self.blocks[0].lines[0])[0]
        return re.split(r",? such as |(?<=.{12})[:;] |, NULL ", sentence)[0]

    def topic(self, title):
        """The paragraph that starts with this word and a point, without them."""
        return next((block.lines[0].removeprefix(title + ". ") for block in self.blocks
                     if block.is_of(title)), None)

    def blocks_without(self, titles):
        return [block for block in self.blocks if not any(map(block.is_of, titles))]


def strip_frame(text):
    """The lines of a C comment without what makes them one."""
    text = text.removeprefix("/*").removesuffix("*/")
    lines = [re.sub(r"^ \* ?", "", line) for line in text.split("\n")]
    lines[0] = lines[0].strip()
    return [line.rstrip() for line in lines]


def one_line(lines):
    return " ".join(line.strip() for line in lines).strip()


def is_code(line):
    return line.startswith(" " * INDENT_OF_CODE)


def is_item(line):
    return re.match(r" *- ", line) is not None


def take(lines, is_part):
    """Takes lines off the front for as long as they are part of the same block."""
    taken = [lines.pop(0)]
    while lines and is_part(lines[0]):
        taken.append(lines.pop(0))
    return taken


def take_code(lines):
    code = take(lines, lambda line: is_code(line) or not line)
    while not code[-1]:
        code.pop()
    return Block("code", [line[INDENT_OF_CODE:] for line in code])


def take_list(lines):
    """Items and what continues them, indented further than their dash."""
    items = []
    for line in take(lines, lambda line: is_item(line) or line.startswith("  ")):
        if is_item(line):
            items.append(line.split("- ", 1)[1])
        else:
            items[-1] += " " + line.strip()
    return Block("list", items)


def take_text(lines):
    return Block("text", [one_line(take(lines, lambda line: line and not is_code(line)
                                        and not is_item(line)
                                        and not line.startswith("Returns:")))])


def split_list(text):
    """Splits at the commas that stand outside of parentheses."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def parse_returns(text):
    returns, others = Returns(), []
    for part in split_list(text.removesuffix(".")):
        match = re.fullmatch(r"(?:and |or )?([A-Z][A-Z_]+)(?: \((.*)\))?", part)
        if match and not others:
            returns.codes.append((match[1], match[2] or ""))
        else:
            others.append(part)
    returns.text = ", ".join(others)
    return returns


def parse(text, line):
    lines, comment = strip_frame(text), Comment(line, [])
    while lines:
        if not lines[0]:
            lines.pop(0)
        elif lines[0].startswith("Returns:"):
            listed = one_line(take(lines, bool))
            comment.returns = parse_returns(listed.removeprefix("Returns:"))
        elif is_item(lines[0]):
            comment.blocks.append(take_list(lines))
        elif is_code(lines[0]):
            comment.blocks.append(take_code(lines))
        else:
            comment.blocks.append(take_text(lines))
    return comment
