// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "narrows/control/frame_sink.h"
#include "narrows/control/rate_limit.h"
#include "narrows/control/time.h"
#include "narrows/session/session.h"
#include "narrows/stats/control_events.h"

namespace narrows::control {

/// What a static session owes its concentrator: LCP Echo-Replies, without which the concentrator takes the
/// line for dead (RFC 1661 §5.8), and Protocol-Rejects for what is not spoken here (§5.7). It negotiates
/// nothing.
class PppAnswers {
 public:
  /// Answers of one session: a burst of 20, at most 100 in any second.
  using Limit = RateLimit<20, 80>;

  struct Link {
    session::HeaderTemplate header;  ///< what the data path puts on frames to the WAN
    std::uint16_t mtu_octets = 0;    ///< longest PPP information field sent
  };

  /// The references must outlive the object. One link for each session.
  PppAnswers(std::span<const Link> links, FrameSink& sink, stats::ControlCounters& counters);

  /// Another link of a session, which may be a new one.
  void configure(std::size_t session, const Link& link);

  /// @param session   index, in range.
  /// @param protocol  PPP protocol, host order.
  /// @param information  what follows it, to the end of the PPPoE LENGTH.
  void handle(std::size_t session, std::uint16_t protocol, std::span<const std::uint8_t> information,
              Time now);

 private:
  struct Peer {
    Link link;
    std::uint8_t next_reject_identifier = 1;
    Limit limit;
  };

  void handle_lcp(Peer& peer, std::span<const std::uint8_t> information, Time now);
  void reject(Peer& peer, std::uint16_t protocol, std::span<const std::uint8_t> information, Time now);
  void send_lcp(const Peer& peer, std::uint8_t code, std::uint8_t identifier,
                std::span<const std::uint8_t> opening, std::span<const std::uint8_t> data,
                stats::ControlEvent event);

  std::vector<Peer> peers_;
  FrameSink& sink_;
  stats::ControlCounters& counters_;
};

}  // namespace narrows::control
