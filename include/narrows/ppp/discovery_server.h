// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "narrows/ppp/discovery_sink.h"
#include "narrows/ppp/random.h"
#include "narrows/ppp/time.h"
#include "narrows/wire/mac_address.h"
#include "narrows/wire/pppoe_discovery.h"

namespace narrows::ppp {

struct DiscoveryServerSettings {
  std::string ac_name;
  std::vector<std::string> services;  ///< empty: any is served
  std::uint16_t max_payload = 0;  ///< largest PPP-Max-Payload that is granted (RFC 4638); up to 1492: none
};

/// A client that has shown its cookie and asks for a session.
struct DiscoveryRequest {
  wire::MacAddress client_mac;
  std::span<const std::uint8_t> host_uniq;  ///< empty: it sent none; valid during the call
  std::uint16_t max_payload = 0;            ///< granted, when it gets a session; 0: none
};

/// The concentrator's part of PPPoE discovery (RFC 2516 §5, RFC 4638): answers each PADI by a PADO, and each
/// PADR that brings back the PADO's cookie by a PADS.
///
/// Nothing is kept of a PADI: the cookie is computed from the client's address. What a PADR was answered is
/// kept for kRepeatWindow, so that a repeated PADR gets the same session. No clock, no thread, no system
/// call. How many packets a second it is given is the caller's to bound.
class DiscoveryServer {
 public:
  /// @return the new session's id, or 0 when there is none to be had.
  using Allocate = std::function<std::uint16_t(const DiscoveryRequest&)>;
  /// How long the same Host-Uniq of the same client means the same attempt: clients repeat a PADR within
  /// seconds.
  static constexpr Time kRepeatWindow = std::chrono::seconds(30);

  enum class Outcome {
    ignored,    ///< malformed, not a client's packet, not for this concentrator, or a wrong cookie
    offered,    ///< PADO
    confirmed,  ///< PADS with a new session
    repeated,   ///< the same PADS again
    refused,    ///< PADS without a session
  };

  /// The references outlive the object. The cookies' secret is drawn from `random` here.
  DiscoveryServer(DiscoveryServerSettings settings, Allocate allocate, DiscoverySink& sink, Random& random);

  /// @param source   the frame's Ethernet source.
  /// @param payload  behind the ethertype 0x8863: PPPoE header, tags, padding; any octets are safe.
  Outcome receive(const wire::MacAddress& source, std::span<const std::uint8_t> payload, Time now);

  /// A session is over: its id is not confirmed again until it is allocated anew.
  void forget(std::uint16_t session_id);

 private:
  using Attempt = std::pair<wire::MacAddress, std::vector<std::uint8_t>>;  ///< client, Host-Uniq
  struct Grant {
    std::uint16_t session_id = 0;
    Time until{};
  };
  using Cookie = std::array<std::uint8_t, 16>;

  Outcome offer(const wire::MacAddress& client, const wire::PppoeTags& padi);
  Outcome confirm(const wire::MacAddress& client, const wire::PppoeTags& padr, Time now);
  Outcome refuse(const wire::MacAddress& client, const wire::PppoeTags& padr, std::uint16_t error_tag,
                 std::string_view reason);
  [[nodiscard]] bool serves(const wire::PppoeTags& request) const;
  [[nodiscard]] std::uint16_t granted_payload(const wire::PppoeTags& request) const;
  [[nodiscard]] Cookie cookie_of(const wire::MacAddress& client) const;
  [[nodiscard]] bool has_cookie(const wire::MacAddress& client, const wire::PppoeTags& padr) const;
  void forget_old(Time now);

  DiscoveryServerSettings settings_;
  Allocate allocate_;
  DiscoverySink& sink_;
  std::array<std::uint8_t, 32> secret_{};
  std::map<Attempt, Grant> grants_;
  std::deque<std::pair<Time, Attempt>> oldest_;  ///< when each grant ends, in that order
};

}  // namespace narrows::ppp
