// SPDX-License-Identifier: BSD-3-Clause
/// What a port has for those who wait for its frames.
#define ALLOW_EXPERIMENTAL_API  // rte_eth_get_monitor_addr(), in DPDK since 21.02
#include <rte_log.h>
#include <rte_power_intrinsics.h>

#include "narrows/port/port.h"

namespace narrows::port {
namespace {

/// To ask a driver for what it may not have is no error.
class QuietEthdev {
 public:
  QuietEthdev() noexcept { rte_log_set_level(static_cast<std::uint32_t>(rte_eth_dev_logtype), RTE_LOG_CRIT); }
  ~QuietEthdev() {
    rte_log_set_level(static_cast<std::uint32_t>(rte_eth_dev_logtype), static_cast<std::uint32_t>(level_));
  }
  QuietEthdev(const QuietEthdev&) = delete;
  QuietEthdev& operator=(const QuietEthdev&) = delete;

 private:
  int level_ = rte_log_get_level(static_cast<std::uint32_t>(rte_eth_dev_logtype));
};

}  // namespace

bool Port::has_receive_interrupts() const noexcept {
  if (!settings_.receive_interrupts) return false;
  const QuietEthdev quiet;
  for (std::uint16_t queue = 0; queue < settings_.receive_queues; ++queue)
    if (rte_eth_dev_rx_intr_ctl_q_get_fd(id_, queue) < 0) return false;
  return true;
}

bool Port::offers_monitor() const noexcept {
  const QuietEthdev quiet;
  rte_power_monitor_cond condition{};
  return rte_eth_get_monitor_addr(id_, 0, &condition) == 0;
}

}  // namespace narrows::port
