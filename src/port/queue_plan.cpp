// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/port/queue_plan.h"

#include <fmt/format.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace narrows::port {
namespace {

using config::Spread;

constexpr std::string_view kAfPacket = "net_af_packet";

/// Drivers that have as many receive as transmit queues in use, or to whom the other end sends by every queue
/// that is in use either way: a transmit queue more would be a receive queue that nobody polls.
constexpr std::array<std::string_view, 9> kQueuesInPairs{kAfPacket,    "net_af_xdp",      "net_tap",
                                                         "net_virtio", "net_virtio_user", "net_vhost",
                                                         "net_memif",  "net_netvsc",      "net_failsafe"};

bool has_queues_in_pairs(std::string_view driver) {
  return std::ranges::find(kQueuesInPairs, driver) != kQueuesInPairs.end();
}

/// One queue, and rings to the others.
QueuePlan in_software(const QueueFacts& facts, std::uint16_t workers, std::string why) {
  const std::uint16_t transmit =
      has_queues_in_pairs(facts.driver) ? std::uint16_t{1} : std::min(facts.transmit, workers);
  return {.way = Spread::software, .transmit_queues = transmit, .why = std::move(why), .error = {}};
}

/// Each worker has a queue, and the device fills them.
QueuePlan in_hardware(HashBy hash, std::uint16_t workers, std::string why) {
  return {.way = Spread::hardware,
          .hash = hash,
          .receive_queues = workers,
          .transmit_queues = workers,
          .why = std::move(why),
          .error = {}};
}

QueuePlan refuse(std::string error) {
  return {.why = {}, .error = std::move(error)};
}

/// The kernel fills every socket of an af_packet port, polled or not: a queue that is no worker's would be a
/// share of all flows lost.
QueuePlan plan_af_packet(Spread policy, const QueueFacts& facts, std::uint16_t workers) {
  if (facts.receive == workers && policy != Spread::software)
    return in_hardware(HashBy::kernel, workers, "packet fanout of the kernel");
  if (facts.receive == workers && policy == Spread::software)
    return refuse("spread: software needs a port with one queue: leave out qpairs");
  if (facts.receive > 1)
    return refuse(
        fmt::format("qpairs={}, but the number of workers is {}: leave out qpairs", facts.receive, workers));
  if (policy == Spread::hardware)
    return refuse(
        fmt::format("spread: hardware needs a queue a worker: write qpairs={} or leave it out", workers));
  if (policy == Spread::off) return {.why = "one queue", .error = {}};
  return in_software(facts, workers, "one queue");
}

/// What is in the way of the port's doing it; empty: nothing, or so it says.
std::string why_not_hardware(const QueueFacts& facts, bool carries_pppoe, std::uint16_t workers) {
  const auto queues = std::min(facts.receive, facts.transmit);
  if (queues < workers)
    return fmt::format("{} has {} queue{} for {} workers", facts.driver, queues, queues == 1 ? "" : "s",
                       workers);
  if ((facts.rss_offloads & RTE_ETH_RSS_IP) == 0) return fmt::format("{} has no RSS", facts.driver);
  if (carries_pppoe && (facts.rss_offloads & RTE_ETH_RSS_PPPOE) == 0 && has_queues_in_pairs(facts.driver))
    return fmt::format("{} does not hash inside PPPoE", facts.driver);
  return {};
}

HashBy best_hash(const QueueFacts& facts, bool carries_pppoe) {
  if (!carries_pppoe) return HashBy::ip;
  return (facts.rss_offloads & RTE_ETH_RSS_PPPOE) != 0 ? HashBy::pppoe : HashBy::pppoe_rules;
}

constexpr std::string_view text_of(HashBy hash) {
  switch (hash) {
    case HashBy::ip:
      return "RSS of plain IP";
    case HashBy::pppoe:
      return "RSS inside PPPoE";
    case HashBy::pppoe_rules:
      return "RSS inside PPPoE by flow rules";
    case HashBy::kernel:
    case HashBy::nothing:
      break;
  }
  return "";
}

/// As the port's usual hash has it, whatever that makes of PPPoE.
QueuePlan plan_off(const QueueFacts& facts, std::uint16_t workers) {
  const bool hashes = (facts.rss_offloads & RTE_ETH_RSS_IP) != 0;
  const auto receive = hashes ? std::min({facts.receive, facts.transmit, workers}) : std::uint16_t{1};
  return {.hash = receive > 1 ? HashBy::ip : HashBy::nothing,
          .receive_queues = receive,
          .transmit_queues = has_queues_in_pairs(facts.driver) ? receive : std::min(facts.transmit, workers),
          .why = fmt::format("{} queue{}", receive, receive == 1 ? "" : "s"),
          .error = {}};
}

}  // namespace

QueuePlan plan_queues(Spread policy, const QueueFacts& facts, bool carries_pppoe, std::uint16_t workers) {
  if (facts.driver == kAfPacket && (workers > 1 || facts.receive > 1))
    return plan_af_packet(policy, facts, workers);
  if (workers == 1) return {.why = "one worker", .error = {}};
  if (policy == Spread::off) return plan_off(facts, workers);
  if (policy == Spread::software) return in_software(facts, workers, "as configured");
  if (auto why = why_not_hardware(facts, carries_pppoe, workers); !why.empty()) {
    if (policy == Spread::hardware) return refuse(why + "; write spread: auto or software");
    return in_software(facts, workers, std::move(why));
  }
  const HashBy hash = best_hash(facts, carries_pppoe);
  return in_hardware(hash, workers, std::string(text_of(hash)));
}

}  // namespace narrows::port
