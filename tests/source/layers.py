"""Who includes whom in src/.

layers.py SOURCE_FOLDER

A folder of src/ includes itself and the folders before it in LAYERS; a header of
another library is included by the files that wrap it and by no other; no chain of
includes leads back to where it began; no internal file has a public header's name.
"""

import pathlib
import re
import sys

LAYERS = ["base", "crypto", "config", "record", "redis", "store", "events", "users",
          "session", "web", "async", "cli"]

# Which files may include a header of another library, as a prefix of their path.
WRAPPERS = {
    "cjson/": ["base/json_values"],
    "hiredis/": ["redis/reader"],
    "openssl/": ["redis/tls"],
    "sodium": ["crypto/", "base/memory", "base/random"],
}

# The rest in angle brackets: the C library and the system.
SYSTEM = re.compile(r"(arpa|net|netinet|sys)/\w+\.h|[a-z0-9]+\.h")

violations = []


def includes(path):
    """What a file includes, in quotes and in angle brackets."""
    text = path.read_text()
    return (re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.MULTILINE),
            re.findall(r"^\s*#\s*include\s+<([^>]+)>", text, re.MULTILINE))


def module(name, sources):
    """A source and its headers are one: a header without a source of its own belongs to
    the one that its name begins with, as id_parts.h does to id.c."""
    stem = name.rsplit(".", 1)[0]
    owners = [source for source in sources
              if stem == source or stem.startswith(source + "_")]
    return max(owners, key=len, default=stem)


def check_layer(name, included):
    own, other = name.split("/")[0], included.split("/")[0]
    if included.startswith("hisession/"):
        return
    if "/" not in included or other not in LAYERS:
        violations.append(f'src/{name}: includes "{included}", which names no folder of src/')
    elif LAYERS.index(other) > LAYERS.index(own):
        violations.append(f'src/{name}: includes "{included}", from a layer above its own')


def check_library(name, included):
    for library, wrappers in WRAPPERS.items():
        if included.startswith(library):
            if not name.startswith(tuple(wrappers)):
                violations.append(f"src/{name}: includes <{included}>, which is left to "
                                  + ", ".join(wrappers))
            return
    if not SYSTEM.fullmatch(included):
        violations.append(f"src/{name}: includes <{included}>, of a library that no file wraps")


def check_cycles(graph):
    """Reports each cycle once, at the module that comes first by name."""
    done = set()

    def walk(node, chain):
        if node in chain:
            cycle = chain[chain.index(node):]
            violations.append(f"src/{node}: is included by what it includes: "
                              + " -> ".join([*cycle, node]))
        elif node not in done:
            for following in sorted(graph.get(node, ())):
                walk(following, [*chain, node])
            done.add(node)

    for node in sorted(graph):
        walk(node, [])


def check_names(files, folder):
    public = {path.stem for path in (folder / "include").rglob("*.h")}
    for name in files:
        if pathlib.PurePath(name).stem in public:
            violations.append(f"src/{name}: has the name of a public header")


def main(folder):
    source = folder / "src"
    files = {path.relative_to(source).as_posix(): path
             for path in sorted(source.rglob("*.[ch]"))}
    if not files:
        sys.exit(f"{source}: holds no C file")
    sources = {name.removesuffix(".c") for name in files if name.endswith(".c")}
    graph = {}
    for name, path in files.items():
        if name.split("/")[0] not in LAYERS:
            violations.append(f"src/{name}: is in no folder that is a layer")
            continue
        quoted, angled = includes(path)
        for included in quoted:
            check_layer(name, included)
        for included in angled:
            check_library(name, included)
        own = module(name, sources)
        graph.setdefault(own, set()).update(
            {module(included, sources) for included in quoted} - {own})
    check_cycles(graph)
    check_names(files, folder)
    sys.exit("\n".join(violations) or 0)


main(pathlib.Path(sys.argv[1]))
