// SPDX-License-Identifier: BSD-3-Clause
#include "syns.h"

#include <bit>

#include "frame_facts.h"
#include "narrows/rewrite/clamp_mss.h"
#include "narrows/session/session.h"

namespace narrows::pipeline {

static_assert(index_of(Family::ipv4) == 0 && index_of(Family::ipv6) == 1, "as Syns::ipv6_ has it");

/// How many SYNs are odd in which way.
struct Syns::OddCases {
  unsigned without_mss = 0;
  unsigned several_mss = 0;
  unsigned odd_offset = 0;
  unsigned malformed = 0;
};

std::uint64_t Syns::lower_found(const rewrite::SynLocations& locations, OddCases& odd) noexcept {
  std::uint64_t lowered = 0;
  for (std::uint64_t found = locations.found; found != 0; found &= found - 1) {
    const auto i = static_cast<unsigned>(std::countr_zero(found));
    const unsigned kind = locations.kind[i];
    const auto one = static_cast<unsigned>(rewrite::lower_mss(headers_.header[i], kind, max_mss_[i]));
    odd.odd_offset += one & kind;
    lowered |= std::uint64_t{one} << i;
  }
  return lowered;
}

std::uint64_t Syns::lower_unsure(std::uint64_t unsure, OddCases& odd) noexcept {
  std::uint64_t lowered = 0;
  for (; unsure != 0; unsure &= unsure - 1) {
    const auto i = static_cast<unsigned>(std::countr_zero(unsure));
    const auto result = rewrite::clamp_mss({headers_.header[i], headers_.octets[i]}, max_mss_[i]);
    odd.without_mss += result.options == 0 ? 1 : 0;
    odd.several_mss += result.options > 1 ? 1 : 0;
    odd.odd_offset += result.odd_offset ? 1 : 0;
    odd.malformed += result.malformed ? 1 : 0;
    lowered |= static_cast<std::uint64_t>(result.clamped) << i;
  }
  return lowered;
}

bool Syns::have_one_session() const noexcept {
  unsigned others = 0;
  for (unsigned i = 1; i < headers_.size; ++i) others |= session_[i] ^ session_[0];
  return others == 0;
}

void Syns::count(const Context& context, std::uint64_t clamped) const noexcept {
  const auto bits = [](std::uint64_t mask) { return static_cast<unsigned>(std::popcount(mask)); };
  const std::uint64_t ipv6 = gather_bits(ipv6_);
  const auto add = [&](auto& counters) {
    counters.syn[index_of(Family::ipv4)].add(headers_.size - bits(ipv6));
    counters.syn[index_of(Family::ipv6)].add(bits(ipv6));
    counters.clamped[index_of(Family::ipv4)].add(bits(clamped & ~ipv6));
    counters.clamped[index_of(Family::ipv6)].add(bits(clamped & ipv6));
  };
  add(*context.counters);
  if (have_one_session()) {
    if (session_[0] != session::kNone) add(context.session_counters[session_[0]]);
    return;
  }
  for (unsigned i = 0; i < headers_.size; ++i) {
    if (session_[i] == session::kNone) continue;
    stats::SessionCounters& counters = context.session_counters[session_[i]];
    counters.syn[ipv6_[i]].add(1);
    counters.clamped[ipv6_[i]].add(clamped >> i & 1);
  }
}

std::uint64_t Syns::clamp(unsigned size, const Context& context,
                          rewrite::LocateMssBurst locate_mss) noexcept {
  if (size == 0) return 0;
  headers_.size = size;
  rewrite::SynLocations locations;
  locate_mss(headers_, locations);
  const std::uint64_t all = ~std::uint64_t{0} >> (kMaxBurst - size);
  OddCases odd{.without_mss =
                   static_cast<unsigned>(std::popcount(all & ~locations.found & ~locations.unsure))};
  std::uint64_t clamped = lower_found(locations, odd);
  if (locations.unsure != 0) clamped |= lower_unsure(locations.unsure, odd);

  count(context, clamped);
  const auto count_cases = [&](stats::OddCase which, unsigned cases) {
    context.counters->odd[index_of(which)].add(cases);
  };
  count_cases(stats::OddCase::bad_data_offset,
              static_cast<unsigned>(std::popcount(gather_bits(bad_data_offset_))));
  count_cases(stats::OddCase::malformed_options, odd.malformed);
  count_cases(stats::OddCase::syn_without_mss, odd.without_mss);
  count_cases(stats::OddCase::several_mss, odd.several_mss);
  count_cases(stats::OddCase::odd_offset_mss, odd.odd_offset);
  return clamped;
}

}  // namespace narrows::pipeline
