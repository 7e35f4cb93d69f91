// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "narrows/config/config.h"
#include "narrows/ppp/control_protocol.h"
#include "narrows/ppp/link_settings.h"
#include "narrows/ppp/packet_sink.h"
#include "narrows/ppp/random.h"

namespace narrows::ppp {

/// Maximum-Receive-Unit (RFC 1661 §6.1).
inline constexpr std::uint8_t kMruOption = 1;
/// Octets of the information field without an MRU option.
inline constexpr std::uint16_t kDefaultMru = 1500;
/// Under this no useful packet passes, and control packets hardly.
inline constexpr std::uint16_t kMinMru = 128;

/// The PPP protocol that carries a method.
[[nodiscard]] std::uint16_t protocol_of(config::AuthMethod method) noexcept;

/// LCP (RFC 1661 §5, §6; RFC 1570 §2) as PPPoE wants it: MRU, authentication, magic numbers, and nothing of
/// what RFC 2516 §7 forbids (compressed fields, ACCM, FCS alternatives).
class Lcp final : public ControlProtocol {
 public:
  /// What the last packet brought besides negotiation.
  struct Arrival {
    std::optional<std::uint16_t> rejected_protocol;
    std::optional<std::uint8_t> echo_reply;  ///< its identifier
    bool echo_request = false;
    bool echo_refused = false;  ///< the peer does not know Echo-Requests
  };

  /// The references outlive the object.
  Lcp(const LinkSettings& settings, PacketSink& sink, Random& random);

  /// @return the Echo-Request's identifier. When Opened only (RFC 1661 §5.8).
  std::uint8_t send_echo();
  /// When Opened only (RFC 1661 §5.7).
  void send_protocol_reject(std::uint16_t protocol, std::span<const std::uint8_t> information);
  [[nodiscard]] Arrival take_arrival() noexcept;

  /// How the peer wants us to prove who we are, as agreed.
  [[nodiscard]] std::optional<config::AuthMethod> peer_asks() const noexcept { return peer_asks_; }
  /// The peer's MRU, never above our own.
  [[nodiscard]] std::uint16_t mtu_octets() const noexcept;
  /// The MRU that the peer has agreed to, or the default: what it may send.
  [[nodiscard]] std::uint16_t mru_octets() const noexcept { return mru_refused_ ? kDefaultMru : own_mru_; }
  /// Our own magic number has come back too often (RFC 1661 §6.4).
  [[nodiscard]] bool is_looped() const noexcept;

 protected:
  void reset() override;
  void write_request(OptionWriter& request) override;
  Judgement judge(const Option& option, OptionWriter& nak) override;
  [[nodiscard]] bool may_reject(std::uint8_t type) const override;
  void agree(const OptionList& peer_options) override;
  bool take_nak(const Option& option) override;
  bool take_reject(const Option& option) override;
  bool receive_other(const wire::PppControlPacket& packet, Time now) override;
  void answer_echo(const wire::PppControlPacket& packet) override;
  void code_rejected(std::uint8_t code) override;

 private:
  Judgement judge_mru(const Option& option, OptionWriter& nak) const;
  Judgement judge_authentication(const Option& option, OptionWriter& nak) const;
  Judgement judge_magic(const Option& option, OptionWriter& nak);
  void receive_protocol_reject(const wire::PppControlPacket& packet, Time now);
  void receive_echo(const wire::PppControlPacket& packet, Time now);
  [[nodiscard]] std::uint32_t new_magic();

  const LinkSettings& settings_;
  Random& random_;
  std::uint16_t own_mru_ = kDefaultMru;
  std::uint16_t peer_mru_ = kDefaultMru;
  std::uint32_t own_magic_ = 0;     // 0: the peer wants none
  std::uint32_t former_magic_ = 0;  // of the requests before
  std::uint32_t peer_magic_ = 0;    // 0: none
  bool mru_refused_ = false;
  std::optional<config::AuthMethod> peer_asks_;
  unsigned loop_signs_ = 0;
  std::uint8_t next_echo_ = 1;  // in a row of their own, so that a late reply can be told
  Arrival arrival_;
};

}  // namespace narrows::ppp
