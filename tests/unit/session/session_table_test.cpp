// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/session/session_table.h"

#include <gtest/gtest.h>

#include <set>

#include "sessions.h"

namespace narrows::test {
namespace {

using session::kNone;
using session::session_key;
using session::SessionSpec;
using session::SessionTable;
using wire::VlanStack;

constexpr std::size_t kMostSessions = 4094;

wire::MacAddress ac(std::uint64_t number) {
  return wire::mac_from_integer(0x020000ac0000 + number);
}

SessionSpec make(std::uint16_t id, std::uint64_t ac_number, const std::vector<std::uint16_t>& vlans,
                 std::uint16_t lan_vlan) {
  SessionSpec spec = plain_session();
  spec.id = id;
  spec.ac_mac = ac(ac_number);
  spec.wan_vlans = vlans;
  spec.lan_vlan = lan_vlan;
  return spec;
}

std::uint16_t find(const SessionTable& table, const SessionSpec& spec) {
  return table.find_wan(session_key(spec.id, wire::to_integer(spec.ac_mac)), wan_vlan_stack(spec));
}

void expect_each_found(const std::vector<SessionSpec>& specs) {
  const SessionTable table(specs);
  ASSERT_EQ(table.size(), specs.size());
  for (std::uint16_t index = 0; index < specs.size(); ++index) {
    ASSERT_EQ(find(table, specs[index]), index);
    ASSERT_EQ(table.find_lan(specs[index].lan_vlan), index);
    ASSERT_EQ(table.wan_to_lan(index).key,
              session_key(specs[index].id, wire::to_integer(specs[index].ac_mac)));
    ASSERT_EQ(table.lan_to_wan(index).header.length, 22 + 4 * specs[index].wan_vlans.size());
  }
}

TEST(SessionTable, Empty) {
  const SessionTable table({});
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.find_wan(session_key(1, 0x0200000000ac), VlanStack()), kNone);
  for (unsigned vlan = 0; vlan < 4096; ++vlan)
    EXPECT_EQ(table.find_lan(static_cast<std::uint16_t>(vlan)), kNone);
  EXPECT_FALSE(table.knows_wan_vlans(VlanStack()));
}

TEST(SessionTable, IdAddressAndVlansAllCount) {
  const std::vector<SessionSpec> specs{make(7, 1, {100, 5}, 0)};
  const SessionTable table(specs);
  const auto key = session_key(7, wire::to_integer(ac(1)));
  EXPECT_EQ(table.find_wan(key, VlanStack(100, 5)), 0);
  EXPECT_EQ(table.find_wan(session_key(8, wire::to_integer(ac(1))), VlanStack(100, 5)), kNone);
  EXPECT_EQ(table.find_wan(session_key(7, wire::to_integer(ac(2))), VlanStack(100, 5)), kNone);
  for (const auto vlans : {VlanStack(), VlanStack(100), VlanStack(5), VlanStack(5, 100), VlanStack(100, 6),
                           VlanStack(101, 5), VlanStack(0, 0)})
    EXPECT_EQ(table.find_wan(key, vlans), kNone) << vlans.value();
}

TEST(SessionTable, TheReservedIdsAreNever) {
  const std::vector<SessionSpec> specs{make(1, 1, {}, 0), make(0xfffe, 1, {}, 1)};
  const SessionTable table(specs);
  EXPECT_EQ(table.find_wan(session_key(0, wire::to_integer(ac(1))), VlanStack()), kNone);
  EXPECT_EQ(table.find_wan(session_key(0xffff, wire::to_integer(ac(1))), VlanStack()), kNone);
  expect_each_found(specs);
}

TEST(SessionTable, OneIdOnManyConcentratorsAndVlans) {
  std::vector<SessionSpec> specs;
  std::uint16_t lan_vlan = 0;
  for (unsigned number = 0; number < 4; ++number)
    for (const std::vector<std::uint16_t>& vlans :
         {std::vector<std::uint16_t>{}, {1}, {2}, {4094}, {1, 2}, {2, 1}, {2, 2}})
      specs.push_back(make(0x1234, number, vlans, lan_vlan++));
  expect_each_found(specs);
  const SessionTable table(specs);
  EXPECT_EQ(table.find_wan(session_key(0x1234, wire::to_integer(ac(4))), VlanStack(1, 2)), kNone);
  EXPECT_EQ(table.find_wan(session_key(0x1234, wire::to_integer(ac(0))), VlanStack(1, 1)), kNone);
}

TEST(SessionTable, FullByIdAndNoOther) {
  std::vector<SessionSpec> specs;
  for (std::uint16_t i = 0; i < kMostSessions; ++i)
    specs.push_back(
        make(static_cast<std::uint16_t>(i * 16 + 1), 1, {835}, static_cast<std::uint16_t>(i + 1)));
  expect_each_found(specs);
  const SessionTable table(specs);
  for (unsigned id = 0; id <= 0xffff; ++id) {
    const bool known = id % 16 == 1 && id / 16 < kMostSessions;
    ASSERT_EQ(
        table.find_wan(session_key(static_cast<std::uint16_t>(id), wire::to_integer(ac(1))), VlanStack(835)),
        known ? id / 16 : kNone)
        << id;
  }
  EXPECT_EQ(table.find_lan(0), kNone);
  EXPECT_EQ(table.find_lan(4095), kNone);
}

TEST(SessionTable, FullByVlanByPairOfVlansAndByConcentrator) {
  std::vector<SessionSpec> by_vlan;
  std::vector<SessionSpec> by_pair;
  std::vector<SessionSpec> by_ac;
  for (std::uint16_t i = 0; i < kMostSessions; ++i) {
    const auto vlan = static_cast<std::uint16_t>(i + 1);
    by_vlan.push_back(make(7, 1, {vlan}, vlan));
    by_pair.push_back(
        make(7, 1, {static_cast<std::uint16_t>(i % 64 + 1), static_cast<std::uint16_t>(i / 64 + 1)}, vlan));
    by_ac.push_back(make(7, i, {}, vlan));  // all in one slot: slow to find, but found
  }
  expect_each_found(by_vlan);
  expect_each_found(by_pair);
  expect_each_found(by_ac);
}

TEST(SessionTable, KnowsItsVlanStacks) {
  const std::vector<SessionSpec> specs{make(1, 1, {100, 7}, 0), make(2, 1, {835}, 1), make(3, 1, {835}, 2)};
  const SessionTable table(specs);
  EXPECT_TRUE(table.knows_wan_vlans(VlanStack(100, 7)));
  EXPECT_TRUE(table.knows_wan_vlans(VlanStack(835)));
  for (const auto vlans : {VlanStack(), VlanStack(100), VlanStack(7, 100), VlanStack(834), VlanStack(835, 0)})
    EXPECT_FALSE(table.knows_wan_vlans(vlans)) << vlans.value();
}

}  // namespace
}  // namespace narrows::test
