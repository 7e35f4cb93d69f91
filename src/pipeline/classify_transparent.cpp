// SPDX-License-Identifier: BSD-3-Clause
#include "classify_transparent.h"

#include "narrows/pipeline/classify.h"

namespace narrows::pipeline {

template <>
void classify_transparent<NoTrace>(Burst& burst, const Context& context, std::uint64_t frames) noexcept {
  classify_each<transparent::classify_any<NoTrace>>(burst, context, frames);
}

}  // namespace narrows::pipeline
