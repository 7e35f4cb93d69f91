// SPDX-License-Identifier: BSD-3-Clause
/// Sends TCP segments by a port that is to complete their checksums, one for each length of headers and
/// family: what a capture at the other end of the cable shows is what the port makes of l2_len
/// (docs/hardware.md).
///
///     checksum_probe EAL-OPTION… -- ERROR-OCTETS
///
/// With ERROR-OCTETS other than 0 the port is given an l2_len that much too long: then none may be right, or
/// the port looks at something else.
#include <fmt/format.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>

#include "eal.h"
#include "narrows/port/port.h"
#include "narrows/rewrite/offload.h"

namespace narrows::test {
namespace {

constexpr unsigned kMbufs = 2047;  // a full receive queue, and some

Octets packet_of(bool is_ipv4) {
  const Octets segment = tcp(0x02, mss_option(1400), Octets(33, 0xa5));
  return is_ipv4 ? ipv4(segment) : ipv6(segment);
}

/// A frame of `tags` VLAN tags, PPPoE behind them or not.
Octets frame_of(unsigned tags, bool is_pppoe, bool is_ipv4, const Octets& packet) {
  Octets payload = is_pppoe ? pppoe(0x1234, is_ipv4 ? 0x0021 : 0x0057, packet) : packet;
  unsigned ethertype = is_pppoe ? 0x8864 : is_ipv4 ? 0x0800 : 0x86dd;
  for (unsigned i = 0; i < tags; ++i) {
    payload = tag(7 + i, be16(ethertype) + payload);
    ethertype = 0x8100;
  }
  return ethernet(kAcMac, kWanMac, ethertype, payload);
}

void send_one(const port::Port& port, rte_mempool* pool, const Octets& packet, std::size_t l2_octets,
              const Octets& frame, unsigned error_octets) {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool);
  if (mbuf == nullptr) throw std::runtime_error("out of packet buffers");
  fill(mbuf, frame);
  auto* ip = rte_pktmbuf_mtod_offset(mbuf, std::uint8_t*, l2_octets);
  const auto parsed =
      packet.at(0) >> 4 == 4 ? wire::parse_ipv4(ip, packet.size()) : wire::parse_ipv6(ip, packet.size());
  rewrite::leave_checksum_to_port(*mbuf, ip, parsed, wire::find_transport(ip, parsed),
                                  static_cast<std::uint16_t>(l2_octets));
  mbuf->l2_len = (l2_octets + error_octets) & 0x7f;
  if (port.prepare(0, &mbuf, 1) != 1 || port.send(0, &mbuf, 1) != 1)
    throw std::runtime_error(
        fmt::format("the port refuses the frame with l2_len {}", l2_octets + error_octets));
}

void probe(unsigned error_octets) {
  rte_mempool* pool = rte_pktmbuf_pool_create("probe", kMbufs, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
  if (pool == nullptr) throw std::runtime_error("no memory for packet buffers");
  port::PortSettings settings;
  settings.transmit_checksum = true;
  settings.requires_checksum = true;
  settings.frame.l2_octets = 30;
  settings.frame.vlan_tags = 2;
  settings.frame.mtu_octets = 1400;  // its frames are short, and some ports leave room for one tag only
  const port::Port port(0, settings, pool);
  for (unsigned turn = 0; turn < 100 && !port.has_link(); ++turn) rte_delay_us_sleep(100'000);
  for (const bool is_pppoe : {false, true})
    for (unsigned tags = 0; tags <= 2; ++tags)
      for (const bool is_ipv4 : {true, false}) {
        const Octets packet = packet_of(is_ipv4);
        const Octets frame = frame_of(tags, is_pppoe, is_ipv4, packet);
        send_one(port, pool, packet, frame.size() - packet.size(), frame, error_octets);
      }
  rte_delay_us_sleep(200'000);  // the device reads the buffers until it has sent them
}

}  // namespace
}  // namespace narrows::test

int main(int argc, char** argv) try {
  const int used = rte_eal_init(argc, argv);
  if (used < 0 || used + 1 >= argc || rte_eth_dev_count_avail() == 0) {
    std::fputs("usage: checksum_probe EAL-OPTION… -- ERROR-OCTETS, with one port\n", stderr);
    return 2;
  }
  narrows::test::probe(static_cast<unsigned>(std::strtoul(argv[used + 1], nullptr, 10)));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "checksum_probe: %s\n", error.what());
  return 1;
}
