// SPDX-License-Identifier: BSD-3-Clause
/// Frames to send, made before the trial; while sending only their tag is written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "trial.h"

namespace narrows::lab {

using Mac = std::array<std::uint8_t, 6>;

/// The device under test as a trial sees it.
struct Wiring {
  std::array<Headers, 2> headers{Headers::ip, Headers::pppoe};  ///< of what LAN and WAN send
  std::array<Mac, 2> device_mac{Mac{2, 0, 0, 0, 0, 0x0a},
                                Mac{2, 0, 0, 0, 0, 0x0b}};  ///< its LAN and WAN port
};

/// The far ends' addresses, which the device's configuration has to name.
inline constexpr Mac kLanHost{2, 0, 0, 0, 0, 0x99};
inline constexpr Mac kConcentrator{2, 0, 0, 0, 0, 0xac};

/// Session i (from 0) has this id on the WAN, and, where there are several, this VLAN on the LAN.
[[nodiscard]] constexpr std::uint16_t session_id(unsigned session) {
  return static_cast<std::uint16_t>(0x1000 + session);
}
[[nodiscard]] constexpr std::uint16_t session_vlan(unsigned session) {
  return static_cast<std::uint16_t>(1 + session);
}

/// Headers fit into this whatever there is of them; what follows is zeros.
inline constexpr std::size_t kTemplateOctets = 128;

struct FrameTemplate {
  alignas(64) std::array<std::uint8_t, kTemplateOctets> octets{};
  std::uint16_t frame_octets = 0;  ///< without FCS
  std::uint16_t tcp_at = 0;
};

/// The frames of one direction in the order in which they are sent, again and again: sizes, SYNs and their
/// option layouts are mixed so that nothing can learn the order; each session has as many as any other. Sizes
/// are those of the LAN's frames, except that no packet is longer than PPPoE carries (1492): 1518 is the
/// WAN's. A SYN that does not fit is as long as it must be.
[[nodiscard]] std::vector<FrameTemplate> make_templates(const Trial& trial, const Wiring& wiring,
                                                        Direction direction);

/// What tells one frame from another, in places of TCP's header that nothing on the way changes: the serial
/// number in the sequence number, the time in the acknowledgement number, the trial in the window. The urgent
/// pointer, without URG nobody's, makes up for them in the checksum.
struct Tag {
  std::uint32_t serial = 0;
  std::uint32_t clocks = 0;
  std::uint16_t trial = 0;

  friend bool operator==(const Tag&, const Tag&) = default;
};

/// @param tcp_header  20 octets at least.
void write_tag(std::uint8_t* tcp_header, Tag tag) noexcept;
[[nodiscard]] Tag read_tag(const std::uint8_t* tcp_header) noexcept;

struct Located {
  std::uint16_t ip_at = 0;
  std::uint16_t tcp_at = 0;
  bool pppoe = false;
};

/// Where the TCP header of one of our frames is, behind whatever the device has put in front of it; nothing
/// for anybody else's.
[[nodiscard]] std::optional<Located> locate(std::span<const std::uint8_t> frame) noexcept;

/// Every MSS option of a segment that locate() found is at most this.
[[nodiscard]] bool mss_within(std::span<const std::uint8_t> frame, const Located& at,
                              unsigned max_mss) noexcept;

[[nodiscard]] bool is_syn(const std::uint8_t* tcp_header) noexcept;

}  // namespace narrows::lab
