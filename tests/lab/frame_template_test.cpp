// SPDX-License-Identifier: BSD-3-Clause
#include "frame_template.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "frames.h"

namespace narrows::lab {
namespace {

using test::get16;
using test::Octets;

/// As it is sent, with a tag.
Octets frame_of(const FrameTemplate& from, Tag tag = {}) {
  Octets frame(from.octets.begin(), from.octets.end());
  write_tag(&frame[from.tcp_at], tag);
  frame.resize(from.frame_octets);
  return frame;
}

bool has_right_checksums(const Octets& frame, const Located& at) {
  const Octets packet(frame.begin() + at.ip_at,
                      frame.begin() + at.ip_at + static_cast<std::ptrdiff_t>(get16(frame, at.ip_at + 2u)));
  const Octets header(packet.begin(), packet.begin() + 20);
  const Octets segment(packet.begin() + 20, packet.end());
  const Octets source(packet.begin() + 12, packet.begin() + 16);
  const Octets destination(packet.begin() + 16, packet.begin() + 20);
  return test::ones_complement_sum(header) == 0xffff &&
         get16(segment, 16) == test::tcp_checksum(segment, source, destination);
}

constexpr std::array kDirections{Direction::lan_to_wan, Direction::wan_to_lan};

TEST(FrameTemplate, ChecksumsAreRightWhateverTheTag) {
  std::mt19937 random(1);
  const Trial trial{.frame_octets = 0, .syn_percent = 50, .sessions = 3};
  for (const auto direction : kDirections)
    for (const FrameTemplate& from : make_templates(trial, {}, direction)) {
      const Tag tag{.serial = static_cast<std::uint32_t>(random()),
                    .clocks = static_cast<std::uint32_t>(random()),
                    .trial = static_cast<std::uint16_t>(random())};
      const Octets frame = frame_of(from, tag);
      const auto at = locate(frame);
      ASSERT_TRUE(at);
      EXPECT_EQ(at->tcp_at, from.tcp_at);
      EXPECT_EQ(read_tag(&frame[at->tcp_at]), tag);
      ASSERT_TRUE(has_right_checksums(frame, *at));
    }
}

TEST(FrameTemplate, Sizes) {
  const std::map<unsigned, std::array<unsigned, 2>> without_fcs{
      {64, {60, 68}}, {512, {508, 516}}, {1510, {1506, 1514}}, {1518, {1506, 1514}}};
  for (const auto& [size, expected] : without_fcs) {
    const Trial trial{.frame_octets = static_cast<std::uint16_t>(size)};
    for (const auto direction : kDirections)
      for (const FrameTemplate& from : make_templates(trial, {}, direction))
        ASSERT_EQ(from.frame_octets, expected[static_cast<std::size_t>(direction)]) << size;
  }
}

TEST(FrameTemplate, SharesAreExact) {
  const Trial trial{.frame_octets = 64, .syn_percent = 25, .sessions = 100};
  for (const auto direction : kDirections) {
    const auto templates = make_templates(trial, {}, direction);
    std::map<unsigned, unsigned> by_session;
    std::size_t syns = 0;
    for (const FrameTemplate& from : templates) {
      const Octets frame = frame_of(from);
      const bool to_wan = direction == Direction::lan_to_wan;
      ++by_session[to_wan ? get16(frame, 14) : get16(frame, 16)];
      syns += is_syn(&from.octets[from.tcp_at]) ? 1u : 0u;
      EXPECT_EQ(get16(frame, 12), to_wan ? 0x8100u : 0x8864u);
      EXPECT_EQ(locate(frame)->pppoe, !to_wan);
    }
    EXPECT_EQ(templates.size(), 600u);
    EXPECT_EQ(syns, 150u);
    EXPECT_EQ(by_session.size(), 100u);
    for (const auto& [session, count] : by_session) EXPECT_EQ(count, 6u) << session;
    EXPECT_TRUE(by_session.contains(direction == Direction::lan_to_wan ? session_vlan(99) : session_id(99)));
  }
}

TEST(FrameTemplate, PlainIpOnBothSidesForARouter) {
  const Wiring router{.headers = {Headers::ip, Headers::ip}};
  for (const auto direction : kDirections)
    for (const FrameTemplate& from : make_templates({}, router, direction))
      ASSERT_EQ(get16(frame_of(from), 12), 0x0800u);
}

TEST(FrameTemplate, FindsAnMssThatIsTooLarge) {
  const Trial trial{.frame_octets = 64, .syn_percent = 100};
  const auto templates = make_templates(trial, {}, Direction::wan_to_lan);
  std::size_t larger = 0;
  for (const FrameTemplate& from : templates) {
    const Octets frame = frame_of(from);
    EXPECT_TRUE(mss_within(frame, *locate(frame), 0xffff));
    larger += mss_within(frame, *locate(frame), 1459) ? 0u : 1u;
  }
  EXPECT_GT(larger, templates.size() / 2);  // most hosts say 1460
  EXPECT_LT(larger, templates.size());      // some less, or nothing
}

TEST(FrameTemplate, ForeignFramesAreNobodys) {
  const Octets own = frame_of(make_templates({}, {}, Direction::lan_to_wan).front());
  ASSERT_TRUE(locate(own));
  EXPECT_FALSE(locate(Octets(60)));
  EXPECT_FALSE(locate(Octets(own.begin(), own.begin() + 59)));
  for (const std::size_t at : {12u, 14u, 23u, 34u}) {  // ethertype, IHL, protocol, source port
    Octets other = own;
    other.at(at) ^= 1;
    EXPECT_FALSE(locate(other)) << at;
  }
  Octets short_pppoe = own;
  test::put16(short_pppoe, 12, 0x8864);  // the packet would end behind the frame
  EXPECT_FALSE(locate(short_pppoe));
}

}  // namespace
}  // namespace narrows::lab
