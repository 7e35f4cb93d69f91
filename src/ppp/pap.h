// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "authentication_base.h"

namespace narrows::ppp {

/// RFC 1334 §2, the end that sends its name and password.
class PapPeer : public AuthenticationBase {
 public:
  PapPeer(const Credentials& credentials, PacketSink& sink, Random& random);
  void start(Time now) override;

 private:
  bool handle(const wire::PppControlPacket& packet, Time now) override;
  void expire(Time now) override;
  void request(Time now);

  const Credentials& credentials_;
  std::uint8_t first_identifier_ = 0;
  unsigned tries_ = 0;
};

/// RFC 1334 §2, the end that says yes or no.
class PapAuthenticator : public AuthenticationBase {
 public:
  PapAuthenticator(PasswordOf password_of, PacketSink& sink);
  void start(Time now) override;

 private:
  bool handle(const wire::PppControlPacket& packet, Time now) override;
  void expire(Time now) override;

  PasswordOf password_of_;
};

}  // namespace narrows::ppp
