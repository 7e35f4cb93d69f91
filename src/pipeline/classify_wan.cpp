// SPDX-License-Identifier: BSD-3-Clause
#include "classify_wan.h"

#include "narrows/pipeline/classify.h"

namespace narrows::pipeline {

template <>
void classify_wan<NoTrace>(Burst& burst, const Context& context, std::uint64_t frames) noexcept {
  classify_each<
      classify_frame<NoTrace, wan::classify<wan::Role::client, NoTrace>, wire::kEthertypePppoeSession>>(
      burst, context, frames);
}

template <>
void classify_line<NoTrace>(Burst& burst, const Context& context, std::uint64_t frames) noexcept {
  classify_each<
      classify_frame<NoTrace, wan::classify<wan::Role::concentrator, NoTrace>, wire::kEthertypePppoeSession>>(
      burst, context, frames);
}

}  // namespace narrows::pipeline
