// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <array>
#include <cstdint>

#include "narrows/pipeline/verdict.h"
#include "narrows/rewrite/fragment.h"
#include "narrows/wire/direction.h"

namespace narrows::pipeline {

inline constexpr std::uint16_t kMaxBurst = 64;
inline constexpr std::size_t kMaxBurstFragments = kMaxBurst * rewrite::kMostFragments;

/// Frames that go on and differ in their length alone, or in that and their session, each at the usual place
/// in its buffer.
struct Group {
  std::uint64_t frames = 0;   ///< bit i: frame i is one of them
  std::uint16_t session = 0;  ///< session::kNone when they have none, or `each_its_own`
  std::uint16_t ip_offset = 0;
  Family family = Family::ipv4;
  bool each_its_own = false;  ///< session, which Burst::session has
};
/// A burst of more shapes than these many is left to the classifiers: whoever mixes them shall not have it
/// compared again and again.
inline constexpr unsigned kMaxGroups = 4;

/// A burst on its way through the stages: what each stage found out, one array a fact, so that a vector
/// kernel can write many frames' worth at once. Entry i of every array is about mbufs[i].
///
/// Ownership: process() is given the mbufs; afterwards each belongs to whoever its verdict names. One that
/// left in fragments is gone, and its place in mbufs empty: the fragments stand for it.
struct Burst {
  alignas(
      64) std::array<rte_mbuf*, kMaxBurst> mbufs;  ///< arrays first: each begins a cache line, or half of one

  // Written by classify. Of frames whose verdict is not forward only the verdict and (punt) the session
  // count.
  std::array<Verdict, kMaxBurst> verdict;
  std::array<std::uint16_t, kMaxBurst> session;    ///< session::kNone when it has none
  std::array<std::uint16_t, kMaxBurst> ip_offset;  ///< from the frame's first octet; 0: nothing to look into
  std::array<std::uint16_t, kMaxBurst> ip_octets;  ///< validated: ip_offset + ip_octets lie within the frame
  std::array<Family, kMaxBurst> family;
  std::array<std::uint16_t, kMaxBurst> tcp_offset;  ///< where syn has a bit: from the frame's first octet
  /// 1: TCP, SYN without RST, and at least 20 octets of TCP header; else 0. An octet each, so that noting it
  /// takes no branch; syn has the same as one integer.
  alignas(8) std::array<std::uint8_t, kMaxBurst> opens_connection;
  std::uint16_t size = 0;     ///< of mbufs; whoever received them
  bool all_forward = false;   ///< the verdict of every frame is forward
  bool learned_peer = false;  ///< the frame just classified changed what LanPeers has of its session
  unsigned group_count = 0;   ///< of groups
  std::uint64_t syn = 0;
  std::uint64_t tunnelled = 0;  ///< bit i: the IP packet's protocol is a tunnel's (wire/tunnel.h)
  std::uint64_t too_long = 0;   ///< bit i: the verdict is fragment
  /// transparent, where MTUs are learned: bit i: the control thread is to see a copy of the frame.
  std::uint64_t watched = 0;

  /// Those of the frames that kernels can go on with; what is said of them by frame holds too, unless
  /// in_groups_alone.
  std::array<Group, kMaxGroups> groups;
  std::uint64_t grouped = 0;  ///< bit i: frame i is in one of the groups
  /// WAN→LAN, of a frame in a group with each_its_own: its destination (LanPeers::load()).
  std::array<std::uint64_t, kMaxBurst> lan_peer;
  /// One group is the whole burst, and of what classify writes by frame only ip_octets is there, and session
  /// where each has its own: for most bursts nobody asks for the rest. spell_out() writes it.
  bool in_groups_alone = false;

  // Written by the checksum and clamp stages.
  std::uint64_t checksum_by_port = 0;  ///< bit i: the egress port is to compute the checksum

  // Written by the fragment stage, where too_long has a bit. The fragments of frame i are the
  // fragment_count[i] next ones behind those of the frames before it.
  std::array<std::uint8_t, kMaxBurst> fragment_count;
  std::array<rte_mbuf*, kMaxBurstFragments> fragments;
};

/// Writes what the burst's one group says into the arrays; does nothing where it stands there.
void spell_out(Burst& burst) noexcept;

}  // namespace narrows::pipeline
