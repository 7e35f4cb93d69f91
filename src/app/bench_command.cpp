// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/bench_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "narrows/app/eal.h"
#include "narrows/app/placement.h"
#include "narrows/bench/measure.h"
#include "narrows/bench/report.h"
#include "narrows/bench/selection.h"
#include "narrows/bench/targets.h"
#include "narrows/simd/level.h"

namespace narrows::app {
namespace {

constexpr std::size_t kMemoryMb = 64;  // tables and rings; packet buffers have memory of their own
constexpr int kInterrupted = 130;

volatile std::sig_atomic_t stopped = 0;  // the handler writes, the measuring thread reads

/// SIGINT and SIGTERM end the measurement at the next sample; a second one at once.
void catch_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stopped = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

template <std::size_t size>
std::vector<std::string> strings(const std::array<std::string_view, size>& names) {
  return {names.begin(), names.end()};
}

template <std::size_t size>
std::vector<std::string> strings(const std::array<unsigned, size>& numbers) {
  std::vector<std::string> texts;
  texts.reserve(size);
  for (const unsigned number : numbers) texts.push_back(std::to_string(number));
  return texts;
}

std::vector<std::string> level_names() {
  std::vector<std::string> names;
  for (const auto level : simd::levels()) names.emplace_back(simd::name_of(level));
  return names;
}

/// Texts that the parser found among `names`, as what stands at the same place of `values`.
template <typename Value, typename Names>
std::vector<Value> values_of(const std::vector<std::string>& texts, const Names& names, auto value_at) {
  std::vector<Value> values;
  for (const auto& text : texts) {
    const auto place = std::ranges::find(names, text) - std::begin(names);
    values.push_back(value_at(static_cast<std::size_t>(place)));
  }
  return values;
}

template <typename Enum, std::size_t size>
std::vector<Enum> enums_of(const std::vector<std::string>& texts,
                           const std::array<std::string_view, size>& names) {
  return values_of<Enum>(texts, names, [](std::size_t place) { return static_cast<Enum>(place); });
}

template <std::size_t size>
std::vector<unsigned> numbers_of(const std::vector<std::string>& texts,
                                 const std::array<unsigned, size>& numbers) {
  return values_of<unsigned>(texts, strings(numbers), [&](std::size_t place) { return numbers[place]; });
}

bench::Selection selection_of(const BenchOptions& options) {
  return {.cases = enums_of<bench::Case>(options.cases, bench::kCaseNames),
          .frames = enums_of<bench::Frame>(options.frames, bench::kFrameNames),
          .syn_percents = numbers_of(options.syn_percents, bench::kSynPercents),
          .session_counts = numbers_of(options.sessions, bench::kSessionCounts),
          .families = enums_of<Family>(options.families, kFamilyNames),
          .wrappings = enums_of<bench::Wrapping>(options.wrappings, bench::kWrappingNames),
          .memories = enums_of<bench::Memory>(options.memories, bench::kMemoryNames),
          .all = options.all,
          .targets_only = options.targets};
}

/// The levels asked for, and scalar, which all are compared to.
bench::Plan plan_of(const BenchOptions& options) {
  bench::Plan plan;
  plan.settings = bench::select(selection_of(options));
  if (plan.settings.empty())
    throw std::runtime_error(
        "bench: there is no such combination; 4000 sessions have --wrapping vlan, transparent has no "
        "sessions "
        "and alone --wrapping pppoe, loop is always hot");
  for (const auto level : simd::levels())
    if (options.levels.empty() || level == simd::Level::scalar ||
        std::ranges::find(options.levels, simd::name_of(level)) != options.levels.end())
      plan.levels.push_back(level);
  plan.rounds = options.quick ? 5 : 15;
  plan.budget_seconds = options.quick ? 18 : 600;
  return plan;
}

/// The last CPU this process may use, unless told: the first ones have the most interrupts.
Cpu choose_cpu(std::optional<unsigned> wanted) {
  const auto cpus = inspect_machine({}).cpus;
  if (cpus.empty()) throw std::runtime_error("bench: this process may use no CPU");
  if (!wanted) return cpus.back();
  const auto found = std::ranges::find(cpus, *wanted, &Cpu::number);
  if (found == cpus.end())
    throw std::runtime_error(
        fmt::format("--cpu: this process may not use CPU {}; taskset -p $$ shows which it may", *wanted));
  return *found;
}

/// Tried before anything is measured, so that a wrong name does not cost a minute; what is in it stays until
/// there is something to put in its place.
void require_writable(const std::string& path) {
  if (!std::ofstream(path, std::ios::app)) throw std::runtime_error(fmt::format("cannot write {}", path));
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  if (!file) throw std::runtime_error(fmt::format("cannot write {}", path));
}

bench::Watcher make_watcher() {
  const bool shown = isatty(STDERR_FILENO) == 1;
  return {.begins =
              [shown](unsigned round, unsigned rounds) {
                if (shown) fmt::print(stderr, "\rround {} of {}", round, rounds);
                if (shown && round == rounds) fmt::print(stderr, "\r\033[K");
              },
          .is_over = [] { return stopped != 0; }};
}

void print(const std::vector<bench::Figure>& figures, const BenchOptions& options) {
  if (options.json && options.json_file.empty()) {
    fmt::print("{}", bench::json(figures));
    return;
  }
  fmt::print("{}", bench::table(figures));
  const auto best = std::ranges::max(figures, {}, &bench::Figure::level).level;
  const std::string targets = bench::targets_table(bench::judge(figures, best));
  if (!targets.empty()) fmt::print("\n{}", targets);
  if (options.json) write(options.json_file, bench::json(figures));
}

}  // namespace

std::shared_ptr<BenchOptions> add_bench_options(CLI::App& command) {
  auto options = std::make_shared<BenchOptions>();
  const auto add_axis = [&](const char* name, std::vector<std::string>& values,
                            const std::vector<std::string>& names, const char* what) {
    command.add_option(name, values, what)->delimiter(',')->check(CLI::IsMember(names));
  };
  add_axis("--case", options->cases, strings(bench::kCaseNames), "what is done with packets");
  add_axis("--frame", options->frames, strings(bench::kFrameNames), "octets of a frame, or a mixture");
  add_axis("--syn", options->syn_percents, strings(bench::kSynPercents), "per cent of packets that are SYNs");
  add_axis("--sessions", options->sessions, strings(bench::kSessionCounts), "PPPoE sessions");
  add_axis("--family", options->families, strings(kFamilyNames), "of the IP packets");
  add_axis("--wrapping", options->wrappings, strings(bench::kWrappingNames),
           "what is around IP: nothing, a VLAN tag on the LAN side, PPPoE in transparent mode");
  add_axis("--memory", options->memories, strings(bench::kMemoryNames), "where headers come from");
  add_axis("--level", options->levels, level_names(), "vector instructions");
  command.add_flag("--all", options->all, "all combinations, not only the usual ones");
  command.add_flag("--targets", options->targets, "only what the table of targets needs");
  command.add_flag("--quick", options->quick, "fewer rounds: ends within 30 seconds");
  command
      .add_option_function<std::string>(
          "--json",
          [options](const std::string& file) {
            options->json = true;
            options->json_file = file;
          },
          "print JSON in place of the tables, or write it to FILE beside them")
      ->type_name("[FILE]")
      ->expected(0, 1);
  command.add_option("--cpu", options->cpu, "the CPU to measure on; the last one otherwise")->type_name("N");
  command.add_flag("-v,--verbose", options->verbose, "show all that DPDK says");
  command.footer(
      "Each list of values is separated by commas. Every figure is the median of rounds that all settings "
      "and "
      "levels\ntake in turn; docs/performance.md says what is measured and how.");
  return options;
}

int bench_command(const BenchOptions& options) {
  const bench::Plan plan = plan_of(options);
  const Cpu cpu = choose_cpu(options.cpu);
  if (!options.json_file.empty()) require_writable(options.json_file);
  catch_signals();
  const Eal eal(plan_eal_for_replay({cpu}, kMemoryMb), options.verbose);
  auto figures = bench::measure(plan, make_watcher());
  if (figures.empty()) {
    fmt::print(stderr, "narrows: interrupted before there was a figure to trust\n");
    return kInterrupted;
  }
  if (!options.levels.empty())
    std::erase_if(figures, [&](const bench::Figure& figure) {
      return std::ranges::find(options.levels, simd::name_of(figure.level)) == options.levels.end();
    });
  print(figures, options);
  return 0;
}

}  // namespace narrows::app
