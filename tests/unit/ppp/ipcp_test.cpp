// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/ipcp.h"

#include <gtest/gtest.h>

#include "ppp_fixture.h"

namespace narrows::ppp {
namespace {

constexpr std::uint8_t kAddresses = 1;
constexpr std::uint8_t kCompression = 2;
constexpr std::uint8_t kAddress = 3;
constexpr std::uint8_t kDns1 = 129;
constexpr std::uint8_t kNbns1 = 130;
constexpr std::uint8_t kDns2 = 131;

const Octets kZero{0, 0, 0, 0};
const Octets kGiven{198, 51, 100, 7};
const Octets kGateway{203, 0, 113, 1};
const Octets kServer1{192, 0, 2, 53};
const Octets kServer2{192, 0, 2, 54};

wire::Ipv4Address address(const Octets& octets) {
  return {static_cast<std::uint32_t>(octets[0]) << 24 | static_cast<std::uint32_t>(octets[1]) << 16 |
          static_cast<std::uint32_t>(octets[2]) << 8 | octets[3]};
}

class IpcpTest : public testing::Test {
 protected:
  void start() {
    ipcp_.open(now_);
    ipcp_.up(now_);
    take_request();
  }
  void receive(const Octets& packet) { ipcp_.receive(packet, now_); }
  std::vector<Octets> sent() { return sink_.take(kIpcp); }
  void take_request() {
    const auto packets = sent();
    ASSERT_FALSE(packets.empty());
    request_ = packets.back();
    ASSERT_EQ(request_[0], kConfReq);
  }
  void acknowledge() { receive(control(kConfAck, request_[1], data_of(request_))); }
  Octets answer(const Octets& options) {
    receive(control(kConfReq, 70, options));
    const auto packets = sent();
    EXPECT_EQ(packets.size(), 1u);
    return packets.empty() ? Octets{} : packets.back();
  }

  LinkSettings settings_;
  RecordingSink sink_;
  Ipcp ipcp_{settings_, sink_};
  Time now_ = 100s;
  Octets request_;
};

using ClientTest = IpcpTest;

TEST_F(ClientTest, AsksForEverythingWithZeros) {  // RFC 1332 §3.3, RFC 1877 §1.1, §1.3
  start();
  EXPECT_EQ(data_of(request_), option(kAddress, kZero) + option(kDns1, kZero) + option(kDns2, kZero));
}

TEST_F(ClientTest, TakesWhatTheNakGives) {  // RFC 1332 §3.3, RFC 1877 §1.1
  start();
  const Octets given = option(kAddress, kGiven) + option(kDns1, kServer1) + option(kDns2, kServer2);
  receive(control(kConfNak, request_[1], given));
  take_request();
  EXPECT_EQ(data_of(request_), given);
  answer(option(kAddress, kGateway));
  acknowledge();
  EXPECT_TRUE(ipcp_.is_opened());
  EXPECT_EQ(ipcp_.own(), address(kGiven));
  EXPECT_EQ(ipcp_.peer(), address(kGateway));
  EXPECT_EQ(ipcp_.dns(), (std::vector{address(kServer1), address(kServer2)}));
}

TEST_F(ClientTest, DoesWithoutRejectedDns) {  // RFC 1877
  start();
  receive(control(kConfRej, request_[1], option(kDns1, kZero) + option(kDns2, kZero)));
  take_request();
  EXPECT_EQ(data_of(request_), option(kAddress, kZero));
  receive(control(kConfNak, request_[1], option(kAddress, kGiven) + option(kDns1, kServer1)));
  take_request();
  EXPECT_EQ(data_of(request_), option(kAddress, kGiven));  // what was refused is not asked for again
  receive(control(kConfNak, request_[1], option(kDns1, kServer1)));
  EXPECT_TRUE(sent().empty());
  answer({});
  acknowledge();
  EXPECT_TRUE(ipcp_.is_opened());
  EXPECT_TRUE(ipcp_.dns().empty());
}

TEST_F(ClientTest, UselessDnsIsLeftOut) {
  start();
  receive(control(kConfNak, request_[1], option(kAddress, kGiven) + option(kDns2, kServer2)));
  take_request();
  answer({});
  acknowledge();
  EXPECT_EQ(ipcp_.dns(), (std::vector{address(kServer2)}));
}

TEST_F(ClientTest, WithoutAnAddressThereIsNoIpv4) {
  start();
  receive(control(kConfRej, request_[1], option(kAddress, kZero)));
  EXPECT_EQ(sent().at(0)[0], kTermReq);
  EXPECT_EQ(ipcp_.failure(), ControlProtocol::Failure::no_agreement);
}

TEST_F(ClientTest, ZeroAcknowledgedIsNoAddress) {
  start();
  answer(option(kAddress, kGateway));
  acknowledge();
  EXPECT_FALSE(ipcp_.is_opened());
  EXPECT_EQ(ipcp_.failure(), ControlProtocol::Failure::no_agreement);
}

TEST_F(ClientTest, UselessAddressesAreNotTaken) {
  start();
  for (const Octets& useless :
       {kZero, Octets{127, 0, 0, 1}, Octets{224, 0, 0, 1}, Octets{255, 255, 255, 255}, Octets{0, 1, 2, 3}}) {
    receive(control(kConfNak, request_[1], option(kAddress, useless)));
    take_request();
    EXPECT_EQ(option_data(data_of(request_), kAddress), kZero);
  }
}

TEST_F(ClientTest, ThePeersAddressIsAcceptedWhenItIsOne) {
  start();
  EXPECT_EQ(answer(option(kAddress, kGateway))[0], kConfAck);
  EXPECT_EQ(answer(option(kAddress, {10, 0, 0, 1}))[0], kConfAck);
  // We have none to give.
  EXPECT_EQ(answer(option(kAddress, kZero)), control(kConfRej, 70, option(kAddress, kZero)));
  EXPECT_EQ(answer(option(kAddress, {1, 2, 3}))[0], kConfRej);
}

TEST_F(ClientTest, CompressionAndTheRestAreRejected) {  // RFC 1332 §3.1, §3.2
  start();
  const Octets refused = option(kAddresses, kGateway + kZero) + option(kCompression, {0, 0x2d, 15, 1}) +
                         option(kDns1, kZero) + option(kNbns1, kZero) + option(kDns2, kZero) +
                         option(4, kZero);
  EXPECT_EQ(answer(option(kAddress, kGateway) + refused), control(kConfRej, 70, refused));
}

TEST_F(ClientTest, ANewLowerLayerBeginsWithZeros) {
  start();
  receive(control(kConfNak, request_[1], option(kAddress, kGiven)));
  take_request();
  ipcp_.down(now_);
  ipcp_.up(now_);
  take_request();
  EXPECT_EQ(option_data(data_of(request_), kAddress), kZero);
}

class ConcentratorTest : public IpcpTest {
 protected:
  ConcentratorTest() {
    settings_.is_concentrator = true;
    settings_.offer = Ipv4Offer{address(kGateway), address(kGiven), {address(kServer1)}};
  }
};

TEST_F(ConcentratorTest, TellsItsAddressOnly) {
  start();
  EXPECT_EQ(data_of(request_), option(kAddress, kGateway));
}

TEST_F(ConcentratorTest, GivesByNak) {  // RFC 1332 §3.3, RFC 1877 §1.1
  start();
  EXPECT_EQ(answer(option(kAddress, kZero) + option(kDns1, kZero)),
            control(kConfNak, 70, option(kAddress, kGiven) + option(kDns1, kServer1)));
  const Octets given = option(kAddress, kGiven) + option(kDns1, kServer1);
  EXPECT_EQ(answer(given), control(kConfAck, 70, given));
  acknowledge();
  EXPECT_EQ(ipcp_.own(), address(kGateway));
  EXPECT_EQ(ipcp_.peer(), address(kGiven));
}

TEST_F(ConcentratorTest, OtherAddressesAreNaked) {
  start();
  EXPECT_EQ(answer(option(kAddress, {10, 9, 8, 7})), control(kConfNak, 70, option(kAddress, kGiven)));
  EXPECT_EQ(answer(option(kAddress, {10})), control(kConfNak, 70, option(kAddress, kGiven)));
}

TEST_F(ConcentratorTest, WhatItHasNotIsRejected) {
  start();
  const Octets refused = option(kDns2, kZero) + option(kCompression, {0, 0x2d, 15, 1});
  EXPECT_EQ(answer(option(kAddress, kGiven) + refused), control(kConfRej, 70, refused));
}

TEST_F(ConcentratorTest, AMissingAddressIsAskedFor) {  // RFC 1332 §3.3
  start();
  EXPECT_EQ(answer({}), control(kConfNak, 70, option(kAddress, kGiven)));
}

TEST_F(ConcentratorTest, APeerWithoutAddressIsGivenUp) {
  start();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(answer({})[0], kConfNak);
  EXPECT_EQ(answer({})[0], kConfAck);
  acknowledge();
  EXPECT_FALSE(ipcp_.is_opened());
}

TEST_F(ConcentratorTest, InsistsOnItsAddress) {
  start();
  receive(control(kConfNak, request_[1], option(kAddress, kServer1)));
  take_request();
  EXPECT_EQ(data_of(request_), option(kAddress, kGateway));
  receive(control(kConfRej, request_[1], option(kAddress, kGateway)));
  take_request();
  EXPECT_TRUE(data_of(request_).empty());
}

}  // namespace
}  // namespace narrows::ppp
