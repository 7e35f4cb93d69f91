// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/pipeline/process.h"

#include <rte_prefetch.h>

#include "narrows/pipeline/classify.h"
#include "stages.h"

namespace narrows::pipeline {
namespace {

using config::Mode;

/// The whole burst's headers are on their way to the cache before the first one is looked at. Where headers
/// are added, so is the line in front of the frame, which they are about to be written to.
template <bool with_headroom>
void prefetch(const Burst& burst) noexcept {
  for (unsigned i = 0; i < burst.size; ++i) {
    const auto* frame = rte_pktmbuf_mtod(burst.mbufs[i], const std::uint8_t*);
    rte_prefetch0(frame);
    if constexpr (with_headroom) __builtin_prefetch(frame - 1, 1);
  }
}

template <Mode mode, Direction direction>
void process(Burst& burst, const Context& context) noexcept {
  prefetch<mode != Mode::transparent && direction == Direction::lan_to_wan>(burst);

  if constexpr (mode == Mode::transparent)
    classify_transparent(burst, context);
  else if constexpr (mode == Mode::concentrator && direction == Direction::lan_to_wan)
    classify_core(burst, context);
  else if constexpr (mode == Mode::concentrator)
    classify_line(burst, context);
  else if constexpr (direction == Direction::lan_to_wan)
    classify_lan(burst, context);
  else
    classify_wan(burst, context);

  burst.checksum_by_port = 0;
  if (context.finish_partial_checksums) finish_checksums(burst, context);
  if (burst.syn != 0) clamp<direction>(burst, context);
  if (burst.tunnelled != 0) [[unlikely]] {
    if (context.finish_partial_checksums) finish_tunnelled_checksums(burst, context);
    clamp_tunnels<direction>(burst, context);
  }

  if constexpr (mode != Mode::transparent) {
    if (burst.too_long != 0) fragment<direction>(burst, context);
    if constexpr (direction == Direction::lan_to_wan)
      add_headers(burst, context);
    else
      strip_headers(burst, context);
  }
  if (burst.checksum_by_port != 0) leave_checksums_to_port(burst);
}

}  // namespace

Process select_process(Mode mode, Direction direction, simd::Level) noexcept {
  const bool outward = direction == Direction::lan_to_wan;
  if (mode == Mode::transparent)
    return outward ? process<Mode::transparent, Direction::lan_to_wan>
                   : process<Mode::transparent, Direction::wan_to_lan>;
  if (mode == Mode::concentrator)
    return outward ? process<Mode::concentrator, Direction::lan_to_wan>
                   : process<Mode::concentrator, Direction::wan_to_lan>;
  return outward ? process<Mode::terminate, Direction::lan_to_wan>
                 : process<Mode::terminate, Direction::wan_to_lan>;
}

}  // namespace narrows::pipeline
