// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/measure.h"

#include <rte_cycles.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>

#include "narrows/bench/arithmetic.h"
#include "narrows/bench/frame_pool.h"
#include "narrows/bench/loop_bench.h"
#include "narrows/bench/stage_bench.h"
#include "narrows/bench/traffic.h"

namespace narrows::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned kLoopFrames = 8191;  // two ports' bursts and the cache
constexpr unsigned kLoopCache = 256;    // as testpmd's

/// The median over those rounds whose number `counts`; over all when none does.
template <typename Value, typename Counts>
double median_of(std::size_t rounds, Value value, Counts counts) {
  std::vector<double> chosen;
  std::vector<double> all;
  for (std::size_t i = 0; i < rounds; ++i) {
    all.push_back(value(i));
    if (counts(i)) chosen.push_back(all.back());
  }
  return median(chosen.empty() ? std::move(all) : std::move(chosen));
}

/// Buffers and ports of the whole run.
class Equipment {
 public:
  explicit Equipment(const std::vector<Setting>& settings) {
    const auto any = [&](auto is) { return std::ranges::any_of(settings, is); };
    if (any([](const Setting& s) { return s.what != Case::loop; }))
      frames_.emplace("bench_frames", static_cast<unsigned>(l3_frames()), 0);
    if (!any([](const Setting& s) { return s.what == Case::loop; })) return;
    loop_frames_.emplace("bench_loop", kLoopFrames, kLoopCache);
    lan_.emplace(Side::lan, loop_frames_->get());
    wan_.emplace(Side::wan, loop_frames_->get());
  }

  std::unique_ptr<Bench> make(const Setting& setting) {
    if (setting.what == Case::loop)
      return std::make_unique<LoopBench>(setting, LoopBench::Ports{&*lan_, &*wan_});
    return std::make_unique<StageBench>(setting, frames_->get());
  }

 private:
  std::optional<FramePool> frames_;
  std::optional<FramePool> loop_frames_;  ///< outlives the ports
  std::optional<MemoryPort> lan_;
  std::optional<MemoryPort> wan_;
};

/// The rounds of a run, and what they are about.
class Measurement {
 public:
  Measurement(const Plan& plan, const Watcher& watcher)
      : plan_(plan), watcher_(watcher), equipment_(plan.settings), rounds_(plan.settings.size()) {
    for (auto& of_setting : rounds_) of_setting.resize(plan.levels.size());
  }

  /// @return false: is over.
  bool run();
  [[nodiscard]] std::vector<Figure> figures() const;

 private:
  using OfSetting = std::vector<std::vector<Round>>;  ///< by level

  bool measure_setting(std::size_t index);
  Round measure_once(Bench& bench, simd::Level level, bool with_l3);
  Reading read(bool with_l3);
  [[nodiscard]] bool is_quiet(const OfSetting& rounds) const;
  [[nodiscard]] bool has_time_for(Clock::duration more) const {
    return std::chrono::duration<double>(Clock::now() + more - began_).count() < plan_.budget_seconds;
  }

  const Plan& plan_;
  QuietMeter meter_;
  QuietProbe probe_;
  const Watcher& watcher_;
  Equipment equipment_;
  std::vector<OfSetting> rounds_;  ///< by setting
  Clock::time_point began_ = Clock::now();
};

Reading Measurement::read(bool with_l3) {
  const Reading reading = probe_.read(with_l3);
  meter_.note(reading);
  return reading;
}

Round Measurement::measure_once(Bench& bench, simd::Level level, bool with_l3) {
  const Reading before = read(with_l3);
  const Sample sample = bench.sample(level);
  return {sample, worse(before, read(with_l3))};
}

/// One round of a setting, which every level begins in its turn.
bool Measurement::measure_setting(std::size_t index) {
  const auto bench = equipment_.make(plan_.settings[index]);
  OfSetting& rounds = rounds_[index];
  const std::size_t levels = plan_.levels.size();
  const std::size_t first = rounds.front().size() % levels;
  for (std::size_t i = 0; i < levels; ++i) {
    if (watcher_.is_over()) return false;
    const std::size_t level = (first + i) % levels;
    rounds[level].push_back(
        measure_once(*bench, plan_.levels[level], plan_.settings[index].memory == Memory::l3));
  }
  return true;
}

bool Measurement::is_quiet(const OfSetting& rounds) const {
  return std::ranges::all_of(rounds, [&](const std::vector<Round>& of_level) {
    return std::ranges::count_if(
               of_level, [&](const Round& round) { return meter_.is_quiet(round.reading); }) >= kQuietRounds;
  });
}

bool Measurement::run() {
  Clock::duration longest{0};
  for (unsigned round = 1; round <= plan_.rounds; ++round) {
    if (round > 1 && !has_time_for(longest)) break;
    watcher_.begins(round, plan_.rounds);
    const auto began = Clock::now();
    for (std::size_t i = 0; i < plan_.settings.size(); ++i)
      if (!measure_setting(i)) return false;
    longest = std::max(longest, Clock::now() - began);
  }
  // Once more what was disturbed, but no longer than all that has been.
  for (unsigned again = 1; again <= plan_.rounds; ++again)
    for (std::size_t i = 0; i < plan_.settings.size(); ++i)
      if (!is_quiet(rounds_[i]) && has_time_for(longest / static_cast<long>(plan_.settings.size())))
        if (!measure_setting(i)) return false;
  return true;
}

std::vector<Figure> Measurement::figures() const {
  std::vector<Figure> figures;
  const auto scalar = std::ranges::find(plan_.levels, simd::Level::scalar) - plan_.levels.begin();
  for (std::size_t i = 0; i < plan_.settings.size(); ++i)
    for (std::size_t level = 0; level < plan_.levels.size(); ++level)
      figures.push_back(summarise(plan_.settings[i], plan_.levels[level], rounds_[i][level],
                                  rounds_[i][static_cast<std::size_t>(scalar)], meter_,
                                  static_cast<double>(rte_get_tsc_hz())));
  return figures;
}

}  // namespace

Figure summarise(const Setting& setting, simd::Level level, const std::vector<Round>& rounds,
                 const std::vector<Round>& scalar, const QuietMeter& meter, double tsc_hz) {
  const double ns_per_cycle = 1e9 / tsc_hz;
  const auto is_quiet = [&](std::size_t i) { return meter.is_quiet(rounds[i].reading); };
  const auto both_quiet = [&](std::size_t i) { return is_quiet(i) && meter.is_quiet(scalar[i].reading); };
  const auto over_rounds = [&](auto value) {
    return median_of(
        rounds.size(), [&](std::size_t i) { return value(rounds[i].sample); }, is_quiet);
  };
  Figure figure{.setting = setting, .level = level};
  figure.cycles = over_rounds([](const Sample& s) { return s.cycles; });
  figure.ns = figure.cycles * ns_per_cycle;
  figure.ratio_to_scalar = median_of(
      rounds.size(), [&](std::size_t i) { return rounds[i].sample.cycles / scalar[i].sample.cycles; },
      both_quiet);
  if (setting.what == Case::loop) {
    figure.io_ns = over_rounds([](const Sample& s) { return s.io_cycles; }) * ns_per_cycle;
    figure.bare_io_ns = over_rounds([](const Sample& s) { return s.bare_io_cycles; }) * ns_per_cycle;
    figure.ratio_to_io = over_rounds([](const Sample& s) { return s.cycles / s.io_cycles; });
    figure.ratio_to_bare_io = over_rounds(
        [](const Sample& s) { return (s.cycles - s.io_cycles + s.bare_io_cycles) / s.bare_io_cycles; });
  }
  const auto over_readings = [&](auto value) {
    return median_of(
        rounds.size(), [&](std::size_t i) { return value(rounds[i].reading); }, is_quiet);
  };
  figure.adds_per_clock = over_readings([](const Reading& r) { return r.adds_per_clock; });
  figure.l3_clocks = over_readings([](const Reading& r) { return r.l3_clocks; });
  figure.wire_octets = mean_wire_octets(setting);
  figure.rounds = static_cast<unsigned>(rounds.size());
  unsigned quiet = 0;
  double best = figure.cycles;
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    if (!is_quiet(i)) continue;
    ++quiet;
    best = std::min(best, rounds[i].sample.cycles);
  }
  figure.quiet = quiet >= kQuietRounds;
  figure.best_ns = best * ns_per_cycle;
  return figure;
}

std::vector<Figure> measure(const Plan& plan, const Watcher& watcher) {
  Measurement measurement(plan, watcher);
  return measurement.run() ? measurement.figures() : std::vector<Figure>();
}

}  // namespace narrows::bench
