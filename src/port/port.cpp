// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/port/port.h"

#include <fmt/format.h>
#include <net/if.h>
#include <rte_errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "narrows/port/checksum_self_test.h"
#include "narrows/port/pppoe_rules.h"

namespace narrows::port {
namespace {

constexpr std::uint16_t kDescriptors = 1024;
constexpr std::uint64_t kTransmitChecksums = RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
constexpr std::uint64_t kReceiveChecksums = RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;

rte_eth_dev_info device_info(std::uint16_t port_id) {
  rte_eth_dev_info info{};
  if (const int error = rte_eth_dev_info_get(port_id, &info); error != 0)
    throw std::runtime_error(fmt::format("port {} does not answer ({})", port_id, rte_strerror(-error)));
  return info;
}

/// What goes wrong with a port, and the driver's word for it.
[[noreturn]] void fail(Side side, std::string_view what, int error) {
  throw std::runtime_error(fmt::format("ports.{}: {} ({})", kSideNames[index_of(side)], what,
                                       rte_strerror(error < 0 ? -error : error)));
}

/// The same for both directions of a flow, as it has a period of 16 bits; as worker::flow_hash().
constexpr auto kSymmetricKey = [] {
  std::array<std::uint8_t, 64> key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = i % 2 == 0 ? 0x6d : 0x5a;
  return key;
}();

void hash_by(HashBy hash, const rte_eth_dev_info& info, rte_eth_conf& conf) {
  if (hash == HashBy::nothing || hash == HashBy::kernel) return;
  conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
  rte_eth_rss_conf& rss = conf.rx_adv_conf.rss_conf;
  rss.rss_hf = (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP) & info.flow_type_rss_offloads;
  if (hash == HashBy::pppoe) rss.rss_hf |= RTE_ETH_RSS_PPPOE;
  if (info.hash_key_size == 0 || info.hash_key_size > kSymmetricKey.size()) return;
  rss.rss_key = const_cast<std::uint8_t*>(kSymmetricKey.data());  // read only, whatever its type says
  rss.rss_key_len = info.hash_key_size;
}

/// Drivers whose port is an interface of the Linux kernel.
bool is_linux_interface(std::string_view driver) {
  return driver == "net_af_packet" || driver == "net_af_xdp";
}

/// A virtio device drops every tag that nobody has named, once its driver may name some (virtio 1.1
/// §5.1.6.5.3), and DPDK's always takes that feature.
bool filters_vlans(const PortSettings& settings, const rte_eth_dev_info& info) {
  return std::string_view(info.driver_name) == "net_virtio" && !settings.vlans.empty() &&
         !settings.promiscuous && (info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_VLAN_FILTER) != 0;
}

/// An interface's MTU by ioctl, as netdevice(7) has it.
class InterfaceMtu {
 public:
  explicit InterfaceMtu(unsigned interface_index)
      : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
        known_(socket_ >= 0 && if_indextoname(interface_index, request_.ifr_name) != nullptr) {}
  ~InterfaceMtu() {
    if (socket_ >= 0) ::close(socket_);
  }
  InterfaceMtu(const InterfaceMtu&) = delete;
  InterfaceMtu& operator=(const InterfaceMtu&) = delete;

  [[nodiscard]] std::uint32_t get() {
    const bool done = known_ && ioctl(socket_, SIOCGIFMTU, &request_) == 0;
    return done ? static_cast<std::uint32_t>(request_.ifr_mtu) : 0;
  }
  [[nodiscard]] bool set(std::uint32_t octets) {
    request_.ifr_mtu = static_cast<int>(octets);
    return known_ && ioctl(socket_, SIOCSIFMTU, &request_) == 0;
  }
  [[nodiscard]] const char* name() const { return request_.ifr_name; }

 private:
  ifreq request_{};
  int socket_;
  bool known_;
};

/// The largest MTU from `least`, which it has, to `refused`, by trying; leaves it at `least`.
std::uint32_t largest_taken(InterfaceMtu& mtu, std::uint32_t least, std::uint32_t refused) {
  std::uint32_t taken = least;
  while (refused - taken > 1) {
    const std::uint32_t between = taken + (refused - taken) / 2;
    (mtu.set(between) ? taken : refused) = between;
  }
  static_cast<void>(mtu.set(least));
  return taken;
}

/// Raises the MTU of a Linux interface to what its frames need; it is left alone when it is large enough. Not
/// through DPDK, whose af_packet driver admits no more than 1500.
void raise_interface_mtu(const PortSettings& settings, unsigned interface_index) {
  InterfaceMtu mtu(interface_index);
  const std::uint32_t needed = linux_mtu(settings.frame);
  const std::uint32_t now = mtu.get();
  if (now >= needed || mtu.set(needed)) return;
  throw std::runtime_error(too_small_text(settings.side, settings.frame, mtu.name(), needed,
                                          now == 0 ? 0 : largest_taken(mtu, now, needed)));
}

/// Of the bus's word for it, "vendor_id=8086, device_id=100e"; 0: it is no PCI device.
std::uint16_t pci_device_of(const rte_eth_dev_info& info) {
  const char* text = info.device == nullptr ? nullptr : rte_dev_bus_info(info.device);
  unsigned vendor = 0;
  unsigned device = 0;
  const bool is_pci =
      text != nullptr && std::sscanf(text, "vendor_id=%x, device_id=%x", &vendor, &device) == 2;
  return is_pci ? static_cast<std::uint16_t>(device) : std::uint16_t{0};
}

}  // namespace

ChecksumFacts Port::inspect(std::uint16_t port_id) {
  const rte_eth_dev_info info = device_info(port_id);
  return {.driver = info.driver_name,
          .pci_device = pci_device_of(info),
          .offers_tx = (info.tx_offload_capa & kTransmitChecksums) == kTransmitChecksums,
          .offers_rx = (info.rx_offload_capa & kReceiveChecksums) == kReceiveChecksums};
}

QueueFacts Port::inspect_queues(std::uint16_t port_id) {
  const rte_eth_dev_info info = device_info(port_id);
  return {.driver = info.driver_name,
          .rss_offloads = info.flow_type_rss_offloads,
          .receive = info.max_rx_queues,
          .transmit = info.max_tx_queues};
}

int Port::node_of(std::uint16_t port_id) {
  return std::max(rte_eth_dev_socket_id(port_id), 0);
}

Port::Port(std::uint16_t port_id, PortSettings settings, rte_mempool* pool)
    : id_(port_id), settings_(std::move(settings)) {
  open_ = true;
  try {
    open(pool);
    if (settings_.transmit_checksum) test_checksum(pool);
  } catch (...) {
    close();
    throw;
  }
}

/// DPDK does not tell which drivers have receive interrupts; those without may refuse to start with them.
void Port::open(rte_mempool* pool) {
  if (settings_.receive_interrupts) {
    try {
      configure(pool);
      start();
    } catch (const std::runtime_error&) {
      rte_eth_dev_stop(id_);
      settings_.receive_interrupts = false;
    }
  }
  if (!settings_.receive_interrupts) {
    configure(pool);
    start();
  }
  if (settings_.hash != HashBy::pppoe_rules || spread_pppoe_by_rules(id_, settings_.rule_vlan_tags)) return;
  rte_eth_dev_stop(id_);
  settings_.hash = HashBy::nothing;
  settings_.receive_queues = 1;
  configure(pool);
  start();
}

void Port::configure(rte_mempool* pool) {
  const rte_eth_dev_info info = device_info(id_);
  driver_ = info.driver_name;
  const Side side = settings_.side;
  rte_eth_conf conf{};
  const bool linux_interface = is_linux_interface(driver_);
  if (linux_interface) interface_index_ = info.if_index;
  const std::uint32_t mtu = driver_mtu(settings_.frame, info);
  conf.rxmode.mtu = linux_interface ? std::min<std::uint32_t>(mtu, RTE_ETHER_MTU) : mtu;
  if (!linux_interface && mtu > info.max_mtu)
    throw std::runtime_error(too_small_text(side, settings_.frame, driver_, mtu, info.max_mtu));
  if (settings_.receive_checksum) conf.rxmode.offloads |= info.rx_offload_capa & kReceiveChecksums;
  if (filters_vlans(settings_, info)) conf.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_VLAN_FILTER;
  if (settings_.transmit_checksum) conf.txmode.offloads |= kTransmitChecksums;
  if (settings_.receive_interrupts) conf.intr_conf.rxq = 1;
  hash_by(settings_.hash, info, conf);
  if (const int error =
          rte_eth_dev_configure(id_, settings_.receive_queues, settings_.transmit_queues, &conf);
      error != 0)
    fail(side,
         fmt::format("{} refuses an MTU of {} with {} receive and {} transmit queues", driver_,
                     settings_.frame.mtu_octets, settings_.receive_queues, settings_.transmit_queues),
         error);
  if (linux_interface)
    raise_interface_mtu(settings_, info.if_index);
  else if (const int error = rte_eth_dev_set_mtu(id_, static_cast<std::uint16_t>(mtu));
           error != 0 && error != -ENOTSUP)
    fail(side,
         fmt::format("{} refuses an MTU of {}; lower ports.{}.mtu and mtu", driver_,
                     settings_.frame.mtu_octets, kSideNames[index_of(side)]),
         error);
  set_up_queues(pool);
}

void Port::set_up_queues(rte_mempool* pool) const {
  const Side side = settings_.side;
  std::uint16_t rx_descriptors = kDescriptors;
  std::uint16_t tx_descriptors = kDescriptors;
  if (const int error = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rx_descriptors, &tx_descriptors); error != 0)
    fail(side, "queue sizes", error);
  const auto node = static_cast<unsigned>(node_of(id_));
  for (std::uint16_t queue = 0; queue < settings_.receive_queues; ++queue)
    if (const int error = rte_eth_rx_queue_setup(id_, queue, rx_descriptors, node, nullptr, pool); error != 0)
      fail(side, fmt::format("receive queue {}", queue), error);
  for (std::uint16_t queue = 0; queue < settings_.transmit_queues; ++queue)
    if (const int error = rte_eth_tx_queue_setup(id_, queue, tx_descriptors, node, nullptr); error != 0)
      fail(side, fmt::format("transmit queue {}", queue), error);
}

void Port::start() {
  const Side side = settings_.side;
  rte_ether_addr address{};
  if (settings_.mac) {
    mac_ = *settings_.mac;
    std::copy(mac_.octets.begin(), mac_.octets.end(), address.addr_bytes);
    // A port that cannot change its address (virtual ones) is heard by its own; Narrows uses the configured
    // one.
    if (const int error = rte_eth_dev_default_mac_addr_set(id_, &address); error != 0 && error != -ENOTSUP)
      fail(side, fmt::format("{} refuses the MAC address {}", driver_, wire::to_string(mac_)), error);
  }
  if (const int error = rte_eth_dev_start(id_); error != 0)
    fail(side, fmt::format("{} does not start", driver_), error);
  rte_eth_dev_set_link_up(id_);  // some stay down as close() left them
  if (!settings_.mac) {
    if (const int error = rte_eth_macaddr_get(id_, &address); error != 0)
      fail(side, "no MAC address; set mac", error);
    std::copy(std::begin(address.addr_bytes), std::end(address.addr_bytes), mac_.octets.begin());
  }
  listen();
  admit_vlans();
  if (is_linux_interface(driver_)) discard_strangers();
}

void Port::test_checksum(rte_mempool* pool) {
  const std::string refusal = checksum_self_test(id_, settings_.frame.l2_octets, pool);
  if (refusal.empty()) return;
  if (settings_.requires_checksum)
    throw std::runtime_error(fmt::format("ports.{}: {} {}; set checksum: auto or incremental",
                                         kSideNames[index_of(settings_.side)], driver_, refusal));
  settings_.transmit_checksum = false;
  settings_.checksum_reason = fmt::format("{} {}", driver_, refusal);
}

/// What the port hears besides its own address and broadcast; devices differ in how they start.
void Port::listen() const {
  const bool all = settings_.promiscuous;
  if (const int error = all ? rte_eth_promiscuous_enable(id_) : rte_eth_promiscuous_disable(id_);
      error != 0 && error != -ENOTSUP)
    fail(settings_.side, all ? "promiscuous mode" : "leaving promiscuous mode", error);
  if (all) return;
  if (const int error = rte_eth_allmulticast_enable(id_); error != 0 && error != -ENOTSUP)
    fail(settings_.side, "reception of multicast", error);
}

void Port::admit_vlans() const {
  if (!filters_vlans(settings_, device_info(id_))) return;
  constexpr std::uint16_t kPriorityOnly = 0;
  const auto require = [this](std::uint16_t vlan) {
    if (const int error = rte_eth_dev_vlan_filter(id_, vlan, 1); error != 0)
      fail(settings_.side, fmt::format("{} does not let VLAN {} in", driver_, vlan), error);
  };
  require(kPriorityOnly);
  for (const std::uint16_t vlan : settings_.vlans) require(vlan);
}

bool Port::admit(std::uint16_t vlan) const noexcept {
  const int offloads = rte_eth_dev_get_vlan_offload(id_);
  if (offloads < 0 || (offloads & RTE_ETH_VLAN_FILTER_OFFLOAD) == 0) return true;
  return rte_eth_dev_vlan_filter(id_, vlan, 1) == 0;
}

/// A packet socket hears every interface until it is bound to its own (packet(7)): what came before the start
/// is not for the line.
void Port::discard_strangers() const noexcept {
  constexpr std::uint16_t kBurst = 32;
  rte_mbuf* mbufs[kBurst];
  for (std::uint16_t queue = 0; queue < settings_.receive_queues; ++queue)
    for (unsigned left = kDescriptors / kBurst; left > 0; --left) {
      const std::uint16_t received = receive(queue, mbufs, kBurst);
      if (received == 0) break;
      rte_pktmbuf_free_bulk(mbufs, received);
    }
  rte_eth_stats_reset(id_);
}

bool Port::has_link() const noexcept {
  if (interface_index_ == 0) {
    rte_eth_link link{};
    return rte_eth_link_get_nowait(id_, &link) != 0 || link.link_status == RTE_ETH_LINK_UP;
  }
  // The af_packet driver calls its link up whatever the interface says.
  ifreq request{};
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return true;
  const bool known = if_indextoname(interface_index_, request.ifr_name) != nullptr &&
                     ioctl(socket, SIOCGIFFLAGS, &request) == 0;
  ::close(socket);
  return known && (request.ifr_flags & IFF_RUNNING) != 0;
}

void Port::close() noexcept {
  if (!open_) return;
  open_ = false;
  rte_eth_dev_set_link_down(id_);  // where the driver can: the other end is to see it
  rte_eth_dev_stop(id_);
  rte_eth_dev_close(id_);
}

}  // namespace narrows::port
