// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace narrows::ppp {

/// The tags of a PADT (RFC 2516 §5.5 asks for none): a Host-Uniq, for concentrators that look for one, and
/// why, as a Generic-Error. An empty one is left out, as is one that does not fit the packet.
[[nodiscard]] std::vector<std::uint8_t> padt_tags(std::span<const std::uint8_t> host_uniq,
                                                  std::string_view reason);

struct Padt {
  std::uint16_t session_id = 0;  ///< 1 … 0xfffe
  std::string reason;            ///< text of its error tags, printable ASCII, bounded; may be empty
};

/// @param payload  behind the ethertype 0x8863; any octets are safe.
/// Nothing when it is no well-formed PADT of a session. Whose session that is, is for the caller to see: the
/// frame's source address must be the concentrator's.
[[nodiscard]] std::optional<Padt> parse_padt(std::span<const std::uint8_t> payload);

}  // namespace narrows::ppp
