"""The steps of a counterexample, with sets of ids spelled out.

spin -t ... | trail.py
"""

import re
import sys


def spell(found):
    number = int(found[1])
    ids = [str(id) for id in range(8) if number >> id & 1]
    return "{" + " ".join(ids) + "}"


for line in sys.stdin:
    if line.lstrip().startswith("@"):
        print(re.sub(r"\{(\d+)\}", spell, line.strip()[2:]))
