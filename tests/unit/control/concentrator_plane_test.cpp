// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/concentrator_plane.h"

#include <set>

#include "line_fixture.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;
using config::AuthMethod;
using stats::ControlEvent;
using stats::SessionFailure;
using stats::SessionState;

TEST_F(LineTest, ComesUpAtBothEnds) {
  start_ac(3);
  start_clients();
  ASSERT_TRUE(wait(2s, [&] { return up() == 1; }));
  const auto here = served();
  const auto there = client->board().get(0);
  EXPECT_EQ(here.id, there.id);
  EXPECT_EQ(wire::to_string(here.ac_mac), kWanMac) << "the client's";
  EXPECT_EQ(here.ac_name, "user@isp");
  EXPECT_EQ(wire::to_string(here.address), "10.0.1.0");
  EXPECT_EQ(here.address, there.address);
  EXPECT_EQ(there.ac_name, "lab");
  EXPECT_EQ(wire::to_string(there.peer_address), "10.0.0.1");
  EXPECT_EQ(there.dns, (std::vector<wire::Ipv4Address>{{0x0a000035}}));
  EXPECT_EQ(here.mtu_octets, 1492);
  const auto& out = ac_snapshots->current()->lan_to_wan(0);
  EXPECT_EQ(out.mtu_octets, (std::array<std::uint16_t, 2>{1492, 1492}));
  EXPECT_EQ(out.max_mss, (std::array<std::uint16_t, 2>{1452, 1432}));
  ASSERT_FALSE(ac_log.empty());
  EXPECT_NE(ac_log.back().find("session 10.0.1.0: up after 0."), std::string::npos) << ac_log.back();
  EXPECT_NE(ac_log.back().find("user@isp at "), std::string::npos) << ac_log.back();
}

class AnyMethod : public LineTest, public testing::WithParamInterface<AuthMethod> {};

TEST_P(AnyMethod, LetsInWhoKnowsThePassword) {
  ac_config.concentrator->auth = GetParam();
  start_ac(1);
  start_clients();
  EXPECT_TRUE(wait(2s, [&] { return up() == 1; }));
}

TEST_P(AnyMethod, RefusesAWrongPassword) {
  ac_config.concentrator->auth = GetParam();
  client_config.password = "mistaken";
  start_ac(1);
  start_clients();
  ASSERT_TRUE(wait(5s, [&] { return failures(SessionFailure::authentication_refused) == 1; }));
  EXPECT_EQ(served().state, SessionState::down);
  EXPECT_NE(served().last_error.find("user name or password refused"), std::string::npos);
  for (const auto& line : ac_log) {
    EXPECT_EQ(line.find("mistaken"), std::string::npos) << line;
    EXPECT_EQ(line.find("secret"), std::string::npos) << line;
  }
}

TEST_P(AnyMethod, RefusesAStranger) {
  ac_config.concentrator->auth = GetParam();
  client_config.username = "stranger";
  start_ac(1);
  start_clients();
  EXPECT_TRUE(wait(5s, [&] { return failures(SessionFailure::authentication_refused) == 1; }));
}

INSTANTIATE_TEST_SUITE_P(LineTest, AnyMethod,
                         testing::Values(AuthMethod::chap_md5, AuthMethod::mschapv2, AuthMethod::pap));

TEST_F(LineTest, WithoutAuthenticationAnybodyComesIn) {
  ac_config.concentrator->auth.reset();
  client_config.username = "stranger";
  start_ac(1);
  start_clients();
  EXPECT_TRUE(wait(2s, [&] { return up() == 1; }));
}

TEST_F(LineTest, FullMtuWhereBothEndsCarryIt) {  // RFC 4638
  ac_config.concentrator->mtu_octets = 1500;
  ac_config.wan.mtu_octets = 1508;
  config.wan.mtu_octets = 1508;
  start_ac(1);
  start_clients();
  ASSERT_TRUE(wait(2s, [&] { return up() == 1; }));
  EXPECT_EQ(served().mtu_octets, 1500);
  EXPECT_EQ(client->board().get(0).mtu_octets, 1500);
}

TEST_F(LineTest, NobodyLearnsOfASessionBeforeTheDataPath) {
  start_ac(1);
  start_clients();
  ASSERT_TRUE(wait(2s, [&] {
    return std::ranges::any_of(on_line, [](const Octets& frame) { return frame[19] == 0x65; });
  }));
  EXPECT_EQ(ac_snapshots->current()->find_wan(
                session::session_key(served().id, wire::to_integer(wire::parse_mac(kWanMac).value())),
                wire::VlanStack(835)),
            0);
  EXPECT_TRUE(std::ranges::none_of(on_line, [](const Octets& frame) { return frame[17] == 0x64; }))
      << "no PPP before the client speaks, or had the time to";
}

TEST_F(LineTest, ManySessionsOfOneClient) {
  start_ac(200);
  start_clients(200);
  ASSERT_TRUE(wait(20s, [&] { return up() == 200; }));
  std::set<std::uint16_t> ids;
  std::set<wire::Ipv4Address> given;
  for (std::size_t session = 0; session < 200; ++session) {
    ids.insert(served(session).id);
    given.insert(client->board().get(session).address);
  }
  EXPECT_EQ(ids.size(), 200u);
  EXPECT_EQ(given.size(), 200u);
}

TEST_F(LineTest, NoOfferWhenAllAreTaken) {  // RFC 2516 §5.2: MUST NOT respond
  start_ac(1);
  start_clients(2);
  ASSERT_TRUE(wait(2s, [&] { return up() == 1; }));
  EXPECT_FALSE(wait(5s, [&] { return up() == 2; }));
  EXPECT_GE(client->failures()[index_of(SessionFailure::no_offer)].value() +
                client->failures()[index_of(SessionFailure::refused)].value(),
            1u);
}

TEST_F(LineTest, APlaceIsFreeAgainAfterPadt) {
  start_ac(2);
  start_clients();
  ASSERT_TRUE(wait(2s, [&] { return up() == 1; }));
  client->stop(now);
  ASSERT_TRUE(wait(2s, [&] { return client->stopped() && served().id == 0; }));
  EXPECT_EQ(up(), 0u);
  EXPECT_EQ(ac_snapshots->current()->lan_to_wan(0).mtu_octets, (std::array<std::uint16_t, 2>{0, 0}));
  start_clients();
  ASSERT_TRUE(wait(2s, [&] { return up() == 1; }));
  EXPECT_EQ(wire::to_string(client->board().get(0).address), "10.0.1.1") << "the longest free";
}

TEST_F(LineTest, ForgedPadtsAreIgnored) {
  start_ac(1);
  start_clients();
  ASSERT_TRUE(wait(2s, [&] { return up() == 1; }));
  Octets padt =
      hex("0200000000ac") + hex(kWanMac) + hex("8100 0343 8863 11a7") + be16(served().id) + hex("0000");
  for (const std::size_t at : {0u, 6u, 11u, 15u, 21u}) {  // destination, source, VLAN, session id
    Octets forged = padt;
    forged[at] ^= at == 0 || at == 6 ? 4 : 1;
    plane->handle_punt(Side::wan, kNoSession, forged, now);
    plane->poll(now);
    EXPECT_EQ(up(), 1u) << "octet " << at;
  }
  plane->handle_punt(Side::wan, kNoSession, padt, now);
  plane->poll(now);
  EXPECT_EQ(up(), 0u);
  EXPECT_EQ(failures(SessionFailure::killed), 1u);
}

TEST_F(LineTest, SilenceIsNoticed) {
  start_ac(1);
  start_clients();
  ASSERT_TRUE(wait(2s, [&] { return up() == 1; }));
  line_works = false;
  ASSERT_TRUE(wait(60s, [&] { return up() == 0; }));
  EXPECT_EQ(failures(SessionFailure::echo_lost), 1u);
}

TEST_F(LineTest, DataOfTheClientIsLife) {
  start_ac(1);
  start_clients();
  ASSERT_TRUE(wait(2s, [&] { return up() == 1; }));
  line_works = false;
  std::uint64_t packets = 0;
  const std::uint64_t none = 0;
  for (int second = 0; second < 90; ++second) {
    wait(1s, [] { return false; });
    ++packets;
    plane->tick(now, {{&none, 1}, {&packets, 1}});
  }
  EXPECT_EQ(up(), 1u);
}

TEST_F(LineTest, AClientOfBeforeTheStartIsToldAtOnce) {
  start_ac(1);
  start_clients();
  ASSERT_TRUE(wait(2s, [&] { return up() == 1; }));
  start_ac(1);
  ASSERT_TRUE(
      wait(15s, [&] { return client->failures()[index_of(SessionFailure::forgotten)].value() == 1; }));
  EXPECT_TRUE(wait(5s, [&] { return up() == 1; }));
}

TEST_F(LineTest, StopsInGoodOrder) {
  start_ac(40);
  start_clients(40);
  ASSERT_TRUE(wait(5s, [&] { return up() == 40; }));
  plane->stop(now);
  EXPECT_FALSE(plane->stopped());
  ASSERT_TRUE(wait(2s, [&] { return plane->stopped(); }));
  turn();
  // The PADT may overtake what a Terminate-Request leads to.
  EXPECT_EQ(client->failures()[index_of(SessionFailure::terminated)].value() +
                client->failures()[index_of(SessionFailure::killed)].value(),
            40u);
  on_line.clear();
  wait(20s, [] { return false; });
  EXPECT_TRUE(on_line.empty()) << "nobody is served any more";
}

TEST_F(LineTest, AnythingMayComeFromTheLine) {
  start_ac(2);
  start_clients();
  ASSERT_TRUE(wait(2s, [&] { return up() == 1; }));
  std::mt19937 noise{3};
  for (int round = 0; round < 20000; ++round) {
    Octets frame = hex("0200000000ac") + hex(round % 2 == 0 ? kWanMac : kOtherMac) + hex("8100 0343 88");
    frame.push_back(static_cast<std::uint8_t>(0x63 + noise() % 2));
    frame = frame + hex("11") + Octets{static_cast<std::uint8_t>(noise() % 3 == 0 ? 0 : noise())} +
            be16(noise() % 3 == 0 ? served().id : noise() % 65536);
    const std::size_t octets = noise() % 40;
    frame = frame + be16(octets);
    for (std::size_t i = 0; i < octets; ++i) frame.push_back(static_cast<std::uint8_t>(noise()));
    plane->handle_punt(Side::wan, noise() % 2 == 0 ? kNoSession : noise() % 3, frame, now);
    if (round % 16 == 0) turn();
  }
  EXPECT_TRUE(wait(60s, [&] { return up() == 1; }));
}

// --- router advertisements ---

/// Of the IPv6 packets from the concentrator, those of ICMPv6.
std::vector<Octets> advertisements(const std::vector<Octets>& frames) {
  std::vector<Octets> packets;
  for (const Octets& frame : frames)
    if (frame.size() > 66 && frame[17] == 0x64 && frame[24] == 0 && frame[25] == 0x57)
      packets.emplace_back(frame.begin() + 26, frame.end());
  return packets;
}

TEST_F(LineTest, AdvertisesThePrefixOfEachSession) {  // RFC 4861 §4.2, §4.6.2, §6.2.4
  start_ac(2);
  start_clients(2);
  ASSERT_TRUE(wait(2s, [&] { return up() == 2; }));
  wait(200ms, [] { return false; });
  const auto seen = advertisements(on_line);
  ASSERT_EQ(seen.size(), 2u);
  const Octets& packet = seen[1];
  ASSERT_EQ(packet.size(), 96u);
  EXPECT_EQ(packet[7], 255) << "hop limit";
  EXPECT_EQ(packet[8], 0xfe);
  EXPECT_EQ(packet[9], 0x80);
  EXPECT_EQ(Octets(packet.begin() + 24, packet.begin() + 40), hex("ff02 0000 0000 0000 0000 0000 0000 0001"));
  const Octets pseudo(packet.begin() + 8, packet.begin() + 40);
  EXPECT_EQ(plain_checksum(pseudo + hex("00000038 0000003a") + Octets(packet.begin() + 40, packet.end())), 0);
  EXPECT_EQ(packet[40], 134);
  EXPECT_EQ(packet[44], 64) << "hop limit of the host";
  EXPECT_EQ(packet[45], 0) << "no DHCPv6";
  EXPECT_EQ(Octets(packet.begin() + 56, packet.begin() + 60), hex("03 04 40 c0"));
  EXPECT_EQ(Octets(packet.begin() + 72, packet.begin() + 88), hex("2001 0db8 0007 0001 0000 0000 0000 0000"));
  EXPECT_EQ(Octets(packet.begin() + 88, packet.end()), hex("0501 0000 0000 05d4"));
  on_line.clear();
  wait(180s, [] { return false; });
  const auto later = advertisements(on_line).size();
  EXPECT_GE(later, 2u * 4);
  EXPECT_LE(later, 2u * 5);
}

TEST_F(LineTest, AnswersRouterSolicitations) {  // RFC 4861 §6.2.6
  start_ac(1);
  start_clients();
  ASSERT_TRUE(wait(2s, [&] { return up() == 1; }));
  wait(7s, [] { return false; });
  const auto solicit = [&](Octets message, std::uint8_t hop_limit = 255) {
    on_line.clear();
    const auto source = hex("fe80 0000 0000 0000 0000 0000 0000 0009");
    const Octets packet =
        icmpv6(source, hex("ff02 0000 0000 0000 0000 0000 0000 0002"), std::move(message), hop_limit);
    plane->handle_punt(Side::wan, 0,
                       hex("0200000000ac") + hex(kWanMac) + hex("8100 0343 8864 1100") + be16(served().id) +
                           be16(packet.size() + 2) + hex("0057") + packet,
                       now);
    turn();
    return advertisements(on_line).size();
  };
  EXPECT_EQ(solicit(hex("8500 0000 00000000")), 1u);
  EXPECT_EQ(solicit(hex("8500 0000 00000000 0101 020000000001")), 1u);
  EXPECT_EQ(solicit(hex("8500 0000 00000000"), 254), 0u) << "crossed a router";
  EXPECT_EQ(solicit(hex("8501 0000 00000000")), 0u) << "code";
  EXPECT_EQ(solicit(hex("8500 0000 00000000 0100 020000000001")), 0u) << "an option of length 0";
  EXPECT_EQ(solicit(hex("8f00 0000 00000000")), 0u) << "MLD";
  std::size_t answered = 0;
  for (int i = 0; i < 20; ++i) answered += solicit(hex("8500 0000 00000000"));
  EXPECT_LE(answered, 3u) << "rate limited";
  EXPECT_GT(count(ControlEvent::rate_limited), 0u);
}

TEST_F(LineTest, WithoutAPrefixNoIpv6) {
  ac_config.concentrator->ipv6_prefix.reset();
  start_ac(1);
  start_clients();
  ASSERT_TRUE(wait(2s, [&] { return served().state == SessionState::up; }));
  wait(10s, [] { return false; });
  EXPECT_TRUE(advertisements(on_line).empty());
  EXPECT_EQ(ac_snapshots->current()->lan_to_wan(0).mtu_octets, (std::array<std::uint16_t, 2>{1492, 0}));
}

}  // namespace
}  // namespace narrows::control
