// SPDX-License-Identifier: BSD-3-Clause
#include "ports.h"

#include <fmt/format.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace narrows::lab {
namespace {

constexpr std::uint16_t kDescriptors = 1024;
constexpr unsigned kBuffers = 16383;  // two queues each way, with room
constexpr unsigned kCache = 256;

void check(int error, const char* what, std::uint16_t port) {
  if (error < 0) throw std::runtime_error(fmt::format("port {}: {} ({})", port, what, rte_strerror(-error)));
}

void open(std::uint16_t port, rte_mempool* pool) {
  const rte_eth_conf conf{};
  check(rte_eth_dev_configure(port, 1, 1, &conf), "cannot be configured", port);
  std::uint16_t receive = kDescriptors;
  std::uint16_t transmit = kDescriptors;
  check(rte_eth_dev_adjust_nb_rx_tx_desc(port, &receive, &transmit), "queue sizes", port);
  const int node = rte_eth_dev_socket_id(port);
  const auto socket = node < 0 ? 0u : static_cast<unsigned>(node);
  check(rte_eth_rx_queue_setup(port, 0, receive, socket, nullptr, pool), "receive queue", port);
  check(rte_eth_tx_queue_setup(port, 0, transmit, socket, nullptr), "transmit queue", port);
  check(rte_eth_dev_start(port), "does not start", port);
  if (const int error = rte_eth_promiscuous_enable(port); error != -ENOTSUP)
    check(error, "promiscuous mode", port);
}

bool has_link(std::uint16_t port) {
  rte_eth_link link{};
  return rte_eth_link_get_nowait(port, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

}  // namespace

rte_mempool* open_ports() {
  if (rte_eth_dev_count_avail() != kPorts.size())
    throw std::runtime_error(
        fmt::format("{} ports given, of two: the device's LAN, then its WAN", rte_eth_dev_count_avail()));
  rte_mempool* pool = rte_pktmbuf_pool_create("lab", kBuffers, kCache, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
                                              static_cast<int>(rte_socket_id()));
  if (pool == nullptr) throw std::runtime_error(fmt::format("no buffers ({})", rte_strerror(rte_errno)));
  rte_mempool_obj_iter(
      pool,
      [](rte_mempool*, void*, void* object, unsigned) {
        const auto* mbuf = static_cast<const rte_mbuf*>(object);
        std::memset(mbuf->buf_addr, 0, mbuf->buf_len);
      },
      nullptr);
  for (const std::uint16_t port : kPorts) open(port, pool);
  return pool;
}

void close_ports() noexcept {
  for (const std::uint16_t port : kPorts) {
    rte_eth_dev_stop(port);
    rte_eth_dev_close(port);
  }
}

void wait_for_links(double seconds) {
  using clock = std::chrono::steady_clock;
  const auto deadline = clock::now() + std::chrono::duration<double>(seconds);
  for (const std::uint16_t port : kPorts)
    while (!has_link(port)) {
      if (clock::now() > deadline) throw std::runtime_error(fmt::format("port {}: no link", port));
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

}  // namespace narrows::lab
