// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/pipeline/settle.h"

#include <algorithm>
#include <bit>

#include "frame_facts.h"

namespace narrows::pipeline {
namespace {

constexpr auto kOwnPlaces = [] {
  std::array<std::uint8_t, kMaxBurst> places{};
  for (std::size_t i = 0; i < kMaxBurst; ++i) places[i] = static_cast<std::uint8_t>(i);
  return places;
}();

/// Packets of a session that end here for a reason worth a word to their senders.
bool is_undeliverable(const Burst& burst, unsigned i) noexcept {
  const Verdict verdict = burst.verdict[i];
  return burst.session[i] != session::kNone &&
         (verdict == drop(stats::DropReason::session_down) || verdict == drop(stats::DropReason::too_big));
}

void count_dropped(const Burst& burst, const Context& context, unsigned i) noexcept {
  const std::size_t reason = index_of(reason_of(burst.verdict[i]));
  context.counters->dropped[reason].add(1);
  if (burst.session[i] != session::kNone) context.session_counters[burst.session[i]].dropped[reason].add(1);
}

/// Packets and octets.
struct Amount {
  std::uint64_t packets = 0;
  std::uint64_t ip_octets = 0;

  void add_to(stats::Counter& packets_counter, stats::Counter& octets_counter) const noexcept {
    packets_counter.add(packets);
    octets_counter.add(ip_octets);
  }
};

/// Of neighbouring frames of one session, so that its counters are touched once a run.
struct Run {
  std::uint16_t session = session::kNone;
  Amount amount;

  void flush(const Context& context) const noexcept {
    if (session == session::kNone) return;
    amount.add_to(context.session_counters[session].packets, context.session_counters[session].ip_octets);
  }
};

Amount amount_of(const Burst& burst, std::uint64_t frames) noexcept {
  Amount amount{static_cast<unsigned>(std::popcount(frames)), 0};
  if (frames == all_of(burst)) [[likely]] {
    std::uint32_t sum = 0;  // 64 times 65,535 fit
    for (unsigned i = 0; i < burst.size; ++i) sum += burst.ip_octets[i];
    amount.ip_octets = sum;
  } else {
    for_each(frames, [&](unsigned i) { amount.ip_octets += burst.ip_octets[i]; });
  }
  return amount;
}

/// For each frame's own session.
void count_own(const Burst& burst, const Context& context, std::uint64_t frames) noexcept {
  for_each_of_most(frames, [&](unsigned i) {
    Run{burst.session[i], {1, burst.ip_octets[i]}}.flush(context);
  });
}

}  // namespace

void Selection::clear() noexcept {
  size = 0;
  mbufs = own_mbufs_;
  place = own_place_;
}

void Selection::append(rte_mbuf* mbuf, unsigned at) noexcept {
  own_mbufs_[size] = mbuf;
  own_place_[size++] = static_cast<std::uint8_t>(at);
}

void Selection::borrow(Burst& burst) noexcept {
  size = burst.size;
  mbufs = burst.mbufs;
  place = kOwnPlaces;
}

void sort_out(Burst& burst, Sorted& sorted) noexcept {
  auto& [forward, punt, undeliverable] = sorted;
  punt.clear();
  undeliverable.clear();
  if (burst.all_forward) [[likely]] {
    forward.borrow(burst);
    return;
  }
  forward.clear();
  unsigned fragment = 0;
  for (unsigned i = 0; i < burst.size; ++i) {
    if (burst.verdict[i] == Verdict::forward) [[likely]]
      forward.append(burst.mbufs[i], i);
    else if (burst.verdict[i] == Verdict::punt)
      punt.append(burst.mbufs[i], i);
    else if (burst.verdict[i] == Verdict::fragment)
      for (unsigned end = fragment + burst.fragment_count[i]; fragment < end; ++fragment)
        forward.append(burst.fragments[fragment], i);
    else if (is_undeliverable(burst, i))
      undeliverable.append(burst.mbufs[i], i);
    else
      rte_pktmbuf_free(burst.mbufs[i]);
  }
}

void drop_rest(Burst& burst, const Selection& selection, std::uint16_t first,
               stats::DropReason reason) noexcept {
  if (first < selection.size) {
    spell_out(burst);
    burst.grouped = burst.group_count = 0;
  }
  for (std::uint16_t i = first; i < selection.size; ++i) {
    burst.verdict[selection.place[i]] = drop(reason);
    rte_pktmbuf_free(selection.mbufs[i]);
  }
}

void account(const Burst& burst, const Context& context) noexcept {
  stats::DirectionCounters& counters = *context.counters;
  const stats::CountersUpdate update(counters);
  counters.received.add(burst.size);
  Amount total;
  for (unsigned group = 0; group < burst.group_count; ++group) {
    const Amount amount = amount_of(burst, burst.groups[group].frames);
    total.packets += amount.packets;
    total.ip_octets += amount.ip_octets;
    if (burst.groups[group].each_its_own)
      count_own(burst, context, burst.groups[group].frames);
    else
      Run{burst.groups[group].session, amount}.flush(context);
  }
  Run run;
  for_each(all_of(burst) & ~burst.grouped, [&](unsigned i) {
    if (goes_on(burst.verdict[i])) [[likely]] {
      if (burst.session[i] != run.session) {
        run.flush(context);
        run = {burst.session[i], {}};
      }
      ++run.amount.packets;
      run.amount.ip_octets += burst.ip_octets[i];
      ++total.packets;
      total.ip_octets += burst.ip_octets[i];
      if (burst.verdict[i] == Verdict::fragment) [[unlikely]] {
        counters.fragmented.add(1);
        counters.fragments.add(burst.fragment_count[i]);
      }
    } else if (burst.verdict[i] == Verdict::punt) {
      counters.punted.add(1);
      if (burst.session[i] != session::kNone) context.session_counters[burst.session[i]].punted.add(1);
    } else {
      count_dropped(burst, context, i);
    }
  });
  run.flush(context);
  total.add_to(counters.forwarded, counters.forwarded_ip_octets);
}

}  // namespace narrows::pipeline
