// SPDX-License-Identifier: BSD-3-Clause
/// UDP (RFC 768).
#pragma once

#include <cstddef>
#include <cstdint>

#include "narrows/wire/byte_order.h"

namespace narrows::wire {

struct UdpHeader {
  Be16 source_port;
  Be16 destination_port;
  Be16 length;    ///< header and data
  Be16 checksum;  ///< over IPv4 0: none was computed
};
static_assert(sizeof(UdpHeader) == 8);

inline constexpr std::size_t kUdpChecksumOffset = 6;

}  // namespace narrows::wire
