"""Manual pages in the man(7) macros: section 3 for functions, 7 for each header."""

import pages
import prototypes
from troff import WIDTH, body, escape, escape_code, joined, prose, topic_paragraph


# ---- Parts of a page -----------------------------------------------------------


def summary(comment):
    return escape(pages.summary(comment))


def prototype(function):
    return ["".join(rf"\fB{escape_code(text)}\fP" if kind != "parameter"
                    else rf"\fI{text}\fP" for kind, text in line if text)
            for line in prototypes.layout(function, WIDTH - 7)]


def synopsis(page):
    lines = [".SH SYNOPSIS", ".nf", rf"\fB#include <{page.header.path}>\fP"]
    for unit in page.units:
        lines += [".PP"] + [line for function in unit.functions for line in prototype(function)]
    return lines + [".fi"]


def name_of(page):
    lines = [".SH NAME"]
    for unit in page.units:
        names = ", ".join(function.name for function in unit.functions)
        lines += [".br"] * (len(lines) > 1) + [rf"{names} \- {summary(unit.comment)}"]
    return lines


def description(page, index):
    lines = [".SH DESCRIPTION"]
    for unit in page.units:
        if len(page.units) > 1:
            lines += [".SS " + ", ".join(function.name + "()" for function in unit.functions)]
        lines += body(unit.comment.blocks_without(pages.TOPICS), index)
    return lines


def constant(constant, note, index):
    text = f"{constant.text} ({note})" if constant.text and note else constant.text or note
    return [".TP", rf"\fB{constant.name}\fP ({escape(constant.value)})",
            *(prose(text, index) or [r"\&"])]


def return_value(page, index):
    lines = []
    for comment in page.comments():
        if comment.returns:
            for code, note in comment.returns.codes:
                lines += constant(index.constants["SESSION_" + code], note, index)
            if comment.returns.text:
                lines += [".PP", *prose(comment.returns.text[0].upper()
                                        + comment.returns.text[1:] + ".", index)]
    return [".SH RETURN VALUE", *lines] if lines else []


def topics(page, tree, index):
    """As the functions' comments say it, or their header's, or the first header's."""
    lines = []
    for title in pages.TOPICS:
        text = pages.topic(title, [*page.comments(), page.header.head, tree[0].head])
        if text:
            lines += [f".SH {title.upper()}", *prose(text, index)]
    return lines


def overview_name(header):
    """hisession for session.h, hisession_cookie for cookie.h."""
    stem = header.path.removeprefix("hisession/").removesuffix(".h")
    return "hisession" if stem == "session" else "hisession_" + stem


def mentioned(page, index):
    """The pages of the functions that this one's texts name."""
    texts = [line for comment in page.comments() for block in comment.blocks
             for line in block.lines if block.kind != "code"]
    names = {index.pages[target].name() for text in texts
             for kind, _, target in index.spans(text) if kind == "function"}
    return sorted(names - {page.name()})


def see_also(references):
    return [".SH SEE ALSO"] + [f".BR {name} ({section})" + "," * (i < len(references))
                               for i, (name, section) in enumerate(references, 1)]


# ---- Pages ---------------------------------------------------------------------


def start(name, section, version):
    return [r'.\" Made from the public headers.',
            f'.TH {name} {section} "" "hisession {version}" "hisession manual"',
            ".nh", ".ad l"]


def function_page(page, tree, index, version):
    references = [(name, 3) for name in mentioned(page, index)] \
        + [(overview_name(page.header), 7)]
    return joined(start(page.name(), 3, version) + name_of(page) + synopsis(page)
                  + description(page, index) + return_value(page, index)
                  + topics(page, tree, index) + see_also(references))


def constants_of(unit, index):
    if len(unit.constants) == 1:
        one = unit.constants[0]
        return [rf".SS {one.name} ({escape(one.value)})", *body(unit.comment.blocks, index)]
    lines = [".SS " + pages.title(unit), *body(pages.text_below_title(unit), index)]
    for before, one in zip([None, *unit.constants], unit.constants):
        if one.group and (before is None or before.group != one.group):
            lines += [".PP", *prose(one.group, index)]
        lines += constant(one, "", index)
    return lines


def types_of(unit, index):
    return [".SS " + ", ".join(unit.types), *body(unit.comment.blocks, index)]


def types_and_constants(header, index):
    units = header.units()
    lines = [line for unit in units if unit.types for line in types_of(unit, index)] \
        + [line for unit in units if unit.constants for line in constants_of(unit, index)]
    return [".SH TYPES AND CONSTANTS", *lines] if lines else []


def functions(header, index):
    lines = [".SH FUNCTIONS"]
    for section in header.sections:
        lines += [".SS " + section.title] if section.title else []
        lines += body(section.introduction, index)
        for page in pages.of_section(header, section):
            for unit in page.units:
                names = ", ".join(rf"\fB{function.name}\fP(3)" for function in unit.functions)
                lines += [".TP", names, summary(unit.comment)]
    return lines


def files(header, tree):
    if header is not tree[0]:
        return []
    described = [(one.path, summary(one.head)) for one in tree] + [pages.FFI_HEADER]
    return [".SH FILES"] + [line for path, text in described
                            for line in (".TP", rf"\fI{path}\fP", text)]


def overview_synopsis(header):
    types = [rf"\fBtypedef struct {name} {name};\fP" for name in header.types]
    return [".SH SYNOPSIS", ".nf", rf"\fB#include <{header.path}>\fP", ".PP", *types, ".fi"]


def overview_page(header, tree, index, version):
    name = overview_name(header)
    others = [(overview_name(other), 7) for other in tree if other is not header]
    return joined(start(name, 7, version)
                  + [".SH NAME", rf"{name} \- {summary(header.head)}"]
                  + overview_synopsis(header) + [".SH DESCRIPTION"]
                  + body(pages.text_below_name(header), index, topic_paragraph)
                  + types_and_constants(header, index) + functions(header, index)
                  + files(header, tree) + see_also(others))


def write(folder, tree, index, version):
    """A page for each header and each group of functions, and a link for each other name."""
    functions, overviews = folder / "man3", folder / "man7"
    functions.mkdir(parents=True)
    overviews.mkdir()
    for header in tree:
        overview = overviews / f"{overview_name(header)}.7"
        overview.write_text(overview_page(header, tree, index, version), encoding="utf-8")
        for page in pages.of_header(header):
            file = functions / f"{page.name()}.3"
            file.write_text(function_page(page, tree, index, version), encoding="utf-8")
            for function in page.functions()[1:]:
                (functions / f"{function.name}.3").symlink_to(file.name)
