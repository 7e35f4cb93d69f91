// SPDX-License-Identifier: BSD-3-Clause
/// Bursts of every size in which neighbours differ in all they can: what becomes of a frame must not depend
/// on where in the burst it is, nor on its neighbours.
#include <set>

#include "path.h"
#include "random.h"

namespace narrows::test {
namespace {

using session::SessionSpec;

constexpr std::size_t kLargestBurst = 64;
constexpr int kRounds = 4;

/// Untagged, tagged and double-tagged, with limits of their own.
std::vector<SessionSpec> three_sessions() {
  std::vector<SessionSpec> specs(3, plain_session());
  specs[1].lan_vlan = 10;
  specs[1].wan_vlans = {835};
  specs[1].pcp = 5;
  specs[1].max_mss = {{{1300, 1200}, {1100, 1000}}};
  specs[2].lan_vlan = 20;
  specs[2].wan_vlans = {100, 7};
  specs[2].id = 7;
  specs[2].mtu_octets = 1400;
  specs[2].lan_mtu_octets = 1400;
  return specs;
}

/// Packets of all kinds the classifiers tell apart.
std::vector<Octets> packets() {
  const Octets mss = mss_option(1460);
  const Octets link{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};
  Octets partial = ipv4(udp(counting(11)), {}, 0, kUdp);
  put16(partial, 26, partial_checksum(kUdp, 19, true));
  return {ipv4(tcp(kSyn, mss)),
          ipv4(tcp(kSyn | kAck, Octets{1} + mss)),
          ipv4(tcp(kSyn, mss + Octets{1} + mss), Octets(40, 1)),
          ipv4(tcp(kSyn, mss_option(900))),
          ipv4(tcp(kSyn)),
          ipv4(tcp(kSyn, mss + Octets{5, 0})),
          ipv4(with8(tcp(kSyn, mss), 12, 0xf0)),
          ipv4(tcp(0x06, mss)),
          ipv4(tcp(kAck, {}, counting(1400))),
          ipv4(tcp(kAck, {}, counting(1452))),
          ipv4(tcp(kAck, {}, counting(9))),
          ipv4(tcp(kSyn, mss), {}, 0x2000),
          ipv4(tcp(kSyn, mss), {}, 0x0001),
          ipv4(first_octets(tcp(kSyn, mss), 13)),
          ipv4(counting(1480), {}, 0, kUdp),
          partial,
          with8(ipv4(tcp(kSyn, mss)), 0, 0x44),
          with16(ipv4(tcp(kSyn, mss)), 2, 60'000),
          ipv6(tcp(kSyn, mss)),
          ipv6(tcp(kSyn | kAck, Octets{1} + mss), kHopByHop, extension(kTcp)),
          ipv6(tcp(kSyn, mss), kFragmentHeader, fragment_header(kTcp, 0, true)),
          ipv6(tcp(kSyn, mss), kEsp),
          ipv6(tcp(kAck, {}, counting(77))),
          ipv6_raw(kIcmpv6, Octets{135, 0, 0, 0} + Octets(20)),
          ipv6_raw(kUdp, udp(counting(20)), link)};
}

Octets lan_frame(Random& random, const Octets& packet) {
  static const std::vector<Octets> kDestinations{
      kLanMac, kLanMac, kLanMac, kLanMac, kLanMac, {0x33, 0x33, 0, 0, 0, 2}, Octets(6, 0xff), kAcMac};
  const unsigned ethertype =
      random() % 16 == 0 ? random.one_of(std::vector{0x0806u, 0x86ddu, 0x88ccu}) : ethertype_of(packet);
  const Octets frame = ethernet(random.one_of(kDestinations), kPeerMac, ethertype, packet);
  switch (random() % 8) {
    case 0:
    case 1:
    case 2:
      return tagged(frame, 0x8100, 10);
    case 3:
    case 4:
      return tagged(frame, 0x8100, 0xe014);
    case 5:
      return tagged(frame, 0x8100, random() % 2 == 0 ? 0x6000 : 11);
    default:
      return frame;
  }
}

Octets wan_frame(Random& random, const Octets& packet) {
  Octets payload = pppoe(random() % 2 == 0 ? 0x1234 : 7, ppp_of(packet), packet);
  switch (random() % 16) {
    case 0:
      put16(payload, 6, random.one_of(std::vector{0xc021u, 0x2145u, 0x8021u, 0x0057u}));
      break;
    case 1:
      payload[random() % 2] = 9;
      break;
    case 2:
      put16(payload, 4, random() % 64);
      break;
    default:
      break;
  }
  const Octets frame =
      ethernet(random() % 16 == 0 ? kLanMac : kWanMac, random() % 16 == 0 ? kPeerMac : kAcMac,
               random() % 16 == 0 ? 0x8863 : 0x8864, payload);
  switch (random() % 4) {
    case 0:
      return tagged(frame, 0x8100, 835);
    case 1:
      return tagged(tagged(frame, 0x8100, 7), 0x88a8, 100);
    default:
      return frame;
  }
}

Arrival random_arrival(Random& random, bool from_the_lan) {
  static const std::vector<Octets> kPackets = packets();
  static const std::vector<std::uint64_t> kFlags{0, RTE_MBUF_F_RX_L4_CKSUM_GOOD, RTE_MBUF_F_RX_L4_CKSUM_NONE,
                                                 RTE_MBUF_F_RX_L4_CKSUM_BAD};
  const Octets& packet = random.one_of(kPackets);
  Octets frame = from_the_lan ? lan_frame(random, packet) : wan_frame(random, packet);
  if (random() % 24 == 0) frame.resize(random() % frame.size());
  Arrival arrival(padded(frame, random() % 2 == 0 ? 60 : 0), random.one_of(kFlags));
  if (random() % 32 == 0) arrival.headroom = 4;
  if (random() % 32 == 0) arrival.in_first_buffer = 100;
  return arrival;
}

std::vector<std::uint64_t> odd_and_syn_counts(const Path& path, std::size_t sessions) {
  std::vector<std::uint64_t> counts{path.totals().forwarded_ip_octets.value()};
  for (const auto& odd : path.totals().odd) counts.push_back(odd.value());
  for (std::size_t family = 0; family < kFamilies; ++family) {
    counts.push_back(path.totals().syn[family].value());
    counts.push_back(path.totals().clamped[family].value());
    for (std::size_t session = 0; session < sessions; ++session) {
      counts.push_back(path.of_session(session).syn[family].value());
      counts.push_back(path.of_session(session).clamped[family].value());
    }
  }
  for (std::size_t session = 0; session < sessions; ++session)
    counts.push_back(path.of_session(session).ip_octets.value());
  return counts;
}

/// Sends bursts of every size through `together`, and the same frames one by one through `alone`.
void expect_no_neighbour_matters(Path& together, Path& alone, bool from_the_lan, std::size_t sessions) {
  Random random(7);
  std::set<std::string> fates;
  for (int round = 0; round < kRounds; ++round)
    for (std::size_t size = 1; size <= kLargestBurst; ++size) {
      for (Path* path : {&together, &alone}) {
        path->context.hardware_checksum = round % 2 == 1;
        path->context.finish_partial_checksums = round / 2 % 2 == 1;
      }
      std::vector<Arrival> arrivals;
      while (arrivals.size() < size) arrivals.push_back(random_arrival(random, from_the_lan));
      const auto departures = together.send(arrivals);
      for (std::size_t place = 0; place < size; ++place) {
        ASSERT_EQ(departures[place], alone.send(arrivals[place])) << "place " << place << " of " << size;
        fates.insert(departures[place].fate);
      }
      ASSERT_EQ(odd_and_syn_counts(together, sessions), odd_and_syn_counts(alone, sessions)) << size;
    }
  EXPECT_TRUE(fates.contains("forward"));
  if (sessions == 0) return;
  EXPECT_GE(fates.size(), 9u) << "the frames must differ";
}

TEST(MixedBursts, Add) {
  AddPath together(three_sessions());
  AddPath alone(three_sessions());
  expect_no_neighbour_matters(together, alone, true, 3);
}

TEST(MixedBursts, Strip) {
  StripPath together(three_sessions());
  StripPath alone(three_sessions());
  expect_no_neighbour_matters(together, alone, false, 3);
}

TEST(MixedBursts, Transparent) {
  for (const bool from_the_lan : {true, false}) {
    const auto direction = from_the_lan ? Direction::lan_to_wan : Direction::wan_to_lan;
    TransparentPath together(direction);
    TransparentPath alone(direction);
    expect_no_neighbour_matters(together, alone, from_the_lan, 0);
  }
}

/// One SYN among other frames, in every place of every burst.
TEST(MixedBursts, OneSynInEveryPlace) {
  AddPath path;
  const Arrival data = from_lan(ipv4(tcp(kAck, mss_option(1460))));
  const Arrival syn = from_lan(ipv6(tcp(kSyn, mss_option(1460))));
  const Octets clamped = padded(to_wan(ipv6(tcp(kSyn, mss_option(1432)))));
  const Octets passed = padded(to_wan(ipv4(tcp(kAck, mss_option(1460)))));
  for (std::size_t size = 1; size <= kLargestBurst; ++size)
    for (std::size_t place = 0; place < size; ++place) {
      std::vector<Arrival> arrivals(size, data);
      arrivals[place] = syn;
      const auto departures = path.send(arrivals);
      for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(departures[i].frame, i == place ? clamped : passed);
    }
}

/// One frame that is dropped, or punted, among others that are forwarded.
TEST(MixedBursts, OneOtherFateInEveryPlace) {
  AddPath path;
  const Octets packet = ipv4(tcp(kAck));
  for (const Row& row : {Row{"", tagged(from_lan(packet), 0x8100, 9), "unknown_vlan"},
                         Row{"", ethernet(Octets(6, 0xff), kPeerMac, 0x0806, Octets(46)), "punt"}})
    for (std::size_t place = 0; place < kLargestBurst; ++place) {
      std::vector<Arrival> arrivals(kLargestBurst, from_lan(packet));
      arrivals[place] = row.arrival;
      const auto departures = path.send(arrivals);
      for (std::size_t i = 0; i < kLargestBurst; ++i)
        ASSERT_EQ(departures[i].fate, i == place ? row.fate : "forward");
    }
}

}  // namespace
}  // namespace narrows::test
