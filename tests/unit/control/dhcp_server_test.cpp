// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/dhcp_server.h"

#include <gtest/gtest.h>

#include "dhcp_fixture.h"
#include "random.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;

TEST_F(DhcpTest, OfferHoldsTheNegotiatedAddressAndAllThatGoesWithIt) {
  const auto offer = say({.options = kDiscover});
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->ethernet, hex(kHostMac) + hex(kLanMac) + hex("0800"));
  EXPECT_EQ(offer->source, hex(kServer));
  EXPECT_EQ(offer->destination, hex(kAddress));
  EXPECT_EQ(offer->client_address(), hex(kNoAddress));
  EXPECT_EQ(offer->your_address(), hex(kAddress));
  EXPECT_EQ(part(offer->message, 20, 8), Octets(8)) << "neither next server nor relay";
  EXPECT_EQ(part(offer->message, 28, 16), hex(kHostMac) + Octets(10));
  const std::map<int, Octets> expected{
      {1, hex("fffffffc")}, {3, hex(kGateway)},    {6, hex("c0000235 c6336435")},
      {26, hex("05d4")},    {28, hex("cb00710b")}, {51, hex("0000003c")},
      {53, {kOffer}},       {54, hex(kServer)},    {58, hex("0000000a")},
      {59, hex("00000034")}};
  EXPECT_EQ(offer->options, expected);
  EXPECT_EQ(count(Event::dhcp_answered), 1u);
}

// RFC 2132 §3.3: the mask goes before the router.
TEST_F(DhcpTest, TheMaskGoesBeforeTheRouter) {
  const auto order = say({.options = kDiscover}).value().order;
  EXPECT_LT(std::ranges::find(order, 1), std::ranges::find(order, 3));
}

TEST_F(DhcpTest, OfferIntoTheSessionsVlan) {
  const auto offer = say({.options = kDiscover}, kLearning);
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->ethernet, hex(kHostMac) + hex(kLanMac) + hex("8100 000a 0800"));
}

TEST_F(DhcpTest, OfferDoesNotRepeatAnAddress) {
  EXPECT_EQ(say({.options = kDiscover, .client_address = kAddress}).value().client_address(),
            hex(kNoAddress));
}

// RFC 2131 §4.3.2, SELECTING: server identifier and requested address.
TEST_F(DhcpTest, RequestForTheOfferIsAcknowledged) {
  const auto offer = say({.options = kDiscover});
  const auto ack = say({.options = "350103 3604c0000008 3204cb007109"});
  ASSERT_TRUE(offer && ack);
  EXPECT_EQ(ack->type(), kAck);
  EXPECT_EQ(ack->your_address(), hex(kAddress));
  auto options = offer->options;
  options[53] = {kAck};
  EXPECT_EQ(ack->options, options) << "what was offered";
}

TEST_F(DhcpTest, RequestToAnotherServerFreesTheOffer) {
  say({.options = kDiscover});
  EXPECT_EQ(answer_to({.options = kDiscover, .mac = kOtherMac}), 0);
  EXPECT_FALSE(say({.options = "350103 3604c0000201 3204cb007109"}));
  EXPECT_EQ(answer_to({.options = kDiscover, .mac = kOtherMac}), kOffer);
}

// RFC 2131 §4.3.2, INIT-REBOOT: requested address alone. A wrong one MUST be refused.
TEST_F(DhcpTest, RebootedHostsAddressIsConfirmedOrRefused) {
  EXPECT_EQ(answer_to({.options = "350103 3204cb007109"}), kAck);
  EXPECT_EQ(answer_to({.options = "350103 3204cb00710d"}), kNak);
  EXPECT_EQ(count(Event::dhcp_refused), 1u);
}

TEST_F(DhcpTest, RequestForAnotherAddressIsRefusedWhileSelecting) {
  EXPECT_EQ(answer_to({.options = "350103 3604c0000008 3204cb00710d"}), kNak);
}

// RFC 2131 §4.3.2, RENEWING and REBINDING: the address in use alone.
TEST_F(DhcpTest, LeaseIsRenewedUnicast) {
  const auto ack = hand_over(udp_packet(
      dhcp_payload({.options = "350103", .client_address = kAddress, .flags = "8000"}), kAddress, kServer));
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->type(), kAck);
  EXPECT_EQ(ack->destination, hex(kAddress));
  EXPECT_EQ(ack->destination_mac, hex(kHostMac));
  EXPECT_EQ(ack->client_address(), hex(kAddress));
  EXPECT_EQ(ack->your_address(), hex(kAddress));
  EXPECT_EQ(ack->options.at(51), hex("0000003c"));
  EXPECT_EQ(answer_to({.options = "350103", .client_address = kAddress}), kAck) << "rebinding: broadcast";
}

// RFC 2131 §4.1: a refusal is broadcast; table 3: it says no more than who refuses.
TEST_F(DhcpTest, RefusalIsBroadcastAndSaysNothing) {
  const auto nak = say({.options = "350103 3d0701020000000001", .client_address = kOtherAddress});
  ASSERT_TRUE(nak);
  const std::map<int, Octets> expected{{53, {kNak}}, {54, hex(kServer)}, {61, hex("01020000000001")}};
  EXPECT_EQ(nak->options, expected);
  EXPECT_EQ(nak->destination, hex(kEverybody));
  EXPECT_EQ(nak->destination_mac, hex(kBroadcast));
  EXPECT_EQ(nak->client_address(), hex(kNoAddress));
  EXPECT_EQ(nak->your_address(), hex(kNoAddress));
}

// RFC 2131 §4.1: the broadcast bit.
TEST_F(DhcpTest, HostThatCannotTakeUnicastYetGetsBroadcast) {
  const auto offer = say({.options = kDiscover, .flags = "8000"});
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->destination, hex(kEverybody));
  EXPECT_EQ(offer->destination_mac, hex(kBroadcast));
  EXPECT_EQ(offer->flags(), hex("8000"));
}

// RFC 6842 §3: the client identifier MUST be in the answer as it came.
TEST_F(DhcpTest, ClientIdentifierIsRepeated) {
  EXPECT_EQ(say({.options = "350101 3d03ff0102"}).value().options.at(61), hex("ff0102"));
  EXPECT_EQ(say({.options = "350103 3204cb007109 3d03ff0102"}).value().options.at(61), hex("ff0102"));
}

TEST_F(DhcpTest, LongestIdentifierLeavesRoomForAddressMaskAndRouter) {
  const std::string options = "350101 3dff" + std::string(510, 'a');
  const auto offer = say({.options = options});
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->options.at(61), Octets(255, 0xaa));
  EXPECT_LE(offer->message.size(), 548u);
  for (const int option : {1, 3, 51, 54}) EXPECT_TRUE(offer->options.contains(option)) << option;
  EXPECT_EQ(say({.options = "390205dc" + options}).value().options.size(), 11u) << "1500 octets hold it all";
}

// RFC 2131 §4.3.5: to ciaddr, without lease time and yiaddr.
TEST_F(DhcpTest, InformIsAnsweredWithoutALease) {
  const auto ack = say({.options = kInform, .client_address = kAddress, .flags = "8000"});
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->type(), kAck);
  EXPECT_EQ(ack->destination, hex(kAddress));
  EXPECT_EQ(ack->client_address(), hex(kAddress));
  EXPECT_EQ(ack->your_address(), hex(kNoAddress));
  for (const int option : {51, 58, 59}) EXPECT_FALSE(ack->options.contains(option)) << option;
  EXPECT_EQ(ack->options.at(6), hex("c0000235 c6336435"));
  EXPECT_FALSE(say({.options = kInform, .client_address = kOtherAddress}));
}

// RFC 3442: the gateway on the link, the rest behind it.
TEST_F(DhcpTest, HostMaskComesWithRoutes) {
  auto given = hand_out();
  given.mask = config::HandOutMask::host;
  server.set(kUntagged, given);
  const auto offer = say({.options = kDiscover});
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->options.at(1), hex("ffffffff"));
  EXPECT_EQ(offer->options.at(121), hex("20 cb00710a 00000000  00 cb00710a"));
  EXPECT_EQ(offer->options.at(3), hex(kGateway));
  EXPECT_FALSE(offer->options.contains(28));
}

TEST_F(DhcpTest, ConfiguredGatewayIsUsed) {
  auto given = hand_out();
  given.gateway = wire::parse_ipv4_address("203.0.113.1");
  server.set(kUntagged, given);
  EXPECT_EQ(server.gateway(kUntagged), given.gateway);
  const auto offer = say({.options = kDiscover});
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->options.at(3), hex("cb007101"));
  EXPECT_EQ(offer->options.at(1), hex("fffffff0"));
  EXPECT_EQ(offer->options.at(28), hex("cb00710f"));
}

TEST_F(DhcpTest, WhatIsNotKnownIsLeftOut) {
  auto given = hand_out();
  given.dns.clear();
  given.mtu_octets = 0;
  server.set(kUntagged, given);
  const auto offer = say({.options = kDiscover});
  ASSERT_TRUE(offer);
  EXPECT_FALSE(offer->options.contains(6));
  EXPECT_FALSE(offer->options.contains(26));
}

TEST_F(DhcpTest, SessionDownRefusesItsHostAndOffersNothing) {
  ASSERT_TRUE(gets_lease(kHostMac));
  server.set(kUntagged, std::nullopt);
  EXPECT_EQ(answer_to({.options = "350103", .client_address = kAddress}), kNak);
  EXPECT_EQ(answer_to({.options = "350103 3204cb007109"}), kNak);
  EXPECT_EQ(answer_to({.options = kDiscover}), 0);
  EXPECT_EQ(answer_to({.options = kInform, .client_address = kAddress}), 0);
  EXPECT_EQ(server.gateway(kUntagged), wire::parse_ipv4_address("203.0.113.10"));
  server.set(kUntagged, hand_out("203.0.113.13"));
  EXPECT_EQ(say({.options = kDiscover}).value().your_address(), hex(kOtherAddress));
}

// RFC 2131 §4.3.2: silent where there is no record of the client.
TEST_F(DhcpTest, SessionDownIsSilentToStrangers) {
  server.set(kUntagged, std::nullopt);
  EXPECT_EQ(answer_to({.options = "350103 3204cb007109"}), 0);
  EXPECT_EQ(count(Event::ignored_dhcp), 1u);
}

TEST_F(DhcpTest, SessionNeverUpIsSilent) {
  for (const auto options : {kDiscover, "350103 3204cb007109", kInform, "350104 3604c0000008", "350107"})
    EXPECT_FALSE(say({.options = options, .client_address = kAddress}, kNoGateway)) << options;
  EXPECT_FALSE(server.gateway(kNoGateway));
}

TEST_F(DhcpTest, NewAddressIsHeardOfAtTheNextRenewal) {
  ASSERT_TRUE(gets_lease(kHostMac));
  server.set(kUntagged, hand_out("203.0.113.13"));
  const auto nak = say({.options = "350103", .client_address = kAddress});
  ASSERT_TRUE(nak && nak->type() == kNak);
  EXPECT_EQ(nak->options.at(54), hex(kServer)) << "who gave the lease, though the gateway is another now";
  EXPECT_EQ(say({.options = kDiscover}).value().your_address(), hex(kOtherAddress));
}

TEST_F(DhcpTest, AddressOfNoHostIsNothingToHandOut) {
  for (const auto* address : {"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"}) {
    server.set(kNoGateway, hand_out(address));
    EXPECT_FALSE(say({.options = kDiscover}, kNoGateway)) << address;
  }
}

TEST_F(DhcpTest, RelayedMessagesAreNotAnswered) {
  EXPECT_FALSE(say({.options = kDiscover, .relay = "c0000201"}));
  EXPECT_EQ(count(Event::ignored_dhcp), 1u);
}

TEST_F(DhcpTest, TypesOfServersAndUnknownTypesAreIgnored) {
  for (const auto options : {"350102", "350105", "350106", "350100", "350109", "3501ff"})
    EXPECT_FALSE(say({.options = options})) << options;
  EXPECT_EQ(count(Event::ignored_dhcp), 6u);
}

TEST_F(DhcpTest, RequestForNothingIsMalformed) {
  EXPECT_FALSE(say({.options = "350103"}));
  EXPECT_EQ(count(Event::malformed), 1u);
}

// RFC 1122 §3.2.1.2, §4.1.3.4: wrong checksums are discarded; 0 is none.
TEST_F(DhcpTest, ChecksumsAreChecked) {
  const auto right = udp_packet(dhcp_payload({.options = kDiscover}));
  EXPECT_FALSE(hand_over(with_part(right, 10, hex("beef"))));
  EXPECT_FALSE(hand_over(with_part(right, 26, hex("beef"))));
  EXPECT_EQ(count(Event::malformed), 2u);
  EXPECT_TRUE(hand_over(with_part(right, 26, hex("0000"))));
  const auto pseudo = static_cast<std::uint16_t>(
      ~plain_checksum(hex(kNoAddress) + hex(kEverybody) + hex("0011") + be16(right.size() - 20)));
  EXPECT_TRUE(hand_over(with_part(right, 26, be16(pseudo)))) << "left for a network card to finish";
}

TEST_F(DhcpTest, MalformedPacketsAreCountedAndNothingElse) {
  const auto right = udp_packet(dhcp_payload({.options = kDiscover}));
  const auto header = [&](std::size_t at, std::string_view value) {
    auto packet = with_part(with_part(right, at, hex(value)), 10, hex("0000"));
    return with_part(packet, 10, be16(plain_checksum(part(packet, 0, 20))));
  };
  EXPECT_FALSE(hand_over(header(0, "65")));
  EXPECT_FALSE(hand_over(header(6, "2000"))) << "a fragment";
  EXPECT_FALSE(hand_over(header(6, "0001"))) << "a later fragment";
  EXPECT_FALSE(hand_over(header(9, "06"))) << "TCP";
  const auto udp = [&](std::size_t at, std::string_view value) {
    return with_part(with_part(right, at, hex(value)), 26, hex("0000"));
  };
  EXPECT_FALSE(hand_over(udp(22, "0044"))) << "to another port";
  EXPECT_FALSE(hand_over(udp(24, "0007")));
  EXPECT_FALSE(hand_over(udp(24, "ffff")));
  EXPECT_EQ(count(Event::malformed), 7u);
  for (std::size_t octets = 0; octets < right.size(); ++octets)
    EXPECT_FALSE(hand_over(part(right, 0, octets))) << octets;
}

TEST_F(DhcpTest, OctetsBehindTheUdpLengthAreNotRead) {
  Octets packet = udp_packet(dhcp_payload({.options = kDiscover})) + hex("0c ff");
  packet = with_part(with_part(packet, 2, be16(packet.size())), 10, hex("0000"));
  EXPECT_TRUE(hand_over(with_part(packet, 10, be16(plain_checksum(part(packet, 0, 20))))));
}

TEST_F(DhcpTest, RandomMessagesAreSafe) {
  test::Random random(2131);
  for (int round = 0; round < 20000; ++round, now += 200ms) {
    auto payload = dhcp_payload({.options = "350101"}) + random.octets(random() % 64);
    // One octet of the options in three is anything.
    for (std::size_t at = 240; at < payload.size(); ++at)
      if (random() % 3 == 0) payload[at] = random.octet();
    payload[0] = random() % 16 == 0 ? random.octet() : 1;
    hand_over(udp_packet(payload), random() % 4 == 0 ? kOtherMac : kHostMac);
  }
  EXPECT_GT(count(Event::malformed), 0u);
}

TEST_F(DhcpTest, AFloodIsAnsweredInPart) {
  int answers = 0;
  for (int i = 0; i < 1000; ++i) answers += answer_to({.options = kDiscover}) == kOffer ? 1 : 0;
  EXPECT_EQ(answers, DhcpServer::Limit::kBurst);
  EXPECT_EQ(count(Event::rate_limited), 1000u - DhcpServer::Limit::kBurst);
  EXPECT_EQ(answer_to({.options = "350103", .client_address = kOtherAddress}), 0) << "nor refused";
  EXPECT_EQ(answer_to({.options = kDiscover}, kLearning), kOffer) << "another session's";
  now += 100ms;
  EXPECT_EQ(answer_to({.options = kDiscover}), kOffer);
}

TEST_F(DhcpTest, AFrameThatFindsNoRoomIsCounted) {
  sink.full = true;
  EXPECT_FALSE(say({.options = kDiscover}));
  EXPECT_EQ(count(Event::unsent), 1u);
  EXPECT_EQ(count(Event::dhcp_answered), 0u);
  EXPECT_EQ(peer(), kUnknownMac);
}

}  // namespace
}  // namespace narrows::control
