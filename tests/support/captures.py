# SPDX-License-Identifier: BSD-3-Clause
"""Capture files, written and read whole: pcap in any byte order and resolution, and pcapng."""
from __future__ import annotations

import itertools
import struct
from pathlib import Path
from typing import Iterable, Iterator

PCAP_MICROSECONDS = 0xA1B2C3D4
PCAP_NANOSECONDS = 0xA1B23C4D
LINKTYPE_ETHERNET = 1
SNAP_LENGTH = 262144
PCAPNG_SECTION, PCAPNG_INTERFACE, PCAPNG_SIMPLE, PCAPNG_ENHANCED = 0x0A0D0D0A, 1, 3, 6
PCAPNG_BYTE_ORDER = 0x1A2B3C4D


def write_pcap(
    path: Path,
    frames: Iterable[bytes],
    byte_order: str = "<",
    magic: int = PCAP_MICROSECONDS,
    times: Iterable[float] | None = None,
) -> None:
    """`times`: when each frame was captured, in seconds; without them, one each second."""
    header = struct.pack(byte_order + "IHHiIII", magic, 2, 4, 0, 0, SNAP_LENGTH, LINKTYPE_ETHERNET)
    parts = _parts_of_a_second(magic)
    records = (
        struct.pack(byte_order + "IIII", *divmod(round(time * parts), parts), len(frame), len(frame)) + frame
        for time, frame in zip(itertools.count() if times is None else times, frames)
    )
    path.write_bytes(header + b"".join(records))


def write_timed_pcap(path: Path, frames: Iterable[tuple[float, bytes]]) -> None:
    """Frames with their times, in seconds."""
    timed = list(frames)
    write_pcap(path, [frame for _, frame in timed], times=[time for time, _ in timed])


def _parts_of_a_second(magic: int) -> int:
    return 1_000_000_000 if magic == PCAP_NANOSECONDS else 1_000_000


def read_pcap(path: Path) -> Iterator[bytes]:
    """The frames of a pcap file of this machine's byte order, as much of each as was captured."""
    return (frame for _, frame in read_timed_pcap(path))


def read_timed_pcap(path: Path) -> Iterator[tuple[float, bytes]]:
    """The same, each with its time in seconds."""
    octets = path.read_bytes()
    magic, *_, link_type = struct.unpack_from("<IHHiIII", octets)
    assert magic in (PCAP_MICROSECONDS, PCAP_NANOSECONDS), f"{path} is no pcap file"
    assert link_type & 0xFFFF == LINKTYPE_ETHERNET
    at = 24
    while at < len(octets):
        seconds, parts, captured, _ = struct.unpack_from("<IIII", octets, at)
        at += 16
        assert at + captured <= len(octets), f"{path} ends within a frame"
        yield seconds + parts / _parts_of_a_second(magic), octets[at : at + captured]
        at += captured


def write_pcapng(path: Path, frames: Iterable[bytes], simple: bool = False) -> None:
    """`simple`: with blocks that have no time stamp."""
    section = struct.pack("<IHHq", PCAPNG_BYTE_ORDER, 1, 0, -1)
    interface = struct.pack("<HHI", LINKTYPE_ETHERNET, 0, SNAP_LENGTH)
    blocks = [_block(PCAPNG_SECTION, section), _block(PCAPNG_INTERFACE, interface)]
    for frame in frames:
        size = struct.pack("<I", len(frame))
        if simple:
            blocks.append(_block(PCAPNG_SIMPLE, size + frame))
        else:
            blocks.append(_block(PCAPNG_ENHANCED, struct.pack("<III", 0, 0, 0) + 2 * size + frame))
    path.write_bytes(b"".join(blocks))


def write_pcapng_of(
    path: Path,
    frames: Iterable[tuple[str, bytes] | tuple[str, bytes, str]],
    byte_order: str = "<",
    snap_length: int = SNAP_LENGTH,
) -> None:
    """Each frame with the name of the interface it came by, and perhaps a comment; one a second, in nanoseconds."""
    section = struct.pack(byte_order + "IHHq", PCAPNG_BYTE_ORDER, 1, 0, -1)
    blocks = [_block(PCAPNG_SECTION, section, byte_order)]
    interfaces: list[str] = []
    for second, (interface, frame, *comment) in enumerate(frames):
        if interface not in interfaces:
            interfaces.append(interface)
            body = struct.pack(byte_order + "HHI", LINKTYPE_ETHERNET, 0, snap_length)
            body += _option(2, interface.encode(), byte_order) + _option(9, b"\x09", byte_order)
            blocks.append(_block(PCAPNG_INTERFACE, body + _option(0, b"", byte_order), byte_order))
        time = divmod(second * 1_000_000_000, 1 << 32)
        kept = frame[:snap_length]
        body = struct.pack(byte_order + "IIIII", interfaces.index(interface), *time, len(kept), len(frame))
        body += kept + b"\x00" * (-len(kept) % 4)
        body += b"".join(_option(1, text.encode(), byte_order) for text in comment if text)
        blocks.append(_block(PCAPNG_ENHANCED, body + _option(0, b"", byte_order), byte_order))
    path.write_bytes(b"".join(blocks))


def _option(code: int, value: bytes, byte_order: str) -> bytes:
    return struct.pack(byte_order + "HH", code, len(value)) + value + b"\x00" * (-len(value) % 4)


def _block(kind: int, body: bytes, byte_order: str = "<") -> bytes:
    body += b"\x00" * (-len(body) % 4)
    length = struct.pack(byte_order + "I", len(body) + 12)
    return struct.pack(byte_order + "I", kind) + length + body + length
