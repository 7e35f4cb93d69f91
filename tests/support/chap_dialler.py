# SPDX-License-Identifier: BSD-3-Clause
"""One who dials a concentrator as far as CHAP, and answers what the test wants (RFC 2516, RFC 1661, RFC 1994)."""
from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Callable, Iterable, TypeVar

from support import traffic_mix as mix
from support.namespaces import PATIENCE_SECONDS, PacketSocket, Seen

SESSION = b"\x88\x64"
CONFIGURE_REQUEST, CONFIGURE_ACK = 1, 2
CHALLENGE, RESPONSE, SUCCESS, FAILURE = 1, 2, 3, 4
ANY_SERVICE, AC_COOKIE = bytes([1, 1, 0, 0]), 0x0104
MAGIC = bytes([5, 6, 0x12, 0x34, 0x56, 0x78])
BROADCAST = "ff:ff:ff:ff:ff:ff"

Found = TypeVar("Found")


@dataclass(frozen=True)
class Control:
    """A packet of LCP or of an authentication protocol."""

    protocol: bytes
    code: int
    identifier: int
    data: bytes


def control_of(frame: bytes) -> Control | None:
    if frame[12:14] != SESSION or len(frame) < 26:
        return None
    octets = int.from_bytes(frame[24:26], "big")
    return Control(frame[20:22], frame[22], frame[23], frame[26 : 22 + octets])


def chap_value(data: bytes) -> bytes:
    """Of a challenge or a response; behind it is a name."""
    return data[1 : 1 + data[0]]


def recorded(frames: Iterable[Seen], code: int) -> Control:
    """The CHAP packet of this kind that somebody sent."""
    controls = (control_of(each.octets) for each in frames)
    return next(each for each in controls if each and each.protocol == mix.CHAP and each.code == code)


class ChapDialler:
    """With a MAC address of its own, on a line where others may dial too."""

    def __init__(self, line: PacketSocket, mac: str) -> None:
        self._line, self._mac = line, mix.octets(mac)
        self.id, self._concentrator = 0, BROADCAST

    def challenge(self) -> Control:
        """Opens discovery and LCP; the challenge with which the concentrator goes on."""
        self._discover(mix.PADI)
        cookie = self._expect("PADO", lambda frame: self._discovered(frame, mix.PADO))
        self._discover(mix.PADR, cookie)
        self._expect("PADS", lambda frame: self._discovered(frame, mix.PADS))
        self._send(mix.LCP, CONFIGURE_REQUEST, 1, MAGIC)
        return self._expect("the challenge", self._challenged)

    def verdict(self, identifier: int, data: bytes) -> int:
        """What becomes of this response."""
        self._send(mix.CHAP, RESPONSE, identifier, data)

        def judged(frame: bytes) -> int | None:
            control = control_of(frame)
            return control.code if control and control.protocol == mix.CHAP and control.code > RESPONSE else None

        return self._expect("the verdict", judged)

    def _challenged(self, frame: bytes) -> Control | None:
        control = control_of(frame)
        if control and control.protocol == mix.LCP and control.code == CONFIGURE_REQUEST:
            self._send(mix.LCP, CONFIGURE_ACK, control.identifier, control.data)
        return control if control and (control.protocol, control.code) == (mix.CHAP, CHALLENGE) else None

    def _discover(self, code: int, cookie: bytes = b"") -> None:
        self._line.send(mix.discovery(self._concentrator, self._mac, code, tags=ANY_SERVICE + cookie))

    def _discovered(self, frame: bytes, code: int) -> bytes | None:
        """The cookie tag, which is to be sent back as it is; what else the frame says is noted."""
        if frame[12:14] != mix.DISCOVERY or frame[15] != code:
            return None
        self._concentrator, self.id = frame[6:12].hex(":"), int.from_bytes(frame[16:18], "big")
        tags = frame[20 : 20 + int.from_bytes(frame[18:20], "big")]
        while tags:
            size = 4 + int.from_bytes(tags[2:4], "big")
            if int.from_bytes(tags[:2], "big") == AC_COOKIE:
                return tags[:size]
            tags = tags[size:]
        return b""

    def _send(self, protocol: bytes, code: int, identifier: int, data: bytes) -> None:
        self._line.send(mix.control(protocol, code, identifier, data, self.id, self._mac, self._concentrator))

    def _expect(self, what: str, found: Callable[[bytes], Found | None]) -> Found:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            for frame in self._line.receive(1, left):
                if frame[:6] == self._mac and (result := found(frame)) is not None:
                    return result
        raise TimeoutError(f"{what} did not come")
