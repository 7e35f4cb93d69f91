// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/control/core_answers.h"
#include "narrows/control/deadlines.h"
#include "narrows/control/frame_sink.h"
#include "narrows/control/icmp_errors.h"
#include "narrows/control/plane.h"
#include "narrows/control/rate_limit.h"
#include "narrows/control/served_session.h"
#include "narrows/control/session_publisher.h"
#include "narrows/control/session_specs.h"
#include "narrows/ppp/discovery_server.h"
#include "narrows/ppp/random.h"
#include "narrows/session/address_plan.h"
#include "narrows/session/lan_peers.h"

namespace narrows::control {

/// What a concentrator works with and on; everything referred to outlives it.
struct ConcentratorSurroundings {
  const config::Config& config;  ///< has a concentrator
  PortMacs macs;                 ///< lan: of the core port, wan: of the line port
  const session::AddressPlan& addresses;
  session::LanPeers& peers;             ///< of the shared form
  worker::SessionSnapshots& snapshots;  ///< of session_specs(config, macs)
  FrameSink& sink;
  ppp::Random& random;
  Log log;
};

/// The concentrator's end of the line: sessions for whoever calls and knows a password.
class ConcentratorPlane final : public Plane, private ppp::DiscoverySink {
 public:
  /// PADI and PADR of all clients together.
  using DiscoveryLimit = RateLimit<256, 2000>;
  /// PADTs for sessions that are no more.
  using StaleLimit = RateLimit<64, 200>;

  explicit ConcentratorPlane(ConcentratorSurroundings surroundings);

  void poll(Time now) override;
  void stop(Time now) override;
  [[nodiscard]] bool stopped() const noexcept override {
    return stopping_ && to_hang_up_.empty() && free_.size() == slots_.size();
  }
  [[nodiscard]] const std::array<stats::Counter, stats::kSessionFailures>& failures()
      const noexcept override {
    return failures_;
  }

 private:
  struct Slot {
    std::unique_ptr<ServedSession> session;
    std::uint64_t from_line = 0;
    Time called{0};
    bool up = false;
  };

  ConcentratorPlane(ConcentratorSurroundings&& from, std::vector<session::SessionSpec> specs);
  void handle_frame(Side from, std::size_t session, const wire::EthernetView& view,
                    std::span<const std::uint8_t> frame, Time now) override;
  void tick_sessions(Time now, const Traffic& traffic) override;
  void handle_lost(std::size_t session, const Undeliverable& lost, Time now) override;
  void handle_discovery(const wire::EthernetView& view, std::span<const std::uint8_t> frame, Time now);
  void handle_stale(const wire::EthernetView& view, std::span<const std::uint8_t> frame, Time now);
  void send(const wire::MacAddress& destination, std::uint8_t code, std::uint16_t session_id,
            std::span<const std::uint8_t> tags) override;
  std::uint16_t allocate(const ppp::DiscoveryRequest& request);
  [[nodiscard]] std::uint16_t choose_id();
  void settle(std::size_t slot, Time now);
  void report(std::size_t slot, Time now);

  const config::Config& config_;
  const config::Concentrator& concentrator_;
  PortMacs macs_;
  FrameSink& sink_;
  SessionPublisher publisher_;
  wire::VlanStack line_vlans_;
  session::HeaderTemplate line_header_;
  CoreAnswers core_;
  IcmpErrors icmp_;
  ServedSurroundings served_;
  ppp::DiscoveryServer discovery_;
  std::vector<Slot> slots_;             ///< by session index
  std::deque<std::uint16_t> free_;      ///< slots, the longest free first
  std::vector<std::uint16_t> slot_of_;  ///< by session id
  std::uint16_t last_id_ = 0;
  Deadlines deadlines_;
  std::deque<std::uint16_t> to_hang_up_;
  std::vector<std::vector<std::uint8_t>> confirmations_;  ///< PADS that wait for the data path to know
  std::array<stats::Counter, stats::kSessionFailures> failures_;
  DiscoveryLimit discovery_limit_;
  StaleLimit stale_limit_;
  Time now_{0};  ///< of the discovery packet at hand
  bool stopping_ = false;
};

}  // namespace narrows::control
