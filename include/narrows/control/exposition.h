// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace narrows::control {

/// What Prometheus and those like it read.
enum class ExpositionFormat : std::uint8_t { text, openmetrics };

/// The format that a request's Accept header prefers (RFC 9110 §12.5.1: q-values, the most specific range
/// counts): OpenMetrics 1.0.0 where it is named, or matched, with a higher one than text 0.0.4. Text where
/// there is no header, or nothing that can be had: scrapers ask for more than they need.
[[nodiscard]] ExpositionFormat choose_exposition(std::string_view accept);

[[nodiscard]] const char* content_type(ExpositionFormat format) noexcept;

/// `info` is a gauge of 1 in text. `distribution` is a histogram of what there is now, whose counts may go
/// down: a gaugehistogram of OpenMetrics, a histogram in text, which has none.
enum class MetricType : std::uint8_t { counter, gauge, info, histogram, distribution };

/// Name as samples have it: that of a counter ends in _total, that of an info in _info. A unit is of the
/// name's words the last but those, or else only for people ("" where there is none).
struct Metric {
  std::string_view name;
  MetricType type = MetricType::gauge;
  std::string_view unit;
  std::string_view help;
};

/// Metrics being written, as Prometheus text 0.0.4 or OpenMetrics 1.0.0. Straight into one string: what a
/// scrape costs is what the text costs.
class Exposition {
 public:
  struct Label {
    std::string_view name;
    std::string_view value;
  };
  using Labels = std::initializer_list<Label>;

  explicit Exposition(ExpositionFormat format) : format_(format) {}

  /// Samples of `metric` follow, whose texts outlive the next begin(). One without any leaves no trace.
  void begin(const Metric& metric) noexcept {
    metric_ = metric;
    described_ = false;
  }
  /// Whole numbers are exact.
  void add(std::uint64_t value, Labels labels = {});
  void add(double value, Labels labels = {});
  /// One histogram: buckets, their count and the sum of what was observed.
  /// @param counts  of each bucket alone, one more than `bounds`: the last is of what is beyond them all.
  void add(std::span<const double> bounds, std::span<const std::uint64_t> counts, double sum,
           Labels labels = {});

  [[nodiscard]] std::string finish() &&;

 private:
  void describe();
  void sample(std::string_view suffix, Labels labels, std::string_view last_name = {},
              std::string_view last_value = {});
  void label(std::string_view name, std::string_view value, bool is_first);

  ExpositionFormat format_;
  Metric metric_;
  bool described_ = false;  ///< which is before its first sample
  std::string text_;
};

}  // namespace narrows::control
