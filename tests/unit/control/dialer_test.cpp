// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/dialer.h"

#include <unistd.h>

#include <fstream>

#include "concentrator_fixture.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;
using stats::SessionFailure;
using stats::SessionState;

TEST_F(DialTest, ComesUpAndTellsTheDataPath) {
  start();
  EXPECT_EQ(snapshots->current()->lan_to_wan(0).mtu_octets, (std::array<std::uint16_t, 2>{0, 0}));
  ASSERT_TRUE(wait(2s, [&] { return is_up() && status().family_up[0] && status().family_up[1]; }));
  const auto up = status();
  EXPECT_EQ(up.id, 1);
  EXPECT_EQ(up.ac_mac, Concentrator::kMac);
  EXPECT_EQ(up.ac_name, "ac");
  EXPECT_EQ(wire::to_string(up.address), "10.0.0.2");
  EXPECT_EQ(wire::to_string(up.peer_address), "10.0.0.1");
  ASSERT_EQ(up.dns.size(), 1u);
  EXPECT_EQ(wire::to_string(up.dns[0]), "10.0.0.53");
  EXPECT_EQ(up.mtu_octets, 1492);
  EXPECT_EQ(snapshots->current()->lan_to_wan(0).mtu_octets, (std::array<std::uint16_t, 2>{1492, 1492}));
  EXPECT_EQ(snapshots->current()->lan_to_wan(0).max_mss, (std::array<std::uint16_t, 2>{1452, 1432}));
  EXPECT_TRUE(snapshots->current()->lan_to_wan(0).hands_out);
  ASSERT_FALSE(log.empty());
  EXPECT_NE(log.back().find("session isp-0: up after 0."), std::string::npos) << log.back();
}

TEST_F(DialTest, FullMtuWhereBothEndsCarryIt) {
  config.wan.mtu_octets = 1508;
  config.sessions.resize(1);
  config.sessions[0].mss.tunnels = true;
  concentrator.max_payload = 1500;
  concentrator.restart();
  start();
  ASSERT_TRUE(wait(2s, [&] { return is_up(); }));
  EXPECT_EQ(status().mtu_octets, 1500);
  EXPECT_EQ(snapshots->current()->lan_to_wan(0).tunnel_mtu_octets, 1500) << "what was negotiated";
  EXPECT_EQ(snapshots->current()->lan_to_wan(0).max_mss, (std::array<std::uint16_t, 2>{1460, 1440}));
}

TEST_F(DialTest, NotWithoutTheConcentratorsEcho) {
  config.wan.mtu_octets = 1508;
  start();
  ASSERT_TRUE(wait(2s, [&] { return is_up(); }));
  EXPECT_EQ(status().mtu_octets, 1492);
}

TEST_F(DialTest, PadtEndsItAndItComesBack) {
  start();
  ASSERT_TRUE(wait(2s, [&] { return is_up(); }));
  wait(15s, [] { return false; });
  concentrator.send_padt(1);
  concentrator.sessions.clear();
  turn();
  EXPECT_EQ(status().state, SessionState::down);
  EXPECT_EQ(failures(SessionFailure::killed), 1u);
  EXPECT_EQ(snapshots->current()->lan_to_wan(0).mtu_octets, (std::array<std::uint16_t, 2>{0, 0}));
  ASSERT_TRUE(wait(3s, [&] { return is_up(); }));
  EXPECT_EQ(status().id, 2);
  EXPECT_EQ(status().dials, 2u);
}

TEST_F(DialTest, ForgedPadtsAreIgnored) {
  start();
  ASSERT_TRUE(wait(2s, [&] { return is_up(); }));
  concentrator.send_padt(1);
  const Octets genuine = concentrator.frames.back();
  concentrator.frames.clear();
  for (const std::size_t at : {6u, 11u, 15u, 21u}) {  // source, VLAN, session id
    Octets forged = genuine;
    forged[at] ^= at == 6 ? 4 : 1;
    give(forged);
    plane->poll(now);
    EXPECT_TRUE(is_up()) << "octet " << at;
  }
  give(genuine);
  plane->poll(now);
  EXPECT_FALSE(is_up());
}

TEST_F(DialTest, TheReasonsAreToldApart) {
  concentrator.silent = true;
  start();
  EXPECT_TRUE(wait(30s, [&] { return failures(SessionFailure::no_offer) == 1; }));
  concentrator.silent = false;
  concentrator.full = true;
  EXPECT_TRUE(wait(60s, [&] { return failures(SessionFailure::refused) > 0; }));
  concentrator.full = false;
  concentrator.password = "other";
  EXPECT_TRUE(wait(120s, [&] { return failures(SessionFailure::authentication_refused) > 0; }));
  for (const auto& line : log) EXPECT_EQ(line.find("secret"), std::string::npos) << line;
}

TEST_F(DialTest, SilenceIsNoticedByEcho) {
  start();
  ASSERT_TRUE(wait(2s, [&] { return is_up(); }));
  concentrator.silent = true;
  ASSERT_TRUE(wait(60s, [&] { return !is_up(); }));
  EXPECT_EQ(failures(SessionFailure::echo_lost), 1u);
  concentrator.silent = false;
  EXPECT_TRUE(wait(20s, [&] { return is_up(); }));
}

TEST_F(DialTest, DataFromTheOtherSideIsLife) {
  start();
  ASSERT_TRUE(wait(2s, [&] { return is_up(); }));
  concentrator.silent = true;
  std::uint64_t packets = 0;
  for (int second = 0; second < 120; ++second) {
    wait(1s, [] { return false; });
    ++packets;
    const std::uint64_t none = 0;
    plane->tick(now, {{&none, 1}, {&packets, 1}});
  }
  EXPECT_TRUE(is_up());
  EXPECT_TRUE(wait(60s, [&] { return !is_up(); }));
}

TEST_F(DialTest, ARestartedConcentratorIsRecognised) {
  start();
  ASSERT_TRUE(wait(2s, [&] { return is_up(); }));
  wait(11s, [] { return false; });
  concentrator.restart();
  ASSERT_TRUE(wait(15s, [&] { return failures(SessionFailure::forgotten) == 1; }));
  EXPECT_TRUE(wait(3s, [&] { return is_up(); }));
}

TEST_F(DialTest, WithoutALineNothingIsSentAndWithItTheTryIsAtOnce) {
  start();
  plane->set_line(false, now);
  wait(20s, [] { return false; });
  EXPECT_EQ(concentrator.discovery_packets, 0u);
  plane->set_line(true, now);
  EXPECT_TRUE(wait(1s, [&] { return is_up(); }));
}

TEST_F(DialTest, HangsUpWithTerminateAndPadt) {
  start(3);
  ASSERT_TRUE(wait(3s, [&] { return sessions_up() == 3; }));
  plane->stop(now);
  EXPECT_TRUE(wait(2s, [&] { return plane->stopped(); }));
  EXPECT_EQ(concentrator.padts, 3u);
  EXPECT_TRUE(concentrator.sessions.empty());
  wait(120s, [] { return false; });
  EXPECT_EQ(concentrator.padts, 3u);
  EXPECT_TRUE(concentrator.sessions.empty()) << "nothing is dialled any more";
}

TEST_F(DialTest, RedialsOnRequestWithoutWaiting) {
  start(2);
  ASSERT_TRUE(wait(2s, [&] { return sessions_up() == 2; }));
  EXPECT_TRUE(plane->redial("isp-1", now).done);
  turn();
  EXPECT_FALSE(is_up(1));
  ASSERT_TRUE(wait(900ms, [&] { return is_up(1); })) << "before any pause that follows a failure";
  EXPECT_EQ(status(1).dials, 2u);
  EXPECT_EQ(status(1).last_error, "");
  EXPECT_EQ(status(0).dials, 1u);
  EXPECT_EQ(concentrator.padts, 1u);
  EXPECT_EQ(concentrator.sessions.size(), 2u);
}

TEST_F(DialTest, ADroppedSessionStaysDownUntilItIsRedialled) {
  start();
  ASSERT_TRUE(wait(2s, [&] { return is_up(); }));
  EXPECT_TRUE(plane->drop("isp-0", now).done);
  turn();
  EXPECT_FALSE(wait(70s, [&] { return is_up(); }));
  EXPECT_EQ(concentrator.sessions.size(), 0u);
  EXPECT_EQ(status().last_error, "dropped on request: down until it is redialled");
  for (const bool line : {false, true}) plane->set_line(line, now);
  EXPECT_FALSE(wait(5s, [&] { return is_up(); })) << "the line's coming back is no redial";
  EXPECT_TRUE(plane->redial("isp-0", now).done);
  EXPECT_TRUE(wait(900ms, [&] { return is_up(); }));
}

TEST_F(DialTest, WhatHappensIsAmongTheEvents) {
  start(2);
  ASSERT_TRUE(wait(2s, [&] { return sessions_up() == 2; }));
  plane->drop("isp-1", now);
  turn();
  const auto events = plane->events().since(1);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].kind, EventKind::session_up);
  EXPECT_EQ(events[0].session, "isp-0");
  EXPECT_EQ(events[2].kind, EventKind::session_down);
  EXPECT_EQ(events[2].session, "isp-1");
  EXPECT_EQ(events[2].text, status(1).last_error);
}

TEST_F(DialTest, ARowOfEqualFailuresIsOneEvent) {
  concentrator.full = true;
  start();
  wait(20s, [] { return false; });
  EXPECT_GT(failures(SessionFailure::refused), 2u);
  const auto events = plane->events().since(1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, EventKind::session_failed);
}

TEST_F(DialTest, RedialAndDropAtEveryStage) {
  start();
  for (int turns = 0; turns < 40; ++turns) {
    for (int left = turns; left > 0; --left) turn();
    turns % 3 == 0 ? plane->drop("isp-0", now) : plane->redial("isp-0", now);
    if (turns % 5 == 0) plane->drop("isp-0", now);
    if (turns % 7 == 0) plane->redial("isp-0", now);
  }
  plane->redial("isp-0", now);
  EXPECT_TRUE(wait(2s, [&] { return is_up() && concentrator.up() == 1; })) << "none that was up is left open";
}

TEST_F(DialTest, WhatCannotBeRedialledIsSaid) {
  start();
  EXPECT_EQ(plane->redial("isp-9", now).message, "not done: there is no session isp-9");
  EXPECT_FALSE(plane->drop("", now).done);
}

TEST_F(DialTest, ClosesWhatACrashLeftOpenBeforeItDials) {
  state_path = std::filesystem::temp_directory_path() / ("dialer_test_" + std::to_string(getpid()));
  start();
  ASSERT_TRUE(wait(3s, [&] { return is_up(); }));
  ASSERT_TRUE(std::filesystem::exists(state_path));
  plane.reset();  // no goodbye
  make_plane();
  concentrator.discovery_packets = 0;
  EXPECT_TRUE(wait(1s, [&] { return concentrator.padts == 1; }));
  EXPECT_EQ(concentrator.discovery_packets, 0u);
  EXPECT_TRUE(concentrator.sessions.empty());
  EXPECT_TRUE(wait(3s, [&] { return is_up(); }));
  plane->stop(now);
  EXPECT_TRUE(wait(2s, [&] { return plane->stopped(); }));
  EXPECT_FALSE(std::filesystem::exists(state_path));
}

TEST_F(DialTest, ThousandsComeUpAFewAtATime) {
  constexpr std::size_t kSessions =
      2000;  // what the concentrator of the fixture takes time for is their square
  start(kSessions);
  std::size_t most = 0;
  unsigned seen = 0;
  ASSERT_TRUE(wait(120s, [&] {
    std::size_t dialling = 0;
    if (concentrator.discovery_packets >= seen + 64) {
      seen = concentrator.discovery_packets;
      for (std::size_t index = 0; index < kSessions; ++index)
        dialling += status(index).state != SessionState::up && status(index).state != SessionState::down;
    }
    most = std::max(most, dialling);
    return concentrator.up() == kSessions;
  })) << concentrator.up();
  EXPECT_GT(most, Dialer::kMostAtOnce / 2);
  EXPECT_LE(most, Dialer::kMostAtOnce);
  EXPECT_EQ(sessions_up(), kSessions);
}

TEST_F(DialTest, RandomFramesFromTheLineHurtNothing) {
  start();
  ASSERT_TRUE(wait(2s, [&] { return is_up(); }));
  concentrator.send_padt(9);
  const Octets frame = concentrator.frames.back();
  std::mt19937 engine(3);
  for (int round = 0; round < 20000; ++round) {
    Octets mutated = frame;
    mutated.resize(14 + 4 + engine() % 80);
    for (std::size_t at = 18; at < mutated.size(); ++at) mutated[at] = static_cast<std::uint8_t>(engine());
    mutated[16] = 0x88;
    mutated[17] = static_cast<std::uint8_t>(0x63 + engine() % 2);
    if (engine() % 2 == 0) {
      mutated[18] = 0x11;
      mutated[19] = "\x07\x65\xa7\x09\x00"[engine() % 5] & 0xff;
      mutated[20] = 0;
      mutated[21] = 0;
    }
    give(mutated);
    if (round % 16 == 0) turn();
  }
  EXPECT_TRUE(wait(60s, [&] { return is_up(); }));
}

}  // namespace
}  // namespace narrows::control
