"""The manual as one HTML page, which needs nothing but itself."""

import pathlib
import re
from html import escape

import pages
import prototypes

WIDTH = 76


# ---- Text --------------------------------------------------------------------


def link(target, text):
    return f'<a href="#{target}">{text}</a>'


def span(kind, text, target):
    text = escape(text, quote=False)
    if kind == "function":
        return link(target, f"<code>{text}()</code>")
    if kind in ("constant", "header"):
        return link(anchor(target), f"<code>{text}</code>")
    return f"<code>{text}</code>" if kind else text


def anchor(name):
    return re.sub(r"\W+", "-", name)


def prose(text, index):
    return "".join(span(*part) for part in index.spans(text))


def paragraph(text, index):
    return f"<p>{prose(text, index)}</p>"


def topic_paragraph(text, index):
    """A paragraph of a head comment; the word that names its subject stands out."""
    match = re.match(r"([A-Z]\w+)\. ", text)
    if not match:
        return paragraph(text, index)
    return f"<p><strong>{match[1]}.</strong> {prose(text[match.end():], index)}</p>"


def body(blocks, index, paragraph=paragraph):
    parts = []
    for block in blocks:
        if block.kind == "code":
            parts.append(f"<pre>{escape(chr(10).join(block.lines), quote=False)}</pre>")
        elif block.kind == "list":
            items = "".join(f"<li>{prose(item, index)}</li>\n" for item in block.lines)
            parts.append(f"<ul>\n{items}</ul>")
        else:
            parts.append(paragraph(block.lines[0], index))
    return parts


# ---- Functions -----------------------------------------------------------------


def prototype(function):
    """The function as it is declared; the name is where links to it lead."""
    form = {"function": f'<b id="{function.name}">%s</b>', "parameter": "<i>%s</i>", "": "%s"}
    return "\n".join("".join(form[kind] % escape(text, quote=False) for kind, text in line)
                     for line in prototypes.layout(function, WIDTH))


def row(code, note, index):
    name = "SESSION_" + code
    meaning = prose(index.constants[name].text, index)
    note = f' <span class="note">({prose(note, index)})</span>' if note else ""
    return f"<tr><th scope=row>{link(name, code)}</th><td>{meaning}{note}</td></tr>"


def returns(returned, index):
    if returned is None:
        return []
    parts = ["<h5>Returns</h5>"]
    if returned.codes:
        rows = "\n".join(row(code, note, index) for code, note in returned.codes)
        parts += [f"<table>\n{rows}\n</table>"]
    if returned.text:
        parts += [paragraph(returned.text[0].upper() + returned.text[1:] + ".", index)]
    return parts


# ---- Constants -----------------------------------------------------------------


def constant_rows(constants, index):
    group = ""
    for constant in constants:
        if constant.group != group:
            group = constant.group
            yield f'<tr><td colspan=3 class="group">{prose(group, index)}</td></tr>'
        yield (f'<tr id="{constant.name}"><th scope=row>{constant.name}</th>'
               f"<td>{escape(constant.value)}</td><td>{prose(constant.text, index)}</td></tr>")


def constants(unit, index):
    if not unit.constants:
        return []
    return ['<table class="constants">', *constant_rows(unit.constants, index), "</table>"]


# ---- Units ---------------------------------------------------------------------


def title(unit):
    text = pages.title(unit)
    return f"<code>{text}</code>" if re.fullmatch(r"\w+_\w+", text) else text


def title_id(unit):
    return "of-" + anchor(pages.title(unit))


def heading(unit):
    if unit.functions:
        names = ", ".join(f"<code>{function.name}</code>" for function in unit.functions)
        return f"<h4>{names}</h4>"
    return f'<h4 id="{title_id(unit)}">{title(unit)}</h4>'


def declarations(types, functions):
    lines = [f"typedef struct {name} <b>{name}</b>;" for name in types]
    lines += [prototype(function) for function in functions]
    text = "\n".join(lines)
    return [f'<pre class="prototype">{text}</pre>'] if lines else []


def unit_parts(unit, index):
    blocks = unit.comment.blocks if unit.functions else pages.text_below_title(unit)
    return ["<article>", heading(unit), *declarations(unit.types, unit.functions),
            *body(blocks, index), *constants(unit, index),
            *returns(unit.comment.returns, index), "</article>"]


# ---- The page ------------------------------------------------------------------


def section_id(header, section):
    return anchor(header.path + "-" + section.title)


def section_parts(header, section, index):
    title = [f'<h3 id="{section_id(header, section)}">{section.title}</h3>'] \
        if section.title else []
    return title + body(section.introduction, index) \
        + [part for unit in section.units for part in unit_parts(unit, index)]


def chapter(header, index):
    summary = pages.summary(header.head)
    parts = [f'<h2 id="{anchor(header.path)}"><code>{header.path}</code></h2>',
             f'<p class="summary">{escape(summary[0].upper() + summary[1:], quote=False)}.</p>',
             *body(pages.text_below_name(header), index, topic_paragraph),
             *declarations(header.types, [])]
    return parts + [part for section in header.sections
                    for part in section_parts(header, section, index)]


def entries(unit):
    """What the contents list says of a unit."""
    if not unit.functions:
        yield link(title_id(unit), title(unit))
    for function in unit.functions:
        yield link(function.name, f"<code>{function.name}</code>")


def contents(tree):
    parts = []
    for header in tree:
        parts.append(f"<h2>{link(anchor(header.path), header.path)}</h2>")
        for section in header.sections:
            if section.title:
                parts.append(f"<h3>{link(section_id(header, section), section.title)}</h3>")
            parts += ["<ul>", *(f"<li>{entry}</li>" for unit in section.units
                                for entry in entries(unit)), "</ul>"]
    return parts


def write(path, tree, index, version):
    style = (pathlib.Path(__file__).parent / "style.css").read_text(encoding="utf-8")
    ffi_path, ffi_text = pages.FFI_HEADER
    parts = ["<!DOCTYPE html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
             '<meta name="viewport" content="width=device-width, initial-scale=1">',
             f"<title>hisession {version}</title>", f"<style>\n{style}</style>", "</head>",
             "<body>", '<nav aria-label="Contents">', *contents(tree), "</nav>", "<main>",
             f"<h1>hisession <small>{version}</small></h1>",
             *(part for header in tree for part in chapter(header, index)),
             f"<h2><code>{ffi_path}</code></h2>", f'<p class="summary">{ffi_text}</p>',
             "</main>", "</body>", "</html>"]
    path.write_text("\n".join(part for part in parts if part) + "\n", encoding="utf-8")
