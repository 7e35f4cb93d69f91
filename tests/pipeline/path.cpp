// SPDX-License-Identifier: BSD-3-Clause
#include "path.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <ostream>
#include <utility>

#ifdef __has_feature  // GCC has none of it
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define NARROWS_ASAN
#endif
#endif

namespace narrows::test {
namespace {

using pipeline::Verdict;

constexpr std::uint64_t kTxMarks = RTE_MBUF_F_TX_OFFLOAD_MASK;

Octets whole_of(const rte_mbuf* mbuf) {
  Octets octets;
  for (; mbuf != nullptr; mbuf = mbuf->next) octets = octets + octets_of(mbuf);
  return octets;
}

rte_mbuf* make_buffer(const Octets& octets, std::uint16_t headroom) {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(test_pool());
  if (mbuf == nullptr) std::abort();
  std::memset(mbuf->buf_addr, 0xee, mbuf->buf_len);
  mbuf->data_off = headroom;
  std::copy(octets.begin(), octets.end(), rte_pktmbuf_mtod(mbuf, std::uint8_t*));
  mbuf->data_len = static_cast<std::uint16_t>(octets.size());
  mbuf->pkt_len = mbuf->data_len;
  return mbuf;
}

/// What the stages may touch of a buffer: its frame, what is put in front of an IP packet, and what a short
/// frame is filled up with (rewrite/frame_room.h), or what kernels compare (64 octets from the frame's
/// first); the rest is fenced off, where a sanitizer watches it.
class Fences {
 public:
#ifdef NARROWS_ASAN
  /// @param exactly  nothing but the frame.
  void put_up(const rte_mbuf* frame, bool exactly) {
    if (frame->pkt_len > kNeverCut) return;
    for (const rte_mbuf* mbuf = frame; mbuf != nullptr; mbuf = mbuf->next) {
      const auto* begin = static_cast<const std::uint8_t*>(mbuf->buf_addr);
      const auto* end = begin + mbuf->buf_len;
      const auto* data = rte_pktmbuf_mtod(mbuf, const std::uint8_t*);
      const auto* front = exactly ? data : std::max(begin, data - kFront);
      const auto* behind = data + mbuf->data_len;
      if (!exactly) behind = std::min(end, std::max(behind, data + kBehind));
      ASAN_POISON_MEMORY_REGION(begin, static_cast<std::size_t>(front - begin));
      ASAN_POISON_MEMORY_REGION(behind, static_cast<std::size_t>(end - behind));
      buffers_.emplace_back(begin, mbuf->buf_len);
    }
  }
  void take_down() {
    for (const auto& [begin, octets] : buffers_) ASAN_UNPOISON_MEMORY_REGION(begin, octets);
    buffers_.clear();
  }

 private:
  static constexpr std::ptrdiff_t kFront = 64;
  static constexpr std::ptrdiff_t kBehind = 96;  ///< from the frame's first octet
  static constexpr unsigned kNeverCut = 500;  ///< frames that are not fragmented: fragments are new buffers
  std::vector<std::pair<const std::uint8_t*, std::size_t>> buffers_;
#else
  void put_up(const rte_mbuf* /*frame*/, bool /*exactly*/) {}
  void take_down() {}
#endif
};

void expect_sane(const rte_mbuf* mbuf) {
  const char* why = nullptr;
  EXPECT_EQ(rte_mbuf_check(mbuf, 1, &why), 0) << why;
}

std::string fate_of(Verdict verdict) {
  if (verdict == Verdict::forward) return "forward";
  if (verdict == Verdict::fragment) return "fragment";
  if (verdict == Verdict::punt) return "punt";
  return std::string(stats::kDropReasonTexts.at(index_of(reason_of(verdict))).name);
}

std::size_t reason_named(const std::string& name) {
  const auto* row = std::ranges::find(stats::kDropReasonTexts, name, &stats::NamedText::name);
  return static_cast<std::size_t>(row - stats::kDropReasonTexts.begin());
}

void expect_same_drops(const std::array<stats::Counter, stats::kDropReasons>& counted,
                       const std::array<stats::Counter, stats::kDropReasons>& seen) {
  for (std::size_t reason = 0; reason < stats::kDropReasons; ++reason)
    EXPECT_EQ(counted[reason].value(), seen[reason].value()) << stats::kDropReasonTexts[reason].name;
}

}  // namespace

rte_mempool* test_pool() {
  static rte_mempool* pool = rte_pktmbuf_pool_create("test", 4095, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
  if (pool == nullptr) std::abort();
  return pool;
}

rte_mbuf* make_mbuf(const Arrival& arrival) {
  const std::size_t first = std::min(arrival.in_first_buffer, arrival.frame.size());
  rte_mbuf* mbuf = make_buffer(first_octets(arrival.frame, first), arrival.headroom);
  if (first < arrival.frame.size()) {
    const Octets rest(arrival.frame.begin() + static_cast<std::ptrdiff_t>(first), arrival.frame.end());
    if (rte_pktmbuf_chain(mbuf, make_buffer(rest, 0)) != 0) std::abort();
  }
  mbuf->ol_flags |= arrival.flags;
  return mbuf;
}

void PrintTo(const Departure& departure, std::ostream* out) {
  *out << departure.fate << ", session " << departure.session << ", marks " << std::hex << departure.marks
       << std::dec << ", headers " << departure.l2_octets << "+" << departure.l3_octets << ", frame "
       << testing::PrintToString(departure.frame);
}

Path::Path(Direction direction, const std::vector<session::SessionSpec>& specs, pipeline::Process process,
           bool leaves_headers_alone)
    : table(specs),
      peers(specs.size()),
      counters(specs.size()),
      leaves_headers_alone_(leaves_headers_alone),
      direction_(direction),
      process_(process),
      seen_(specs.size()) {
  const bool outward = direction == Direction::lan_to_wan;
  context = {.ingress_mac = wire::to_integer(mac(outward ? kLanMac : kWanMac)),
             .ingress_mtu_octets = 1500,
             .max_frame_octets = 1522,
             .max_mss = plain_session().max_mss[index_of(direction)],
             .sessions = &table,
             .lan_peers = &peers,
             .counters = &counters.direction[index_of(direction)],
             .session_counters = counters.session[index_of(direction)].data()};
}

std::vector<Departure> Path::send(const std::vector<Arrival>& arrivals) {
  static pipeline::Burst
      burst;  // one for all, as a worker has: what an earlier burst left in it must not matter
  static pipeline::Sorted sorted;
  EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 0u);
  burst.size = 0;
  Fences fences;
  for (const Arrival& arrival : arrivals) {
    burst.mbufs.at(burst.size++) = make_mbuf(arrival);
    fences.put_up(burst.mbufs[burst.size - 1], leaves_headers_alone_);
  }

  process_(burst, context);
  spell_out(burst);
  fences.take_down();
  std::vector<Departure> departures;
  unsigned fragment = 0;
  for (unsigned i = 0; i < burst.size; ++i) {
    Departure departure;
    departure.fate = fate_of(burst.verdict[i]);
    departure.session = burst.session[i];
    if (burst.verdict[i] == Verdict::fragment) {
      EXPECT_EQ(burst.mbufs[i], nullptr);
      for (unsigned left = burst.fragment_count[i]; left > 0; --left, ++fragment) {
        EXPECT_EQ(burst.fragments[fragment]->ol_flags & kTxMarks, 0u);
        expect_sane(burst.fragments[fragment]);
        departure.fragments.push_back(whole_of(burst.fragments[fragment]));
      }
      departures.push_back(departure);
      continue;
    }
    const rte_mbuf& mbuf = *burst.mbufs[i];
    expect_sane(&mbuf);
    if (burst.verdict[i] <= Verdict::punt) departure.frame = whole_of(&mbuf);
    if (burst.verdict[i] == Verdict::forward) {
      departure.marks = mbuf.ol_flags & kTxMarks;
      departure.l2_octets = mbuf.l2_len;
      departure.l3_octets = mbuf.l3_len;
      EXPECT_EQ(mbuf.pkt_len, departure.frame.size());
    }
    if (burst.verdict[i] == Verdict::punt) {
      EXPECT_EQ(departure.frame, arrivals[i].frame);
    }
    departures.push_back(departure);
  }

  pipeline::sort_out(burst, sorted);
  const std::vector<std::string> forward{"forward", "fragment"};
  const std::vector<std::string> undeliverable{"session_down", "too_big"};
  for (const auto& [selection, fates] :
       {std::pair{&sorted.forward, forward}, std::pair{&sorted.punt, std::vector<std::string>{"punt"}},
        std::pair{&sorted.undeliverable, undeliverable}}) {
    EXPECT_TRUE(std::is_sorted(selection->place.begin(), selection->place.begin() + selection->size));
    std::vector<rte_mbuf*> expected;
    unsigned next = 0;
    for (unsigned i = 0; i < burst.size; ++i) {
      const bool cut = departures[i].fate == "fragment";
      const bool of_nobody = fates == undeliverable && departures[i].session == session::kNone;
      if (std::ranges::find(fates, departures[i].fate) != fates.end() && !cut && !of_nobody)
        expected.push_back(burst.mbufs[i]);
      for (std::size_t left = departures[i].fragments.size(); left > 0; --left, ++next)
        if (fates == forward) expected.push_back(burst.fragments[next]);
    }
    EXPECT_EQ(std::vector(selection->mbufs.begin(), selection->mbufs.begin() + selection->size), expected);
    for (rte_mbuf* mbuf : expected) rte_pktmbuf_free(mbuf);
  }
  pipeline::account(burst, context);
  EXPECT_EQ(rte_mempool_in_use_count(test_pool()), 0u);
  expect_counted(departures);
  return departures;
}

void Path::expect_counted(const std::vector<Departure>& departures) {
  stats::DirectionCounters& seen = seen_.direction[index_of(direction_)];
  auto& sessions = seen_.session[index_of(direction_)];
  for (const Departure& departure : departures) {
    const bool forwarded = departure.fate == "forward" || departure.fate == "fragment";
    const bool punted = departure.fate == "punt";
    seen.received.add(1);
    if (departure.fate == "fragment") seen.fragmented.add(1);
    seen.fragments.add(departure.fragments.size());
    if (forwarded)
      seen.forwarded.add(1);
    else if (punted)
      seen.punted.add(1);
    else
      seen.dropped.at(reason_named(departure.fate)).add(1);
    if (departure.session == session::kNone) continue;
    stats::SessionCounters& session = sessions.at(departure.session);
    if (forwarded)
      session.packets.add(1);
    else if (punted)
      session.punted.add(1);
    else
      session.dropped.at(reason_named(departure.fate)).add(1);
  }
  EXPECT_EQ(totals().received.value(), seen.received.value());
  EXPECT_EQ(totals().forwarded.value(), seen.forwarded.value());
  EXPECT_EQ(totals().punted.value(), seen.punted.value());
  EXPECT_EQ(totals().fragmented.value(), seen.fragmented.value());
  EXPECT_EQ(totals().fragments.value(), seen.fragments.value());
  expect_same_drops(totals().dropped, seen.dropped);
  for (std::size_t session = 0; session < sessions.size(); ++session) {
    EXPECT_EQ(of_session(session).packets.value(), sessions[session].packets.value());
    EXPECT_EQ(of_session(session).punted.value(), sessions[session].punted.value());
    expect_same_drops(of_session(session).dropped, sessions[session].dropped);
  }
}

Octets tagged(Octets frame, unsigned tpid, unsigned tci) {
  const Octets octets = be16(tpid) + be16(tci);
  frame.insert(frame.begin() + 12, octets.begin(), octets.end());
  return frame;
}

unsigned ethertype_of(const Octets& ip) {
  return ip.at(0) >> 4 == 4 ? 0x0800 : 0x86dd;
}
unsigned ppp_of(const Octets& ip) {
  return ip.at(0) >> 4 == 4 ? 0x0021 : 0x0057;
}

Octets from_lan(const Octets& ip) {
  return ethernet(kLanMac, kPeerMac, ethertype_of(ip), ip);
}
Octets from_wan(const Octets& ip, unsigned session_id) {
  return ethernet(kWanMac, kAcMac, 0x8864, pppoe(session_id, ppp_of(ip), ip));
}
Octets to_wan(const Octets& ip, unsigned session_id) {
  return ethernet(kAcMac, kWanMac, 0x8864, pppoe(session_id, ppp_of(ip), ip));
}
Octets to_lan(const Octets& ip) {
  return ethernet(kPeerMac, kLanMac, ethertype_of(ip), ip);
}

void expect_forward(Path& path, const Arrival& arrival, const Octets& expected) {
  const Departure departure = path.send(arrival);
  EXPECT_EQ(departure.fate, "forward");
  EXPECT_EQ(departure.frame, padded(expected));
  EXPECT_EQ(departure.marks, 0u);
}

void expect_fates(Path& path, const std::vector<Row>& rows) {
  for (const auto& [what, arrival, fate] : rows) EXPECT_EQ(path.send(arrival).fate, fate) << what;
}

}  // namespace narrows::test
