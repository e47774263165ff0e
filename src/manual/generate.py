"""Makes the manual, as man pages and as HTML, from the public headers.

generate.py VERSION OUTPUT_FOLDER HEADER...

The first header is the one whose head comment holds for all of them. The folder is
replaced. What is made depends on nothing but the version and the headers.
"""

import pathlib
import shutil
import sys

import headers
import html_page
import man
import pages


def main(version, folder, *paths):
    tree = headers.read([pathlib.Path(path) for path in paths])
    index = pages.Index(tree)
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    man.write(folder / "man", tree, index, version)
    html_page.write(folder / "hisession.html", tree, index, version)


main(*sys.argv[1:])
