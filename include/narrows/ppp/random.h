// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>

namespace narrows::ppp {

/// Where magic numbers, challenges, Host-Uniq and jitter come from: OpenSSL in the product, a fixed sequence
/// in tests.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> octets) = 0;
};

}  // namespace narrows::ppp
