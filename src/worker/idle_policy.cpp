// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/worker/idle_policy.h"

#include <fmt/format.h>

namespace narrows::worker {
namespace {

IdleDecision decide_interrupt(const std::array<IdleFacts, kSides>& ports, bool cpu_monitors) {
  const auto* without = std::ranges::find(ports, false, &IdleFacts::interrupts);
  if (without == ports.end()) return {IdleMethod::interrupt, {}};
  const auto text = fmt::format("workers.idle: interrupt: ports.{} ({}) has no receive interrupts",
                                without->key, without->driver);
  if (cpu_monitors && std::ranges::all_of(ports, &IdleFacts::monitor))
    return {IdleMethod::monitor, text + "; workers have the CPU watch its queues instead (monitor)"};
  return {IdleMethod::sleep, text + "; workers sleep instead"};
}

}  // namespace

IdleDecision decide_idle(config::Idle wanted, const std::array<IdleFacts, kSides>& ports, bool cpu_monitors) {
  switch (wanted) {
    case config::Idle::spin:
      return {IdleMethod::spin, {}};
    case config::Idle::pause:
      return {IdleMethod::pause, {}};
    case config::Idle::interrupt:
      return decide_interrupt(ports, cpu_monitors);
    case config::Idle::sleep:
      break;
  }
  return {IdleMethod::sleep, {}};
}

}  // namespace narrows::worker
