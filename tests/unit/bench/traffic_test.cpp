// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/traffic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "frames.h"
#include "narrows/bench/arithmetic.h"
#include "narrows/bench/syn_layouts.h"

namespace narrows::bench {
namespace {

using test::get16;
using test::Octets;

Octets octets_of(const Head& head) {
  return {head.octets.begin(), head.octets.begin() + head.header_octets};
}

/// Where IP begins, found by the ethertype alone.
std::size_t ip_offset(const Octets& head) {
  if (get16(head, 12) == 0x8864) return 22;
  return get16(head, 12) == 0x8100 ? 18 : 14;
}

std::size_t tcp_offset(const Octets& head) {
  const std::size_t ip = ip_offset(head);
  return ip + (head[ip] >> 4 == 4 ? 20 : 40);
}

bool is_syn(const Octets& head) {
  return (head[tcp_offset(head) + 13] & 0x02) != 0;
}

TEST(BenchTraffic, HeadersAgreeWithTheFrame) {
  for (const Setting& setting : all_settings())
    for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan}) {
      if (setting.what == Case::strip && direction == Direction::lan_to_wan) continue;
      for (const Head& head : make_heads(setting, direction, 60)) {
        const Octets octets = octets_of(head);
        const std::size_t ip = ip_offset(octets);
        const bool v4 = setting.family == Family::ipv4;
        ASSERT_EQ(octets[ip] >> 4, v4 ? 4 : 6);
        const std::size_t ip_octets = v4 ? get16(octets, ip + 2) : 40 + get16(octets, ip + 4);
        ASSERT_EQ(head.frame_octets, std::max<std::size_t>(60, ip + ip_octets));
        ASSERT_LE(ip_octets, 1492u);
        ASSERT_LE(head.header_octets, ip + ip_octets);
        if (ip == 22) {
          ASSERT_EQ(get16(octets, 18), ip_octets + 2);
        }
        const std::size_t tcp = tcp_offset(octets);
        ASSERT_EQ(tcp + std::size_t{octets[tcp + 12]} / 16 * 4, head.header_octets);
        if (v4) {
          const Octets header(octets.begin() + static_cast<std::ptrdiff_t>(ip),
                              octets.begin() + static_cast<std::ptrdiff_t>(ip) + 20);
          ASSERT_EQ(test::ones_complement_sum(header), 0xffffu);
        }
      }
    }
}

TEST(BenchTraffic, SharesAreExact) {
  for (const unsigned percent : kSynPercents) {
    const auto heads = make_heads({.syn_percent = percent}, Direction::lan_to_wan, 1200);
    const auto syns = std::ranges::count_if(heads, [](const Head& head) { return is_syn(octets_of(head)); });
    EXPECT_EQ(syns, 12 * percent);
  }
  const auto heads = make_heads({}, Direction::wan_to_lan, 1200);
  const auto of = [&](unsigned octets) { return std::ranges::count(heads, octets, &Head::frame_octets); };
  EXPECT_EQ(of(62), 700);
  EXPECT_EQ(of(574), 400);
  EXPECT_EQ(of(1514), 100);
}

/// One SYN at least even where one per cent of three bursts is less.
TEST(BenchTraffic, OnePerCentOfAHotSetIsOne) {
  EXPECT_EQ(syns_of({.syn_percent = 1}, 96), 1u);
}

TEST(BenchTraffic, AllLayoutsAndAllSessionsAreThere) {
  const Setting setting{.syn_percent = 100, .sessions = kManySessions, .wrapping = Wrapping::vlan};
  std::set<unsigned> vlans;
  std::set<std::string> options;
  for (const Head& head : make_heads(setting, Direction::lan_to_wan, kManySessions)) {
    const Octets octets = octets_of(head);
    vlans.insert(get16(octets, 14));
    options.insert({octets.begin() + static_cast<std::ptrdiff_t>(tcp_offset(octets)) + 20, octets.end()});
  }
  EXPECT_EQ(vlans.size(), kManySessions);
  EXPECT_EQ(*vlans.rbegin(), kManySessions);
  std::set<std::string> layouts;
  for (const auto& layout : syn_layouts()) layouts.insert({layout.view().begin(), layout.view().end()});
  EXPECT_EQ(options, layouts);
  EXPECT_EQ(make_sessions(setting).back().lan_vlan, kManySessions);
}

TEST(BenchTraffic, MeanOnWire) {
  EXPECT_DOUBLE_EQ(mean_wire_octets({.frame = Frame::octets_64}), octets_on_wire(62));
  EXPECT_DOUBLE_EQ(mean_wire_octets({.frame = Frame::octets_1500}), octets_on_wire(1514));
  EXPECT_DOUBLE_EQ(mean_wire_octets({.what = Case::transparent, .frame = Frame::octets_64}),
                   octets_on_wire(60));
  EXPECT_NEAR(mean_wire_octets({}), (7 * 86.0 + 4 * 598 + 1538) / 12, 1e-9);
}

}  // namespace
}  // namespace narrows::bench
