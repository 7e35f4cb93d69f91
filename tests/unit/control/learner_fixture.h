// SPDX-License-Identifier: BSD-3-Clause
/// A router on the LAN side, a concentrator on the WAN side, and somebody who listens to both.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>

#include "frames.h"
#include "narrows/control/session_learner.h"
#include "packets.h"

namespace narrows::control {

using namespace std::chrono_literals;
using test::Octets;
using test::operator+;

inline constexpr std::uint16_t kId = 0x1234;
inline constexpr std::uint16_t kFallback = 1400;  ///< no other MTU here

inline constexpr std::uint16_t kMost = 8;  ///< places for sessions

inline const Octets kRouterMac{0x02, 0, 0, 0, 0, 0x01};
inline const Octets kConcentratorMac{0x02, 0, 0, 0, 0, 0xac};

/// Codes of LCP (RFC 1661 §5), written out once more so that the product's are judged from outside.
enum Code : std::uint8_t {
  kRequest = 1,
  kAck,
  kNak,
  kReject,
  kTermRequest,
  kTermAck,
  kEchoRequest = 9,
  kEchoReply
};

inline Octets mru_option(unsigned mru) {
  return Octets{1, 4} + test::be16(mru);
}
inline Octets lcp_packet(std::uint8_t code, std::uint8_t identifier, const Octets& options) {
  return Octets{code, identifier} + test::be16(static_cast<unsigned>(4 + options.size())) + options;
}
inline Octets max_payload_tag(unsigned octets) {
  return Octets{0x01, 0x20, 0, 2} + test::be16(octets);
}
inline const Octets kServiceName{0x01, 0x01, 0, 0};

/// Who talks to whom; a session's frames are made by one of these.
struct Ends {
  Octets router = kRouterMac;
  Octets concentrator = kConcentratorMac;
  std::uint16_t id = kId;
  std::optional<unsigned> vlan = {};

  [[nodiscard]] Octets frame(Side from, unsigned ethertype, const Octets& payload) const {
    const bool outward = from == Side::lan;
    const Octets inner = vlan ? test::be16(*vlan) + test::be16(ethertype) + payload : payload;
    return test::ethernet(outward ? concentrator : router, outward ? router : concentrator,
                          vlan ? 0x8100 : ethertype, inner);
  }
  /// A discovery packet with a LENGTH of what is there.
  [[nodiscard]] Octets discovery(Side from, std::uint8_t code, const Octets& tags) const {
    return frame(from, 0x8863,
                 Octets{0x11, code} + test::be16(id) + test::be16(static_cast<unsigned>(tags.size())) + tags);
  }
  [[nodiscard]] Octets pads(const Octets& tags = kServiceName) const {
    return discovery(Side::wan, 0x65, tags);
  }
  [[nodiscard]] Octets padt(Side from) const { return discovery(from, 0xa7, {}); }
  [[nodiscard]] Octets lcp(Side from, std::uint8_t code, std::uint8_t identifier,
                           const Octets& options = {}) const {
    return frame(from, 0x8864, test::pppoe(id, 0xc021, lcp_packet(code, identifier, options)));
  }
};

class LearnerTest : public testing::Test {
 protected:
  using Event = stats::ControlEvent;

  void hear(Side from, const Octets& frame) {
    // A copy of just the frame's size: a read beyond it is noticed by the sanitizers.
    const std::vector<std::uint8_t> copy(frame.begin(), frame.end());
    const auto view = wire::parse_ethernet(copy.data(), copy.size());
    if (view.payload_offset == 0) return;  // Plane counts it, and hands it to nobody
    learner.receive(from, view, copy, now);
  }
  /// One side asks, the other agrees.
  void agree(Side asker, const Octets& options, const Ends& ends = {}) {
    hear(asker, ends.lcp(asker, kRequest, ++identifier, options));
    hear(asker == Side::lan ? Side::wan : Side::lan,
         ends.lcp(asker == Side::lan ? Side::wan : Side::lan, kAck, identifier, options));
  }
  void open(const Ends& ends = {}, unsigned lan_mru = 1492, unsigned wan_mru = 1492) {
    hear(Side::wan, ends.pads());
    agree(Side::lan, mru_option(lan_mru), ends);
    agree(Side::wan, mru_option(wan_mru), ends);
  }
  void pass(Time time) {
    now += time;
    learner.poll(now);
  }

  [[nodiscard]] const WatchedSession* session(const Ends& ends = {}) {
    const Octets frame = ends.frame(Side::lan, 0x8864, {});
    const auto view = wire::parse_ethernet(frame.data(), frame.size());
    const auto key = session::watched_key(Side::lan, frame.data(), view.vlans, ends.id);
    for (std::size_t slot = 0; slot < session::kMostWatched; ++slot) {
      const auto* found = learner.find(static_cast<SessionLearner::Slot>(slot));
      if (found != nullptr && found->key == key) return found;
      if (found == nullptr && slot > kMost) break;
    }
    return nullptr;
  }
  /// 0: not known.
  [[nodiscard]] unsigned mtu(const Ends& ends = {}) {
    const auto* found = session(ends);
    return found == nullptr ? 0 : found->mtu_octets;
  }
  [[nodiscard]] std::uint64_t count(Event event) const { return counters.value(event); }
  [[nodiscard]] std::uint64_t known() { return learner.report(now, 0).count; }

  Time now = 1000s;
  std::uint8_t identifier = 0;
  std::map<SessionLearner::Slot, Time> syn;  ///< when a worker last saw one
  stats::ControlCounters counters;
  SessionLearner learner{kFallback, counters,
                         [this](SessionLearner::Slot slot) {
                           const auto found = syn.find(slot);
                           return found == syn.end() ? Time{0} : found->second;
                         },
                         kMost};
};

}  // namespace narrows::control
