// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/eal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "narrows/app/device.h"
#include "narrows/app/log.h"
#include "narrows/simd/level.h"

namespace narrows::app {
namespace {

namespace fs = std::filesystem;

/// Hugepages nobody uses, all sizes and nodes.
std::size_t free_hugepages_mb() {
  std::size_t total_kb = 0;
  std::error_code error;
  for (const auto& size : fs::directory_iterator("/sys/kernel/mm/hugepages", error)) {
    const std::string name = size.path().filename();  // hugepages-2048kB
    const auto digits = name.find_first_of("0123456789");
    std::size_t pages = 0;
    if (digits != std::string::npos && std::ifstream(size.path() / "free_hugepages") >> pages)
      total_kb += pages * std::stoul(name.substr(digits));
  }
  return total_kb / 1024;
}

bool says_where_memory_is(const std::vector<std::string>& arguments) {
  constexpr std::string_view kOptions[] = {"--no-huge", "--in-memory", "--huge-dir", "--huge-unlink",
                                           "--legacy-mem"};
  return std::ranges::any_of(arguments, [&](const std::string& argument) {
    return std::ranges::any_of(kOptions,
                               [&](std::string_view option) { return argument.starts_with(option); });
  });
}

/// Lcore 0 is the control thread's, 1 … the workers', in order, each on its CPU.
std::string lcores_of(const Placement& placement) {
  std::string text = fmt::format("0@{}", placement.control_cpu);
  for (std::size_t i = 0; i < placement.worker_cpus.size(); ++i)
    text += fmt::format(",{}@{}", i + 1, placement.worker_cpus[i]);
  return text;
}

/// Tells instances on one machine apart, and is what dpdk-telemetry.py -f takes: narrows-STEM of the file.
std::string file_prefix(const std::string& config_path) {
  std::string stem = fs::path(config_path).stem();
  for (char& c : stem)
    if (std::string_view("/*?[] ").find(c) != std::string_view::npos) c = '_';
  return "narrows-" + stem;
}

/// DPDK writes its log here instead of to stderr: kept for messages, passed on when it matters.
class DpdkLog {
 public:
  void open(bool verbose) {
    verbose_ = verbose;
    cookie_io_functions_t functions{};
    functions.write = [](void* self, const char* text, std::size_t size) {
      static_cast<DpdkLog*>(self)->write({text, size});
      return static_cast<ssize_t>(size);
    };
    stream_ = fopencookie(this, "w", functions);
    rte_openlog_stream(stream_);
  }

  void started() { starting_ = false; }

  std::string take_last_error() {
    const std::lock_guard lock(mutex_);
    return std::exchange(last_error_, {});
  }

 private:
  void write(std::string_view text) {
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if (text.empty()) return;
    const auto level = static_cast<unsigned>(rte_log_cur_msg_loglevel());
    const std::lock_guard lock(mutex_);
    if (level <= RTE_LOG_ERR) last_error_ = text;
    // While starting, failures end in one line of our own; what DPDK grumbles about on the way is noise.
    const control::LogEntry entry{control::EventKind::dpdk, fmt::format("dpdk: {}", text), {}};
    if (verbose_)
      log_unlimited(entry);
    else if (!starting_ && level <= RTE_LOG_WARNING)
      log(entry);
  }

  std::mutex mutex_;
  std::string last_error_;
  FILE* stream_ = nullptr;
  bool verbose_ = false;
  bool starting_ = true;
};

DpdkLog dpdk_log;  // DPDK's log is one per process, and so is this

/// rte_eal_init() prints failures and usage besides logging them.
class QuietOutput {
 public:
  QuietOutput() : saved_{dup(STDOUT_FILENO), dup(STDERR_FILENO)} {
    std::fflush(stdout);
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    ::close(null);
  }
  ~QuietOutput() {
    std::fflush(stdout);
    dup2(saved_[0], STDOUT_FILENO);
    dup2(saved_[1], STDERR_FILENO);
    ::close(saved_[0]);
    ::close(saved_[1]);
  }
  QuietOutput(const QuietOutput&) = delete;
  QuietOutput& operator=(const QuietOutput&) = delete;

 private:
  int saved_[2];
};

int init(const EalPlan& plan, bool verbose) {
  std::vector<std::string> arguments{"narrows"};
  arguments.insert(arguments.end(), plan.arguments.begin(), plan.arguments.end());
  std::vector<char*> argv;
  argv.reserve(arguments.size());
  for (std::string& argument : arguments) argv.push_back(argument.data());
  if (verbose) return rte_eal_init(static_cast<int>(argv.size()), argv.data());
  const QuietOutput quiet;
  return rte_eal_init(static_cast<int>(argv.size()), argv.data());
}

}  // namespace

EalPlan plan_eal(const config::Config& config, const Placement& placement, std::size_t memory_mb,
                 const std::string& config_path, const std::vector<std::string>& extra) {
  EalPlan plan;
  plan.arguments = {"--lcores", lcores_of(placement), "--main-lcore",
                    "0",        "--file-prefix",      file_prefix(config_path)};
  bool pci = false;
  for (const auto* port : {&config.lan, &config.wan}) {
    const auto device = parse_device(port->device, Side::lan).device;
    if (device && device->kind == Device::Kind::pci) {
      plan.arguments.insert(plan.arguments.end(), {"-a", port->device});
      pci = true;
    }
    // Its peer maps all memory through file descriptors, of which vhost-user takes only a few.
    if (device && device->name.starts_with("net_virtio_user"))
      plan.arguments.emplace_back("--single-file-segments");
  }
  if (!pci) plan.arguments.emplace_back("--no-pci");
  if (!says_where_memory_is(extra)) {
    if (free_hugepages_mb() >= memory_mb) {
      plan.arguments.emplace_back("--in-memory");
    } else {
      plan.arguments.insert(plan.arguments.end(), {"--no-huge", "-m", std::to_string(memory_mb)});
      plan.note = fmt::format(
          "running without hugepages, which costs throughput (TLB misses) and excludes most PCI devices; "
          "for {} MB of them: sysctl vm.nr_hugepages={}; narrows setup makes it last",
          memory_mb, (memory_mb + 1) / 2);
    }
  }
  plan.arguments.insert(plan.arguments.end(), extra.begin(), extra.end());
  return plan;
}

EalPlan plan_eal_for_replay(const std::vector<Cpu>& cpus, std::size_t memory_mb,
                            const std::vector<std::string>& extra) {
  std::string set;
  for (const Cpu& cpu : cpus) set += fmt::format("{}{}", set.empty() ? "" : ",", cpu.number);
  EalPlan plan{.arguments = {"--lcores", fmt::format("0@({})", set), "--no-pci", "--no-huge", "-m",
                             std::to_string(memory_mb), "--no-shconf", "--no-telemetry", "--file-prefix",
                             fmt::format("narrows-replay-{}", getpid())},
               .note = {}};
  plan.arguments.insert(plan.arguments.end(), extra.begin(), extra.end());
  return plan;
}

Eal::Eal(const EalPlan& plan, bool verbose) {
  dpdk_log.open(verbose);
  if (init(plan, verbose) < 0) {
    const std::string word = last_error();
    throw std::runtime_error(fmt::format("DPDK does not start: {} (narrows run --verbose shows all it says)",
                                         word.empty() ? rte_strerror(rte_errno) : word));
  }
  const auto forced = [](const std::string& argument) {
    return argument.starts_with("--force-max-simd-bitwidth");
  };
  if (std::ranges::none_of(plan.arguments, forced)) simd::permit_widest();
  dpdk_log.started();
}

Eal::~Eal() {
  const fs::path run_time_directory = rte_eal_get_runtime_dir();
  rte_eal_cleanup();
  std::error_code ignored;
  fs::remove(run_time_directory, ignored);  // when empty, as after a replay
}

std::string Eal::last_error() {
  return dpdk_log.take_last_error();
}

}  // namespace narrows::app
