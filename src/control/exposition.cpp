// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/exposition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <optional>
#include <system_error>

namespace narrows::control {
namespace {

// --- which format ---

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\"";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// Takes what is before the next `separator` off the front of `text`.
std::string_view take_part(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trimmed(part);
}

bool same_word(std::string_view word, std::string_view lower) {
  return std::ranges::equal(word, lower, [](char given, char wanted) {
    return (given >= 'A' && given <= 'Z' ? given - 'A' + 'a' : given) == wanted;
  });
}

struct MediaRange {
  std::string_view type;     ///< "text/plain", "text/*", "*/*"
  std::string_view version;  ///< empty: any
  double quality = 1;
};

/// Nothing where a quality is no number.
std::optional<MediaRange> parse_range(std::string_view text) {
  MediaRange range;
  range.type = take_part(text, ';');
  while (!text.empty()) {
    auto value = take_part(text, ';');
    const auto name = take_part(value, '=');
    value = trimmed(value);
    if (same_word(name, "version")) range.version = value;
    if (!same_word(name, "q")) continue;
    const auto* const end = value.data() + value.size();
    const auto [behind, error] = std::from_chars(value.data(), end, range.quality);
    if (error != std::errc{} || behind != end || !(range.quality >= 0)) return std::nullopt;
  }
  return range;
}

struct Offer {
  std::string_view type;
  std::string_view group;
  std::string_view version;
};
constexpr Offer kText{"text/plain", "text/*", "0.0.4"};
constexpr Offer kOpenMetrics{"application/openmetrics-text", "application/*", "1.0.0"};

/// 0: not at all.
unsigned specificity(const MediaRange& range, const Offer& offer) {
  if (same_word(range.type, "*/*")) return 1;
  if (same_word(range.type, offer.group)) return 2;
  if (!same_word(range.type, offer.type)) return 0;
  if (range.version.empty()) return 3;
  return range.version == offer.version ? 4 : 0;
}

double quality_of(const Offer& offer, std::string_view accept) {
  unsigned best = 0;
  double quality = 0;
  while (!accept.empty()) {
    const auto range = parse_range(take_part(accept, ','));
    if (!range) continue;
    const unsigned specific = specificity(*range, offer);
    if (specific == 0 || specific < best) continue;
    quality = specific > best ? range->quality : std::max(quality, range->quality);
    best = specific;
  }
  return quality;
}

// --- how it is written ---

constexpr std::string_view kCounterSuffix = "_total";
constexpr std::string_view kInfoSuffix = "_info";

std::string_view without(std::string_view name, std::string_view suffix) {
  return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
}

/// In OpenMetrics a family is called by its samples' name without what their type adds to it.
std::string_view family_name(const Metric& metric, ExpositionFormat format) {
  if (format == ExpositionFormat::text) return metric.name;
  if (metric.type == MetricType::counter) return without(metric.name, kCounterSuffix);
  return metric.type == MetricType::info ? without(metric.name, kInfoSuffix) : metric.name;
}

std::string_view type_name(MetricType type, ExpositionFormat format) {
  const bool is_text = format == ExpositionFormat::text;
  switch (type) {
    case MetricType::counter:
      return "counter";
    case MetricType::gauge:
      break;
    case MetricType::info:
      return is_text ? "gauge" : "info";
    case MetricType::histogram:
      return "histogram";
    case MetricType::distribution:
      return is_text ? "histogram" : "gaugehistogram";
  }
  return "gauge";
}

/// As both formats have bounds: a floating-point number that can be seen to be one.
std::string bound_text(double bound) {
  auto text = fmt::format("{}", bound);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

bool has_unit_suffix(std::string_view family, std::string_view unit) {
  return !unit.empty() && family.size() > unit.size() && family.ends_with(unit) &&
         family[family.size() - unit.size() - 1] == '_';
}

}  // namespace

ExpositionFormat choose_exposition(std::string_view accept) {
  return quality_of(kOpenMetrics, accept) > quality_of(kText, accept) ? ExpositionFormat::openmetrics
                                                                      : ExpositionFormat::text;
}

const char* content_type(ExpositionFormat format) noexcept {
  return format == ExpositionFormat::text ? "text/plain; version=0.0.4; charset=utf-8"
                                          : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

void Exposition::describe() {
  if (described_) return;
  described_ = true;
  const auto family = family_name(metric_, format_);
  const auto out = std::back_inserter(text_);
  fmt::format_to(out, "# HELP {} {}\n# TYPE {} {}\n", family, metric_.help, family,
                 type_name(metric_.type, format_));
  if (format_ == ExpositionFormat::openmetrics && has_unit_suffix(family, metric_.unit))
    fmt::format_to(out, "# UNIT {} {}\n", family, metric_.unit);
}

void Exposition::label(std::string_view name, std::string_view value, bool is_first) {
  text_ += is_first ? '{' : ',';
  text_ += name;
  text_ += "=\"";
  for (const char octet : value) {
    if (octet == '\n') {
      text_ += "\\n";
      continue;
    }
    if (octet == '"' || octet == '\\') text_ += '\\';
    text_ += octet;
  }
  text_ += '"';
}

/// All of a line but its value.
void Exposition::sample(std::string_view suffix, Labels labels, std::string_view last_name,
                        std::string_view last_value) {
  describe();
  text_ += metric_.name;
  text_ += suffix;
  bool is_first = true;
  for (const auto& [name, value] : labels) {
    label(name, value, is_first);
    is_first = false;
  }
  if (!last_name.empty()) {
    label(last_name, last_value, is_first);
    is_first = false;
  }
  if (!is_first) text_ += '}';
}

void Exposition::add(std::uint64_t value, Labels labels) {
  sample({}, labels);
  fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

void Exposition::add(double value, Labels labels) {
  sample({}, labels);
  fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

void Exposition::add(std::span<const double> bounds, std::span<const std::uint64_t> counts, double sum,
                     Labels labels) {
  const auto out = std::back_inserter(text_);
  const bool is_gauge = metric_.type == MetricType::distribution && format_ == ExpositionFormat::openmetrics;
  std::uint64_t up_to = 0;
  for (std::size_t row = 0; row < bounds.size(); ++row) {
    up_to += counts[row];
    sample("_bucket", labels, "le", bound_text(bounds[row]));
    fmt::format_to(out, " {}\n", up_to);
  }
  up_to += counts[bounds.size()];
  sample("_bucket", labels, "le", "+Inf");
  fmt::format_to(out, " {}\n", up_to);
  sample(is_gauge ? "_gsum" : "_sum", labels);
  fmt::format_to(out, " {}\n", sum);
  sample(is_gauge ? "_gcount" : "_count", labels);
  fmt::format_to(out, " {}\n", up_to);
}

std::string Exposition::finish() && {
  if (format_ == ExpositionFormat::openmetrics) text_ += "# EOF\n";
  return std::move(text_);
}

}  // namespace narrows::control
