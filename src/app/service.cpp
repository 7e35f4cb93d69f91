// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/service.h"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>

namespace narrows::app {
namespace {

using namespace std::chrono_literals;

constexpr control::Time kStatusInterval = 2s;

void notify(const std::string& text) {
  // That nobody hears it is no reason to stop forwarding.
  sd_notify(0, text.c_str());
}

}  // namespace

Service::Service() : is_managed_(std::getenv("NOTIFY_SOCKET") != nullptr) {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) > 0) feed_interval_ = std::chrono::microseconds(microseconds) / 2;
}

void Service::ready() const {
  if (is_managed_) notify("READY=1");
}

/// The time tells this reload from an earlier one (sd_notify(3), RELOADING=1).
void Service::reloading(control::Time now) const {
  if (!is_managed_) return;
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", microseconds));
}

void Service::stopping() const {
  if (is_managed_) notify("STOPPING=1\nSTATUS=stopping");
}

void Service::turn(control::Time now, bool healthy) {
  if (!is_managed_ || feed_interval_ == 0s || now < next_feed_ || !healthy) return;
  next_feed_ = now + feed_interval_;
  notify("WATCHDOG=1");
}

bool Service::wants_status(control::Time now) {
  if (!is_managed_ || now < next_status_) return false;
  next_status_ = now + kStatusInterval;
  return true;
}

void Service::set_status(const std::string& status) {
  if (status == status_) return;
  status_ = status;
  notify("STATUS=" + status);
}

}  // namespace narrows::app
