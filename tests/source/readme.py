"""The code in the pages (README.md and the others) compiles, runs and prints what they show.

readme.py SOURCE_FOLDER LIBRARY COMPILER [FLAG...]

A page is tried from its top to its end, on a Redis of its own. What a block is:

  ```c      A program, or, without main(), the middle of one. That one has `store`, an
            open store, and what the comments around the block add to it:

                <!-- before                 <!-- before events=on
                session *s;                 (options of the store)
                -->                         -->
                <!-- after
                REQUIRE(session_has(s, "theme"));
                -->

  ```sh     Commands for bash, where redis-cli speaks to the page's Redis, and $ID is
            the last session id that a block printed. After <!-- run by FILE... --> they
            are not run here, because those files do it: the checks run them, and they
            have each command word for word.
  ```text   What the block before it prints; also ```json. In a line ... stands for any
            text, a line of ... for any lines.
  ```console  What to type at a terminal, over several steps. It is not tried.

redis://127.0.0.1:6379 leads to the page's Redis in all of them.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

BLOCK = re.compile(r"(?:^<!-- (?P<before>(?:(?!-->).)*)-->\n+)?"
                   r"^```(?P<language>\w*)\n(?P<text>.*?)^```$"
                   r"(?:\n+<!-- after\n(?P<after>(?:(?!-->).)*)-->)?", re.MULTILINE | re.DOTALL)

PROGRAM = r"""
#include <hisession/cookie.h>
#include <hisession/events.h>
#include <hisession/session.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define REQUIRE(what)                                                                    \
    if (!(what))                                                                         \
    return fprintf(stderr, "not so: %s\n", #what), 1
int main(void)
{
    session_store *store;
    REQUIRE(session_store_open("redis://127.0.0.1:6379?OPTIONS", NULL, &store, NULL, 0) ==
            SESSION_OK);
BODY
    session_store_close(store);
    return 0;
}
"""


class Redis:
    """A server of a page's own, on a Unix socket."""

    def __init__(self, folder):
        self.socket = folder / "redis.sock"
        self.process = subprocess.Popen(
            [os.environ.get("HISESSION_REDIS_SERVER", "redis-server"), "--port", "0",
             "--unixsocket", self.socket, "--dir", folder, "--save", "", "--appendonly",
             "no"], stdout=subprocess.DEVNULL)
        while not self.answers():
            if self.process.poll() is not None:
                sys.exit("redis-server did not start")
            time.sleep(0.02)

    def answers(self):
        return subprocess.run(["redis-cli", "-s", self.socket, "ping"],
                              capture_output=True, check=False).returncode == 0

    def stop(self):
        self.process.kill()
        self.process.wait()

    def lead_here(self, text):
        return re.sub(r"redis://([\w:]+@)?127\.0\.0\.1:6379",
                      lambda match: f"unix://{match[1] or ''}{self.socket}", text)


class Page:
    def __init__(self, path, source, library, compiler):
        self.path, self.source = path, source
        self.library, self.compiler = library, compiler
        self.name = str(path.relative_to(source))
        self.last_id = ""

    def try_blocks(self):
        text = self.path.read_text()
        with tempfile.TemporaryDirectory() as folder:
            self.folder = pathlib.Path(folder)
            self.redis = Redis(self.folder)
            try:
                output = None
                for match in BLOCK.finditer(text):
                    self.line = text.count("\n", 0, match.start("text")) + 1
                    output = self.try_block(match, output)
            finally:
                self.redis.stop()

    def try_block(self, match, output):
        """What the block printed; None if the next one shows no output of it."""
        language, before = match["language"], match["before"] or ""
        if before.startswith("run by "):
            return self.find_elsewhere(match["text"], before.removeprefix("run by ").split())
        if language == "c":
            return self.run_c(match["text"], before, match["after"] or "")
        if language == "sh":
            return self.run_sh(match["text"])
        if language in ("text", "json"):
            return self.compare(match["text"], output)
        if language == "console":
            return None
        self.fail(f"nothing is known of blocks of {language or 'no language'}")

    def fail(self, mistake):
        sys.exit(f"{self.name}:{self.line}: {mistake}")

    def find_elsewhere(self, text, files):
        """Looks for each command; who runs it there is in the top folder, and root."""
        for file in files:
            if not (self.source / file).exists():
                self.fail(f"{file}, which is to run this, is not there")
        elsewhere = "".join((self.source / file).read_text() for file in files)
        for line in text.splitlines():
            command = re.sub(r"(^|\s+)#.*", "", line).strip()
            command = re.sub(r"\bsudo |(?<!\S)\./", "", command)
            if command not in elsewhere:
                self.fail(f"{' '.join(files)} does not run {command!r}")

    # ---- Running ----

    def run_c(self, text, before, after):
        if not re.search(r"\bmain\(", text):
            text = self.complete(text, before, after)
        file, program = self.folder / "block.c", self.folder / "block"
        file.write_text(self.redis.lead_here(text))
        self.run([*self.compiler, "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                  "-I", self.source / "include", file, "-o", program,
                  self.library, f"-Wl,-rpath,{self.library.parent}"])
        return self.run([program])

    def complete(self, text, before, after):
        options, _, declarations = before.removeprefix("before").partition("\n")
        body = (f"{declarations}\n#line {self.line} \"{self.name}\"\n{text}\n"
                f"#line 1 \"after, {self.name}:{self.line}\"\n{after}")
        return PROGRAM.replace("OPTIONS", options.strip()).replace("BODY", body)

    def run_sh(self, text):
        start = f'redis-cli() {{ command redis-cli -s "{self.redis.socket}" "$@"; }}\n'
        return self.run(["bash", "-euc", start + self.redis.lead_here(text)])

    def run(self, command):
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True,
                              timeout=60, check=False,
                              env={**os.environ, "ID": self.last_id})
        if done.returncode != 0:
            self.fail(f"ends with {done.returncode}\n{done.stdout}{done.stderr}")
        for found in re.findall(r"(?<![\w-])[\w-]{43}(?![\w-])", done.stdout):
            self.last_id = found
        return done.stdout

    def compare(self, text, output):
        if output is None:
            self.fail("follows no block that could print this")
        pattern = "".join("(?:.*\n)*" if line == "..." else
                          ".*".join(map(re.escape, line.split("..."))) + "\n"
                          for line in text.splitlines())
        if not re.fullmatch(pattern, output):
            self.fail(f"the block before this one printed\n{output}")


def main(source, library, *compiler):
    source = pathlib.Path(source)
    pages = [source / "README.md",
             *(path for folder in ("include", "src", "tests", "examples", ".github")
               for path in sorted((source / folder).rglob("*.md")))]
    for path in pages:
        Page(path, source, pathlib.Path(library), compiler).try_blocks()


main(*sys.argv[1:])
