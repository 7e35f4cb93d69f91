// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/session/lan_peers.h"

#include <gtest/gtest.h>

#include "sessions.h"

namespace narrows::test {
namespace {

TEST(LanPeers, UnknownAtFirst) {
  const session::LanPeers peers(3);
  for (std::size_t session = 0; session < 3; ++session) EXPECT_EQ(peers.load(session), 0u);
}

TEST(LanPeers, TheLastLearnedCountsEachForItself) {
  session::LanPeers peers(2);
  peers.learn(0, 0x020000000001);
  peers.learn(1, 0xfe0000000002);
  peers.learn(0, 0x020000000003);
  EXPECT_EQ(peers.load(0), 0x020000000003u);
  EXPECT_EQ(peers.load(1), 0xfe0000000002u);
}

TEST(LanPeers, AFixedAddressIsNeverLearnedOver) {
  session::LanPeers peers(2);
  peers.fix(1, mac(kPeerMac));
  peers.learn(1, 0x020000000003);
  EXPECT_EQ(peers.load(1), 0x020000000099u);
  peers.learn(0, 0x020000000003);
  EXPECT_EQ(peers.load(0), 0x020000000003u);
}

TEST(LanPeers, IsAgreesWithLoad) {
  session::LanPeers peers(2);
  peers.learn(0, 0x020000000099);
  peers.fix(1, mac(kPeerMac));
  for (const std::size_t session : {0u, 1u}) {
    EXPECT_TRUE(peers.is(session, 0x020000000099));
    for (unsigned bit = 0; bit < 48; ++bit)
      EXPECT_FALSE(peers.is(session, 0x020000000099 ^ std::uint64_t{1} << bit)) << bit;
  }
}

TEST(LanPeers, SharedMeansOneForAll) {
  session::LanPeers peers(3, session::LanPeers::Form::shared);
  EXPECT_EQ(peers.load(2), 0u);
  peers.learn(2, 0x020000000003);
  for (const std::size_t session : {0u, 1u, 2u}) EXPECT_TRUE(peers.is(session, 0x020000000003));
}

}  // namespace
}  // namespace narrows::test
