# SPDX-License-Identifier: BSD-3-Clause
"""IPv4 packets without DF that are too long are cut by RFC 791, and nothing is lost or changed by that."""
from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.packet import Raw
from scapy.utils import checksum

from support import crafted
from support.contract_model import ContractModel
from support.crafted import lan_frame, mss, vlan, wan_frame
from support.fragment_model import DONT_FRAGMENT, MORE_FRAGMENTS, OFFSET, header_length, reassembled
from support.frame_model import u16
from support.narrows import Config, check_replay, session, terminate

PEER = {"peer_mac": crafted.LAN_HOST_MAC}
PPPOE_FRAME = 22  # octets before IP in an untagged frame of the WAN
COPIED = 0x80

RECORD_ROUTE = b"\x07\x0b\x04" + bytes(8)
TIMESTAMPS = b"\x44\x0c\x05\x00" + bytes(8)
ROUTER_ALERT = b"\x94\x04\x00\x00"
LOOSE_ROUTE = b"\x83\x07\x04\xc0\x00\x02\x01"
STRICT_ROUTE = b"\x89\x0b\x04\xc0\x00\x02\x01\xc0\x00\x02\x02"
SECURITY = b"\x82\x0b" + bytes(9)
STREAM = b"\x88\x04\x12\x34"
NOP, END = b"\x01", b"\x00"
OPTIONS = {
    "record_route": RECORD_ROUTE,
    "timestamps": TIMESTAMPS,
    "router_alert": ROUTER_ALERT,
    "loose_route": LOOSE_ROUTE,
    "strict_route": STRICT_ROUTE,
    "security": SECURITY,
    "stream": STREAM,
    "nothing_but_nops": NOP * 8,
    "end_at_once": END + LOOSE_ROUTE,
    "copied_behind_not_copied": RECORD_ROUTE + NOP + ROUTER_ALERT,
    "not_copied_behind_copied": ROUTER_ALERT + TIMESTAMPS,
    "copied_around_not_copied": LOOSE_ROUTE + NOP + RECORD_ROUTE + STREAM,
    "copied_that_need_filling": LOOSE_ROUTE + LOOSE_ROUTE,
    "one_octet_too_many": NOP + LOOSE_ROUTE + NOP + SECURITY,
    "forty_octets_copied": SECURITY + STRICT_ROUTE + LOOSE_ROUTE + LOOSE_ROUTE + ROUTER_ALERT,
    "forty_octets_not_copied": TIMESTAMPS * 2 + RECORD_ROUTE + NOP * 5,
    "hidden_behind_the_end": ROUTER_ALERT + END + STREAM + END * 3,
    "unknown_copied": b"\xde\x06\x01\x02\x03\x04",
    "unknown_not_copied": b"\x5e\x06\x01\x02\x03\x04",
    "shortest": b"\xde\x02" + b"\x5e\x02" + b"\x9e\x02",
    "length_zero": ROUTER_ALERT + b"\x83\x00\x04" + STREAM,
    "length_one": ROUTER_ALERT + b"\x83\x01\x04" + STREAM,
    "one_beyond": ROUTER_ALERT + b"\x83\x05\x04\x01",
    "far_beyond": ROUTER_ALERT + b"\x83\xff\x04\x01",
    "as_long_as_header_and_options": b"\x83\x1c\x04\x01" + STREAM,
    "length_is_missing": ROUTER_ALERT + NOP * 3 + b"\x83",
}  # fmt: skip


def packet(octets: int, identification: int, options: bytes = b"", flags: str = "", **fields: Any) -> bytes:
    """UDP of arbitrary octets, its checksum right and its header as given."""
    options += END * (-len(options) % 4)
    plain = bytes(
        crafted.ip_header("ipv4", id=identification, flags=flags, **fields)
        / UDP(sport=4000, dport=4001)
        / Raw(random.Random(identification).randbytes(octets - 28 - len(options)))
    )
    return with_options(plain, options)


def with_options(plain: bytes, options: bytes) -> bytes:
    header = bytes([0x45 + len(options) // 4]) + plain[1:2] + (len(plain) + len(options)).to_bytes(2, "big")
    header += plain[4:10] + b"\x00\x00" + plain[12:20] + options
    return header[:10] + checksum(header).to_bytes(2, "big") + header[12:] + plain[20:]


def check_cut(directory: Path, config: Config, packets: list[bytes]) -> None:
    """Against the model, and without it: what comes out is the packets again, in pieces as RFC 791 has them."""
    mtu = config["sessions"][0].get("mtu", 1492)
    replayed = check_replay(directory, config, lan=[lan_frame(original, "ipv4") for original in packets])
    pieces: dict[int, list[bytes]] = defaultdict(list)
    for frame in replayed.wan_out:
        ip = frame[PPPOE_FRAME:]
        ip = ip[: u16(ip, 2)]
        assert u16(frame, 18) == len(ip) + 2, "a PPPoE header of its own"
        pieces[u16(ip, 4)].append(ip)
    assert {u16(original, 4): reassembled(pieces[u16(original, 4)]) for original in packets} == {
        u16(original, 4): original for original in packets
    }
    for original in packets:
        check_pieces(original, pieces[u16(original, 4)], mtu)
    cut = [original for original in packets if len(original) > mtu]
    counted = replayed.stats["directions"]["lan_to_wan"]
    assert (counted["forwarded"], counted["fragmented"]) == (len(packets), len(cut))
    assert counted["fragments"] == sum(len(pieces[u16(original, 4)]) for original in cut)
    assert replayed.stats["sessions"]["isp"]["lan_to_wan"]["ip_octets"] == sum(map(len, packets))


def check_pieces(original: bytes, pieces: list[bytes], mtu: int) -> None:
    fixed = [at for at in range(1, 20) if at not in (2, 3, 6, 7, 10, 11)]
    for number, piece in enumerate(pieces):
        header = piece[: header_length(piece)]
        is_last = number == len(pieces) - 1
        assert len(piece) <= mtu and checksum(header) == 0
        assert [piece[at] for at in fixed] == [original[at] for at in fixed]
        assert is_last or (len(piece) - len(header)) % 8 == 0
        assert u16(piece, 6) & 0x8000 == u16(original, 6) & 0x8000
        assert bool(u16(piece, 6) & MORE_FRAGMENTS) == (not is_last or bool(u16(original, 6) & MORE_FRAGMENTS))
        if number:
            assert options_in(header) == [option for option in options_in(original) if option[0] & COPIED]
        else:
            assert header[20:] == original[20 : header_length(original)]
    fewest = -(-(len(original) - header_length(original)) // ((mtu - header_length(original)) // 8 * 8))
    assert len(pieces) == (fewest if len(original) > mtu else 1)


def options_in(header: bytes) -> list[bytes]:
    """By Scapy, which knows nothing of this program; those that are whole, before the end of the list."""
    found, rest = [], header[20 : header_length(header)]
    while rest and rest[0]:
        length = 1 if rest[0] == 1 else rest[1] if len(rest) > 1 else 0
        if length > len(rest) or (length < 2 and rest[0] != 1):
            break
        if rest[0] != 1:
            found.append(rest[:length])
        rest = rest[length:]
    return found


def wide(mtu: int, lan_mtu: int = 1500) -> Config:
    """A session of this MTU, between ports that take what the test has."""
    ports = {"lan": {"mtu": lan_mtu}, "wan": {"mtu": max(1500, mtu + 8)}}
    return terminate(session(lan=PEER, mtu=mtu), ports=ports, mss={"force": mtu < 1280})


@pytest.mark.parametrize("mtu", (576, 1280, 1454, 1485, 1486, 1487, 1488, 1489, 1490, 1491, 1492))
def test_around_the_mtu(tmp_path: Path, mtu: int) -> None:
    """From just below to one full piece above, for every remainder of eight."""
    sizes = [*range(mtu - 2, min(mtu + 20, 1501)), 1500]
    check_cut(tmp_path, wide(mtu), [packet(size, number + 1) for number, size in enumerate(sizes)])


@pytest.mark.parametrize("mtu", (576, 583, 584))
def test_pieces_that_are_just_full(tmp_path: Path, mtu: int) -> None:
    """Two and three pieces, one octet less, as many, one more."""
    step = (mtu - 20) // 8 * 8
    sizes = [20 + count * step + extra for count in (1, 2) for extra in (-9, -8, -7, -1, 0, 1, 7, 8, 9)]
    check_cut(tmp_path, wide(mtu), [packet(size, number + 1) for number, size in enumerate(sizes)])


@pytest.mark.parametrize("name", OPTIONS)
def test_options(tmp_path: Path, name: str) -> None:
    """RFC 791: all in the first piece, in the others those with the copied bit."""
    options = OPTIONS[name]
    sizes = (1492, 1493, 1496, 1500)
    packets = [packet(size, number + 1, options) for number, size in enumerate(sizes)]
    check_cut(tmp_path, wide(1492), packets)
    (tmp_path / "small").mkdir()
    check_cut(tmp_path / "small", wide(576), packets)


def test_fragments_are_cut_again(tmp_path: Path) -> None:
    """First, middle and last ones: offsets go on from theirs, and only the end of the last one is the end."""
    packets, number = [], 0
    for flags, offset in (("MF", 0), ("MF", 185), ("MF", 8000), ("", 1), ("", 185), ("", 370), ("", 8000)):
        for size in (1480, 1492, 1493, 1496, 1500):
            size -= (size - 20) % 8 if flags else 0
            number += 1
            packets.append(packet(size, number, flags=flags, frag=offset))
            number += 1
            packets.append(packet(size, number, LOOSE_ROUTE + NOP, flags=flags, frag=offset))
    check_cut(tmp_path, wide(1460), packets)


def test_the_reserved_bit_stays(tmp_path: Path) -> None:
    check_cut(tmp_path, wide(1492), [packet(1500, 1, flags="evil"), packet(1496, 2, flags="evil+MF")])


def test_where_offsets_end(tmp_path: Path) -> None:
    """No datagram is longer than 65,535 octets: a piece with an offset beyond would overwrite its beginning."""
    starts = (8191, 8190, 8008, 8007, 8006, 8005, 8004, 8003)  # in units of eight octets
    packets = [packet(1500, number + 1, frag=start) for number, start in enumerate(starts)]
    replayed = check_replay(tmp_path, wide(1492), lan=[lan_frame(original, "ipv4") for original in packets])
    offsets = [u16(frame, PPPOE_FRAME + 6) & OFFSET for frame in replayed.wan_out]
    assert offsets == [8004, 8004 + 184, 8003, 8003 + 184]


def test_many_pieces(tmp_path: Path) -> None:
    """Jumbo frames on the LAN: up to 18 pieces each."""
    sizes = (3000, 4096, 5960, 8999, 9000)
    packets = [packet(size, number + 1, OPTIONS["copied_around_not_copied"]) for number, size in enumerate(sizes)]
    check_cut(tmp_path, wide(1492, lan_mtu=9000), packets)
    (tmp_path / "small").mkdir()
    check_cut(tmp_path / "small", wide(576, lan_mtu=9000), packets)


def test_a_syn_is_clamped_and_then_cut(tmp_path: Path) -> None:
    """TCP Fast Open sends data with the SYN."""
    header = crafted.ip_header("ipv4", id=7)
    syn = crafted.tcp("ipv4", NOP + mss(1460) + NOP * 3, payload=bytes(1500 - 48), ip=header)
    replayed = check_replay(tmp_path, wide(1492), lan=[lan_frame(syn, "ipv4")])
    whole = reassembled([frame[PPPOE_FRAME:][: u16(frame, PPPOE_FRAME + 2)] for frame in replayed.wan_out])
    assert dict(IP(whole)[TCP].options)["MSS"] == 1452
    assert len(replayed.wan_out) == 2


def test_a_wrong_header_checksum_is_not_made_right(tmp_path: Path) -> None:
    """RFC 1812 section 5.2.2; short packets pass as they are, for a wire need not look."""
    packets = [packet(size, number + 1) for number, size in enumerate((1492, 1493, 1500))]
    wrong = [crafted.patched(original, 8, b"\x3f") for original in packets]
    replayed = check_replay(tmp_path, wide(1492), lan=[lan_frame(one, "ipv4") for one in wrong])
    assert [frame[PPPOE_FRAME:] for frame in replayed.wan_out] == [wrong[0]]
    assert replayed.stats["directions"]["lan_to_wan"]["dropped"]["bad_ip"] == 2


def test_df_is_never_cut(tmp_path: Path) -> None:
    packets = [packet(1500, 1, flags=flags, frag=offset) for flags in ("DF", "DF+MF", "DF+evil") for offset in (0, 3)]
    assert all(u16(original, 6) & DONT_FRAGMENT for original in packets)
    replayed = check_replay(tmp_path, wide(1492), lan=[lan_frame(original, "ipv4") for original in packets])
    assert replayed.wan_out == []


def test_to_the_lan(tmp_path: Path) -> None:
    """The other way: a LAN that carries less, with a VLAN tag in each piece's frame."""
    config = terminate(session(lan=PEER | {"vlan": 10}), ports={"lan": {"mtu": 1400}})
    packets = [packet(size, size, OPTIONS["not_copied_behind_copied"]) for size in range(1398, 1420)]
    replayed = check_replay(tmp_path, config, wan=[wan_frame(original, "ipv4") for original in packets])
    assert {frame[12:18].hex() for frame in replayed.lan_out} == {"8100000a0800"}
    assert replayed.stats["directions"]["wan_to_lan"]["fragmented"] == 19


def test_multicast_to_the_lan(tmp_path: Path) -> None:
    config = terminate(session(), ports={"lan": {"mtu": 1400}})
    replayed = check_replay(tmp_path, config, wan=[wan_frame(packet(1492, 1, dst="239.1.2.3"), "ipv4")])
    assert [frame[:6].hex() for frame in replayed.lan_out] == ["01005e010203"] * 2


@pytest.mark.parametrize("burst", (1, 7, 32, 64))
def test_bursts_of_nothing_else(tmp_path: Path, burst: int) -> None:
    """Every packet of every burst becomes several; order stays, buffers come back."""
    config = wide(576) | {"workers": {"burst": burst}}
    packets = [packet(1500 - number % 300, number) for number in range(1, 1200)]
    check_cut(tmp_path, config, packets)


@pytest.mark.parametrize("seed", range(3))
def test_random(tmp_path: Path, seed: int) -> None:
    """Whole packets and fragments, with any options, of any length, in two sessions."""
    generator = random.Random(seed)
    config = terminate(
        session("isp", lan=PEER, mtu=generator.choice((576, 1400, 1492))),
        session("tagged", lan=PEER | {"vlan": 10}, wan={"vlans": [100, 7], "pcp": 5}, mtu=1454),
        ports={"lan": {"mtu": 1480}},
        mss={"force": True},
    )
    packets = [random_packet(generator, number + 1) for number in range(1500)]
    lan = [lan_frame(one, "ipv4", tags=[vlan(10)] if generator.random() < 0.3 else []) for one in packets]
    wan = [wan_frame(one, "ipv4") for one in packets]
    check_replay(tmp_path, config, lan, wan)


def random_packet(generator: random.Random, identification: int) -> bytes:
    pieces = [*OPTIONS.values(), NOP, NOP, END, generator.randbytes(5)]
    options = b"".join(generator.choices(pieces, k=generator.randrange(3)))[:40]
    flags = generator.choice(("", "", "", "MF", "DF", "evil"))
    offset = generator.choice((0, 0, 0, generator.randrange(8192)))
    size = generator.choice((100, 1480, 1481, 1492, 1493, 1500, generator.randrange(100, 1501)))
    return packet(size, identification, options, flags, frag=offset)


def test_the_model_agrees_with_scapy() -> None:
    """Scapy cuts in its own way (no options): the same pieces where both cut at the same places."""
    original = packet(1500, 9)
    model = ContractModel(wide(1492))
    pieces = [frame[PPPOE_FRAME:] for frame in model.receive("lan", lan_frame(original, "ipv4")).frames]
    from_scapy = [bytes(IP(bytes(piece))) for piece in IP(original).fragment(1472)]
    assert [piece[: u16(piece, 2)] for piece in pieces] == from_scapy
