// SPDX-License-Identifier: BSD-3-Clause
/// A port whose two ends are rings in the test's hands.
#pragma once

#include <rte_eth_ring.h>
#include <rte_ring.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "narrows/port/port.h"
#include "path.h"

namespace narrows::test {

struct RingDeleter {
  void operator()(rte_ring* ring) const noexcept { rte_ring_free(ring); }
};

inline port::PortSettings settings_of(Side side, const Octets& address) {
  port::PortSettings settings;
  settings.side = side;
  settings.mac = mac(address);
  return settings;
}

class RingPort {
 public:
  /// @param room  frames a transmit queue takes: one less than a power of two.
  explicit RingPort(unsigned room = 1023, unsigned transmit_queues = 1)
      : name_("port" + std::to_string(made_++)), to_port_(make(name_ + "_in", 1023)) {
    rte_ring* to_port = to_port_.get();
    std::vector<rte_ring*> from_port;
    for (unsigned queue = 0; queue < transmit_queues; ++queue) {
      from_port_.push_back(make(name_ + "_out" + std::to_string(queue), room));
      from_port.push_back(from_port_.back().get());
    }
    const int id = rte_eth_from_rings(name_.c_str(), &to_port, 1, from_port.data(), transmit_queues, 0);
    if (id < 0) std::abort();
    id_ = static_cast<std::uint16_t>(id);
  }

  [[nodiscard]] std::uint16_t id() const { return id_; }

  void feed(const Arrival& arrival, unsigned times = 1) {
    for (unsigned i = 0; i < times; ++i)
      if (rte_ring_enqueue(to_port_.get(), make_mbuf(arrival)) != 0) std::abort();
  }
  /// What the port sent so far, by one queue.
  std::vector<Octets> drain(std::size_t queue = 0) { return drain_ring(from_port_.at(queue).get()); }

  static std::vector<Octets> drain_ring(rte_ring* ring) {
    std::vector<Octets> frames;
    void* mbuf = nullptr;
    while (rte_ring_dequeue(ring, &mbuf) == 0) {
      frames.push_back(octets_of(static_cast<rte_mbuf*>(mbuf)));
      rte_pktmbuf_free(static_cast<rte_mbuf*>(mbuf));
    }
    return frames;
  }

 private:
  static std::unique_ptr<rte_ring, RingDeleter> make(const std::string& name, unsigned room) {
    std::unique_ptr<rte_ring, RingDeleter> ring(
        rte_ring_create(name.c_str(), room + 1, 0, RING_F_SP_ENQ | RING_F_SC_DEQ));
    if (ring == nullptr) std::abort();
    return ring;
  }
  static inline unsigned made_ = 0;

  std::string name_;
  std::unique_ptr<rte_ring, RingDeleter> to_port_;
  std::vector<std::unique_ptr<rte_ring, RingDeleter>> from_port_;
  std::uint16_t id_ = 0;
};

/// Every frame that came in had one fate.
inline void expect_conserved(const stats::DirectionCounters& totals) {
  std::uint64_t fates = totals.forwarded.value() + totals.punted.value();
  for (const auto& count : totals.dropped) fates += count.value();
  EXPECT_EQ(totals.received.value(), fates);
}

}  // namespace narrows::test
