// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/core_answers.h"

#include "line_fixture.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;
using stats::ControlEvent;

constexpr auto kRouterMac = "02:00:00:00:00:fe";
constexpr auto kUs = "02:00:00:00:00:c0";

class CoreTest : public LineTest {
 protected:
  /// What is sent to the core in answer.
  std::vector<Octets> from_core(const Octets& frame) {
    ac_sink.frames.clear();
    plane->handle_punt(Side::lan, kNoSession, frame, now);
    std::vector<Octets> answers;
    for (auto& [side, answer] : ac_sink.frames)
      if (side == Side::lan) answers.push_back(answer);
    return answers;
  }
  static Octets arp(unsigned operation, const Octets& sender, const Octets& target,
                    const char* mac = kRouterMac) {
    return hex(kBroadcast) + hex(mac) + hex("0806 0001 0800 0604") + be16(operation) + hex(mac) + sender +
           hex(kUnknown) + target;
  }
  static Octets solicitation(const Octets& target, const Octets& source) {
    return hex("3333ff000001") + hex(kRouterMac) + hex("86dd") +
           icmpv6(source, hex("ff02 0000 0000 0000 0000 0001 ff00 0001"),
                  hex("8700 0000 00000000") + target + hex("0101") + hex(kRouterMac));
  }
  [[nodiscard]] std::string router() const {
    return wire::to_string(wire::mac_from_integer(ac_peers->load(0)));
  }
  static constexpr auto kUnknown = "00:00:00:00:00:00";
  inline static const Octets kGateway{10, 0, 0, 2};
};

TEST_F(CoreTest, AnswersForItselfAndItsSessions) {  // RFC 1027
  start_ac(4);
  for (const Octets& target : {Octets{10, 0, 0, 1}, Octets{10, 0, 1, 0}, Octets{10, 0, 1, 3}}) {
    const auto answers = from_core(arp(1, kGateway, target));
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0], hex(kRouterMac) + hex(kUs) + hex("0806 0001 0800 0604 0002") + hex(kUs) + target +
                              hex(kRouterMac) + kGateway);
  }
  for (const Octets& target :
       {Octets{10, 0, 0, 2}, Octets{10, 0, 0, 255}, Octets{10, 0, 1, 4}, Octets{192, 0, 2, 1}})
    EXPECT_TRUE(from_core(arp(1, kGateway, target)).empty());
  EXPECT_TRUE(from_core(arp(2, kGateway, {10, 0, 1, 0})).empty()) << "a reply";
}

TEST_F(CoreTest, DefendsItsAddressesAgainstProbes) {  // RFC 5227 §2.1.1
  start_ac(4);
  EXPECT_EQ(from_core(arp(1, {0, 0, 0, 0}, {10, 0, 1, 0})).size(), 1u);
  EXPECT_EQ(router(), kUnknown) << "a probe teaches nothing";
}

TEST_F(CoreTest, LearnsTheConfiguredRouterAndNoOther) {
  ac_config.concentrator->gateway = wire::Ipv4Address{0x0a000002};
  start_ac(4);
  from_core(arp(1, {10, 0, 0, 3}, {10, 0, 1, 0}, kOtherMac));
  EXPECT_EQ(router(), kUnknown);
  from_core(arp(1, kGateway, {10, 0, 1, 0}));
  EXPECT_EQ(router(), kRouterMac);
  from_core(arp(2, {10, 0, 0, 3}, {10, 0, 0, 1}, kOtherMac));
  EXPECT_EQ(router(), kRouterMac);
}

TEST_F(CoreTest, WhoClaimsOurAddressesIsNoRouter) {
  start_ac(4);
  from_core(arp(1, {10, 0, 1, 2}, {10, 0, 1, 0}));
  from_core(arp(1, {10, 0, 0, 1}, {10, 0, 1, 0}));
  EXPECT_EQ(router(), kUnknown);
  from_core(arp(1, kGateway, {10, 0, 1, 0}));
  EXPECT_EQ(router(), kRouterMac);
}

TEST_F(CoreTest, AsksForTheRouterAtFirstAndWhilePacketsWait) {
  ac_config.concentrator->gateway = wire::Ipv4Address{0x0a000002};
  start_ac(2);
  const auto tick = [&](std::uint64_t waiting) {
    ac_sink.frames.clear();
    const std::array<std::uint64_t, 2> drops{waiting, 1};
    plane->tick(now, {drops, {}});
    return ac_sink.frames.size();
  };
  EXPECT_EQ(tick(0), 1u);
  EXPECT_EQ(ac_sink.frames[0].second, hex(kBroadcast) + hex(kUs) + hex("0806 0001 0800 0604 0001") +
                                          hex(kUs) + hex("0a000001") + hex(kUnknown) + kGateway);
  EXPECT_EQ(tick(5), 0u) << "too soon";
  now += 1s;
  EXPECT_EQ(tick(5), 1u);
  now += 10s;
  EXPECT_EQ(tick(5), 0u) << "nothing waits";
  from_core(arp(2, kGateway, {10, 0, 0, 1}));
  EXPECT_EQ(router(), kRouterMac);
  EXPECT_EQ(tick(9), 0u) << "it is known";
}

TEST_F(CoreTest, AnswersSolicitationsForThePrefix) {  // RFC 4861 §7.2.4
  start_ac(4);
  const auto asker = hex("2001 0db8 0002 0000 0000 0000 0000 0010");
  const auto ours = hex("2001 0db8 0007 0003 1234 5678 9abc def0");
  const auto answers = from_core(solicitation(ours, asker));
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0], hex(kRouterMac) + hex(kUs) + hex("86dd") +
                            icmpv6(ours, asker, hex("8800 0000 e0000000") + ours + hex("0201") + hex(kUs)));
  EXPECT_EQ(from_core(solicitation(hex("fe80 0000 0000 0000 0000 00ff fe00 00c0"), asker)).size(), 1u)
      << "the port's own";
  EXPECT_TRUE(from_core(solicitation(hex("2001 0db8 0007 0004 0000 0000 0000 0001"), asker)).empty());
  EXPECT_TRUE(from_core(solicitation(hex("2001 0db8 0002 0000 0000 0000 0000 0001"), asker)).empty());
  EXPECT_TRUE(from_core(solicitation(ours, Octets(16))).empty()) << "address detection";
}

TEST_F(CoreTest, TellsTheCoreThatASessionIsDown) {
  start_ac(4);
  Octets packet = hex("4500 001c 0001 0000 4011 0000 c0000201 0a000100 0035 0035 0008 0000");
  const auto sum = be16(plain_checksum(Octets(packet.begin(), packet.begin() + 20)));
  packet[10] = sum[0];
  packet[11] = sum[1];
  ac_sink.frames.clear();
  plane->handle_undeliverable(Side::lan, 0, stats::DropReason::session_down,
                              hex(kUs) + hex(kRouterMac) + hex("0800") + packet, now);
  ASSERT_EQ(ac_sink.frames.size(), 1u);
  const Octets& answer = ac_sink.frames[0].second;
  EXPECT_EQ(ac_sink.frames[0].first, Side::lan);
  EXPECT_EQ(Octets(answer.begin() + 26, answer.begin() + 30), hex("0a000001")) << "from us";
  EXPECT_EQ(Octets(answer.begin() + 34, answer.begin() + 36), hex("0301"));
}

TEST_F(CoreTest, AFloodOfQuestionsIsBounded) {
  start_ac(4);
  std::size_t answers = 0;
  for (int i = 0; i < 5000; ++i) answers += from_core(arp(1, kGateway, {10, 0, 1, 0})).size();
  EXPECT_EQ(answers, static_cast<std::size_t>(CoreAnswers::Limit::kBurst));
}

}  // namespace
}  // namespace narrows::control
