// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/placement.h"

#include <fmt/format.h>

#include <algorithm>

namespace narrows::app {
namespace {

const Cpu* find_cpu(const Machine& machine, unsigned number) {
  const auto found = std::ranges::find(machine.cpus, number, &Cpu::number);
  return found == machine.cpus.end() ? nullptr : &*found;
}

int node_of(const Machine& machine, unsigned number) {
  const auto* cpu = find_cpu(machine, number);
  return cpu == nullptr ? kUnknownNode : cpu->node;
}

bool is_worker(const Placement& placement, unsigned number) {
  return std::ranges::find(placement.worker_cpus, number) != placement.worker_cpus.end();
}

/// "0-3,8".
std::string cpu_ranges(const std::vector<Cpu>& cpus) {
  std::string text;
  for (std::size_t i = 0; i < cpus.size();) {
    auto last = i;
    while (last + 1 < cpus.size() && cpus[last + 1].number == cpus[last].number + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", cpus[i].number);
    if (last > i) text += fmt::format("-{}", cpus[last].number);
    i = last + 1;
  }
  return text;
}

/// The node both ports are on, or the only one that is known.
int node_of_ports(const Machine& machine, Placement& placement) {
  const int lan = machine.ports[index_of(Side::lan)].node;
  const int wan = machine.ports[index_of(Side::wan)].node;
  if (lan == kUnknownNode || wan == kUnknownNode) return std::max(lan, wan);
  if (lan != wan) {
    placement.notes.push_back(
        fmt::format("port lan is on NUMA node {}, port wan on node {}: every frame crosses from "
                    "one to the other; put both cards on one node",
                    lan, wan));
  }
  return lan;
}

void take_configured_lcores(const config::Config& config, const Machine& machine, Placement& placement) {
  for (const auto lcore : config.workers.lcores) {
    if (find_cpu(machine, lcore) != nullptr)
      placement.worker_cpus.push_back(lcore);
    else {
      placement.errors.push_back(
          fmt::format("workers.lcores: CPU {} is not there or not allowed to this process, "
                      "which may use {}",
                      lcore, cpu_ranges(machine.cpus)));
    }
  }
}

/// The second CPU of the node, as the control thread takes the first; the only one if there is one.
void choose_worker(const Machine& machine, Placement& placement) {
  std::vector<unsigned> candidates;
  for (const auto& cpu : machine.cpus)
    if (cpu.node == placement.node) candidates.push_back(cpu.number);
  if (candidates.empty())
    for (const auto& cpu : machine.cpus) candidates.push_back(cpu.number);
  if (!candidates.empty()) placement.worker_cpus.push_back(candidates[candidates.size() > 1 ? 1 : 0]);
}

void choose_control(const Machine& machine, Placement& placement) {
  const auto is_free = [&placement](const Cpu& cpu) { return !is_worker(placement, cpu.number); };
  const auto is_near = [&](const Cpu& cpu) { return is_free(cpu) && cpu.node == placement.node; };
  auto found = std::ranges::find_if(machine.cpus, is_near);
  if (found == machine.cpus.end()) found = std::ranges::find_if(machine.cpus, is_free);
  if (found != machine.cpus.end()) {
    placement.control_cpu = found->number;
    return;
  }
  if (placement.worker_cpus.empty()) return;
  placement.control_cpu = placement.worker_cpus.front();
  placement.notes.push_back(
      fmt::format("the control thread shares CPU {} with a worker, as there is no other: expect "
                  "fewer packets per second and late answers",
                  placement.control_cpu));
}

void note_distant_workers(const Machine& machine, Placement& placement) {
  for (const auto number : placement.worker_cpus) {
    const int node = node_of(machine, number);
    for (std::size_t side = 0; side < kSides; ++side) {
      const int port_node = machine.ports[side].node;
      if (node != kUnknownNode && port_node != kUnknownNode && node != port_node) {
        placement.notes.push_back(
            fmt::format("worker CPU {} is on NUMA node {}, port {} on node {}: each frame crosses "
                        "between them",
                        number, node, kSideNames[side], port_node));
      }
    }
  }
}

}  // namespace

Placement place(const config::Config& config, const Machine& machine) {
  Placement placement;
  placement.node = node_of_ports(machine, placement);
  take_configured_lcores(config, machine, placement);
  if (config.workers.lcores.empty()) {
    // With ports that are nowhere, one node for the worker and the control thread is still better than two.
    if (placement.node == kUnknownNode && !machine.cpus.empty()) placement.node = machine.cpus.front().node;
    choose_worker(machine, placement);
  }
  if (placement.node == kUnknownNode && !placement.worker_cpus.empty())
    placement.node = node_of(machine, placement.worker_cpus.front());
  choose_control(machine, placement);
  note_distant_workers(machine, placement);
  return placement;
}

}  // namespace narrows::app
