// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/pppoe_discovery.h"

#include <gtest/gtest.h>

#include <vector>

#include "frames.h"
#include "guarded.h"
#include "random.h"

namespace narrows::wire {
namespace {

using test::Guarded;
using test::Octets;
using test::operator+;

std::vector<std::uint16_t> types_of(const PppoeTags& tags) {
  std::vector<std::uint16_t> types;
  for (const PppoeTag& tag : tags) types.push_back(tag.type);
  return types;
}

// RFC 2516 appendix B: a PADO with Service-Name (empty) and AC-Name, as the RFC prints it.
const Octets kRfcPado{0x11, 0x07, 0x00, 0x00, 0x00, 0x20, 0x01, 0x01, 0x00, 0x00, 0x01, 0x02, 0x00,
                      0x18, 0x47, 0x6f, 0x20, 0x52, 0x65, 0x64, 0x42, 0x61, 0x63, 0x6b, 0x20, 0x2d,
                      0x20, 0x65, 0x73, 0x68, 0x73, 0x68, 0x65, 0x73, 0x68, 0x6f, 0x6f, 0x74};

TEST(PppoeDiscovery, ThePadoOfRfc2516AppendixB) {
  const auto packet = parse_pppoe_discovery(kRfcPado);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->code, kPppoePado);
  EXPECT_EQ(packet->session_id, 0);
  EXPECT_EQ(types_of(packet->tags), (std::vector<std::uint16_t>{0x0101, 0x0102}));
  const auto name = packet->tags.find(kTagAcName).value();
  EXPECT_EQ(Octets(name.begin(), name.end()), Octets(kRfcPado.begin() + 14, kRfcPado.end()));
}

TEST(PppoeDiscovery, EveryLengthIsSafe) {
  Guarded guarded;
  for (std::size_t octets = 0; octets <= kRfcPado.size(); ++octets) {
    const Octets cut(kRfcPado.begin(), kRfcPado.begin() + static_cast<std::ptrdiff_t>(octets));
    EXPECT_EQ(parse_pppoe_discovery(guarded.place(cut)).has_value(), octets == kRfcPado.size()) << octets;
  }
}

// RFC 2516 §4: VER and TYPE MUST be 1.
TEST(PppoeDiscovery, EveryVersionAndType) {
  for (unsigned octet = 0; octet < 256; ++octet) {
    auto packet = kRfcPado;
    packet[0] = static_cast<std::uint8_t>(octet);
    EXPECT_EQ(parse_pppoe_discovery(packet).has_value(), octet == 0x11) << octet;
  }
}

TEST(PppoeDiscovery, PaddingIsNoTag) {
  const auto padded = kRfcPado + Octets{0x01, 0x03, 0x00, 0x00, 0xff};
  const auto packet = parse_pppoe_discovery(padded);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->tags.count(kTagHostUniq), 0U);
}

TEST(PppoeDiscovery, FalseTagLengths) {
  Guarded guarded;
  for (unsigned length = 0; length <= 0xffff; length = length < 64 ? length + 1 : length * 2 + 1) {
    auto packet = kRfcPado;
    test::put16(packet, 12, length);
    // Shorter: what follows is read as tags, and is none. 0 would make it begin at "Go R": type, length.
    EXPECT_EQ(parse_pppoe_discovery(guarded.place(packet)).has_value(), length == 0x18) << length;
  }
}

TEST(PppoeDiscovery, EndOfListEndsIt) {
  const Octets tags = Octets{0x01, 0x01, 0, 0, 0, 0, 0, 0} + Octets{0x01, 0x03, 0xff, 0xff};
  const PppoeTags list(tags);
  EXPECT_TRUE(list.well_formed());
  EXPECT_EQ(types_of(list), (std::vector<std::uint16_t>{0x0101}));
  EXPECT_FALSE(list.find(kTagHostUniq));
}

TEST(PppoeDiscovery, IterationStopsBeforeWhatDoesNotFit) {
  const Octets tags{0x01, 0x01, 0, 1, 'x', 0x01, 0x03, 0, 2, 0};
  const PppoeTags list(tags);
  EXPECT_FALSE(list.well_formed());
  EXPECT_EQ(types_of(list), (std::vector<std::uint16_t>{0x0101}));
  EXPECT_TRUE(PppoeTags().well_formed());
  EXPECT_TRUE(types_of(PppoeTags()).empty());
}

TEST(PppoeDiscovery, RandomTagsStayWithinTheirOctets) {
  test::Random random(1);
  Guarded guarded(64);
  for (unsigned round = 0; round < 20000; ++round) {
    auto octets = random.octets(random() % 64);
    for (auto& each : octets)
      if (random() % 2 == 0) each &= 3;
    const PppoeTags list(guarded.place(octets));
    std::size_t covered = 0;
    for (const PppoeTag& tag : list) covered += 4 + tag.value.size();
    EXPECT_LE(covered, octets.size());
    if (list.well_formed() && covered < octets.size()) {
      // Only End-Of-List leaves something over.
      EXPECT_EQ(octets[covered] | octets[covered + 1], 0);
    }
  }
}

TEST(PppoeDiscovery, MaxPayloadHasTwoOctets) {
  EXPECT_EQ(ppp_max_payload(PppoeTags(Octets{0x01, 0x20, 0, 2, 0x05, 0xdc})), 1500);
  EXPECT_EQ(ppp_max_payload(PppoeTags(Octets{0x01, 0x20, 0, 1, 0x05})), 0);
  EXPECT_EQ(ppp_max_payload(PppoeTags(Octets{0x01, 0x20, 0, 3, 0x05, 0xdc, 0})), 0);
  EXPECT_EQ(ppp_max_payload(PppoeTags()), 0);
}

TEST(PppoeDiscovery, SessionIds) {
  EXPECT_FALSE(is_session_id(0));
  EXPECT_TRUE(is_session_id(1));
  EXPECT_TRUE(is_session_id(0xfffe));
  EXPECT_FALSE(is_session_id(0xffff));
}

TEST(PppoeTagWriter, WritesTypeLengthValue) {
  PppoeTagWriter tags;
  EXPECT_TRUE(tags.add(kTagServiceName, ""));
  EXPECT_TRUE(tags.add(kTagHostUniq, Octets{1, 2, 3}));
  EXPECT_TRUE(tags.add(kTagPppMaxPayload, std::uint16_t{1500}));
  EXPECT_EQ(tags.octets(),
            (Octets{0x01, 0x01, 0, 0, 0x01, 0x03, 0, 3, 1, 2, 3, 0x01, 0x20, 0, 2, 0x05, 0xdc}));
}

TEST(PppoeTagWriter, WritesAllOfATagOrNothing) {
  PppoeTagWriter tags(10);
  EXPECT_FALSE(tags.add(kTagAcCookie, Octets(7)));
  EXPECT_TRUE(tags.octets().empty());
  EXPECT_TRUE(tags.add(kTagAcCookie, Octets(2)));
  EXPECT_FALSE(tags.add(kTagAcCookie, Octets(1)));
  EXPECT_TRUE(tags.add(kTagAcCookie, Octets()));
  EXPECT_FALSE(tags.add(kTagAcCookie, Octets()));
  EXPECT_EQ(tags.octets().size(), 10U);
  EXPECT_FALSE(PppoeTagWriter(1U << 20).add(kTagAcCookie, Octets(0x10000)));
}

}  // namespace
}  // namespace narrows::wire
