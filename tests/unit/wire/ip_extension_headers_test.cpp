// SPDX-License-Identifier: BSD-3-Clause
/// The walk over IPv6 extension headers (contract, section 2.1).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "guarded.h"
#include "narrows/wire/ip.h"
#include "packets.h"
#include "random.h"

namespace narrows::test {
namespace {

using Status = wire::Transport::Status;

wire::Transport walk(const Octets& ip) {
  return wire::find_transport_ipv6(ip.data(), static_cast<std::uint16_t>(ip.size()));
}

void expect_found(const wire::Transport& transport, unsigned protocol, std::size_t offset, bool fragment) {
  EXPECT_EQ(transport.status, Status::found);
  EXPECT_EQ(transport.protocol, protocol);
  EXPECT_EQ(transport.offset, offset);
  EXPECT_EQ(transport.fragment, fragment);
}

TEST(Ipv6Walk, NoExtensionHeader) {
  for (const unsigned protocol : {6u, 17u, 58u, 4u, 47u, 89u, 253u})
    expect_found(walk(ipv6_raw(static_cast<std::uint8_t>(protocol), Octets(20))), protocol, 40, false);
}

TEST(Ipv6Walk, EachKindOfEveryLength) {
  for (const auto kind : {kHopByHop, kRouting, kDestinationOptions})
    for (unsigned more = 0; more < 256; ++more) {
      const Octets header = extension(kTcp, static_cast<std::uint8_t>(more));
      SCOPED_TRACE(testing::Message() << int{kind} << " of " << header.size());
      expect_found(walk(ipv6(tcp(kSyn), kind, header)), kTcp, 40 + header.size(), false);
    }
}

TEST(Ipv6Walk, EveryFragmentOffset) {
  for (unsigned offset = 0; offset < 8192; ++offset)
    for (const bool more : {false, true}) {
      const auto transport = walk(ipv6(tcp(kSyn), kFragmentHeader, fragment_header(kTcp, offset, more)));
      if (offset == 0)
        expect_found(transport, kTcp, 48,
                     more);  // without more: an atomic fragment (RFC 6946), a whole packet
      else
        ASSERT_EQ(transport.status, Status::no_transport) << offset;
    }
}

TEST(Ipv6Walk, TheReservedFieldsOfAFragmentHeaderMeanNothing) {
  const Octets header = with16(with8(fragment_header(kTcp), 1, 0xff), 2, 0x0006);
  expect_found(walk(ipv6(tcp(kSyn), kFragmentHeader, header)), kTcp, 48, false);
}

TEST(Ipv6Walk, AllKindsInARow) {
  const Octets chain = extension(kDestinationOptions) + extension(kRouting, 2) +
                       extension(kFragmentHeader, 1) + fragment_header(kDestinationOptions) + extension(kUdp);
  expect_found(walk(ipv6_raw(kHopByHop, chain + udp({}))), kUdp, 40 + chain.size(), false);
}

TEST(Ipv6Walk, EightHeadersAreSteppedOverAndNineAreNot) {
  for (unsigned headers = 1; headers <= 12; ++headers) {
    Octets chain = extension(kTcp);
    for (unsigned i = 1; i < headers; ++i) chain = extension(kDestinationOptions) + chain;
    const auto transport = walk(ipv6(tcp(kSyn), kDestinationOptions, chain));
    if (headers <= 8)
      expect_found(transport, kTcp, 40 + chain.size(), false);
    else
      EXPECT_EQ(transport.status, Status::walk_ended) << headers;
  }
}

TEST(Ipv6Walk, HeadersThatEndIt) {
  for (const std::uint8_t kind :
       {kEsp, kAh, kNoNextHeader, std::uint8_t{135}, std::uint8_t{139}, std::uint8_t{140}}) {
    EXPECT_EQ(walk(ipv6_raw(kind, extension(kTcp, 1) + tcp(kSyn))).status, Status::walk_ended) << int{kind};
    EXPECT_EQ(walk(ipv6_raw(kHopByHop, extension(kind) + tcp(kSyn))).status, Status::walk_ended) << int{kind};
  }
}

TEST(Ipv6Walk, EveryTruncation) {
  const Octets chain = extension(kDestinationOptions) + extension(kFragmentHeader, 1) + fragment_header(kTcp);
  const Octets whole = ipv6(tcp(kSyn), kHopByHop, chain);
  const std::size_t transport_offset = 40 + chain.size();
  Guarded guarded;
  for (std::size_t octets = 40; octets <= whole.size(); ++octets) {
    const auto placed = guarded.place(first_octets(whole, octets));
    const auto transport = wire::find_transport_ipv6(placed.data(), static_cast<std::uint16_t>(octets));
    EXPECT_EQ(transport.status, octets < transport_offset ? Status::no_transport : Status::found) << octets;
  }
}

TEST(Ipv6Walk, ALengthBeyondThePacketFindsNothing) {
  Guarded guarded;
  for (unsigned more = 0; more < 256; ++more) {
    const auto placed = guarded.place(ipv6_raw(kRouting, with8(extension(kTcp), 1, more) + Octets(24)));
    const auto transport =
        wire::find_transport_ipv6(placed.data(), static_cast<std::uint16_t>(placed.size()));
    EXPECT_EQ(transport.status, more <= 3 ? Status::found : Status::no_transport) << more;
  }
}

/// The rule once more, header by header, from the contract.
wire::Transport walk_by_contract(std::span<const std::uint8_t> rest, std::uint8_t next, unsigned headers,
                                 bool fragment, std::size_t offset) {
  constexpr std::array<std::uint8_t, 4> kSteppedOver{0, 43, 60, 44};
  constexpr std::array<std::uint8_t, 6> kEnds{50, 51, 59, 135, 139, 140};
  if (std::ranges::count(kEnds, next) != 0) return {Status::walk_ended, next, 0, false};
  if (std::ranges::count(kSteppedOver, next) == 0)
    return {Status::found, next, static_cast<std::uint16_t>(offset), fragment};
  if (headers == 8) return {Status::walk_ended, next, 0, false};
  if (rest.size() < 8) return {};
  if (next == 44 && (rest[2] != 0 || rest[3] > 7)) return {};
  const std::size_t octets = next == 44 ? 8 : (rest[1] + std::size_t{1}) * 8;
  if (rest.size() < octets) return {};
  return walk_by_contract(rest.subspan(octets), rest[0], headers + 1,
                          fragment || (next == 44 && (rest[3] & 1) != 0), offset + octets);
}

TEST(Ipv6Walk, AgreesWithTheContractOnRandomHeaders) {
  constexpr std::array<std::uint8_t, 16> kNext{0, 0, 43, 43, 60, 60, 60, 44, 44, 6, 6, 17, 50, 51, 59, 253};
  Random random(1);
  Guarded guarded;
  for (int round = 0; round < 100'000; ++round) {
    Octets payload(random() % 120);
    for (auto& octet : payload)
      octet = random() % 4 == 0 ? static_cast<std::uint8_t>(random() % 3) : random.one_of(kNext);
    for (std::size_t at = 1; at < payload.size(); at += 8)
      payload[at] = static_cast<std::uint8_t>(random() % 3);
    if (random() % 2 == 0)
      for (std::size_t at = 2; at + 1 < payload.size(); at += 8) put16(payload, at, random() % 2);
    const auto placed = guarded.place(ipv6_raw(random.one_of(kNext), payload));
    const auto found = wire::find_transport_ipv6(placed.data(), static_cast<std::uint16_t>(placed.size()));
    const auto expected = walk_by_contract(placed.subspan(40), placed[6], 0, false, 40);
    ASSERT_EQ(found.status, expected.status) << round;
    if (expected.status != Status::found) continue;
    ASSERT_EQ(found.protocol, expected.protocol) << round;
    ASSERT_EQ(found.offset, expected.offset) << round;
    ASSERT_EQ(found.fragment, expected.fragment) << round;
  }
}

}  // namespace
}  // namespace narrows::test
