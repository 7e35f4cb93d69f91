# SPDX-License-Identifier: BSD-3-Clause
"""checksum_probe, which has a port complete TCP checksums, and what Scapy says of its frames."""
from __future__ import annotations

from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6

from support.narrows import BINARY

PROBE = BINARY.resolve().parents[1] / "tests/offload/checksum_probe"
FRAMES = 12  # one for each length of headers and family


def has_right_checksum(frame: bytes) -> bool:
    """Whether the IP packet at the end of a frame without padding has the TCP checksum that Scapy computes."""
    for start in range(14, 31, 4):
        version, length = frame[start] >> 4, len(frame) - start
        if version == 4 and int.from_bytes(frame[start + 2 : start + 4], "big") == length:
            packet = IP(frame[start:])
        elif version == 6 and int.from_bytes(frame[start + 4 : start + 6], "big") == length - 40:
            packet = IPv6(frame[start:])
        else:
            continue
        found = packet[TCP].chksum
        del packet[TCP].chksum
        return type(packet)(bytes(packet))[TCP].chksum == found
    raise AssertionError(f"no IP packet in {frame.hex()}")
