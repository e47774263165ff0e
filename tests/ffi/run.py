"""Runs one language's test of the API with a Redis.

run.py luajit|php|node FFI_HEADER LIBRARY
"""

import os
import pathlib
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "abi"))
from test_ffi import Redis  # noqa: E402

COMMANDS = {
    "luajit": ["luajit", here / "test_ffi.lua"],
    "php": ["php", "-d", "ffi.enable=1", "-d", "zend.assertions=1", here / "test_ffi.php"],
    "node": ["node", here / "test_ffi.js"],
}


def node_modules():
    script = f". {here}/../support/modules.sh && npm_modules {here}"
    return subprocess.run(["bash", "-ec", script], check=True, stdout=subprocess.PIPE,
                          text=True).stdout.strip()


def main(language, header, library):
    if language == "node":
        os.environ["NODE_PATH"] = node_modules()
    with tempfile.TemporaryDirectory() as folder, Redis(folder) as redis:
        subprocess.run([*COMMANDS[language], header, library, "unix://" + redis.socket],
                       check=True)


main(*sys.argv[1:])
