// SPDX-License-Identifier: BSD-3-Clause
/// A PPP link of either end, LCP, PAP or CHAP, IPCP and IPv6CP, against a stranger whom the input plays:
/// packets and clock steps in any order.
#include "input.h"
#include "ppp/stranger.h"

namespace narrows::fuzz {
namespace {}  // namespace

/// Input: the seed of the link's own random numbers, its settings, then the steps.
void run(Input input) {
  const unsigned seed = input.octet();
  ppp::Stranger stranger(std::move(input), seed, nullptr);
  while (!stranger.decisions().is_empty() && !stranger.is_over()) stranger.step();
  stranger.finish();
}

}  // namespace narrows::fuzz
