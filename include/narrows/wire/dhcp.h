// SPDX-License-Identifier: BSD-3-Clause
/// DHCP for IPv4 (RFC 2131) and its options (RFC 2132), as a server meets them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "narrows/wire/byte_order.h"
#include "narrows/wire/ipv4_address.h"
#include "narrows/wire/mac_address.h"

namespace narrows::wire {

inline constexpr std::uint16_t kDhcpServerPort = 67;
inline constexpr std::uint16_t kDhcpClientPort = 68;

/// The fixed part (RFC 2131 §2) with the magic cookie that opens the options (§3).
struct DhcpHeader {
  std::uint8_t operation;
  std::uint8_t hardware_type;
  std::uint8_t hardware_octets;
  std::uint8_t hops;
  Be32 transaction;
  Be16 seconds;
  Be16 flags;
  Be32 client_address;
  Be32 your_address;
  Be32 server_address;
  Be32 relay_address;
  std::array<std::uint8_t, 16> hardware_address;
  std::array<std::uint8_t, 64> server_name;
  std::array<std::uint8_t, 128> file;
  Be32 cookie;
};
static_assert(sizeof(DhcpHeader) == 240);

inline constexpr std::uint8_t kDhcpRequestOperation = 1;
inline constexpr std::uint8_t kDhcpReplyOperation = 2;
inline constexpr std::uint32_t kDhcpCookie = 0x63825363;
inline constexpr std::uint16_t kDhcpBroadcastFlag = 0x8000;

/// A message that every client takes: 576 octets of IP packet (RFC 2131 §2) less IPv4 and UDP headers.
inline constexpr std::size_t kDhcpLeastMaxOctets = 576 - 28;
/// Old clients and relays drop what is shorter (RFC 1542 §2.1).
inline constexpr std::size_t kDhcpMinOctets = 300;

/// RFC 2132 §9.6.
enum class DhcpType : std::uint8_t {
  discover = 1,
  offer,
  request,
  decline,
  ack,
  nak,
  release,
  inform,
};

/// RFC 2132, RFC 3442.
enum class DhcpOption : std::uint8_t {
  pad = 0,
  subnet_mask = 1,
  router = 3,
  dns = 6,
  mtu = 26,
  broadcast = 28,
  requested_address = 50,
  lease_time = 51,
  overload = 52,
  message_type = 53,
  server_identifier = 54,
  max_message_octets = 57,
  renewal_time = 58,
  rebinding_time = 59,
  client_identifier = 61,
  classless_routes = 121,
  end = 255,
};

/// What a client sent; host order. The spans lie in the message that was parsed.
struct DhcpRequest {
  std::uint8_t type = 0;  ///< as it came; a DhcpType, or one that is not known here
  std::uint32_t transaction = 0;
  std::uint16_t flags = 0;
  MacAddress client_mac;
  Ipv4Address client_address;  ///< 0.0.0.0 unless the client has it in use
  Ipv4Address relay_address;
  std::optional<Ipv4Address> requested_address;
  std::optional<Ipv4Address> server_identifier;
  std::span<const std::uint8_t> client_identifier;  ///< empty: none
  std::size_t max_octets = kDhcpLeastMaxOctets;     ///< longest reply that the client takes
};

/// @param message  UDP payload; any octets are safe.
/// Nothing for what is no request of an Ethernet station, has no cookie or no message type, or has an option
/// that is longer than what holds it or of the wrong length. Options in the fields `file` and `sname` count
/// where option 52 says so (RFC 2131 §4.1); of an option given twice, the first. A missing end is forgiven.
[[nodiscard]] std::optional<DhcpRequest> parse_dhcp_request(std::span<const std::uint8_t> message) noexcept;

/// A reply being written: starts with what it repeats of the request (RFC 2131 §4.3.1, table 3) and its type.
class DhcpReply {
 public:
  DhcpReply(const DhcpRequest& request, DhcpType type);

  /// Adds an option, or leaves it out when the reply would become longer than the client takes: so the most
  /// important come first.
  /// @param value  at most 255 octets.
  void add(DhcpOption option, std::span<const std::uint8_t> value);
  void add(DhcpOption option, Ipv4Address address);
  void add_seconds(DhcpOption option, std::uint32_t seconds);

  void set_your_address(Ipv4Address address) noexcept;
  void set_client_address(Ipv4Address address) noexcept;

  /// The message, ended and padded to kDhcpMinOctets; the reply is used up.
  [[nodiscard]] std::vector<std::uint8_t> finish() &&;

 private:
  [[nodiscard]] DhcpHeader& header() noexcept { return header_at<DhcpHeader>(octets_.data()); }

  std::vector<std::uint8_t> octets_;
  std::size_t max_octets_;
};

}  // namespace narrows::wire
