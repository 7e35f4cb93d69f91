// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/redial.h"

#include <algorithm>
#include <array>

namespace narrows::control {

Redial::Redial(const config::ClientSession& settings)
    : first_(std::chrono::seconds(settings.redial_first_s)),
      most_(std::chrono::seconds(settings.redial_max_s)),
      next_(first_) {}

Time Redial::after(stats::SessionFailure failure, Time was_up_for, ppp::Random& random) {
  if (was_up_for >= kLasting) next_ = first_;
  Time wait = next_;
  next_ = std::min(next_ * 2, most_);
  using stats::SessionFailure;
  if (failure == SessionFailure::authentication_refused || failure == SessionFailure::not_genuine)
    wait *= kRefusedFactor;
  // Up to a quarter less: never longer than the user said.
  std::array<std::uint8_t, 1> octet{};
  random.fill(octet);
  return wait - wait / 4 * octet[0] / 255;
}

}  // namespace narrows::control
