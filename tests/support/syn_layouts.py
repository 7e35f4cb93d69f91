# SPDX-License-Identifier: BSD-3-Clause
"""The option lists of real hosts' SYNs, read from the table of `narrows bench` (src/bench/syn_layouts.cpp)."""
from __future__ import annotations

import re
from pathlib import Path

from support import crafted

SOURCE = Path(__file__).resolve().parents[2] / "src" / "bench" / "syn_layouts.cpp"
ROW = re.compile(r'^    \{"([^"]+)",\s*"([^"]*)"', re.MULTILINE)


def syn_layouts() -> dict[str, bytes]:
    """By name; as long as the data offset says, in whole words."""
    rows = ROW.findall(SOURCE.read_text(encoding="utf-8"))
    assert len(rows) >= 40, f"{SOURCE} is written in another way than {__name__} reads it"
    return {name: crafted.in_words(b"".join(map(option, filter(None, words.split(","))))) for name, words in rows}


def option(word: str) -> bytes:
    """M1460: MSS, W7: window scale, S: SACK permitted, T, T0: timestamps, N: NOP, E: end, K8, K30/12: any, X: octets."""
    letter, rest = word[0], word[1:]
    if letter == "M":
        return crafted.mss(int(rest))
    if letter == "W":
        return bytes((3, 3, int(rest)))
    if letter == "T":
        return b"\x08\x0a" + (b"\x00" if rest else b"\x5a") * 4 + bytes(4)
    if letter == "X":
        return bytes.fromhex(rest)
    if letter == "K":
        kind, _, length = rest.partition("/")
        return bytes((int(kind), int(length))).ljust(int(length), b"\x40") if length else bytes((int(kind),))
    return {"S": crafted.SACK_PERMITTED, "N": crafted.NOP, "E": crafted.END}[letter]
