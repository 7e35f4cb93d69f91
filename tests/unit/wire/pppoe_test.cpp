// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/pppoe.h"

#include <gtest/gtest.h>

#include "guarded.h"
#include "packets.h"

namespace narrows::test {
namespace {

using wire::parse_pppoe_session;
using Status = wire::PppoeSession::Status;

wire::PppoeSession parse(const Octets& octets) {
  return parse_pppoe_session(octets.data(), octets.size());
}

TEST(Pppoe, ReadsASessionFrame) {
  const auto session = parse(pppoe(0x1234, 0x0057, Octets(9)));
  EXPECT_EQ(session.status, Status::valid);
  EXPECT_EQ(session.id, 0x1234);
  EXPECT_EQ(session.protocol, 0x0057);
  EXPECT_EQ(session.payload_octets, 9);
}

TEST(Pppoe, EveryVersionAndType) {
  for (unsigned value = 0; value < 256; ++value)
    EXPECT_EQ(parse(with8(pppoe(1, 0x21, {}), 0, value)).status,
              value == 0x11 ? Status::valid : Status::bad_version)
        << value;
}

TEST(Pppoe, EveryCode) {
  for (unsigned value = 0; value < 256; ++value)
    EXPECT_EQ(parse(with8(pppoe(1, 0x21, {}), 1, value)).status,
              value == 0 ? Status::valid : Status::bad_code)
        << value;
}

TEST(Pppoe, OfSeveralFaultsTheFirstCounts) {
  EXPECT_EQ(parse(with16(with16(pppoe(1, 0x21, {}), 0, 0x2101), 4, 1)).status, Status::bad_version);
  EXPECT_EQ(parse(with16(with16(pppoe(1, 0x21, {}), 0, 0x1101), 4, 1)).status, Status::bad_code);
}

TEST(Pppoe, EveryLength) {
  constexpr unsigned kPayload = 40;
  const Octets frame = pppoe(1, 0x21, Octets(kPayload));
  for (unsigned length = 0; length <= 0xffff; ++length) {
    const auto session = parse(with16(frame, 4, length));
    const bool valid = length >= 2 && length <= kPayload + 2;
    ASSERT_EQ(session.status, valid ? Status::valid : Status::bad_length) << length;
    if (valid) {
      ASSERT_EQ(session.payload_octets, length - 2);
    }
  }
}

TEST(Pppoe, PaddingIsNotPayload) {
  const auto session = parse(pppoe(1, 0x21, Octets(3)) + Octets(30));
  EXPECT_EQ(session.status, Status::valid);
  EXPECT_EQ(session.payload_octets, 3);
}

TEST(Pppoe, EveryTruncation) {
  const Octets whole = pppoe(1, 0x21, Octets(12));
  Guarded guarded;
  for (std::size_t octets = 0; octets < whole.size(); ++octets) {
    const auto placed = guarded.place(first_octets(whole, octets));
    EXPECT_EQ(parse_pppoe_session(placed.data(), placed.size()).status, Status::bad_length) << octets;
  }
  const auto shortest = guarded.place(pppoe(7, 0xc021, {}));
  const auto session = parse_pppoe_session(shortest.data(), shortest.size());
  EXPECT_EQ(session.status, Status::valid);
  EXPECT_EQ(session.protocol, 0xc021);
  EXPECT_EQ(session.payload_octets, 0);
}

TEST(Pppoe, KindsOfProtocol) {
  for (unsigned value = 0; value <= 0xffff; ++value) {
    const auto protocol = static_cast<std::uint16_t>(value);
    ASSERT_EQ(wire::is_ppp_data(protocol), value == 0x0021 || value == 0x0057);
    ASSERT_EQ(wire::is_compressed_ppp(protocol), (value / 256) % 2 == 1);
  }
  EXPECT_EQ(wire::family_of_ppp(0x0021), Family::ipv4);
  EXPECT_EQ(wire::family_of_ppp(0x0057), Family::ipv6);
}

}  // namespace
}  // namespace narrows::test
