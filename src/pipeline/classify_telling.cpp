// SPDX-License-Identifier: BSD-3-Clause
/// The classifiers that tell, for `narrows explain`: in a source of their own, so that the data path's are
/// compiled as if there were no others.
#include "classify_core.h"
#include "classify_lan.h"
#include "classify_transparent.h"
#include "classify_wan.h"
#include "narrows/pipeline/classify.h"

namespace narrows::pipeline {

template <>
void classify_lan<Telling>(Burst& burst, const Context& context, std::uint64_t frames) noexcept {
  classify_each<classify_frame<Telling, lan::classify<Telling>, wire::kEthertypeIpv4, wire::kEthertypeIpv6>>(
      burst, context, frames);
}

template <>
void classify_core<Telling>(Burst& burst, const Context& context, std::uint64_t frames) noexcept {
  classify_each<classify_frame<Telling, core::classify<Telling>, wire::kEthertypeIpv4, wire::kEthertypeIpv6>>(
      burst, context, frames);
}

template <>
void classify_transparent<Telling>(Burst& burst, const Context& context, std::uint64_t frames) noexcept {
  classify_each<transparent::classify_any<Telling>>(burst, context, frames);
}

template <>
void classify_wan<Telling>(Burst& burst, const Context& context, std::uint64_t frames) noexcept {
  classify_each<
      classify_frame<Telling, wan::classify<wan::Role::client, Telling>, wire::kEthertypePppoeSession>>(
      burst, context, frames);
}

template <>
void classify_line<Telling>(Burst& burst, const Context& context, std::uint64_t frames) noexcept {
  classify_each<
      classify_frame<Telling, wan::classify<wan::Role::concentrator, Telling>, wire::kEthertypePppoeSession>>(
      burst, context, frames);
}

}  // namespace narrows::pipeline
