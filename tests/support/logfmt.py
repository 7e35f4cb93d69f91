# SPDX-License-Identifier: BSD-3-Clause
"""The log's lines, read as strictly as docs/troubleshooting.md describes them: a line that does not follow it fails."""
from __future__ import annotations

import json
import re
from dataclasses import dataclass

LEVELS = {"error": 3, "warning": 4, "notice": 5, "info": 6}
_PAIR = re.compile(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|[^ "=\\]+)(?: (?=.)|$)')
_PRINTABLE = re.compile(r"[ -~]*")


@dataclass
class Line:
    level: str
    event: str
    text: str
    fields: dict[str, str]


def parse(line: str) -> Line:
    """@raises AssertionError, with the line."""
    assert _PRINTABLE.fullmatch(line), ascii(line)
    pairs: list[tuple[str, str]] = []
    place = 0
    while place < len(line):
        pair = _PAIR.match(line, place)
        assert pair, f"not logfmt at {place}: {line}"
        key, value = pair.groups()
        pairs.append((key, json.loads(value) if value.startswith('"') else value))
        place = pair.end()
    keys = [key for key, _ in pairs]
    assert keys[:3] == ["level", "event", "msg"] and len(set(keys)) == len(keys), line
    values = dict(pairs)
    assert values["level"] in LEVELS and values["msg"], line
    fields = {key: value for key, value in pairs[3:]}
    return Line(values["level"], values["event"], values["msg"], fields)


def parse_all(text: str) -> list[Line]:
    return [parse(line) for line in text.splitlines()]
