// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "narrows/ppp/discovery_sink.h"
#include "narrows/ppp/random.h"
#include "narrows/ppp/time.h"
#include "narrows/wire/mac_address.h"
#include "narrows/wire/pppoe_discovery.h"

namespace narrows::ppp {

struct DiscoverySettings {
  std::string service_name;  ///< empty: any
  std::string ac_name;       ///< empty: any; otherwise only this concentrator's offers count
  std::optional<std::vector<std::uint8_t>> host_uniq;  ///< nothing: random, new for each attempt
  std::uint16_t max_payload = 0;                       ///< PPP-Max-Payload to ask for (RFC 4638); 0: none
};

/// A session that the concentrator has confirmed.
struct DiscoveredSession {
  wire::MacAddress ac_mac;
  std::uint16_t id = 0;
  std::string ac_name;            ///< printable ASCII, bounded
  std::uint16_t max_payload = 0;  ///< echoed by the concentrator, never above what was asked for; 0: no
};

/// The client's part of PPPoE discovery (RFC 2516 §5, RFC 4638): PADI until a PADO fits, PADR until a PADS.
///
/// One attempt at a time: start() begins a new one. No clock, no thread, no system call. Takes the first
/// offer that fits at once; keeps a few more and turns to the next when a concentrator refuses or does not
/// answer.
class DiscoveryClient {
 public:
  enum class Status { idle, searching, requesting, confirmed, failed };
  enum class Failure {
    none,
    no_offer,   ///< no PADO that fits
    no_answer,  ///< PADR unanswered
    refused,    ///< error tag, or PADS with session id 0
  };

  DiscoveryClient(DiscoverySettings settings, DiscoverySink& sink, Random& random);

  void start(Time now);
  void stop();  ///< back to idle
  /// @param source   the frame's Ethernet source.
  /// @param payload  behind the ethertype 0x8863: PPPoE header, tags, padding; any octets are safe.
  /// @return whether the packet was this client's (Host-Uniq, state): others' are left alone.
  bool receive(const wire::MacAddress& source, std::span<const std::uint8_t> payload, Time now);
  void poll(Time now);
  [[nodiscard]] Time next_deadline() const;

  [[nodiscard]] Status status() const;
  [[nodiscard]] Failure failure() const;
  /// The error tags' text (RFC 2516 appendix A: 0x0201 … 0x0203), printable ASCII, bounded; may be empty.
  [[nodiscard]] const std::string& message() const;
  /// When confirmed.
  [[nodiscard]] const DiscoveredSession& session() const;

 private:
  /// An offer that fits, with the tags that accept it.
  struct Offer {
    wire::MacAddress ac_mac;
    std::string ac_name;
    std::vector<std::uint8_t> padr_tags;
  };

  [[nodiscard]] bool is_ours(const wire::PppoeTags& tags) const;
  [[nodiscard]] bool asked(const wire::MacAddress& ac_mac) const;
  [[nodiscard]] bool fits(const wire::PppoeTags& tags) const;
  [[nodiscard]] std::optional<std::vector<std::uint8_t>> padr_tags(const wire::PppoeTags& offer) const;
  bool handle_offer(const wire::MacAddress& source, const wire::PppoeDiscovery& pado, Time now);
  bool handle_confirmation(const wire::MacAddress& source, const wire::PppoeDiscovery& pads, Time now);
  void close_surplus(const wire::MacAddress& ac_mac, std::uint16_t id);
  void note_error(const wire::PppoeTags& tags);
  void request_next(Time now);
  void confirm(const wire::PppoeDiscovery& pads);
  void fail(Failure failure);
  void send(Time now);
  [[nodiscard]] Time jittered(Time wait);

  DiscoverySettings settings_;
  DiscoverySink& sink_;
  Random& random_;
  Status status_ = Status::idle;
  Failure failure_ = Failure::none;
  bool refused_ = false;  ///< somebody sent an error, or a PADS without a session
  std::string message_;
  DiscoveredSession session_;
  std::vector<std::uint8_t> host_uniq_;
  std::vector<std::uint8_t> padi_tags_;
  std::vector<Offer> offers_;
  std::size_t requested_ = 0;  ///< the offer that was accepted last; those before it have been given up
  std::size_t tries_ = 0;      ///< of the packet that is being repeated
  Time deadline_ = kNever;
};

}  // namespace narrows::ppp
