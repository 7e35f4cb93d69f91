// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "authentication_base.h"
#include "chap_scheme.h"

namespace narrows::ppp {

/// RFC 1994, the end that answers challenges.
class ChapPeer : public AuthenticationBase {
 public:
  ChapPeer(const ChapScheme& scheme, const Credentials& credentials, PacketSink& sink, Random& random);
  void start(Time now) override;

 private:
  bool handle(const wire::PppControlPacket& packet, Time now) override;
  void expire(Time now) override;
  bool handle_challenge(const wire::PppControlPacket& packet, Time now);
  void respond(Time now);

  /// The last challenge and what it was answered.
  struct Exchange {
    std::uint8_t identifier = 0;
    std::vector<std::uint8_t> challenge;
    ChapScheme::Answer answer;
  };

  const ChapScheme& scheme_;
  const Credentials& credentials_;
  Random& random_;
  std::optional<Exchange> exchange_;
  bool awaiting_verdict_ = false;
  unsigned tries_ = 0;
  Time give_up_ = kNever;  ///< an authenticator may challenge without end
};

/// RFC 1994, the end that challenges.
class ChapAuthenticator : public AuthenticationBase {
 public:
  /// @param rechallenge  kNever or 0: none.
  ChapAuthenticator(const ChapScheme& scheme, std::string own_name, PasswordOf password_of, Time rechallenge,
                    PacketSink& sink, Random& random);
  void start(Time now) override;

 private:
  bool handle(const wire::PppControlPacket& packet, Time now) override;
  void expire(Time now) override;
  void challenge(Time now);
  void judge(std::span<const std::uint8_t> value, std::string_view name, Time now);

  /// The answer to the last challenge's response.
  struct Reply {
    std::uint8_t code = 0;
    std::string text;
  };

  const ChapScheme& scheme_;
  std::string own_name_;
  PasswordOf password_of_;
  Time rechallenge_;
  Random& random_;
  std::uint8_t identifier_ = 0;
  std::array<std::uint8_t, ChapScheme::kChallengeOctets> challenge_{};
  unsigned tries_ = 0;
  std::optional<Reply> reply_;
  std::optional<std::string> name_;  ///< as the peer first gave it
};

}  // namespace narrows::ppp
