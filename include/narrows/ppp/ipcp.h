// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <vector>

#include "narrows/ppp/control_protocol.h"
#include "narrows/ppp/link_settings.h"
#include "narrows/ppp/packet_sink.h"
#include "narrows/wire/ipv4_address.h"

namespace narrows::ppp {

/// IPCP (RFC 1332) with DNS addresses (RFC 1877), no compression. A client asks for everything; a
/// concentrator (settings.offer) gives.
class Ipcp final : public ControlProtocol {
 public:
  /// The references outlive the object.
  Ipcp(const LinkSettings& settings, PacketSink& sink);

  /// When Opened.
  [[nodiscard]] wire::Ipv4Address own() const noexcept { return own_; }
  /// 0.0.0.0 when the peer did not tell.
  [[nodiscard]] wire::Ipv4Address peer() const noexcept { return peer_; }
  [[nodiscard]] std::vector<wire::Ipv4Address> dns() const;

 protected:
  void reset() override;
  void write_request(OptionWriter& request) override;
  Judgement judge(const Option& option, OptionWriter& nak) override;
  void add_wishes(const std::bitset<256>& present, OptionWriter& nak) override;
  void agree(const OptionList& peer_options) override;
  bool take_nak(const Option& option) override;
  bool take_reject(const Option& option) override;
  [[nodiscard]] bool is_complete() const override;

 private:
  static constexpr std::size_t kServers = 2;

  [[nodiscard]] bool is_client() const noexcept { return !settings_.offer; }

  const LinkSettings& settings_;
  wire::Ipv4Address own_;
  wire::Ipv4Address peer_;
  std::array<wire::Ipv4Address, kServers> dns_{};
  bool asks_address_ = true;
  std::array<bool, kServers> asks_dns_{};
};

}  // namespace narrows::ppp
