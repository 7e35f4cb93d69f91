// SPDX-License-Identifier: BSD-3-Clause
/// IPv4 fragments (RFC 791 §3.2): put together again by other code, they are the packet that was cut.
#include "narrows/rewrite/fragment.h"

#include <algorithm>
#include <array>
#include <map>

#include "path.h"
#include "random.h"

namespace narrows::test {
namespace {

constexpr unsigned kMore = kMoreFragments;
constexpr unsigned kOffset = 0x1fff;

std::size_t header_of(const Octets& packet) {
  return (packet.at(0) & 0x0f) * std::size_t{4};
}

/// The fragments as rewrite::fragment() makes them, of a packet in a frame with `in_front` octets before it
/// and padding behind.
std::vector<Octets> cut(const Octets& packet, std::uint16_t mtu, std::uint16_t in_front = 14) {
  const std::size_t used = rte_mempool_in_use_count(test_pool());
  rte_mbuf* mbuf = make_mbuf(Octets(in_front, 0xaa) + packet + Octets(7, 0xbb));
  const Octets before = octets_of(mbuf);
  std::array<rte_mbuf*, rewrite::kMostFragments> made{};
  const unsigned count =
      rewrite::fragment(*mbuf, in_front, static_cast<std::uint16_t>(packet.size()), mtu, made.data());
  EXPECT_EQ(octets_of(mbuf), before) << "the packet itself stays";
  EXPECT_EQ(mbuf->pkt_len, before.size());
  rte_pktmbuf_free(mbuf);
  std::vector<Octets> fragments;
  for (unsigned i = 0; i < count; ++i) {
    EXPECT_EQ(made[i]->nb_segs, 1);
    EXPECT_GE(made[i]->data_off, RTE_PKTMBUF_HEADROOM);
    EXPECT_EQ(made[i]->pkt_len, made[i]->data_len);
    EXPECT_EQ(made[i]->ol_flags, 0u);
    fragments.push_back(octets_of(made[i]));
    rte_pktmbuf_free(made[i]);
  }
  EXPECT_EQ(rte_mempool_in_use_count(test_pool()), used);
  return fragments;
}

/// The options that go into every fragment: bit 7 of the kind (RFC 791 §3.1), padded with end-of-options.
Octets copied_options(const Octets& packet) {
  Octets copied;
  const std::size_t end = header_of(packet);
  for (std::size_t i = 20; i < end && packet[i] != 0;) {
    const std::size_t length = packet[i] == 1 ? 1 : packet.at(i + 1);
    if (packet[i] != 1 && (packet[i] & 0x80) != 0)
      copied.insert(copied.end(), packet.begin() + static_cast<std::ptrdiff_t>(i),
                    packet.begin() + static_cast<std::ptrdiff_t>(i + length));
    i += length;
  }
  while (copied.size() % 4 != 0) copied.push_back(0);
  return copied;
}

/// Checks each fragment by the letter of the RFC and puts their payloads together.
Octets reassemble(const Octets& packet, const std::vector<Octets>& fragments, std::uint16_t mtu) {
  const unsigned first_offset = get16(packet, 6) & kOffset;
  Octets payload;
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    const Octets& fragment = fragments[i];
    const bool last = i + 1 == fragments.size();
    const std::size_t header = header_of(fragment);
    EXPECT_LE(fragment.size(), mtu);
    EXPECT_EQ(get16(fragment, 2), fragment.size());
    EXPECT_EQ(ones_complement_sum(first_octets(fragment, header)), 0xffffu) << "header checksum";
    EXPECT_EQ(get16(fragment, 6) & kOffset, first_offset + payload.size() / 8);
    EXPECT_EQ(get16(fragment, 6) & kMore, last ? get16(packet, 6) & kMore : kMore);
    EXPECT_EQ(get16(fragment, 6) & 0xc000, 0u);
    if (!last) {
      EXPECT_EQ((fragment.size() - header) % 8, 0u);
    }
    Octets same = fragment;
    for (const std::size_t at : {std::size_t{0}, std::size_t{2}, std::size_t{3}, std::size_t{6},
                                 std::size_t{7}, std::size_t{10}, std::size_t{11}})
      same[at] = packet[at];
    EXPECT_EQ(first_octets(same, 20), first_octets(packet, 20)) << "the rest of the header";
    const Octets options(fragment.begin() + 20, fragment.begin() + static_cast<std::ptrdiff_t>(header));
    if (i == 0)
      EXPECT_EQ(options,
                Octets(packet.begin() + 20, packet.begin() + static_cast<std::ptrdiff_t>(header_of(packet))));
    else
      EXPECT_EQ(options, copied_options(packet));
    payload.insert(payload.end(), fragment.begin() + static_cast<std::ptrdiff_t>(header), fragment.end());
  }
  return payload;
}

void expect_cut(const Octets& packet, std::uint16_t mtu) {
  const auto fragments = cut(packet, mtu);
  EXPECT_GE(fragments.size(), 2u);
  const Octets payload(packet.begin() + static_cast<std::ptrdiff_t>(header_of(packet)), packet.end());
  EXPECT_EQ(reassemble(packet, fragments, mtu), payload) << packet.size() << " over " << mtu;
}

const Octets kRouterAlert{0x94, 4, 0, 0};                  // copied
const Octets kTimestamp{0x44, 8, 5, 0, 0, 0, 0, 0};        // not copied
const Octets kLooseRoute{0x83, 7, 4, 198, 51, 100, 9, 0};  // copied, then end of options

TEST(Fragment, EveryLengthBeyondTheMtu) {
  const Octets most = counting(1480);
  for (std::size_t octets = 1473; octets <= 1480; ++octets)
    expect_cut(ipv4(first_octets(most, octets), {}, 0, kUdp), 1492);
  for (std::size_t octets = 557; octets <= 1200; ++octets)
    expect_cut(ipv4(first_octets(most, octets), {}, 0, kUdp), 576);
}

TEST(Fragment, EveryMtu) {
  for (std::uint16_t mtu = 576; mtu < 1500; ++mtu) expect_cut(ipv4(counting(1480), {}, 0, kUdp), mtu);
}

TEST(Fragment, OptionsAsEachSays) {
  const Octets nop{1};
  for (const Octets& options :
       {kRouterAlert, kTimestamp, kLooseRoute, kRouterAlert + kTimestamp, kTimestamp + kRouterAlert,
        nop + nop + nop + nop, nop + kLooseRoute + nop + nop + nop, kRouterAlert + kTimestamp + kRouterAlert,
        kTimestamp + kTimestamp + kTimestamp + kTimestamp + kTimestamp,
        kRouterAlert + kRouterAlert + kRouterAlert + kRouterAlert + kRouterAlert + kRouterAlert +
            kRouterAlert + kRouterAlert + kRouterAlert + kRouterAlert}) {
    expect_cut(ipv4(counting(1200), options, 0, kUdp), 576);
    expect_cut(ipv4(counting(1400), options, kMore | 100, kUdp), 576);
  }
}

TEST(Fragment, OptionsWithLyingLengthsHurtNothing) {
  for (const unsigned kind : {0x83u, 0x44u, 0x94u, 0x07u})
    for (unsigned length = 0; length <= 255; ++length) {
      const Octets options = Octets{1} + be16(kind << 8 | length) + Octets{0, 9, 9, 9, 9};
      for (const Octets& fragment : cut(ipv4(counting(1200), options, 0, kUdp), 576)) {
        EXPECT_LE(fragment.size(), 576u);
        EXPECT_EQ(ones_complement_sum(first_octets(fragment, header_of(fragment))), 0xffffu);
      }
    }
}

TEST(Fragment, OfAFragment) {
  for (const unsigned flags : {kMore, kMore | 185u, 185u, 185u * 7, kMore | (8191 - 185)})
    expect_cut(ipv4(counting(1480), {}, flags, kUdp), 1492 - 100);
}

TEST(Fragment, TheLongestPacketOverTheShortestLink) {
  rte_mempool* jumbo = rte_pktmbuf_pool_create("jumbo", 63, 0, 0, 10'000, 0);
  ASSERT_NE(jumbo, nullptr);
  Octets options;
  for (int i = 0; i < 10; ++i) options = options + kRouterAlert;
  const Octets packet = ipv4(counting(9600 - 60), options, 0, kUdp);
  rte_mbuf* mbuf = rte_pktmbuf_alloc(jumbo);
  mbuf->data_len = static_cast<std::uint16_t>(packet.size());
  mbuf->pkt_len = mbuf->data_len;
  std::ranges::copy(packet, rte_pktmbuf_mtod(mbuf, std::uint8_t*));
  std::array<rte_mbuf*, rewrite::kMostFragments> made{};
  const unsigned count = rewrite::fragment(*mbuf, 0, mbuf->data_len, 576, made.data());
  EXPECT_EQ(count, rewrite::kMostFragments);
  std::vector<Octets> fragments;
  for (unsigned i = 0; i < count; ++i) fragments.push_back(octets_of(made[i]));
  EXPECT_EQ(reassemble(packet, fragments, 576), counting(9540));
  rte_pktmbuf_free_bulk(made.data(), count);
  rte_pktmbuf_free(mbuf);
  rte_mempool_free(jumbo);
}

TEST(Fragment, WithoutBuffersNothingIsTaken) {
  rte_mempool* few = rte_pktmbuf_pool_create("few", 3, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
  const Octets packet = ipv4(counting(1480), {}, 0, kUdp);
  rte_mbuf* mbuf = rte_pktmbuf_alloc(few);
  mbuf->data_len = static_cast<std::uint16_t>(packet.size());
  std::ranges::copy(packet, rte_pktmbuf_mtod(mbuf, std::uint8_t*));
  std::array<rte_mbuf*, rewrite::kMostFragments> made{};
  EXPECT_EQ(rewrite::fragment(*mbuf, 0, mbuf->data_len, 576, made.data()), 0u) << "two left, three needed";
  EXPECT_EQ(rte_mempool_in_use_count(few), 1u);
  EXPECT_EQ(rewrite::fragment(*mbuf, 0, mbuf->data_len, 1492, made.data()), 2u);
  rte_pktmbuf_free_bulk(made.data(), 2);
  rte_pktmbuf_free(mbuf);
  rte_mempool_free(few);
}

TEST(Fragment, RandomPackets) {
  const std::vector<Octets> some{kRouterAlert, kTimestamp, {1, 1, 1, 1}};
  Random random(1);
  for (int round = 0; round < 20'000; ++round) {
    const auto mtu = static_cast<std::uint16_t>(576 + random() % 900);
    Octets options;
    while (random() % 3 == 0 && options.size() < 28) options = options + random.one_of(some);
    const std::size_t header = 20 + options.size();
    const std::size_t payload = mtu - header + 1 + random() % (1501 - mtu);
    const unsigned flags = random() % 2 != 0 ? 0 : (random() % 2 != 0 ? kMore : 0) | random() % 7000;
    expect_cut(ipv4(counting(payload), options, flags & ~kDontFragment, kUdp), mtu);
    if (testing::Test::HasFailure()) return;
  }
}

/// The payloads of `frames` behind headers of `octets`.
std::vector<Octets> without_header(const std::vector<Octets>& frames, std::size_t octets) {
  std::vector<Octets> packets;
  for (const Octets& frame : frames)
    packets.emplace_back(frame.begin() + static_cast<std::ptrdiff_t>(octets), frame.end());
  return packets;
}

TEST(FragmentStage, EachFragmentHasThePppoeHeaderOfItsOwnLength) {
  AddPath path;
  const Octets packet = ipv4(counting(1480), kRouterAlert, 0, kUdp);
  path.context.ingress_mtu_octets = 1600;
  const auto departures = path.send({from_lan(ipv4(tcp(kAck))), from_lan(packet), from_lan(ipv6(tcp(kAck)))});
  EXPECT_EQ(departures[0].fate + departures[1].fate + departures[2].fate, "forwardfragmentforward");
  const auto& frames = departures[1].fragments;
  ASSERT_EQ(frames.size(), 2u);
  const auto packets = without_header(frames, 22);
  for (const Octets& cut : packets)
    EXPECT_EQ(padded(to_wan(first_octets(cut, get16(cut, 2)))), padded(to_wan(cut))) << "LENGTH and padding";
  const Octets last = first_octets(packets[1], get16(packets[1], 2));
  EXPECT_EQ(frames[0], to_wan(packets[0]));
  EXPECT_EQ(frames[1], padded(to_wan(last)));
  EXPECT_EQ(reassemble(packet, {packets[0], last}, 1492), counting(1480));
}

TEST(FragmentStage, ToTheLanEachFragmentHasItsHeader) {
  session::SessionSpec spec = plain_session();
  spec.lan_mtu_octets = 600;
  spec.lan_vlan = 7;
  StripPath path({spec});
  const Octets packet = ipv4(counting(1400), {}, 0, kUdp);
  const auto departure = path.send(from_wan(packet));
  EXPECT_EQ(departure.fate, "fragment");
  const auto packets = without_header(departure.fragments, 18);
  for (std::size_t i = 0; i < packets.size(); ++i)
    EXPECT_EQ(departure.fragments[i], tagged(to_lan(packets[i]), 0x8100, 7));
  EXPECT_EQ(reassemble(packet, packets, 600), counting(1400));
}

TEST(FragmentStage, AnUnfinishedChecksumIsCompletedBeforeTheCut) {
  AddPath path;
  path.context.finish_partial_checksums = true;
  path.context.hardware_checksum = true;
  const Octets data = Octets{0x12, 0x34, 0, 53} + be16(1480) + be16(0) + counting(1472);
  const Octets whole = with16(data, 6, l4_checksum(kUdp, data, true));
  const Octets unfinished = with16(data, 6, partial_checksum(kUdp, data.size(), true));
  Arrival arrival = from_lan(ipv4(unfinished, {}, 0, kUdp));
  arrival.flags = RTE_MBUF_F_RX_L4_CKSUM_NONE;
  const auto departure = path.send(arrival);
  const auto packets = without_header(departure.fragments, 22);
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(get16(packets[0], 26), get16(whole, 6));
}

TEST(FragmentStage, WithoutBuffersThePacketIsDropped) {
  AddPath path;
  std::vector<rte_mbuf*> taken(rte_mempool_avail_count(test_pool()) - 2);
  const Octets packet = from_lan(ipv4(counting(1480), {}, 0, kUdp));
  ASSERT_EQ(rte_pktmbuf_alloc_bulk(test_pool(), taken.data(), static_cast<unsigned>(taken.size())), 0);
  pipeline::Burst burst;
  burst.size = 1;
  burst.mbufs[0] = make_mbuf(packet);
  pipeline::select_process(config::Mode::terminate, Direction::lan_to_wan, simd::best_level())(burst,
                                                                                               path.context);
  EXPECT_EQ(burst.verdict[0], pipeline::drop(stats::DropReason::no_mbuf));
  EXPECT_EQ(octets_of(burst.mbufs[0]), packet);
  rte_pktmbuf_free(burst.mbufs[0]);
  rte_pktmbuf_free_bulk(taken.data(), static_cast<unsigned>(taken.size()));
}

}  // namespace
}  // namespace narrows::test
