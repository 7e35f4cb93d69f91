// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/spread_rings.h"

#include <fmt/format.h>

namespace narrows::worker {

ShareTable share_out(std::span<const unsigned> weights) noexcept {
  ShareTable shares{};
  std::array<unsigned, 256> given{};
  for (auto& share : shares) {
    // The largest quotient by odd divisors (Webster, Sainte-Laguë).
    std::size_t next = 0;
    for (std::size_t worker = 1; worker < weights.size(); ++worker)
      if ((2 * given[worker] + 1) * weights[next] < (2 * given[next] + 1) * weights[worker]) next = worker;
    share = static_cast<std::uint8_t>(next);
    ++given[next];
  }
  return shares;
}

std::vector<unsigned> share_weights(std::uint16_t workers, std::span<const std::uint16_t> pollers) {
  std::vector<unsigned> weights(workers, 2);
  for (const auto poller : pollers) weights[poller] = 1;
  return weights;
}

SpreadRings::SpreadRings(Side side, std::uint16_t poller, std::span<const unsigned> weights, int node)
    : side_(side), shares_(share_out(weights)), poller_(poller), rings_(weights.size()) {
  for (std::size_t worker = 0; worker < rings_.size(); ++worker)
    if (worker != poller)
      rings_[worker] =
          make_mbuf_ring(fmt::format("spread_{}_{}", kSideNames[index_of(side)], worker), kFrames, node);
}

}  // namespace narrows::worker
