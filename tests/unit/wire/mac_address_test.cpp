// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/mac_address.h"

#include <gtest/gtest.h>

namespace narrows::wire {
namespace {

TEST(MacAddress, ReadsAndPrintsBothSeparators) {
  const MacAddress mac{{0x02, 0x00, 0x5e, 0xff, 0x00, 0x0a}};
  EXPECT_EQ(parse_mac("02:00:5e:ff:00:0a"), mac);
  EXPECT_EQ(parse_mac("02-00-5E-FF-00-0A"), mac);
  EXPECT_EQ(to_string(mac), "02:00:5e:ff:00:0a");
}

TEST(MacAddress, RefusesWhatIsNotOne) {
  for (const char* text :
       {"", "02:00:5e:ff:00", "02:00:5e:ff:00:0a:", "02:00-5e:ff:00:0a", "02:00:5e:ff:00:0g",
        "2:0:5e:ff:0:a:0:0", "0200.5eff.000a", "+2:00:5e:ff:00:0a", "02:00:5e:ff:00: a"})
    EXPECT_EQ(parse_mac(text), std::nullopt) << text;
}

TEST(MacAddress, IntegerRoundTrip) {
  const MacAddress mac{{0x02, 0x11, 0x22, 0x33, 0x44, 0x55}};
  EXPECT_EQ(to_integer(mac), 0x021122334455u);
  EXPECT_EQ(mac_from_integer(to_integer(mac)), mac);
}

TEST(MacAddress, MulticastBit) {
  EXPECT_TRUE(kBroadcastMac.is_multicast());
  EXPECT_TRUE((MacAddress{{0x33, 0x33, 0, 0, 0, 1}}).is_multicast());
  EXPECT_FALSE((MacAddress{{0x02, 0, 0, 0, 0, 1}}).is_multicast());
}

TEST(MacAddress, OfOneStation) {
  EXPECT_TRUE((MacAddress{{0x02, 0, 0, 0, 0, 1}}).is_station());
  EXPECT_FALSE(kBroadcastMac.is_station());
  EXPECT_FALSE((MacAddress{{0x33, 0x33, 0, 0, 0, 1}}).is_station());
  EXPECT_FALSE(MacAddress{}.is_station());
}

}  // namespace
}  // namespace narrows::wire
