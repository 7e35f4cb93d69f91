// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/pipeline/process.h"

#include <rte_prefetch.h>

#include <cstring>
#include <type_traits>

#include "frame_facts.h"
#include "header_kernel.h"
#include "match.h"
#include "narrows/pipeline/classify.h"
#include "plain.h"
#include "stages.h"
#include "trace.h"

namespace narrows::pipeline {
namespace {

using config::Mode;
using simd::Level;

/// Whether every frame lies as the kernels want it: in one segment, right behind the headroom, in a buffer of
/// a pool, all of which have room for what kernels read and fill up (port::Port sees to that).
///
/// On the way the whole burst's headers are called to the cache before the first one is looked at. Where
/// headers are added, so is the line in front of the frame, which they are about to be written to.
template <bool with_headroom>
bool prefetch(const Burst& burst) noexcept {
  using Fields [[gnu::vector_size(16)]] = std::uint64_t;
  static_assert(offsetof(rte_mbuf, ol_flags) == offsetof(rte_mbuf, rearm_data) + sizeof(std::uint64_t));
  // data_off, reference count, nb_segs, port; and ol_flags.
  constexpr Fields kUsual{std::uint64_t{1} << 32 | RTE_PKTMBUF_HEADROOM, 0};
  constexpr Fields kLookedAt{0x0000'ffff'0000'ffff, RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT};
  Fields unusual{};
  for (unsigned i = 0; i < burst.size; ++i) {
    const rte_mbuf& mbuf = *burst.mbufs[i];
    const auto* frame = static_cast<const std::uint8_t*>(mbuf.buf_addr) + RTE_PKTMBUF_HEADROOM;
    rte_prefetch0(frame);
    if constexpr (with_headroom) __builtin_prefetch(frame - 1, 1);
    Fields fields;
    std::memcpy(&fields, reinterpret_cast<const char*>(&mbuf) + offsetof(rte_mbuf, rearm_data),
                sizeof(fields));
    unusual |= fields ^ kUsual;
  }
  unusual &= kLookedAt;
  return (unusual[0] | unusual[1]) == 0;
}

template <Mode mode, Direction direction, typename Trace>
void classify(Burst& burst, const Context& context, std::uint64_t frames) noexcept {
  if constexpr (mode == Mode::transparent)
    classify_transparent<Trace>(burst, context, frames);
  else if constexpr (mode == Mode::concentrator && direction == Direction::lan_to_wan)
    classify_core<Trace>(burst, context, frames);
  else if constexpr (mode == Mode::concentrator)
    classify_line<Trace>(burst, context, frames);
  else if constexpr (direction == Direction::lan_to_wan)
    classify_lan<Trace>(burst, context, frames);
  else
    classify_wan<Trace>(burst, context, frames);
}

struct Kernels {
  MatchKernel match = nullptr;
  HeaderKernels headers;
};

constexpr Kernels kernels_of(Level level) noexcept {
  switch (level) {
#ifdef RTE_ARCH_X86_64
    case Level::sse42:
      return {sse42::match, sse42::kHeaderKernels};
    case Level::avx2:
      return {avx2::match, avx2::kHeaderKernels};
    case Level::avx512:
      return {avx512::match, avx512::kHeaderKernels};
#endif
#ifdef RTE_ARCH_ARM64
    case Level::neon:
      return {neon::match, neon::kHeaderKernels};
#endif
    default:
      return {};
  }
}

template <Mode mode, Direction direction, Level level, typename Trace = NoTrace>
void process(Burst& burst, const Context& context) noexcept {
  const bool even = prefetch < mode != Mode::transparent && direction == Direction::lan_to_wan > (burst);

  burst.syn = burst.tunnelled = burst.too_long = burst.watched = 0;
  burst.all_forward = true;
  burst.group_count = 0;
  burst.grouped = 0;
  burst.learned_peer = false;
  burst.in_groups_alone = false;
  std::uint64_t rest = all_of(burst);
  constexpr Kernels kKernels = kernels_of(level);
  if constexpr (mode != Mode::concentrator && kKernels.match != nullptr) {
    if (even) [[likely]]
      rest &= ~classify_plain<mode, direction>(burst, context, kKernels.match);
  }
  if (rest != 0) classify<mode, direction, Trace>(burst, context, rest);
  if constexpr (Trace::kTells) tell_place(burst, context);

  burst.checksum_by_port = 0;
  if (context.finish_partial_checksums || burst.syn != 0) spell_out(burst);
  if (context.finish_partial_checksums) finish_checksums(burst, context);
  constexpr rewrite::LocateMssBurst kLocateMss = rewrite::select_locate_mss(level);
  if (burst.syn != 0) clamp<direction, Trace>(burst, context, kLocateMss);
  if (burst.tunnelled != 0) [[unlikely]] {
    if (context.finish_partial_checksums) finish_tunnelled_checksums(burst, context);
    clamp_tunnels<direction, Trace>(burst, context, kLocateMss);
  }

  if constexpr (mode != Mode::transparent) {
    if (burst.too_long != 0) fragment<direction>(burst, context);
    if constexpr (direction == Direction::lan_to_wan)
      add_headers(burst, context, kKernels.headers);
    else
      strip_headers(burst, context, kKernels.headers);
  }
  if (burst.checksum_by_port != 0) leave_checksums_to_port(burst);
}

template <Mode mode, Level level>
Process select(Direction direction) noexcept {
  return direction == Direction::lan_to_wan ? process<mode, Direction::lan_to_wan, level>
                                            : process<mode, Direction::wan_to_lan, level>;
}

template <Level level>
Process select(Mode mode, Direction direction) noexcept {
  switch (mode) {
    case Mode::transparent:
      return select<Mode::transparent, level>(direction);
    case Mode::concentrator:  // of a lab: it has no kernels
      return select<Mode::concentrator, Level::scalar>(direction);
    case Mode::terminate:
      break;
  }
  return select<Mode::terminate, level>(direction);
}

}  // namespace

Process select_explaining_process(Mode mode, Direction direction) noexcept {
  const auto select_of = [direction]<Mode of>(std::integral_constant<Mode, of>) -> Process {
    return direction == Direction::lan_to_wan ? process<of, Direction::lan_to_wan, Level::scalar, Telling>
                                              : process<of, Direction::wan_to_lan, Level::scalar, Telling>;
  };
  switch (mode) {
    case Mode::transparent:
      return select_of(std::integral_constant<Mode, Mode::transparent>());
    case Mode::concentrator:
      return select_of(std::integral_constant<Mode, Mode::concentrator>());
    case Mode::terminate:
      break;
  }
  return select_of(std::integral_constant<Mode, Mode::terminate>());
}

Process select_process(Mode mode, Direction direction, Level level) noexcept {
  switch (level) {
    case Level::sse42:
      return select<Level::sse42>(mode, direction);
    case Level::avx2:
      return select<Level::avx2>(mode, direction);
    case Level::avx512:
      return select<Level::avx512>(mode, direction);
    case Level::neon:
      return select<Level::neon>(mode, direction);
    case Level::scalar:
      break;
  }
  return select<Level::scalar>(mode, direction);
}

}  // namespace narrows::pipeline
