// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/dhcp.h"

#include <gtest/gtest.h>

#include "guarded.h"
#include "packets.h"
#include "random.h"

namespace narrows::wire {
namespace {

using namespace narrows::test;

constexpr std::size_t kServerName = 44;
constexpr std::size_t kFile = 108;

/// RFC 2131 §2, figure 1, with the cookie, then `options`.
Octets message(const Octets& options) {
  Octets octets{1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78, 0, 9, 0x80, 0};
  octets = octets + Octets{203, 0, 113, 9} + Octets(8) + Octets{192, 0, 2, 1};
  octets = octets + Octets{2, 0, 0, 0, 0, 1} + Octets(10) + Octets(64) + Octets(128);
  return octets + Octets{0x63, 0x82, 0x53, 0x63} + options;
}
Octets put(Octets octets, std::size_t at, const Octets& value) {
  for (const std::uint8_t octet : value) octets.at(at++) = octet;
  return octets;
}
const Octets kDiscover{53, 1, 1};
const Octets kEnd{255};

TEST(DhcpRequest, FixedFields) {
  const auto octets = message(kDiscover + kEnd);
  const auto request = parse_dhcp_request(octets);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->type, 1);
  EXPECT_EQ(request->transaction, 0x12345678u);
  EXPECT_EQ(request->flags, 0x8000);
  EXPECT_EQ(to_string(request->client_mac), "02:00:00:00:00:01");
  EXPECT_EQ(to_string(request->client_address), "203.0.113.9");
  EXPECT_EQ(to_string(request->relay_address), "192.0.2.1");
  EXPECT_FALSE(request->requested_address);
  EXPECT_FALSE(request->server_identifier);
  EXPECT_TRUE(request->client_identifier.empty());
  EXPECT_EQ(request->max_octets, 548u);
}

TEST(DhcpRequest, Options) {
  const auto octets = message(Octets{0, 0, 12, 2, 'h', 'i', 55, 0} + kDiscover + Octets{50, 4, 1, 2, 3, 4} +
                              Octets{0, 54, 4, 5, 6, 7, 8, 61, 3, 9, 8, 7, 57, 2, 5, 0xdc} + kEnd +
                              Octets{50, 4, 9, 9, 9, 9});
  const auto request = parse_dhcp_request(octets);
  ASSERT_TRUE(request);
  EXPECT_EQ(to_string(request->requested_address.value()), "1.2.3.4");
  EXPECT_EQ(to_string(request->server_identifier.value()), "5.6.7.8");
  EXPECT_EQ(Octets(request->client_identifier.begin(), request->client_identifier.end()), (Octets{9, 8, 7}));
  EXPECT_EQ(request->max_octets, 1472u);
}

TEST(DhcpRequest, TheFirstOfTwoCounts) {
  const auto octets = message(kDiscover + Octets{53, 1, 3, 50, 4, 1, 2, 3, 4, 50, 4, 5, 6, 7, 8} + kEnd);
  const auto request = parse_dhcp_request(octets);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->type, 1);
  EXPECT_EQ(to_string(request->requested_address.value()), "1.2.3.4");
}

// RFC 2131 §2: 576 octets every client takes, whatever it says.
TEST(DhcpRequest, MaximumSizeIsAtLeast576) {
  for (const Octets& size : {Octets{0, 0}, Octets{0, 27}, Octets{2, 0x3f}, Octets{2, 0x40}}) {
    const auto octets = message(kDiscover + Octets{57, 2} + size);
    EXPECT_EQ(parse_dhcp_request(octets).value().max_octets, 548u);
  }
}

TEST(DhcpRequest, AMissingEndIsForgiven) {
  EXPECT_TRUE(parse_dhcp_request(message(kDiscover)));
  EXPECT_TRUE(parse_dhcp_request(message(kDiscover + Octets{0, 0, 0})));
}

// RFC 2131 §4.1: option 52, file before sname.
TEST(DhcpRequest, OptionsOverflowIntoFileAndServerName) {
  const Octets in_file{50, 4, 1, 1, 1, 1, 54, 4, 1, 1, 1, 1, 255};
  const Octets in_name{50, 4, 2, 2, 2, 2, 61, 2, 7, 7, 255};
  const auto with_overload = [&](std::uint8_t overload) {
    return put(put(message(kDiscover + Octets{52, 1, overload} + kEnd), kFile, in_file), kServerName,
               in_name);
  };
  const auto none = message(kDiscover);
  EXPECT_FALSE(parse_dhcp_request(put(none, kFile, in_file)).value().requested_address);
  const auto file = with_overload(1), name = with_overload(2), both = with_overload(3);
  EXPECT_EQ(parse_dhcp_request(file).value().requested_address, Ipv4Address{0x01010101});
  EXPECT_TRUE(parse_dhcp_request(file).value().client_identifier.empty());
  EXPECT_EQ(parse_dhcp_request(name).value().requested_address, Ipv4Address{0x02020202});
  EXPECT_FALSE(parse_dhcp_request(name).value().server_identifier);
  EXPECT_EQ(parse_dhcp_request(both).value().requested_address, Ipv4Address{0x01010101});
  EXPECT_EQ(parse_dhcp_request(both).value().client_identifier.size(), 2u);
}

TEST(DhcpRequest, TheTypeMayBeInTheFile) {
  EXPECT_EQ(parse_dhcp_request(put(message(Octets{52, 1, 1} + kEnd), kFile, kDiscover + kEnd)).value().type,
            1);
}

TEST(DhcpRequest, AnOverloadInsideAnOverloadMeansNothing) {
  const auto octets = put(put(message(kDiscover + Octets{52, 1, 1} + kEnd), kFile, {52, 1, 2, 255}),
                          kServerName, {50, 4, 2, 2, 2, 2, 255});
  EXPECT_FALSE(parse_dhcp_request(octets).value().requested_address);
}

TEST(DhcpRequest, AnOptionThatLeavesItsFieldIsMalformed) {
  EXPECT_FALSE(parse_dhcp_request(message(kDiscover + Octets{12})));
  EXPECT_FALSE(parse_dhcp_request(message(kDiscover + Octets{12, 1})));
  EXPECT_FALSE(parse_dhcp_request(message(kDiscover + Octets{12, 255, 1, 2, 3})));
  const Octets filled(124);
  EXPECT_TRUE(parse_dhcp_request(
      put(message(kDiscover + Octets{52, 1, 1} + kEnd), kFile, filled + Octets{12, 2, 1, 2})));
  EXPECT_FALSE(parse_dhcp_request(
      put(message(kDiscover + Octets{52, 1, 1} + kEnd), kFile, filled + Octets{12, 3, 1, 2})));
}

TEST(DhcpRequest, AnOptionOfTheWrongLengthIsMalformed) {
  for (const Octets& option :
       {Octets{50, 0}, Octets{50, 3, 1, 2, 3}, Octets{50, 5, 1, 2, 3, 4, 5}, Octets{54, 3, 1, 2, 3},
        Octets{57, 1, 9}, Octets{57, 3, 9, 9, 9}, Octets{52, 0}, Octets{52, 2, 1, 1}, Octets{61, 0},
        Octets{53, 0}, Octets{53, 2, 1, 1}})
    EXPECT_FALSE(parse_dhcp_request(message(kDiscover + option + kEnd))) << int{option[0]};
}

TEST(DhcpRequest, WhatIsNoRequestOfAnEthernetStation) {
  const auto right = message(kDiscover + kEnd);
  EXPECT_FALSE(parse_dhcp_request(message(kEnd))) << "BOOTP: no type";
  EXPECT_FALSE(parse_dhcp_request(with8(right, 0, 2))) << "a reply";
  EXPECT_FALSE(parse_dhcp_request(with8(right, 1, 6)));
  EXPECT_FALSE(parse_dhcp_request(with8(right, 2, 8)));
  for (std::size_t at = 236; at < 240; ++at) EXPECT_FALSE(parse_dhcp_request(with8(right, at, 0)));
  for (std::size_t octets = 0; octets < 243; ++octets)
    EXPECT_FALSE(parse_dhcp_request(first_octets(right, octets))) << octets;
}

TEST(DhcpRequest, RandomOptionsAreSafe) {
  Random random(2132);
  Guarded guarded(1024);
  const Octets codes{0, 50, 52, 53, 54, 57, 61, 255};
  for (int round = 0; round < 100000; ++round) {
    auto octets = message(random.octets(random() % 40));
    octets = put(octets, kServerName, random.octets(64 + 128));
    for (std::size_t at = kServerName; at < octets.size(); at += 1 + random() % 6) {
      if (at < 236 || at >= 240) octets[at] = random() % 2 == 0 ? random.one_of(codes) : random.octet() % 8;
    }
    const auto placed = guarded.place(octets);
    const auto request = parse_dhcp_request(placed);
    if (request && !request->client_identifier.empty()) {
      EXPECT_GE(request->client_identifier.data(), placed.data());
      EXPECT_LE(request->client_identifier.data() + request->client_identifier.size(),
                placed.data() + placed.size());
    }
  }
}

DhcpRequest asked(std::size_t max_octets = kDhcpLeastMaxOctets) {
  DhcpRequest request;
  request.transaction = 0x12345678;
  request.flags = 0x8000;
  request.client_mac = parse_mac("02:00:00:00:00:01").value();
  request.relay_address = {0xc0000201};
  request.max_octets = max_octets;
  return request;
}

TEST(DhcpReply, RepeatsTheRequest) {
  DhcpReply reply(asked(), DhcpType::offer);
  reply.set_your_address({0xcb007109});
  reply.set_client_address({0xcb00710a});
  reply.add(DhcpOption::router, Ipv4Address{0xcb007101});
  reply.add_seconds(DhcpOption::lease_time, 60);
  const auto octets = std::move(reply).finish();
  Octets expected{2, 1, 6, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0x80, 0, 203, 0, 113, 10, 203, 0, 113, 9};
  expected = expected + Octets(4) + Octets{192, 0, 2, 1, 2, 0, 0, 0, 0, 1};
  expected.resize(expected.size() + 10 + 64 + 128);  // the rest of chaddr, sname, file
  expected =
      expected + Octets{0x63, 0x82, 0x53, 0x63, 53, 1, 2, 3, 4, 203, 0, 113, 1, 51, 4, 0, 0, 0, 60, 255};
  EXPECT_EQ(octets, padded(expected, 300));
}

TEST(DhcpReply, NeverLongerThanTheClientTakes) {
  DhcpReply reply(asked(548), DhcpType::ack);
  reply.add(DhcpOption::client_identifier, Octets(255, 1));  // 240 + 3 + 257 = 500
  reply.add(DhcpOption::dns, Octets(46, 2));                 // would make 548 and no room for the end
  reply.add(DhcpOption::dns, Octets(45, 3));
  reply.add(DhcpOption::mtu, Octets(2, 4));
  const auto octets = std::move(reply).finish();
  EXPECT_EQ(octets.size(), 548u);
  EXPECT_EQ(octets[502], 3);
  EXPECT_EQ(octets[547], 255);
}

TEST(DhcpReply, AValueBeyond255OctetsIsLeftOut) {
  DhcpReply reply(asked(1472), DhcpType::ack);
  reply.add(DhcpOption::dns, Octets(256, 1));
  EXPECT_EQ(std::move(reply).finish()[243], 255);
}

}  // namespace
}  // namespace narrows::wire
