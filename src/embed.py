# SPDX-License-Identifier: BSD-3-Clause
"""Writes files as C++ constants: embed.py HEADER NAME FILE [NAME FILE…]."""
import sys
from pathlib import Path

LINE_OCTETS = 24


def array(name: str, octets: bytes) -> str:
    lines = [octets[at : at + LINE_OCTETS] for at in range(0, len(octets), LINE_OCTETS)]
    rows = ",\n".join("  " + ", ".join(f"'\\x{octet:02x}'" for octet in line) for line in lines)
    return f"inline constexpr char {name}Octets[] = {{\n{rows}}};\ninline constexpr std::string_view {name}({name}Octets, sizeof({name}Octets));\n"


def main(header: str, *files: str) -> None:
    arrays = [array(name, Path(path).read_bytes()) for name, path in zip(files[::2], files[1::2])]
    body = "\n".join(arrays)
    Path(header).write_text(
        f"#pragma once\n#include <string_view>\nnamespace narrows::control {{\n{body}}}  // namespace narrows::control\n"
    )


main(*sys.argv[1:])
