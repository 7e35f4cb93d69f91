// SPDX-License-Identifier: BSD-3-Clause
/// TCP checksums left to a port, with an engine that computes them: Narrows' two ports are net_virtio_user,
/// whose far ends are net_vhost ports of this process. vhost completes a checksum from the offsets in the
/// virtio header (virtio 1.1 §5.1.6.2), so from the l2_len and l3_len that Narrows gave: wrong ones give
/// wrong sums.
#include <gtest/gtest.h>
#include <rte_bus_vdev.h>
#include <rte_ethdev.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "eal.h"
#include "narrows/app/forwarder.h"
#include "narrows/port/port.h"

namespace narrows::test {
namespace {

constexpr unsigned kVlanOuter = 100;
constexpr unsigned kVlanInner = 7;

std::string socket_path(Side side) {
  return "/tmp/narrows-test-" + std::to_string(getpid()) + "-" + std::string(kSideNames[index_of(side)]);
}

std::uint16_t probe(const std::string& device) {
  EXPECT_EQ(rte_dev_probe(device.c_str()), 0) << device;
  std::uint16_t id = 0;
  EXPECT_EQ(rte_eth_dev_get_port_by_name(device.substr(0, device.find(',')).c_str(), &id), 0) << device;
  return id;
}

wire::MacAddress mac(const Octets& octets) {
  wire::MacAddress address;
  std::copy(octets.begin(), octets.end(), address.octets.begin());
  return address;
}

config::Config make_config(config::ChecksumPolicy checksum, std::vector<std::uint16_t> vlans) {
  config::Config config;
  config.checksum = checksum;
  config.lan.mac = mac(kLanMac);
  config.wan.mac = mac(kWanMac);
  config::Session session;
  session.name = "isp";
  session.fixed = {.id = 0x1234, .ac_mac = mac(kAcMac)};
  session.wan.vlans = std::move(vlans);
  session.lan.peer_mac = mac(kPeerMac);
  config.sessions.push_back(session);
  return config;
}

/// Narrows between two vhost ports, turned by hand.
class Line {
 public:
  explicit Line(const config::Config& config) : config_(config) {
    pool_ = rte_pktmbuf_pool_create("far_ends", 2047, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
    for (const auto side : {Side::lan, Side::wan}) {
      // A closed virtual device keeps its name: every line has new ones.
      static unsigned devices = 0;
      const auto number = std::to_string(devices++);
      const std::uint16_t far = probe("net_vhost" + number + ",iface=" + socket_path(side) + ",queues=1");
      port::PortSettings settings;
      settings.side = side;
      settings.receive_checksum = true;
      settings.transmit_checksum = true;
      far_[index_of(side)] = std::make_unique<port::Port>(far, settings, pool_);
      ids_[index_of(side)] = probe("net_virtio_user" + number + ",path=" + socket_path(side) + ",queues=1");
    }
    Placement placement;
    placement.worker_cpus = {0};
    narrows_ = std::make_unique<app::Forwarder>(config_, ids_, placement, std::filesystem::path());
  }
  ~Line() {
    narrows_.reset();
    for (auto& far : far_) far.reset();
    rte_mempool_free(pool_);
    for (const auto side : {Side::lan, Side::wan}) std::filesystem::remove(socket_path(side));
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  /// Sends a frame into one side and returns what comes out at the other. `tcp_offset` other than 0: only the
  /// pseudo-header's sum is in the checksum field, the rest is left to the port.
  Octets pass(Side from, const Octets& frame, std::size_t l2_octets, std::size_t tcp_offset, bool is_ipv4) {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
    fill(mbuf, frame);
    if (tcp_offset != 0) {
      mbuf->l2_len = l2_octets & 0x7f;
      mbuf->l3_len = (tcp_offset - l2_octets) & 0x1ff;
      mbuf->ol_flags |= RTE_MBUF_F_TX_TCP_CKSUM | (is_ipv4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6);
    }
    const port::Port& in = *far_[index_of(from)];
    const port::Port& out = *far_[1 - index_of(from)];
    // The far ends become ready when the handshake over the socket is done: bounded by turns, not by time.
    for (unsigned turn = 0; turn < kMostTurns && in.send(0, &mbuf, 1) != 1; ++turn) usleep(1000);
    for (unsigned turn = 0; turn < kMostTurns; ++turn) {
      narrows_->worker(0).poll();
      rte_mbuf* received = nullptr;
      if (out.receive(0, &received, 1) == 1) {
        const Octets octets = octets_of(received);
        rte_pktmbuf_free(received);
        return octets;
      }
      usleep(1000);
    }
    ADD_FAILURE() << "no frame came out";
    return {};
  }

  [[nodiscard]] stats::Report report() const { return narrows_->report(); }

 private:
  static constexpr unsigned kMostTurns = 5000;
  using Placement = app::Placement;
  config::Config config_;
  rte_mempool* pool_;
  std::array<std::unique_ptr<port::Port>, kSides> far_;
  app::Forwarder::PortIds ids_{};
  std::unique_ptr<app::Forwarder> narrows_;
};

const Octets kSynOptions = mss_option(1460) + Octets{4, 2, 1, 1};
const Octets kSynOptionsOdd = Octets{1} + mss_option(1460) + Octets{1, 1, 1};

struct Packet {
  Octets octets;
  bool is_ipv4;
  [[nodiscard]] std::size_t ip_header_octets() const { return is_ipv4 ? 20 : 40; }
  [[nodiscard]] unsigned ethertype() const { return is_ipv4 ? 0x0800 : 0x86dd; }
  [[nodiscard]] unsigned ppp() const { return is_ipv4 ? 0x0021 : 0x0057; }
  [[nodiscard]] unsigned limit() const { return is_ipv4 ? 1452 : 1432; }
};

Packet make_packet(bool is_ipv4, const Octets& segment) {
  return {is_ipv4 ? ipv4(segment) : ipv6(segment), is_ipv4};
}

/// The checksum field as a sender leaves it that has hardware do the rest.
Packet with_partial_checksum(Packet packet) {
  const std::size_t ip = packet.ip_header_octets();
  const auto sum = pseudo_sum(packet.is_ipv4 ? kSource4 : kSource6,
                              packet.is_ipv4 ? kDestination4 : kDestination6, 6, packet.octets.size() - ip);
  put16(packet.octets, ip + 16, sum);
  return packet;
}

/// Judges an IP packet: checksum by full recomputation, MSS (its option is at `mss_at` from the TCP header)
/// lowered.
void expect_right(const Packet& sent, const Octets& received_ip, std::size_t mss_at) {
  ASSERT_EQ(received_ip.size(), sent.octets.size());
  const Octets segment(received_ip.begin() + static_cast<std::ptrdiff_t>(sent.ip_header_octets()),
                       received_ip.end());
  EXPECT_EQ(get16(segment, 16), tcp_checksum(segment, sent.is_ipv4 ? kSource4 : kSource6,
                                             sent.is_ipv4 ? kDestination4 : kDestination6));
  if (mss_at != 0) {
    EXPECT_EQ(get16(segment, mss_at + 2), sent.limit());
  }
}

struct Case {
  std::vector<std::uint16_t> vlans;
  bool is_ipv4;
};

class HardwareChecksum : public testing::TestWithParam<Case> {};

TEST_P(HardwareChecksum, IsRightBehindPppoe) {
  Line line(make_config(config::ChecksumPolicy::automatic, GetParam().vlans));
  ASSERT_EQ(line.report().port[index_of(Side::wan)].checksum_by, "port");
  const std::size_t wan_l2 = 14 + 4 * GetParam().vlans.size() + 8;
  const auto outward = [&](const Packet& packet) {
    const Octets frame = line.pass(Side::lan, ethernet(kLanMac, kPeerMac, packet.ethertype(), packet.octets),
                                   14, 14 + packet.ip_header_octets(), packet.is_ipv4);
    return frame.size() < wan_l2 ? Octets{}
                                 : Octets(frame.begin() + static_cast<std::ptrdiff_t>(wan_l2), frame.end());
  };
  const bool is_ipv4 = GetParam().is_ipv4;
  for (const auto& [options, mss_at] : {std::pair{kSynOptions, std::size_t{20}}, {kSynOptionsOdd, 21}}) {
    const Packet syn = with_partial_checksum(make_packet(is_ipv4, tcp(0x02, options)));
    expect_right(syn, outward(syn), mss_at);
  }
  const Packet data = with_partial_checksum(make_packet(is_ipv4, tcp(0x18, {}, Octets(333, 0xa5))));
  expect_right(data, outward(data), 0);
  EXPECT_EQ(line.report()
                .direction[index_of(Direction::lan_to_wan)]
                .odd[index_of(stats::OddCase::partial_checksum)],
            3u);
}

INSTANTIATE_TEST_SUITE_P(Layouts, HardwareChecksum,
                         testing::Values(Case{{}, true}, Case{{}, false}, Case{{kVlanInner}, true},
                                         Case{{kVlanInner}, false}, Case{{kVlanOuter, kVlanInner}, true},
                                         Case{{kVlanOuter, kVlanInner}, false}));

TEST(HardwareChecksum, IsLeftAloneWhereConfiguredIncremental) {
  Line line(make_config(config::ChecksumPolicy::incremental, {}));
  EXPECT_EQ(line.report().port[index_of(Side::wan)].checksum_by, "software");
  const Packet syn = make_packet(true, tcp(0x12, kSynOptionsOdd));
  const Octets frame = line.pass(
      Side::wan, ethernet(kWanMac, kAcMac, 0x8864, pppoe(0x1234, syn.ppp(), syn.octets)), 0, 0, true);
  ASSERT_GE(frame.size(), 14u);
  Octets ip(frame.begin() + 14, frame.begin() + 14 + static_cast<std::ptrdiff_t>(syn.octets.size()));
  expect_right(syn, ip, 21);
}

}  // namespace
}  // namespace narrows::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  narrows::test::init_eal();
  return RUN_ALL_TESTS();
}
