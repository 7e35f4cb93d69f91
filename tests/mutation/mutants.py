# SPDX-License-Identifier: BSD-3-Clause
"""Ways to break Narrows that its tests must notice: a text of a source file, and what stands in its place.

Each is a mistake somebody could make: a limit off by one, a parity ignored, a bound or a check gone, a counter
skipped. What changes speed alone, or nothing at all, has no place here."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    file: str  # from the project's root
    old: str  # occurs once
    new: str

    def __str__(self) -> str:
        old, new = (" ".join(text.split()) for text in (self.old, self.new))
        return f"{self.file}: {old} -> {new or 'nothing'}"


MUTANTS = [
    # --- checksums and the MSS option ---
    Mutant("include/narrows/rewrite/checksum.h", "(sum + (by != 0 ? 1 : 0))", "sum"),
    Mutant("src/rewrite/checksum.cpp", "static_cast<std::uint16_t>((sum & 0xffff) + (sum >> 16))", "static_cast<std::uint16_t>(sum)"),
    Mutant("src/rewrite/offload.cpp", "if (complete == 0 && transport.protocol == wire::kProtocolUdp) complete = 0xffff;", ""),
    Mutant("include/narrows/rewrite/clamp_mss.h", "(kind & 1) != 0 ? 8 : 0", "0 * static_cast<int>(kind)"),
    Mutant("include/narrows/rewrite/clamp_mss.h", "std::min(before, max_mss)", "max_mss"),
    Mutant("include/narrows/rewrite/clamp_mss.h", "return by != 0;", "return true;"),
    Mutant("src/rewrite/locate_mss.cpp", "length == wire::kTcpMssOctets)", "length >= wire::kTcpMssOctets)"),
    Mutant("src/rewrite/locate_mss.cpp", "length > end - i)", "length > end - i + 1)"),
    Mutant("src/rewrite/locate_mss.cpp", "if (length < 2 || ", "if (length < 1 || "),
    Mutant("src/rewrite/locate_mss.cpp", "if (kind == wire::kTcpOptionEnd) break;", ""),
    Mutant("src/rewrite/locate_mss_kernel.cpp", "(walk.count > 1)", "(walk.count > 2)"),
    Mutant("src/rewrite/locate_mss_kernel.cpp", "(walk.next > ends)", "(walk.next > ends + 1)"),
    Mutant("src/rewrite/locate_mss_avx512.cpp", "output.unsure = used & ~sure;", "output.unsure = 0;"),
    Mutant("src/pipeline/syns.cpp", "result.options > 1", "result.options > 2"),
    Mutant("src/pipeline/syns.cpp", "odd.odd_offset += one & kind;", "odd.odd_offset += one;"),
    Mutant("src/pipeline/syns.cpp", ".add(bits(clamped & ~ipv6))", ".add(bits(clamped))"),
    Mutant("src/pipeline/tunnels.cpp", "headers >= limits.tunnel_mtu_octets", "headers > limits.tunnel_mtu_octets"),
    # --- headers on and off ---
    Mutant("include/narrows/rewrite/add_pppoe.h", "ip_octets + std::uint32_t{wire::kPppProtocolOctets}", "std::uint32_t{ip_octets}"),
    Mutant("include/narrows/rewrite/strip_pppoe.h", "(to[1] & 0x7f)", "(to[1])"),
    Mutant("include/narrows/rewrite/frame_room.h", "  eight &= ~std::uint64_t{0} >> 8 * missing;", "  //"),
    Mutant("include/narrows/rewrite/frame_room.h", "std::max(frame_octets, unsigned{wire::kMinFrameOctets})", "frame_octets"),
    Mutant("src/pipeline/match_kernel.cpp", " & ~(have[kTcp] & lengths.without_tcp)", ""),
    Mutant("src/pipeline/plain.cpp", " && peer != 0", ""),
    Mutant("src/pipeline/own_header_kernel.cpp", "std::uint64_t{frame < kMinFrame} << i", "std::uint64_t{frame < kMinFrame - 1} << i"),
    Mutant("src/pipeline/stages.cpp", "!burst.groups[0].each_its_own && ", ""),
    # --- too long ---
    Mutant("src/rewrite/fragment.cpp", "if ((options[i] & kOptionCopied) != 0) {", "{"),
    Mutant("src/rewrite/fragment.cpp", "(size + 3) / 4 * 4", "size / 4 * 4"),
    Mutant("src/rewrite/icmp_error.cpp", "(header.flags_fragment_offset.host() & wire::kIpv4FragmentOffsetMask) == 0 &&", ""),
    Mutant("src/rewrite/icmp_error.cpp", "if (to_many && error.type != wire::kIcmpv6PacketTooBig)", "if (to_many)"),
    Mutant("src/rewrite/icmp_error.cpp", "(packet[upper.offset + 1] + std::size_t{2}) * 4", "packet[upper.offset + 1] * std::size_t{4}"),
    Mutant("src/pipeline/frame_facts.h", "(flags_offset & wire::kIpv4DontFragment) == 0 && end", "end"),
    Mutant("src/pipeline/frame_facts.h", "if (packet.octets > mtu_octets) [[unlikely]] {", "if (packet.octets >= mtu_octets) [[unlikely]] {"),
    # --- who may pass ---
    Mutant("src/pipeline/frame_facts.h", "if (!to_us && peers.load(session) != 0) return;", ""),
    Mutant("src/pipeline/frame_facts.h", "< static_cast<int>(sizeof(wire::TcpHeader))", "< 0"),
    Mutant("src/pipeline/classify_lan.h", "ethernet.tags > 1 || ", ""),
    Mutant("src/pipeline/classify_wan.h", " && !is_multicast_packet(ip, family)) [[unlikely]]", ") [[unlikely]]"),
    Mutant("src/pipeline/classify_transparent.h", "octets > context.max_frame_octets)", "octets >= context.max_frame_octets)"),
    Mutant("src/wire/ip.cpp", "if (octets - offset < kMinExtensionOctets) return {};", ""),
    Mutant("src/wire/ip.cpp", "header[1] * 8u", "header[1] * 4u"),
    Mutant("src/wire/ip.cpp", "if (headers == kMaxExtensionHeaders)", "if (headers == kMaxExtensionHeaders + 1)"),
    Mutant("src/wire/ip.cpp", "if (length > static_cast<unsigned>(octets - offset)) return {};", ""),
    Mutant("src/session/session_table.cpp", "    if (spec.id == 0) continue;\n", ""),
    # --- every mbuf one fate, counted ---
    Mutant("src/pipeline/settle.cpp", "counters.fragments.add(burst.fragment_count[i]);", ""),
    Mutant("src/pipeline/settle.cpp", "    else\n      rte_pktmbuf_free(burst.mbufs[i]);", ""),
    Mutant("src/pipeline/settle.cpp", "for (std::uint16_t i = first; i", "for (auto i = static_cast<std::uint16_t>(first + 1); i"),
    Mutant("src/pipeline/settle.cpp", "if (burst.session[i] != session::kNone) context.session_counters[burst.session[i]].dropped[reason].add(1);", ""),
    Mutant("src/worker/worker.cpp", "if (refused_.size != 0) pipeline::drop_rest(burst_, refused_, 0, stats::DropReason::punt_full);", ""),
    Mutant("src/worker/worker.cpp", "if (missed != 0)", "if (missed > 1)"),
    # --- PPPoE and PPP ---
    Mutant("src/ppp/lcp.cpp", "std::min(peer_mru_, settings_.mru_octets)", "peer_mru_"),
    Mutant("src/ppp/lcp.cpp", "kMaxLoopSigns = 3", "kMaxLoopSigns = 4"),
    Mutant("src/ppp/chap.cpp", "if (!awaiting_verdict_ || packet.identifier != exchange_->identifier)", "if (!awaiting_verdict_)"),
    Mutant("src/ppp/chap.cpp", "data[0] > data.size() - 1", "data[0] > data.size()"),
    Mutant("src/ppp/chap.cpp", "if (!password || !same_peer)", "if (!password)"),
    Mutant("src/ppp/keepalive.cpp", "unanswered_ < failures_", "unanswered_ <= failures_"),
    Mutant("src/ppp/discovery_client.cpp", "if (!packet || !is_ours(packet->tags)) return false;", "if (!packet) return false;"),
    Mutant("src/ppp/discovery_client.cpp", "return right_ac && right_service;", "return right_ac;"),
    Mutant("src/ppp/discovery_client.cpp", "if (pado.session_id != 0) return false;", ""),
    # --- neighbours ---
    Mutant("src/control/dhcp_server.cpp", "if (lan.holder != 0 && asked.now < lan.held_until) return false;", ""),
    Mutant("src/control/neighbor_answers.cpp", "if (message.sender == neighbor.gateway) return;", ""),
    Mutant("src/control/neighbor_answers.cpp", "wire::is_unspecified(solicitation->source) || ", ""),
    Mutant("src/control/bounded_pool.cpp", "kMaxWaiting = 32", "kMaxWaiting = 33"),
]
