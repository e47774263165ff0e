"""The generator refuses what it cannot describe, and depends on nothing else.

test_generator.py GENERATOR MANUAL_FOLDER VERSION HEADER...
"""

import pathlib
import subprocess
import sys
import tempfile

HEAD = """/*
 * hisession: a header for a test.
 *
 * Threads. None.
 */
#ifndef TEST_H
#define TEST_H

#define SESSION_API
#define SESSION_FORMAT(a, b) __attribute__((format(printf, a, b)))

/* Result codes. */
enum session_code {
    SESSION_OK = 0, /* done */
    SESSION_INVALID = -101 /* refused */
};

"""


class Generator:
    def __init__(self, script, folder):
        self.script, self.folder = script, folder

    def run(self, declarations):
        header = self.folder / "session.h"
        header.write_text(HEAD + declarations + "\n#endif\n")
        return subprocess.run([sys.executable, "-B", self.script, "1.2.3", self.folder / "out",
                               header], capture_output=True, text=True)

    def refuses(self, declarations, reason):
        result = self.run(declarations)
        assert result.returncode != 0
        last, = result.stderr.splitlines()
        assert reason in last, last

    def page(self, declarations, name="session_f"):
        result = self.run(declarations)
        assert result.returncode == 0, result.stderr
        return (self.folder / f"out/man/man3/{name}.3").read_text()


def test_a_declaration_without_a_comment_is_refused(generator):
    line = HEAD.count("\n") + 1
    generator.refuses("SESSION_API int session_f(void);\n",
                      f"session.h:{line}: no comment describes this: int session_f(void)")
    generator.refuses("/* Does it. */\n\nSESSION_API int session_f(void);\n", "session.h:")
    generator.refuses("/* Does it. */\nSESSION_API int session_f(void);\n\n"
                      "SESSION_API int session_g(void);\n", "int session_g(void)")
    generator.refuses("enum { SESSION_X = 1 };\n", "no comment describes this: enum")


def test_a_code_that_does_not_exist_is_refused(generator):
    generator.refuses("/*\n * Does it.\n * Returns: OK, INVALIDE (NULL).\n */\n"
                      "SESSION_API int session_f(void);\n", "there is no code INVALIDE")


def test_a_form_it_does_not_know_is_refused(generator):
    generator.refuses("/* A point. */\ntypedef struct point { int x; } point;\n",
                      "the manual has no form for this: typedef struct point")


def test_attributes_and_macros_are_left_out(generator):
    page = generator.page(
        "/* Does it. */\nSESSION_API __attribute__((warn_unused_result))\n"
        "int session_f(const char *format, ...) SESSION_FORMAT(1, 2);\n")
    assert r"\fBint \fP\fBsession_f\fP\fB(\fP\fBconst char *\fP\fIformat\fP" in page
    assert "attribute" not in page and "SESSION_API" not in page and "FORMAT" not in page


def test_callbacks_are_functions_too(generator):
    page = generator.page("/* Is called. */\ntypedef void session_f(void *user, int code);\n")
    assert r"\fBtypedef void \fP\fBsession_f" in page
    page = generator.page("/* Is called. */\ntypedef int (*session_f)(void *user);\n")
    assert r"\fBtypedef int (*\fP\fBsession_f\fP\fB)(\fP" in page


def test_notes_hold_commas_and_parentheses(generator):
    page = generator.page(
        "/*\n * Does it.\n * Returns: OK, INVALID (NULL, or (worse) not; see session_f()).\n"
        " */\nSESSION_API int session_f(void);\n")
    assert "\\fBSESSION_INVALID\\fP (\\-101)\n" \
           "refused (NULL, or (worse) not; see \\fBsession_f\\fP(3))\n" in page


def test_lists_tables_and_code_keep_their_form(generator):
    page = generator.page(
        "/*\n * Does one of:\n *   - this,\n *     or\n *   - 'that'.\n *\n"
        " *     .first   'a'  -1\n *\n *     second  \\n\n * Then it ends.\n */\n"
        "SESSION_API int session_f(void);\n")
    assert "Does one of:\n.IP \\(bu 2\nthis, or\n.IP \\(bu 2\n\\&'that'.\n" in page
    assert ".EX\n\\&.first   \\(aqa\\(aq  \\-1\n\nsecond  \\en\n.EE\n.RE\n.PP\nThen it ends.\n" \
        in page


def test_neighbours_that_cannot_fail_share_a_page(generator):
    declarations = ("/* ---- All ---- */\n\n"
                    "/* Makes it.\n * Returns: OK. */\nSESSION_API int session_x_new(void);\n\n"
                    "/* The first. */\nSESSION_API int session_f(void);\n\n"
                    "/* The second. */\nSESSION_API int session_g(void);\n\n"
                    "/* Frees it. */\nSESSION_API void session_x_free(void);\n")
    page = generator.page(declarations)
    assert "session_f \\- the first\n.br\nsession_g \\- the second\n" in page
    assert generator.page(declarations, "session_g") == page
    assert generator.page(declarations, "session_x_free").count("\\fBsession_x_") == 2


def test_what_refers_to_the_text_above_shares_its_page(generator):
    page = generator.page("/* Does it.\n * Returns: OK. */\nSESSION_API int session_f(void);\n\n"
                          "/* Undoes it. Returns as above. */\nSESSION_API int session_g(void);\n")
    assert "session_g \\- undoes it\n" in page


def test_types_and_constants_are_in_the_overview(generator):
    generator.page("/* A thing. */\ntypedef struct session_x session_x;\n\n"
                   "typedef struct session_y session_y;\n\n"
                   "/* How many. */\n#define SESSION_MOST 0x10\n\n"
                   "/* The parts. */\n#define SESSION_A 1\n#define SESSION_B (SESSION_A + 1)\n\n"
                   "/* Does it. */\nSESSION_API int session_f(void);\n")
    page = (generator.folder / "out/man/man7/hisession.7").read_text()
    assert "\\fBtypedef struct session_y session_y;\\fP\n" in page
    assert ".SS session_x\nA thing.\n" in page
    assert ".SS SESSION_MOST (0x10)\nHow many.\n" in page
    assert "\\fBSESSION_B\\fP ((SESSION_A + 1))\n" in page
    assert "done" in page and "SESSION_FORMAT" not in page


def test_a_function_may_say_for_itself_how_it_blocks(generator):
    page = generator.page("/*\n * Does it.\n *\n * Blocking. For ever.\n */\n"
                          "SESSION_API int session_f(void);\n")
    assert page.count("For ever.") == 1
    assert ".SH BLOCKING\nFor ever.\n" in page and ".SH THREADS\nNone.\n" in page


def test_the_result_depends_on_nothing_but_its_input(generator, manual, *built_from):
    subprocess.run([sys.executable, "-B", generator.script, built_from[0], "again",
                    *built_from[1:]],
                   check=True, cwd=generator.folder, env={"LC_ALL": "C", "TZ": "Asia/Tokyo"})
    subprocess.run(["diff", "-r", "--no-dereference", manual, generator.folder / "again"],
                   check=True)


def main(script, *built):
    with tempfile.TemporaryDirectory() as folder:
        generator = Generator(pathlib.Path(script), pathlib.Path(folder))
        for name, test in list(globals().items()):
            if name.startswith("test_"):
                print(name, flush=True)
                test(generator, *built if test.__code__.co_argcount > 1 else ())


main(*sys.argv[1:])
