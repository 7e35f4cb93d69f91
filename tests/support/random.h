// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <random>

#include "frames.h"

namespace narrows::test {

/// The same numbers in every run.
class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  /// 32 random bits.
  unsigned operator()() { return static_cast<unsigned>(engine_()); }
  std::uint8_t octet() { return static_cast<std::uint8_t>(engine_()); }
  Octets octets(std::size_t count) {
    Octets result(count);
    for (auto& each : result) each = octet();
    return result;
  }
  template <typename Choices>
  const auto& one_of(const Choices& choices) {
    return choices[(*this)() % choices.size()];
  }

 private:
  std::mt19937 engine_;
};

}  // namespace narrows::test
