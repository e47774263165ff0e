"""Texts in the language of man pages."""

import re
import textwrap

WIDTH = 78
FONTS = {"function": "B", "constant": "B", "literal": "I", "option": "I", "header": "I",
         "parameter": "I"}


def escape(text):
    """Prose: a hyphen inside a word stays one, any other is a minus."""
    text = text.replace("\\", r"\e").replace("^", r"\(ha").replace("~", r"\(ti")
    return re.sub(r"(?<!\w)-|-(?!\w)", r"\\-", text.replace("`", r"\(ga"))


def escape_code(text):
    return re.sub(r"(?<!\\)-", r"\\-", escape(text)).replace("'", r"\(aq")


def guard(line):
    """Keeps a line of text from being read as a request."""
    return r"\&" + line if line[:1] in (".", "'") else line


def font(kind, text):
    return rf"\f{FONTS[kind]}{text}\fP" if kind in FONTS else text


def span(kind, text):
    if kind == "":
        return escape(text)
    if kind == "function":
        return font(kind, escape(text)) + "(3)"
    return font(kind, escape_code(text))


def prose(text, index):
    """A text, each sentence on lines of its own so that the spaces between are even."""
    marked = "".join(span(kind, word) for kind, word, _ in index.spans(text))
    return [guard(line) for sentence in re.split(r"(?<=[.?!]) (?=[A-Z\\])", marked)
            for line in textwrap.wrap(sentence, WIDTH, break_long_words=False,
                                      break_on_hyphens=False)]


def code(lines):
    return [".PP", ".RS 4", ".EX", *(guard(escape_code(line)) for line in lines), ".EE", ".RE"]


def items(texts, index):
    return [line for text in texts
            for line in [r".IP \(bu 2", *prose(text, index)]] + [".PP"]


def topic_paragraph(text, index):
    """A paragraph of a head comment; the word that names its subject stands out."""
    match = re.match(r"([A-Z]\w+)\. ", text)
    return [rf"\fB{match[1]}.\fP", *prose(text[match.end():], index)] if match \
        else prose(text, index)


def body(blocks, index, paragraph=prose):
    lines = []
    for block in blocks:
        if block.kind == "code":
            lines += code(block.lines)
        elif block.kind == "list":
            lines += items(block.lines, index)
        else:
            lines += [".PP", *paragraph(block.lines[0], index)]
    return lines


def joined(lines):
    """The whole text; a .PP is left out where a macro already made a paragraph."""
    kept = []
    for line in lines:
        if line == ".PP" and (not kept or kept[-1] == ".PP" or kept[-1][:3] in (".SH", ".SS")):
            continue
        if line[:3] in (".SH", ".SS") and kept and kept[-1] == ".PP":
            kept.pop()
        kept.append(line)
    while kept[-1] == ".PP":
        kept.pop()
    return "\n".join(kept) + "\n"
