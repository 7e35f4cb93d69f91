// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/session/watched_key.h"

#include <gtest/gtest.h>

#include "frames.h"

namespace narrows::session {
namespace {

TEST(WatchedKey, TheSameFromEitherSide) {
  const auto outward = test::ethernet(test::kAcMac, test::kPeerMac, 0x8864, {});
  const auto inward = test::ethernet(test::kPeerMac, test::kAcMac, 0x8864, {});
  const wire::VlanStack vlans(100, 7);
  const WatchedKey key = watched_key(Side::lan, outward.data(), vlans, 0x1234);
  EXPECT_EQ(key, watched_key(Side::wan, inward.data(), vlans, 0x1234));
  EXPECT_EQ(key.id(), 0x1234);
  EXPECT_EQ(key.lan_mac(), 0x0200'0000'0099u);
  EXPECT_EQ(key.wan, 0x0200'0000'00acu);
  EXPECT_NE(key, watched_key(Side::wan, outward.data(), vlans, 0x1234)) << "who is on which side counts";
  EXPECT_NE(key, watched_key(Side::lan, outward.data(), wire::VlanStack(7), 0x1234));
}

TEST(WatchedKey, VlanIdsCanBeReadAgain) {
  EXPECT_EQ(wire::VlanStack().ids(), std::vector<std::uint16_t>{});
  EXPECT_EQ(wire::VlanStack(4094).ids(), std::vector<std::uint16_t>{4094});
  EXPECT_EQ(wire::VlanStack(100, 7).ids(), (std::vector<std::uint16_t>{100, 7}));
  EXPECT_EQ(wire::VlanStack(0, 7).ids(), (std::vector<std::uint16_t>{0, 7}));
}

}  // namespace
}  // namespace narrows::session
