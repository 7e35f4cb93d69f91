// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "narrows/ppp/random.h"

namespace narrows::ppp {

/// All bits random.
template <typename Integer>
[[nodiscard]] Integer random_integer(Random& random) {
  std::array<std::uint8_t, sizeof(Integer)> octets{};
  random.fill(octets);
  return std::bit_cast<Integer>(octets);
}

}  // namespace narrows::ppp
