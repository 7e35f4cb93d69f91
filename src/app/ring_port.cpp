// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/ring_port.h"

#include <fmt/format.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <stdexcept>

namespace narrows::app {
namespace {

constexpr unsigned kRingFrames = 1024;
constexpr wire::MacAddress kDefaultLanMac{{0x02, 0, 0, 0, 0, 0x01}};
constexpr wire::MacAddress kDefaultWanMac{{0x02, 0, 0, 0, 0, 0x02}};

rte_ring* make_ring(const std::string& name) {
  rte_ring* ring = rte_ring_create(name.c_str(), kRingFrames, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  if (ring == nullptr) throw std::runtime_error(fmt::format("ring {}: {}", name, rte_strerror(rte_errno)));
  return ring;
}

rte_mbuf* make_buffer(rte_mempool* pool) {
  rte_mbuf* buffer = rte_pktmbuf_alloc(pool);
  if (buffer == nullptr) throw std::runtime_error("out of packet buffers");
  return buffer;
}

}  // namespace

RingPort::RingPort(const std::string& user, Side side)
    : to_port_(make_ring(fmt::format("{}_to_{}", user, kSideNames[index_of(side)]))),
      from_port_(make_ring(fmt::format("{}_from_{}", user, kSideNames[index_of(side)]))) {
  const auto name = fmt::format("{}_{}", user, kSideNames[index_of(side)]);
  const int id = rte_eth_from_rings(name.c_str(), &to_port_, 1, &from_port_, 1, 0);
  if (id < 0) throw std::runtime_error(fmt::format("port {}: {}", name, rte_strerror(rte_errno)));
  id_ = static_cast<std::uint16_t>(id);
}

bool RingPort::put(rte_mbuf* frame) noexcept {
  return rte_ring_enqueue(to_port_, frame) == 0;
}

rte_mbuf* RingPort::take() noexcept {
  void* taken = nullptr;
  return rte_ring_dequeue(from_port_, &taken) == 0 ? static_cast<rte_mbuf*>(taken) : nullptr;
}

rte_mbuf* make_frame(rte_mempool* pool, std::span<const std::uint8_t> octets) {
  rte_mbuf* head = make_buffer(pool);
  rte_mbuf* last = head;
  for (auto rest = octets; !rest.empty();) {
    if (rte_pktmbuf_tailroom(last) == 0) {
      last->next = make_buffer(pool);
      last = last->next;
      ++head->nb_segs;
    }
    const auto part = rest.first(std::min<std::size_t>(rest.size(), rte_pktmbuf_tailroom(last)));
    std::ranges::copy(part, rte_pktmbuf_mtod_offset(last, std::uint8_t*, last->data_len));
    last->data_len = static_cast<std::uint16_t>(last->data_len + part.size());
    head->pkt_len += static_cast<std::uint32_t>(part.size());
    rest = rest.subspan(part.size());
  }
  return head;
}

std::vector<std::uint8_t> octets_of(const rte_mbuf& frame) {
  std::vector<std::uint8_t> copy(frame.pkt_len);
  const void* octets = rte_pktmbuf_read(&frame, 0, frame.pkt_len, copy.data());
  if (octets != copy.data())
    std::copy_n(static_cast<const std::uint8_t*>(octets), frame.pkt_len, copy.begin());
  return copy;
}

void configure_ring_ports(config::Config& config) {
  if (!config.lan.mac) config.lan.mac = kDefaultLanMac;
  if (!config.wan.mac) config.wan.mac = kDefaultWanMac;
  config.checksum = config::ChecksumPolicy::incremental;  // a file computes nothing
}

}  // namespace narrows::app
