// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "narrows/ppp/ipcp.h"
#include "narrows/ppp/ipv6cp.h"
#include "narrows/ppp/keepalive.h"
#include "narrows/ppp/lcp.h"
#include "narrows/ppp/link.h"

namespace narrows::ppp {

/// The engines of one link and what binds them: the phases of RFC 1661 §3.
class Link::Parts {
 public:
  Parts(LinkSettings settings, PacketSink& sink, Random& random, MakeAuthentication make_authentication);

  void start(Time now);
  void close(Time now);
  void receive(std::uint16_t protocol, std::span<const std::uint8_t> information, Time now);
  void note_life(Time now) { keepalive_.note_life(now); }
  void set_echo(Time interval, unsigned failures, Time now) {
    keepalive_.configure(interval, failures, lcp_.is_opened(), now);
  }
  void poll(Time now);
  [[nodiscard]] Time next_deadline() const;

  [[nodiscard]] Phase phase() const noexcept;
  [[nodiscard]] const std::optional<Ipv4Result>& ipv4() const noexcept { return ipv4_; }
  [[nodiscard]] const std::optional<Ipv6Result>& ipv6() const noexcept { return ipv6_; }
  [[nodiscard]] std::uint16_t mtu_octets() const noexcept { return lcp_.mtu_octets(); }
  [[nodiscard]] std::uint16_t mru_octets() const noexcept { return lcp_.mru_octets(); }
  [[nodiscard]] std::optional<LinkEnd> end() const noexcept { return end_; }
  [[nodiscard]] const std::string& end_message() const noexcept { return end_message_; }
  [[nodiscard]] const std::string& peer_name() const noexcept { return peer_name_; }
  [[nodiscard]] Time echo_round_trip() const noexcept { return keepalive_.round_trip(); }
  [[nodiscard]] unsigned echoes_unanswered() const noexcept { return keepalive_.unanswered(); }
  [[nodiscard]] std::uint64_t ignored() const;

 private:
  [[nodiscard]] bool has_ipcp() const noexcept { return !settings_.is_concentrator || settings_.offer; }
  [[nodiscard]] bool is_over() const noexcept { return end_.has_value(); }

  void receive_lcp(std::span<const std::uint8_t> information, Time now);
  void receive_network(std::uint16_t protocol, std::span<const std::uint8_t> information, Time now);
  void protocol_rejected(std::uint16_t protocol, Time now);
  void keep_alive(Time now);

  /// After anything has happened: lets each layer's doings reach the others.
  void settle(Time now);
  void settle_lcp(Time now);
  void settle_authentication(Time now);
  void settle_network(Time now);
  void lcp_is_up(Time now);
  void enter_network(Time now);
  void leave_network(Time now);
  void drop_authentication();
  void terminate(LinkEnd reason, const std::string& message, Time now);
  void finish(Time now);
  [[nodiscard]] LinkEnd lcp_failure() const;

  LinkSettings settings_;
  PacketSink& sink_;
  Random& random_;
  MakeAuthentication make_authentication_;
  Lcp lcp_;
  Ipcp ipcp_;
  Ipv6cp ipv6cp_;
  Keepalive keepalive_;
  std::unique_ptr<Authentication> authentication_;
  std::uint16_t authentication_protocol_ = 0;
  Time authentication_limit_ = kNever;
  bool in_network_ = false;  // LCP is Opened and authentication, if any, is done
  std::optional<Ipv4Result> ipv4_;
  std::optional<Ipv6Result> ipv6_;
  std::optional<LinkEnd> reason_;  // the first one, while LCP still terminates
  std::optional<LinkEnd> end_;
  std::string end_message_;
  std::string peer_name_;
  std::uint64_t ignored_ = 0;
};

}  // namespace narrows::ppp
