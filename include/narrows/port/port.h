// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_ethdev.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "narrows/port/checksum_policy.h"
#include "narrows/port/frame_size.h"
#include "narrows/port/queue_plan.h"
#include "narrows/wire/direction.h"
#include "narrows/wire/mac_address.h"

namespace narrows::port {

struct PortSettings {
  Side side = Side::lan;
  // Queue i belongs to worker i alone.
  std::uint16_t receive_queues = 1;
  std::uint16_t transmit_queues = 1;
  HashBy hash = HashBy::nothing;
  std::uint8_t rule_vlan_tags = 0;  ///< of the frames that pppoe_rules are about
  FrameSize frame;
  std::optional<wire::MacAddress> mac;
  std::vector<std::uint16_t> vlans;  ///< outermost ids of tagged frames there, where they are known
  bool promiscuous = false;          ///< otherwise own MAC, broadcast and multicast
  bool receive_interrupts = false;   ///< wanted; whether there are any, has_receive_interrupts() says
  bool receive_checksum = false;     ///< ask the port what it thinks of received checksums
  bool transmit_checksum = false;    ///< leave some to it; off again where the self-test fails
  bool requires_checksum = false;    ///< then a failed self-test is an error
  std::string checksum_reason;       ///< why the port is, or is not, left any; for people
};

/// An Ethernet port of DPDK between open() and close(). Only the control thread opens and closes; receive()
/// and send() on queue i are for worker i, a port's only receive queue for the one who polls it.
class Port {
 public:
  /// What can be known before the port is set up. @throws std::runtime_error, one line, when there is no such
  /// port.
  [[nodiscard]] static ChecksumFacts inspect(std::uint16_t port_id);
  [[nodiscard]] static QueueFacts inspect_queues(std::uint16_t port_id);
  /// The NUMA node a port is on, 0 when the device does not say.
  [[nodiscard]] static int node_of(std::uint16_t port_id);

  /// Sets up and starts a port; frames are received into buffers of `pool`. One that refuses the rules of
  /// HashBy::pppoe_rules is left with one receive queue and HashBy::nothing: settings() says what became.
  /// @throws std::runtime_error with one line that says what to do.
  Port(std::uint16_t port_id, PortSettings settings, rte_mempool* pool);
  ~Port() { close(); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  /// Stops and closes the device: no worker may use it any more. Again: nothing.
  void close() noexcept;

  /// Up to `size` frames; the caller owns them.
  [[nodiscard]] std::uint16_t receive(std::uint16_t queue, rte_mbuf** mbufs,
                                      std::uint16_t size) const noexcept {
    return rte_eth_rx_burst(id_, queue, mbufs, size);
  }

  /// Sends; returns how many of the first were taken. Those belong to the driver; the rest stay the caller's.
  [[nodiscard]] std::uint16_t send(std::uint16_t queue, rte_mbuf** mbufs, std::uint16_t size) const noexcept {
    return rte_eth_tx_burst(id_, queue, mbufs, size);
  }

  /// For bursts that leave a checksum to the port: has the driver look at them first. Returns how many of the
  /// first it accepts.
  [[nodiscard]] std::uint16_t prepare(std::uint16_t queue, rte_mbuf** mbufs,
                                      std::uint16_t size) const noexcept {
    return rte_eth_tx_prepare(id_, queue, mbufs, size);
  }

  /// Lets a VLAN in where the port keeps out those that it was not opened for. The control thread, while
  /// workers poll. @return whether it comes in.
  [[nodiscard]] bool admit(std::uint16_t vlan) const noexcept;
  /// Whether a cable with somebody at its other end is plugged in, as far as the device can say. Not for the
  /// data path: may be a system call.
  [[nodiscard]] bool has_link() const noexcept;

  /// Whether a worker can wait for the frames of its queue: by file descriptor (rte_eth_dev_rx_intr_ctl_q()).
  [[nodiscard]] bool has_receive_interrupts() const noexcept;
  /// Whether its driver knows a place in memory that changes with a queue's next frame
  /// (rte_eth_get_monitor_addr()).
  [[nodiscard]] bool offers_monitor() const noexcept;

  [[nodiscard]] std::uint16_t id() const noexcept { return id_; }
  [[nodiscard]] const PortSettings& settings() const noexcept { return settings_; }
  [[nodiscard]] const wire::MacAddress& mac() const noexcept { return mac_; }
  [[nodiscard]] const std::string& driver() const noexcept { return driver_; }

 private:
  void open(rte_mempool* pool);
  void configure(rte_mempool* pool);
  void set_up_queues(rte_mempool* pool) const;
  void start();
  void test_checksum(rte_mempool* pool);
  void listen() const;
  void admit_vlans() const;
  void discard_strangers() const noexcept;

  std::uint16_t id_;
  PortSettings settings_;
  wire::MacAddress mac_;
  std::string driver_;
  unsigned interface_index_ = 0;  ///< of a Linux interface, else 0
  bool open_ = false;
};

}  // namespace narrows::port
