// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/rewrite/locate_mss.h"

#include "narrows/wire/tcp.h"

namespace narrows::rewrite {

MssLocations locate_mss(std::span<const std::uint8_t> tcp_header) noexcept {
  MssLocations found;
  const std::size_t end = tcp_header.size();
  for (std::size_t i = sizeof(wire::TcpHeader); i < end;) {
    const std::uint8_t kind = tcp_header[i];
    if (kind == wire::kTcpOptionEnd) break;
    if (kind == wire::kTcpOptionNop) {
      ++i;
      continue;
    }
    const std::size_t length = i + 1 < end ? tcp_header[i + 1] : 0;
    if (length < 2 || length > end - i) {
      found.malformed = true;
      break;
    }
    if (kind == wire::kTcpOptionMss && length == wire::kTcpMssOctets) found.kinds |= std::uint64_t{1} << i;
    i += length;
  }
  return found;
}

}  // namespace narrows::rewrite
