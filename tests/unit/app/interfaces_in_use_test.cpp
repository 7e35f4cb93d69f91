// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/interfaces_in_use.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_machine.h"

namespace narrows::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr std::string_view kSsh = "carries an SSH session";
constexpr std::string_view kDefault = "carries the default route";
constexpr std::string_view kHead = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n";
constexpr std::string_view kRest =
    " 00000000000000000000000000000000 00 00000000000000000000000000000000 100 1 0 ";

/// One of 2001:db8::/64, as /proc/net/ipv6_route and /proc/net/tcp6 show it.
constexpr std::string_view kNetwork6 = "20010db8000000000000000000000000 40";
constexpr std::string_view kClient6 = "B80D0120000000000000000005000000";

std::string route6(std::string_view destination, std::string_view flags, std::string_view interface) {
  return fmt::format("{}{}{} {}\n", destination, kRest, flags, interface);
}

TEST(InterfacesInUse, NobodyMissesAnInterfaceWithoutThem) {
  const FakeMachine machine;
  EXPECT_THAT(interfaces_in_use(machine.root(), ""), IsEmpty());
  machine.write("/proc/net/route", std::string(kHead) + "eth1 0000A8C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n");
  EXPECT_THAT(interfaces_in_use(machine.root(), ""), IsEmpty());
}

TEST(InterfacesInUse, DefaultRouteOfIpv6ButNotOneThatRejects) {
  const FakeMachine machine;
  machine.write("/proc/net/ipv6_route",
                route6("00000000000000000000000000000000 00", "00000003", "eth1") +
                    route6("00000000000000000000000000000000 00", "00200200", "eth2"));
  EXPECT_THAT(interfaces_in_use(machine.root(), ""), ElementsAre(Pair("eth1", kDefault)));
}

TEST(InterfacesInUse, SshOverIpv6GoesWhereTheLongestPrefixSays) {
  const FakeMachine machine;
  machine.write("/proc/net/ipv6_route", route6("20010000000000000000000000000000 10", "00000001", "eth1") +
                                            route6(kNetwork6, "00000001", "eth2"));
  machine.write("/proc/net/tcp6", fmt::format("sl local remote st\n0: {0}:0016 {0}:C001 01\n", kClient6));
  EXPECT_THAT(interfaces_in_use(machine.root(), ""), ElementsAre(Pair("eth2", kSsh)));
  EXPECT_THAT(interfaces_in_use(machine.root(), "2001:db8::5 1 2001:db8::1 2222"),
              ElementsAre(Pair("eth2", kSsh)));
}

TEST(InterfacesInUse, SshOverIpv4IntoASocketForBoth) {
  const FakeMachine machine;
  machine.write("/proc/net/route", std::string(kHead) + "eth1 0000A8C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n");
  machine.write("/proc/net/tcp6",
                "0: 0000000000000000FFFF00000100A8C0:0016 0000000000000000FFFF00000500A8C0:C001 01\n");
  EXPECT_THAT(interfaces_in_use(machine.root(), ""), ElementsAre(Pair("eth1", kSsh)));
}

TEST(InterfacesInUse, OtherConnectionsAndListenersDoNotCount) {
  const FakeMachine machine;
  machine.write("/proc/net/route", std::string(kHead) + "eth1 0000A8C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n");
  machine.write("/proc/net/tcp",
                "0: 0100A8C0:0016 00000000:0000 0A\n"
                "1: 0100A8C0:C001 0500A8C0:0016 01\n");
  EXPECT_THAT(interfaces_in_use(machine.root(), ""), IsEmpty());
}

TEST(InterfacesInUse, WhatABondStandsOn) {
  const FakeMachine machine;
  machine.write("/proc/net/route",
                std::string(kHead) + "vlan7 00000000 0100A8C0 0003 0 0 0 00000000 0 0 0\n");
  machine.write("/sys/class/net/vlan7/lower_bond0/x", "");
  machine.write("/sys/class/net/bond0/lower_eth1/x", "");
  machine.write("/sys/class/net/bond0/lower_eth2/x", "");
  EXPECT_THAT(interfaces_in_use(machine.root(), ""),
              ElementsAre(Pair("bond0", kDefault), Pair("eth1", kDefault), Pair("eth2", kDefault),
                          Pair("vlan7", kDefault)));
}

}  // namespace
}  // namespace narrows::app
