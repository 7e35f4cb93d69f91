// SPDX-License-Identifier: BSD-3-Clause
#include "classify_lan.h"

#include "narrows/pipeline/classify.h"

namespace narrows::pipeline {

template <>
void classify_lan<NoTrace>(Burst& burst, const Context& context, std::uint64_t frames) noexcept {
  classify_each<classify_frame<NoTrace, lan::classify<NoTrace>, wire::kEthertypeIpv4, wire::kEthertypeIpv6>>(
      burst, context, frames);
}

}  // namespace narrows::pipeline
