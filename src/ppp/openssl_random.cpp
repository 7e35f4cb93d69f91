// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/openssl_random.h"

#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace narrows::ppp {

void OpensslRandom::fill(std::span<std::uint8_t> octets) {
  constexpr std::size_t kMostAtOnce = 1 << 16;  // RAND_bytes counts in int
  while (!octets.empty()) {
    const std::size_t some = std::min(octets.size(), kMostAtOnce);
    if (RAND_bytes(octets.data(), static_cast<int>(some)) != 1)
      throw std::runtime_error("OpenSSL gives no random numbers");
    octets = octets.subspan(some);
  }
}

}  // namespace narrows::ppp
