// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/run.h"

#include <numa.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
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
#include "narrows/app/reload.h"
#include "narrows/app/service.h"
#include "narrows/app/stall_guard.h"
#include "narrows/app/status_command.h"
#include "narrows/control/actions.h"
#include "narrows/control/api_json.h"
#include "narrows/control/capture_server.h"
#include "narrows/control/final_counts.h"
#include "narrows/control/http_server.h"
#include "narrows/control/telemetry.h"

namespace narrows::app {
namespace {

using namespace std::chrono_literals;
using control::EventKind;

/// How long a client waits for the control thread to do what it asked.
constexpr auto kActionPatience = 4s;

/// The signals that end the program or have it read its configuration again, taken synchronously by the
/// control thread. Blocked before any other thread exists, so that all inherit it. Many SIGHUPs that wait are
/// one.
class Signals {
 public:
  enum class Wish : std::uint8_t { nothing, reload, stop };

  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);  // a statistics client that went away is no reason to die
  }

  /// As soon as one arrived; otherwise `nothing` after `patience`.
  [[nodiscard]] Wish wait(std::chrono::nanoseconds patience) const {
    const timespec timeout{.tv_sec = 0, .tv_nsec = static_cast<long>(patience.count())};
    const int signal = sigtimedwait(&set_, nullptr, &timeout);
    if (signal <= 0) return Wish::nothing;
    return signal == SIGHUP ? Wish::reload : Wish::stop;
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
  for (const auto& note : placement.notes) log(EventKind::placement, "{}", note);
  if (!placement.errors.empty()) throw std::runtime_error(placement.errors.front());
}

/// The control thread's own memory on the ports' node as well.
void prefer_node(int node) {
  if (node >= 0 && numa_available() >= 0) numa_set_preferred(node);
}

std::vector<std::uint64_t> polls_of(Forwarder& forwarder) {
  std::vector<std::uint64_t> polls;
  for (std::size_t i = 0; i < forwarder.worker_count(); ++i)
    polls.push_back(forwarder.worker(i).counters().polls.value());
  return polls;
}

/// Whether every worker has polled since it was last asked, at most twice a second.
class Progress {
 public:
  void check(Forwarder& forwarder, control::Time now) {
    if (now < next_) return;
    next_ = now + 500ms;
    healthy_.store(stalls_.look(polls_of(forwarder)).looks == 0, std::memory_order_relaxed);
  }
  [[nodiscard]] bool healthy() const { return healthy_.load(std::memory_order_relaxed); }

 private:
  StallCount stalls_;
  control::Time next_{0};
  std::atomic<bool> healthy_{true};  ///< the control thread writes, the HTTP threads read
};

control::CaptureSources capture_sources(Forwarder& forwarder, const config::Config& config) {
  return {.captures = forwarder.captures(),
          .workers = static_cast<std::uint16_t>(forwarder.worker_count()),
          .ports = config::port_keys(config.mode),
          .devices = {config.lan.device, config.wan.device},
          .program = fmt::format("narrows {}", NARROWS_VERSION),
          .log = [](const std::string& line) { log(control::EventKind::capture, "{}", line); }};
}

void announce(const Forwarder& forwarder, const config::Config& config) {
  for (const auto side : {Side::lan, Side::wan}) {
    const port::Port& port = forwarder.port(side);
    const port::PortSettings& settings = port.settings();
    const std::string key(config::port_keys(config.mode)[index_of(side)]);
    const std::string_view checksums = settings.transmit_checksum ? "the port" : "software";
    log({EventKind::port_opened,
         fmt::format("ports.{}: {} with MAC {}, MTU {}, TCP checksums by {}: {}", key, port.driver(),
                     wire::to_string(port.mac()), settings.frame.mtu_octets, checksums,
                     settings.checksum_reason),
         {{"port", key}, {"driver", port.driver()}, {"mtu", std::to_string(settings.frame.mtu_octets)}}});
  }
  if (config.statistics.listen)
    log(EventKind::statistics, "statistics on http://{}:{}/metrics", config.statistics.listen->address,
        config.statistics.listen->port);
  log({EventKind::started,
       fmt::format("Narrows {}: forwarding ({}, {} worker{}, {} session{})", NARROWS_VERSION,
                   config::name_of(config.mode), forwarder.worker_count(),
                   forwarder.worker_count() == 1 ? "" : "s", config.sessions.size(),
                   config.sessions.size() == 1 ? "" : "s"),
       {{"version", NARROWS_VERSION}, {"mode", std::string(config::name_of(config.mode))}}});
}

control::Time now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

/// What the loop of the control thread works with.
struct Running {
  Forwarder& forwarder;
  Progress& progress;
  control::Actions& actions;
  Service& service;
  std::atomic<std::uint64_t>& turns;  ///< the control thread writes, the stall guard reads
  std::function<control::ActionResult(control::Time)> read_again;
};

control::ActionResult reload_and_tell(const Running& running, control::Time time) {
  running.service.reloading(time);
  auto result = running.read_again(time);
  const EventKind kind = result.done ? EventKind::reloaded : EventKind::reload_refused;
  running.forwarder.events().note(kind, "", result.message);
  log(kind, "{}: {}", result.done ? "reloaded" : "not reloaded", result.message);
  running.service.ready();
  return result;
}

std::string status_of(const Forwarder& forwarder, bool healthy) {
  const auto [up, all] = forwarder.sessions_up();
  const std::string_view state = healthy ? "forwarding" : "a worker makes no progress";
  return all == 0 ? std::string(state)
                  : fmt::format("{}, {} of {} session{} up", state, up, all, all == 1 ? "" : "s");
}

bool all_have_polled(Forwarder& forwarder) {
  return std::ranges::count(polls_of(forwarder), 0u) == 0;
}

void forward_until_stopped(const Running& running, const Signals& signals) {
  Forwarder& forwarder = running.forwarder;
  forwarder.launch_workers();
  bool is_ready = false;
  while (true) {
    const control::Time time = now();
    running.turns.fetch_add(1, std::memory_order_relaxed);
    // With punted frames at hand the next turn comes at once; otherwise a signal or a millisecond is waited
    // for.
    const bool busy = forwarder.poll_control(time) != 0;
    running.progress.check(forwarder, time);
    tell_held_back();
    if (!is_ready && all_have_polled(forwarder)) {
      is_ready = true;
      running.service.ready();
    }
    const bool healthy = running.progress.healthy();
    running.service.turn(time, healthy);
    if (is_ready && running.service.wants_status(time))
      running.service.set_status(status_of(forwarder, healthy));
    running.actions.run_waiting([&](const control::Action& action) {
      return action.kind == control::Action::Kind::reload ? reload_and_tell(running, time)
                                                          : forwarder.act(action, time);
    });
    const auto wish = signals.wait(busy ? 0ms : 1ms);
    if (wish == Signals::Wish::stop) break;
    if (wish == Signals::Wish::reload) reload_and_tell(running, time);
  }
}

/// Where there is no place for the default socket, as without root, the rest works all the same.
void open_control_socket(const config::Statistics& statistics, const std::string& config_path,
                         const control::HttpSources& sources, std::optional<control::HttpServer>& server) {
  if (!statistics.socket) return;
  const bool is_default = statistics.socket->empty();
  server.emplace(control::ControlSocket{control_socket_of(statistics, config_path), statistics.socket_group},
                 sources);
  const auto problem = server->start();
  if (!problem) return;
  server.reset();
  if (!is_default || geteuid() == 0) throw std::runtime_error(*problem);
  log(EventKind::no_control_socket, "{}: narrows status and narrows reload do not work", *problem);
}

/// Of each worker, then of the control thread.
std::vector<std::uint64_t> progress_of(Forwarder& forwarder, const std::atomic<std::uint64_t>& turns) {
  auto counts = polls_of(forwarder);
  counts.push_back(turns.load(std::memory_order_relaxed));
  return counts;
}

/// In the guard's thread, while others hang. Whoever is at the other ends of the cables should see that
/// nobody is there. @param stalled  of progress_of().
[[noreturn]] void end_stalled(const Forwarder& forwarder, const Placement& placement, std::size_t stalled) {
  constexpr unsigned kPatienceSeconds = 5;
  ::alarm(kPatienceSeconds);  // SIGALRM ends the process should a driver hang here as well
  const auto& cpus = placement.worker_cpus;
  const auto who = stalled < cpus.size() ? fmt::format("worker {} (CPU {})", stalled, cpus[stalled])
                                         : std::string("the control thread");
  log_last_words({EventKind::stalled,
                  fmt::format("{} has made no progress for {} s: giving up", who, StallGuard::kMostLooks),
                  {}});
  for (const auto side : {Side::lan, Side::wan}) rte_eth_dev_set_link_down(forwarder.port(side).id());
  _exit(StallGuard::kExitCode);
}

/// Passwords, and what hosts send, are in anonymous memory: a core dump has none of it (core(5)).
void keep_memory_out_of_core_dumps() {
  constexpr std::string_view kElfHeadersOnly = "0x10";
  std::ofstream("/proc/self/coredump_filter") << kElfHeadersOnly;
}

/// Tells the concentrators, for as long as that may take; a second signal is a hurry.
void hang_up(Forwarder& forwarder, const Signals& signals) {
  constexpr control::Time kPatience = 3s;
  const control::Time begun = now();
  forwarder.hang_up(begun);
  while (!forwarder.hung_up() && now() - begun < kPatience) {
    forwarder.poll_control(now());
    if (signals.wait(1ms) == Signals::Wish::stop) break;
  }
}

int run(const std::string& config_path, LoadPurpose purpose, const std::vector<std::string>& eal_arguments,
        bool verbose) {
  const auto config = load_or_log(config_path, purpose);
  if (!config) return 1;
  const Signals signals;
  keep_memory_out_of_core_dumps();
  const Machine machine = inspect_machine(*config);
  for (const auto side : {Side::lan, Side::wan}) require_device(*config, side, machine.ports[index_of(side)]);
  require_privileges(*config);
  const Placement placement = place(*config, machine);
  report_placement(placement);
  prefer_node(placement.node);

  const EalPlan plan = plan_eal(*config, placement, memory_needed_mb(*config, placement.worker_cpus.size()),
                                config_path, eal_arguments);
  if (!plan.note.empty()) log(EventKind::no_hugepages, "{}", plan.note);
  const Eal eal(plan, verbose);
  const std::size_t workers = placement.worker_cpus.size();
  const Forwarder::PortIds ports{attach(*config, Side::lan, workers), attach(*config, Side::wan, workers)};
  Forwarder forwarder(*config, ports, placement, state_file_of(config_path));

  Progress progress;
  control::Actions actions;
  control::CaptureServer captures(capture_sources(forwarder, *config));
  std::optional<control::Telemetry> telemetry([&] { return forwarder.report(); });
  std::optional<control::HttpServer> http;
  std::optional<control::HttpServer> control_socket;
  const control::HttpSources sources{
      .report = [&] { return forwarder.report(); },
      .healthy = [&] { return progress.healthy(); },
      .config = [&] { return control::config_json(*forwarder.running()); },
      .events = [&](std::uint64_t since) { return forwarder.events().since(since); },
      .act = [&](control::Action action) { return actions.call(std::move(action), kActionPatience); },
      .capture = [&](const control::CaptureParameters& parameter) { return captures.offer(parameter); }};
  const config::Statistics& statistics = config->statistics;
  if (statistics.listen) {
    http.emplace(*statistics.listen, sources, control::HttpAccess{statistics.token, statistics.hosts});
    if (const auto problem = http->start()) throw std::runtime_error(*problem);
  }
  open_control_socket(statistics, config_path, sources, control_socket);
  announce(forwarder, *config);
  Service service;
  std::atomic<std::uint64_t> turns{0};
  std::optional<StallGuard> guard(
      std::in_place, [&] { return progress_of(forwarder, turns); },
      [&](std::size_t stalled) { end_stalled(forwarder, placement, stalled); });
  forward_until_stopped({forwarder, progress, actions, service, turns,
                         [&](control::Time time) { return reload(forwarder, config_path, purpose, time); }},
                        signals);
  service.stopping();
  guard.reset();
  actions.close();
  log(EventKind::stopping, "stopping");
  forwarder.events().note(EventKind::stopping, "", "stopping");
  hang_up(forwarder, signals);
  forwarder.stop_workers();
  // Nobody asks for a report any more once ports and buffers go.
  http.reset();
  control_socket.reset();
  captures.stop();
  telemetry.reset();
  std::cout << control::final_counts(forwarder.report()) << std::flush;
  if (const unsigned missing = forwarder.close(); missing != 0)
    log(EventKind::buffers_missing, "{} packet buffers did not come back", missing);
  return 0;
}

}  // namespace

int run_command(const std::string& config_path, LoadPurpose purpose,
                const std::vector<std::string>& eal_arguments, bool verbose) {
  const LogEnd log_end;
  try {
    return run(config_path, purpose, eal_arguments, verbose);
  } catch (const std::exception& error) {
    log(EventKind::failed, "{}", error.what());
    return 1;
  }
}

}  // namespace narrows::app
