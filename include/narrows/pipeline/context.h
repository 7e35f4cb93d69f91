// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "narrows/config/config.h"
#include "narrows/pipeline/checks.h"
#include "narrows/pipeline/learned_sessions.h"
#include "narrows/session/address_plan.h"
#include "narrows/session/lan_peers.h"
#include "narrows/session/session_table.h"
#include "narrows/stats/counters.h"
#include "narrows/wire/direction.h"

namespace narrows::pipeline {

/// What the stages of one direction work with: fixed while the worker runs, but for what the pointers lead
/// to. One per worker and direction; the worker owns it.
struct Context {
  std::uint64_t ingress_mac = 0;  ///< own MAC of the port frames come from (wire::to_integer)
  std::uint16_t ingress_mtu_octets =
      0;                               ///< of the port frames come from; an IP packet beyond is a super-frame
  std::uint32_t max_frame_octets = 0;  ///< transparent: longest frame the egress port carries
  std::array<std::uint16_t, kFamilies> max_mss{};  ///< transparent: of this direction
  std::uint16_t tunnel_mtu_octets = 0;  ///< transparent: of the link; 0: TCP inside tunnels is left alone
  Direction direction = Direction::lan_to_wan;
  const config::Config* config = nullptr;    ///< with learned: what limits follow from an MTU
  const LearnedSessions* learned = nullptr;  ///< transparent, where MTUs are learned; shared, see there
  std::uint16_t worker = 0;                  ///< with learned: which one this is
  bool finish_partial_checksums =
      false;                       ///< frames come from a virtual interface that may leave them unfinished
  bool hardware_checksum = false;  ///< the egress port may be trusted with TCP and UDP checksums
  const session::SessionTable* sessions = nullptr;     ///< terminate, concentrator
  const session::AddressPlan* addresses = nullptr;     ///< concentrator
  session::LanPeers* lan_peers = nullptr;              ///< as sessions; shared between threads, see there
  stats::DirectionCounters* counters = nullptr;        ///< this worker writes, the control thread reads
  stats::SessionCounters* session_counters = nullptr;  ///< as sessions; by session index
  FrameAccount* account = nullptr;  ///< of an explaining process, which writes it; whoever feeds it reads
};

}  // namespace narrows::pipeline
