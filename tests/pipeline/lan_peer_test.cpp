// SPDX-License-Identifier: BSD-3-Clause
/// Whose frames teach the LAN host's address, and what is sent to it.
#include "path.h"

namespace narrows::test {
namespace {

constexpr std::uint64_t kPeer = 0x020000000099;
constexpr std::uint64_t kNewcomer = 0x020000000077;
const Octets kNewcomerMac{0x02, 0, 0, 0, 0, 0x77};
const Octets kPacket = ipv4(tcp(kAck));
const Octets kGroup{0x33, 0x33, 0, 0, 0, 2};
const Octets kLinkPacket =
    ipv6_raw(kIcmpv6, {133, 0, 0, 0, 0, 0, 0, 0}, {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2});

Octets from(const Octets& source, const Octets& destination = kLanMac, const Octets& packet = kPacket) {
  return ethernet(destination, source, ethertype_of(packet), packet);
}

Octets from_us(const Octets& destination) {
  return ethernet(destination, kLanMac, 0x0800, kPacket);
}

TEST(LanPeer, IsLearnedFromFramesToUs) {
  AddPath path;
  EXPECT_EQ(path.peers.load(0), 0u);
  path.send(from(kPeerMac));
  EXPECT_EQ(path.peers.load(0), kPeer);
  path.send(from(kNewcomerMac));
  EXPECT_EQ(path.peers.load(0), kNewcomer) << "a host with a new network card";
}

TEST(LanPeer, IsLearnedFromItsMulticastOnlyWhileNothingBetterIsKnown) {
  AddPath path;
  path.send(from(kPeerMac, kGroup, kLinkPacket));
  EXPECT_EQ(path.peers.load(0), kPeer);
  path.send(from(kNewcomerMac, kGroup, kLinkPacket));
  EXPECT_EQ(path.peers.load(0), kPeer) << "another station of the LAN is heard there too";
}

TEST(LanPeer, IsNotLearnedFromWhatIsNoHostAddress) {
  AddPath path;
  for (const Octets& source :
       {Octets(6, 0), Octets(6, 0xff), Octets{1, 0, 0x5e, 0, 0, 1}, Octets{3, 0, 0, 0, 0, 1}}) {
    EXPECT_EQ(path.send(from(source)).fate, "forward");
    EXPECT_EQ(path.peers.load(0), 0u);
  }
}

TEST(LanPeer, IsNotLearnedFromFramesThatAreDropped) {
  AddPath path;
  path.send(from(kPeerMac, Octets{2, 0, 0, 0, 0, 0x55}));
  path.send(from(kPeerMac, Octets(6, 0xff)));
  path.send(from(kPeerMac, kLanMac, with8(kPacket, 0, 0x44)));
  path.send(tagged(from(kPeerMac), 0x8100, 5));
  path.send(from(kPeerMac, kGroup, with8(kLinkPacket, 25, 5)));
  path.send(ethernet(kLanMac, kPeerMac, 0x88cc, Octets(46)));
  EXPECT_EQ(path.peers.load(0), 0u);
}

TEST(LanPeer, AConfiguredOneStays) {
  AddPath path;
  path.peers.fix(0, mac(kPeerMac));
  path.send(from(kNewcomerMac));
  EXPECT_EQ(path.peers.load(0), kPeer);
}

TEST(LanPeer, EachSessionHasItsOwn) {
  session::SessionSpec tagged_session = plain_session();
  tagged_session.lan_vlan = 10;
  tagged_session.id = 2;
  AddPath path({plain_session(), tagged_session});
  path.send({from(kPeerMac), tagged(from(kNewcomerMac), 0x8100, 10)});
  EXPECT_EQ(path.peers.load(0), kPeer);
  EXPECT_EQ(path.peers.load(1), kNewcomer);
}

TEST(LanPeer, UnknownDropsUnicastButNotMulticast) {
  StripPath path;
  path.peers.learn(0, 0);
  EXPECT_EQ(path.send(from_wan(kPacket)).fate, "no_lan_peer");
  EXPECT_EQ(path.send(from_wan(ipv6(tcp(kAck)))).fate, "no_lan_peer");
  const Octets group4 = with8(kPacket, 16, 224);  // 224.51.100.2
  expect_forward(path, from_wan(group4), ethernet({1, 0, 0x5e, 51, 100, 2}, kLanMac, 0x0800, group4));
  expect_forward(path, from_wan(kLinkPacket), ethernet(kGroup, kLanMac, 0x86dd, kLinkPacket));
  EXPECT_EQ(path.of_session(0).dropped[index_of(stats::DropReason::no_lan_peer)].value(), 2u);
}

TEST(LanPeer, TheLearnedOneIsSentTo) {
  StripPath path;
  expect_forward(path, from_wan(kPacket), from_us(kPeerMac));
  path.peers.learn(0, kNewcomer);
  expect_forward(path, from_wan(kPacket), from_us(kNewcomerMac));
}

}  // namespace
}  // namespace narrows::test
