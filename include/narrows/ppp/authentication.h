// SPDX-License-Identifier: BSD-3-Clause
/// Authentication over PPP, both ends: PAP (RFC 1334), CHAP with MD5 (RFC 1994), MS-CHAPv2 (RFC 2759).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "narrows/config/config.h"
#include "narrows/ppp/packet_sink.h"
#include "narrows/ppp/random.h"
#include "narrows/ppp/time.h"

namespace narrows::ppp {

/// One side of the authentication of one link. Lives from the end of LCP negotiation to the end of the link,
/// so that it can answer a rechallenge, or make one.
class Authentication {
 public:
  enum class Status {
    running,
    succeeded,
    refused,      ///< the authenticator said no, or (at the authenticator) the peer failed
    not_genuine,  ///< MS-CHAPv2: the authenticator does not know the password itself
    silent,       ///< no answer after all retransmissions
  };

  virtual ~Authentication() = default;
  virtual void start(Time now) = 0;
  /// @param protocol  kPppPap or kPppChap. Anything malformed or unexpected is ignored and counted by
  ///                  ignored().
  virtual void receive(std::uint16_t protocol, std::span<const std::uint8_t> information, Time now) = 0;
  virtual void poll(Time now) = 0;
  [[nodiscard]] virtual Time next_deadline() const = 0;
  /// `succeeded` may turn into another status later: a rechallenge can fail.
  [[nodiscard]] virtual Status status() const = 0;
  /// What the other end said along with its verdict, printable ASCII, bounded; may be empty. Never a secret.
  [[nodiscard]] virtual const std::string& message() const = 0;
  /// At the authenticator: the name the peer gave, printable ASCII; empty until it did.
  [[nodiscard]] virtual const std::string& peer_name() const = 0;
  [[nodiscard]] virtual std::uint64_t ignored() const = 0;
};

struct Credentials {
  std::string name;
  std::string password;
};

/// The end that proves who it is. The references outlive the object.
[[nodiscard]] std::unique_ptr<Authentication> make_authenticatee(config::AuthMethod method,
                                                                 const Credentials& credentials,
                                                                 PacketSink& sink, Random& random);

/// The password of a name, nothing for a name that is not known.
using PasswordOf = std::function<std::optional<std::string>(const std::string& name)>;

/// The end that asks.
/// @param own_name   put into challenges.
/// @param rechallenge  time between challenges once the link is up (CHAP only); kNever: one is enough.
[[nodiscard]] std::unique_ptr<Authentication> make_authenticator(config::AuthMethod method,
                                                                 const std::string& own_name,
                                                                 PasswordOf password_of, Time rechallenge,
                                                                 PacketSink& sink, Random& random);

}  // namespace narrows::ppp
