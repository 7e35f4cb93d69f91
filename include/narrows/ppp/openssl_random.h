// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "narrows/ppp/random.h"

namespace narrows::ppp {

/// OpenSSL's random numbers, fit for secrets. No state of its own; any thread.
class OpensslRandom : public Random {
 public:
  /// Throws std::runtime_error when OpenSSL has no random numbers to give, which happens at start if ever.
  void fill(std::span<std::uint8_t> octets) override;
};

}  // namespace narrows::ppp
