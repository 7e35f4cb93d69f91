// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/run.h"

#include <numa.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <optional>
#include <stdexcept>

#include "narrows/app/device.h"
#include "narrows/app/eal.h"
#include "narrows/app/forwarder.h"
#include "narrows/app/load_or_explain.h"
#include "narrows/app/log.h"
#include "narrows/app/pci_device.h"
#include "narrows/app/placement.h"
#include "narrows/app/privileges.h"
#include "narrows/control/final_counts.h"
#include "narrows/control/http_server.h"
#include "narrows/control/telemetry.h"

namespace narrows::app {
namespace {

using namespace std::chrono_literals;

/// The signals that end the program, taken synchronously by the control thread. Blocked before any other
/// thread exists, so that all inherit it.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);  // a statistics client that went away is no reason to die
  }

  /// True as soon as one arrived; otherwise false after `patience`.
  [[nodiscard]] bool wait(std::chrono::nanoseconds patience) const {
    const timespec timeout{.tv_sec = 0, .tv_nsec = static_cast<long>(patience.count())};
    return sigtimedwait(&set_, nullptr, &timeout) > 0;
  }

 private:
  sigset_t set_{};
};

const std::string& device_of(const config::Config& config, Side side) {
  return side == Side::lan ? config.lan.device : config.wan.device;
}

std::string device_key(const config::Config& config, Side side) {
  return fmt::format("ports.{}.device", config::port_keys(config.mode)[index_of(side)]);
}

/// Refuses a device that is not there, or that DPDK could not open, in words that help.
void require_device(const config::Config& config, Side side, const PortLocation& location) {
  const std::string& text = device_of(config, side);
  const auto key = device_key(config, side);
  const auto device = parse_device(text, side).device;
  if (!device) return;  // the configuration was checked
  const bool pci = device->kind == Device::Kind::pci;
  if (!location.is_present)
    throw std::runtime_error(
        pci ? fmt::format("{}: no PCI device {} here; dpdk-devbind.py -s lists them", key, device->name)
            : fmt::format("{}: no interface {} here; ip link lists them", key, device->interface));
  if (!pci) return;
  const std::string driver = inspect_pci_device("/", device->name).driver;
  if (!is_driver_for_dpdk(driver))
    throw std::runtime_error(fmt::format("{}: {} is bound to {}; give it to DPDK: sudo narrows setup -c FILE",
                                         key, device->name, driver.empty() ? "no driver" : driver));
}

/// Where the sessions that are open are kept, one file for each configuration.
std::filesystem::path state_file_of(const std::string& config_path) {
  return std::filesystem::path("/var/lib/narrows") /
         std::filesystem::path(config_path).filename().replace_extension(".sessions");
}

void require_privileges(const config::Config& config) {
  if (const std::string problem = missing_privileges(config, effective_capabilities()); !problem.empty())
    throw std::runtime_error(problem);
}

/// The port id of a configured device; virtual ones are made here.
std::uint16_t attach(const config::Config& config, Side side, std::size_t workers) {
  const std::string& text = device_of(config, side);
  const auto device = parse_device(text, side).device;
  std::uint16_t id = 0;
  if (device->kind == Device::Kind::virtual_device) {
    const auto mtu = side == Side::lan ? config.lan.mtu_octets : config.wan.mtu_octets;
    const bool by_device = config.workers.spread == config::Spread::automatic ||
                           config.workers.spread == config::Spread::hardware;
    const auto text_for_dpdk = probe_text(*device, mtu, by_device ? workers : 1);
    if (const int error = rte_dev_probe(text_for_dpdk.c_str()); error != 0) {
      const std::string word = Eal::last_error();
      throw std::runtime_error(fmt::format("{}: {} cannot be opened: {}", device_key(config, side), text,
                                           word.empty() ? rte_strerror(-error) : word));
    }
  }
  if (rte_eth_dev_get_port_by_name(device->name.c_str(), &id) != 0) {
    const std::string word = Eal::last_error();
    throw std::runtime_error(fmt::format("{}: DPDK offers no port for {}{}{}; is another program using it?",
                                         device_key(config, side), text, word.empty() ? "" : ": ", word));
  }
  return id;
}

void report_placement(const Placement& placement) {
  for (const auto& note : placement.notes) log("note: {}", note);
  if (!placement.errors.empty()) throw std::runtime_error(placement.errors.front());
}

/// The control thread's own memory on the ports' node as well.
void prefer_node(int node) {
  if (node >= 0 && numa_available() >= 0) numa_set_preferred(node);
}

/// Whether every worker has polled since it was last asked, at most twice a second.
class Progress {
 public:
  void check(Forwarder& forwarder, control::Time now) {
    if (now < next_) return;
    next_ = now + 500ms;
    bool all = true;
    std::vector<std::uint64_t> polls;
    for (std::size_t i = 0; i < forwarder.worker_count(); ++i) {
      polls.push_back(forwarder.worker(i).counters().polls.value());
      all = all && (i >= polls_.size() || polls[i] != polls_[i]);
    }
    polls_ = std::move(polls);
    healthy_.store(all, std::memory_order_relaxed);
  }
  [[nodiscard]] bool healthy() const { return healthy_.load(std::memory_order_relaxed); }

 private:
  std::vector<std::uint64_t> polls_;
  control::Time next_{0};
  std::atomic<bool> healthy_{true};  ///< the control thread writes, the HTTP threads read
};

void announce(const Forwarder& forwarder, const config::Config& config) {
  for (const auto side : {Side::lan, Side::wan}) {
    const port::Port& port = forwarder.port(side);
    log("ports.{}: {} with MAC {}, MTU {}", config::port_keys(config.mode)[index_of(side)], port.driver(),
        wire::to_string(port.mac()), port.settings().frame.mtu_octets);
  }
  if (config.statistics.listen)
    log("statistics on http://{}:{}/metrics", config.statistics.listen->address,
        config.statistics.listen->port);
  log("forwarding ({}, {} worker{}, {} session{})", config::name_of(config.mode), forwarder.worker_count(),
      forwarder.worker_count() == 1 ? "" : "s", config.sessions.size(),
      config.sessions.size() == 1 ? "" : "s");
}

control::Time now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

void forward_until_stopped(Forwarder& forwarder, const StopSignals& signals, Progress& progress) {
  forwarder.launch_workers();
  while (true) {
    const control::Time time = now();
    // With punted frames at hand the next turn comes at once; otherwise a signal or a millisecond is waited
    // for.
    const bool busy = forwarder.poll_control(time) != 0;
    progress.check(forwarder, time);
    if (signals.wait(busy ? 0ms : 1ms)) break;
  }
}

/// Tells the concentrators, for as long as that may take; a second signal is a hurry.
void hang_up(Forwarder& forwarder, const StopSignals& signals) {
  constexpr control::Time kPatience = 3s;
  const control::Time begun = now();
  forwarder.hang_up(begun);
  while (!forwarder.hung_up() && now() - begun < kPatience) {
    forwarder.poll_control(now());
    if (signals.wait(1ms)) break;
  }
}

}  // namespace

int run_command(const std::string& config_path, LoadPurpose purpose,
                const std::vector<std::string>& eal_arguments, bool verbose) {
  const auto config = load_or_explain(config_path, purpose, std::cerr);
  if (!config) return 1;
  const StopSignals signals;
  const Machine machine = inspect_machine(*config);
  for (const auto side : {Side::lan, Side::wan}) require_device(*config, side, machine.ports[index_of(side)]);
  require_privileges(*config);
  const Placement placement = place(*config, machine);
  report_placement(placement);
  prefer_node(placement.node);

  const EalPlan plan = plan_eal(*config, placement, memory_needed_mb(*config, placement.worker_cpus.size()),
                                config_path, eal_arguments);
  if (!plan.note.empty()) log("{}", plan.note);
  const Eal eal(plan, verbose);
  const std::size_t workers = placement.worker_cpus.size();
  const Forwarder::PortIds ports{attach(*config, Side::lan, workers), attach(*config, Side::wan, workers)};
  Forwarder forwarder(*config, ports, placement, state_file_of(config_path));

  Progress progress;
  std::optional<control::Telemetry> telemetry([&] { return forwarder.report(); });
  std::optional<control::HttpServer> http;
  if (config->statistics.listen) {
    http.emplace(
        *config->statistics.listen, [&] { return forwarder.report(); }, [&] { return progress.healthy(); });
    if (const auto problem = http->start()) throw std::runtime_error(*problem);
  }
  announce(forwarder, *config);
  forward_until_stopped(forwarder, signals, progress);
  log("stopping");
  hang_up(forwarder, signals);
  forwarder.stop_workers();
  // Nobody asks for a report any more once ports and buffers go.
  http.reset();
  telemetry.reset();
  std::cout << control::final_counts(forwarder.report()) << std::flush;
  if (const unsigned missing = forwarder.close(); missing != 0)
    log("{} packet buffers did not come back", missing);
  return 0;
}

}  // namespace narrows::app
