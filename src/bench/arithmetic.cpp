// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/arithmetic.h"

#include <algorithm>
#include <cstddef>

#include "narrows/wire/ethernet.h"

namespace narrows::bench {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double octets_on_wire(double octets) noexcept {
  return std::max(octets, double{wire::kMinFrameOctets}) + kWireOverheadOctets;
}

double line_share(double ns_per_frame, double wire_octets, double gigabit_per_second) noexcept {
  return wire_octets * 8 / gigabit_per_second / ns_per_frame;  // a Gbit/s is a bit/ns
}

}  // namespace narrows::bench
