// SPDX-License-Identifier: BSD-3-Clause
/// The pipeline that tells does what the silent one does; and what it tells is why.
#include <fmt/format.h>

#include <set>

#include "bursts.h"
#include "narrows/pipeline/checks.h"
#include "random.h"
#include "tunnels.h"

namespace narrows::test {
namespace {

using pipeline::Check;
using pipeline::CheckMet;

constexpr unsigned kRounds = 60;

/// Told of, with the account of the last frame.
struct ToldPath : Path {
  ToldPath(const Setting& setting, bool tells)
      : Path(setting.direction, setting.sessions,
             tells ? pipeline::select_explaining_process(setting.mode, setting.direction)
                   : pipeline::select_process(setting.mode, setting.direction, simd::Level::scalar)) {
    plan = {.first_ipv4 = 0xc6336402,  // kDestination4
            .sessions = static_cast<std::uint32_t>(setting.sessions.size()),
            .ipv6_prefix = 0x20010db80000};
    context.addresses = &plan;
    context.account = &account;
    for (std::size_t session = 0; setting.peers_known && session < setting.sessions.size(); ++session)
      peers.learn(session, wire::to_integer(mac(kPeerMac)));
  }
  Departure tell(const Arrival& arrival) {
    account.clear();
    return send(arrival);
  }

  session::AddressPlan plan;
  pipeline::FrameAccount account;
};

std::string name_of(stats::DropReason reason) {
  return std::string(stats::kDropReasonTexts[index_of(reason)].name);
}

/// The last check alone may have failed, and did if, and only if, the frame was dropped, for just its reason.
void expect_accounted(const Departure& departure, const pipeline::FrameAccount& account) {
  const auto checks = account.checks();
  ASSERT_FALSE(checks.empty());
  for (const CheckMet& met : checks.first(checks.size() - 1)) EXPECT_TRUE(met.held) << departure.fate;
  const CheckMet& last = checks.back();
  const bool goes_on =
      departure.fate == "forward" || departure.fate == "fragment" || departure.fate == "punt";
  EXPECT_EQ(last.held, goes_on) << departure.fate << ", check " << index_of(last.check);
  if (!last.held) {
    EXPECT_EQ(name_of(pipeline::kReasonOfCheck[index_of(last.check)]), departure.fate);
  }
  std::set<Check> met_once;
  for (const CheckMet& met : checks) EXPECT_TRUE(met_once.insert(met.check).second) << index_of(met.check);
}

std::vector<Setting> settings_and_concentrators() {
  auto all = settings();
  for (const auto direction : {Direction::lan_to_wan, Direction::wan_to_lan}) {
    all.push_back({"concentrator", config::Mode::concentrator, direction, {plain_session()}});
    all.push_back({"concentrator, nobody", config::Mode::concentrator, direction, {half_down()}, false});
  }
  return all;
}

TEST(Explain, TellsOfEveryFrameWhatBecameOfItAndWhy) {
  std::set<std::string> fates;
  for (const Setting& setting : settings_and_concentrators()) {
    SCOPED_TRACE(fmt::format("{}, {}", setting.name, kDirectionNames[index_of(setting.direction)]));
    Random random(7);
    ToldPath told(setting, true);
    ToldPath silent(setting, false);
    for (unsigned round = 0; round < kRounds; ++round)
      for (const Arrival& arrival : burst_of(setting, random)) {
        const Departure departure = told.tell(arrival);
        ASSERT_EQ(departure, silent.send(arrival));
        ASSERT_NO_FATAL_FAILURE(expect_accounted(departure, told.account));
        ASSERT_TRUE(silent.account.checks().empty());
        fates.insert(departure.fate);
      }
    for (std::size_t odd = 0; odd < told.totals().odd.size(); ++odd)
      EXPECT_EQ(told.totals().odd[odd].value(), silent.totals().odd[odd].value());
  }
  // What no other frame of these tests is dropped for has a test of its own, elsewhere.
  for (const char* fate : {"forward",
                           "fragment",
                           "punt",
                           "runt",
                           "wrong_destination",
                           "multicast",
                           "unknown_vlan",
                           "not_ip",
                           "not_pppoe",
                           "bad_version",
                           "bad_code",
                           "bad_length",
                           "unknown_session",
                           "compressed_protocol",
                           "bad_ip",
                           "session_down",
                           "too_big",
                           "super_frame",
                           "no_lan_peer",
                           "no_room"})
    EXPECT_TRUE(fates.contains(fate)) << fate;
}

/// Each drop reason that follows from a frame belongs to some check; the others follow from the load.
TEST(Explain, EveryReasonThatIsInAFrameHasACheck) {
  const std::set<stats::DropReason> of_load{stats::DropReason::no_mbuf, stats::DropReason::spread_full,
                                            stats::DropReason::punt_full, stats::DropReason::tx_full,
                                            stats::DropReason::tx_refused};
  std::set<stats::DropReason> explained(pipeline::kReasonOfCheck.begin(), pipeline::kReasonOfCheck.end());
  EXPECT_FALSE(explained.contains(stats::DropReason::kCount));
  explained.insert(of_load.begin(), of_load.end());
  EXPECT_EQ(explained.size(), stats::kDropReasons);
}

TEST(Explain, TellsWhatASynIsClampedTo) {
  const Setting setting{"one", config::Mode::terminate, Direction::lan_to_wan, {plain_session()}};
  ToldPath path(setting, true);
  path.tell(from_lan(ipv4(tcp(kSyn, mss_option(1460)))));
  ASSERT_TRUE(path.account.syn);
  EXPECT_EQ(path.account.syn->max_mss, 1452);
  EXPECT_EQ(path.account.syn->tcp_offset, 14 + 20);
  EXPECT_EQ(path.account.syn->tcp_octets, 24);
  EXPECT_EQ(path.account.syn->outer_octets, 0);
  EXPECT_EQ(path.account.ip_offset, 14);
  EXPECT_EQ(path.account.session, 0);
  path.tell(from_lan(ipv6(tcp(kSyn | kAck, mss_option(1460)))));
  ASSERT_TRUE(path.account.syn);
  EXPECT_EQ(path.account.syn->max_mss, 1432);
  EXPECT_EQ(path.account.syn->family, Family::ipv6);
  path.tell(from_lan(ipv4(tcp(kAck))));
  EXPECT_FALSE(path.account.syn);
}

TEST(Explain, TellsOfTheSynInsideATunnel) {
  session::SessionSpec session = plain_session();
  session.tunnel_mtu_octets = 1492;
  const Setting setting{"tunnel", config::Mode::terminate, Direction::lan_to_wan, {session}};
  ToldPath path(setting, true);
  path.tell(from_lan(ipv4(ipv4(tcp(kSyn, mss_option(1460))), {}, 0, 4)));
  ASSERT_TRUE(path.account.syn);
  EXPECT_EQ(path.account.syn->outer_octets, 20);
  EXPECT_EQ(path.account.syn->max_mss, 1492 - 20 - 40);
  EXPECT_EQ(path.account.syn->tcp_offset, 14 + 20 + 20);
}

}  // namespace
}  // namespace narrows::test
