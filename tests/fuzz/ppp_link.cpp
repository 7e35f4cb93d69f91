// SPDX-License-Identifier: BSD-3-Clause
/// A PPP link of either end, LCP, PAP or CHAP, IPCP and IPv6CP, against a stranger whom the input plays:
/// packets and clock steps in any order.
#include "gtest_oracle.h"
#include "input.h"
#include "ppp/stranger.h"

namespace narrows::fuzz {
namespace {

/// Input: the seed of the link's own random numbers, its settings, then the steps.
void run(Input input) {
  const unsigned seed = input.octet();
  ppp::Stranger stranger(std::move(input), seed, nullptr);
  while (!stranger.decisions().is_empty() && !stranger.is_over()) stranger.step();
  stranger.finish();
}

}  // namespace
}  // namespace narrows::fuzz

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  narrows::fuzz::abort_on_failure();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  narrows::fuzz::run({data, size});
  return 0;
}
