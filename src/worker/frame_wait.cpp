// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/frame_wait.h"

#include <fmt/format.h>
#include <rte_epoll.h>
#include <rte_errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <stdexcept>

namespace narrows::worker {

FrameWait::FrameWait(const std::array<const port::Port*, kSides>& ports, std::uint16_t queue, Wakeup& wakeup)
    : ports_(ports), queue_(queue), wakeup_(wakeup), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  wakeup_event_.epdata.event = EPOLLIN;
  const port::Port* failed = nullptr;
  for (const auto* port : ports_)
    if (rte_eth_dev_rx_intr_ctl_q(port->id(), queue_, epoll_, RTE_INTR_EVENT_ADD, nullptr) != 0)
      failed = port;
  if (failed == nullptr && rte_epoll_ctl(epoll_, EPOLL_CTL_ADD, wakeup_.fd(), &wakeup_event_) == 0) return;
  ::close(epoll_);
  throw std::runtime_error(
      fmt::format("workers.idle: interrupt: {} cannot be waited for; use workers.idle: sleep",
                  failed == nullptr ? "a worker" : failed->driver()));
}

FrameWait::~FrameWait() {
  for (const auto* port : ports_)
    rte_eth_dev_rx_intr_ctl_q(port->id(), queue_, epoll_, RTE_INTR_EVENT_DEL, nullptr);
  rte_epoll_ctl(epoll_, EPOLL_CTL_DEL, wakeup_.fd(), &wakeup_event_);
  ::close(epoll_);
}

// Drivers without the switch (net_tap) have their interrupts always on.
void FrameWait::arm() noexcept {
  wakeup_.begin();
  for (const auto* port : ports_) rte_eth_dev_rx_intr_enable(port->id(), queue_);
}

void FrameWait::disarm() noexcept {
  for (const auto* port : ports_) rte_eth_dev_rx_intr_disable(port->id(), queue_);
  wakeup_.end();
}

bool FrameWait::wait(std::chrono::milliseconds longest) noexcept {
  std::array<rte_epoll_event, kSides + 1> events{};
  const int count = rte_epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                   static_cast<int>(longest.count()));
  for (int i = 0; i < count; ++i)
    if (events[static_cast<std::size_t>(i)].fd == wakeup_.fd()) wakeup_.clear();
  return count > 0;
}

}  // namespace narrows::worker
