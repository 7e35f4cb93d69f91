// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include "narrows/ppp/control_protocol.h"
#include "narrows/ppp/negotiation_limits.h"
#include "narrows/ppp/packet_sink.h"
#include "narrows/ppp/random.h"

namespace narrows::ppp {

/// IPv6CP (RFC 5072): interface identifiers, no compression. Both ends do the same.
class Ipv6cp final : public ControlProtocol {
 public:
  using Identifier = std::array<std::uint8_t, 8>;  // network order

  /// The references outlive the object.
  Ipv6cp(const NegotiationLimits& limits, PacketSink& sink, Random& random);

  /// When Opened.
  [[nodiscard]] const Identifier& own() const noexcept { return own_; }
  /// All zeros when the peer did not tell.
  [[nodiscard]] const Identifier& peer() const noexcept { return peer_; }

 protected:
  void reset() override;
  void write_request(OptionWriter& request) override;
  Judgement judge(const Option& option, OptionWriter& nak) override;
  void agree(const OptionList& peer_options) override;
  bool take_nak(const Option& option) override;
  bool take_reject(const Option& option) override;

 private:
  [[nodiscard]] Identifier choose_identifier();

  Random& random_;
  Identifier own_{};
  Identifier peer_{};
  Identifier suggested_{};  // in our last Configure-Nak
  bool asks_ = true;
};

}  // namespace narrows::ppp
