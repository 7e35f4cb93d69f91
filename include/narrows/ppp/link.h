// SPDX-License-Identifier: BSD-3-Clause
/// One PPP link, either end: LCP, then authentication, then IPCP and IPv6CP side by side (RFC 1661 §3).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/ppp/authentication.h"
#include "narrows/ppp/link_settings.h"
#include "narrows/ppp/packet_sink.h"
#include "narrows/ppp/random.h"
#include "narrows/ppp/time.h"
#include "narrows/wire/ipv4_address.h"

namespace narrows::ppp {

/// What IPCP agreed on.
struct Ipv4Result {
  wire::Ipv4Address own;
  wire::Ipv4Address peer;
  std::vector<wire::Ipv4Address> dns;
};

/// What IPv6CP agreed on; interface identifiers in network order.
struct Ipv6Result {
  std::array<std::uint8_t, 8> own{};
  std::array<std::uint8_t, 8> peer{};
};

/// Why a link ended.
enum class LinkEnd : std::uint8_t {
  closed,           ///< by close()
  peer_terminated,  ///< LCP Terminate-Request
  no_answer,        ///< LCP negotiation: nothing came back
  no_agreement,     ///< LCP or both network protocols never converge
  looped_back,      ///< our own magic number comes back (RFC 1661 §6.4)
  authentication_refused,
  authentication_silent,
  not_genuine,  ///< MS-CHAPv2: the concentrator does not know the password
  no_network,   ///< neither IPCP nor IPv6CP came up
  echo_lost,    ///< the other end went silent
};

/// How a link comes by its authentication: with make_authenticatee() and make_authenticator(), but in tests.
/// @param settings  outlive what is made.
using MakeAuthentication = std::unique_ptr<Authentication> (*)(config::AuthMethod method,
                                                               const LinkSettings& settings, PacketSink& sink,
                                                               Random& random);

/// One link from its lower layer's up to its end; never started again (make a new one).
///
/// No clock, no thread, no system call: everything happens inside start(), receive(), poll() and close().
/// Every octet of `information` may come from a stranger.
class Link {
 public:
  enum class Phase : std::uint8_t { dead, establish, authenticate, network, terminate };  // RFC 1661 §3.2

  /// The references outlive the object.
  Link(LinkSettings settings, PacketSink& sink, Random& random);
  Link(LinkSettings settings, PacketSink& sink, Random& random, MakeAuthentication make_authentication);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// The lower layer is up.
  void start(Time now);
  /// Terminates in good order: Terminate-Request, end() at the Ack or after a while.
  void close(Time now);
  /// @param protocol     PPP protocol, host order; unknown ones are answered by Protocol-Reject.
  /// @param information  what follows it, padding included.
  void receive(std::uint16_t protocol, std::span<const std::uint8_t> information, Time now);
  /// Data arrived from the other end at `now`: it lives, no echo is needed (adaptive echo).
  void note_life(Time now);
  /// Other echoes from now on; as LinkSettings has them.
  void set_echo(Time interval, unsigned failures, Time now);
  /// Does what is due. Cheap before next_deadline().
  void poll(Time now);
  [[nodiscard]] Time next_deadline() const;

  [[nodiscard]] Phase phase() const;
  /// Set while IPCP (IPv6CP) is Opened; either may come and go without the other.
  [[nodiscard]] const std::optional<Ipv4Result>& ipv4() const;
  [[nodiscard]] const std::optional<Ipv6Result>& ipv6() const;
  /// Longest information field that may be sent: the peer's MRU, never above settings.mru_octets.
  [[nodiscard]] std::uint16_t mtu_octets() const;
  /// Longest information field that the peer may send: the MRU it agreed to.
  [[nodiscard]] std::uint16_t mru_octets() const;
  /// Set for good when the link is over.
  [[nodiscard]] std::optional<LinkEnd> end() const;
  /// Printable words of the other end that go with end(), such as an authentication message; may be empty.
  [[nodiscard]] const std::string& end_message() const;
  /// Concentrator end: the name the peer gave when it was asked who it is; empty before.
  [[nodiscard]] const std::string& peer_name() const;
  /// The last echo's round trip; 0 before the first.
  [[nodiscard]] Time echo_round_trip() const;
  /// Echo-Requests in a row that nothing has answered so far.
  [[nodiscard]] unsigned echoes_unanswered() const;
  /// Packets ignored because they were malformed or out of place.
  [[nodiscard]] std::uint64_t ignored() const;

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace narrows::ppp
