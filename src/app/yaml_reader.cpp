// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/yaml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace narrows::app {
namespace {

using Kind = YamlNode::Kind;

/// How many insertions, deletions, replacements and swaps of neighbours lie between two short words
/// (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last;
  std::vector<std::size_t> last(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row{i};
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      auto least = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        least = std::min(least, before_last[j - 2] + 1);
      row.push_back(least);
    }
    before_last = std::exchange(last, std::move(row));
  }
  return last.back();
}

/// The allowed key that was probably meant; empty: none is near.
std::string_view nearest_key(std::string_view key, std::span<const std::string_view> keys) {
  constexpr std::size_t kLongestKey = 32;
  if (key.size() > kLongestKey) return {};
  std::string_view nearest;
  std::size_t least = std::max<std::size_t>(key.size() / 3, 1) + 1;
  for (const auto candidate : keys) {
    const auto distance = edit_distance(key, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/// The line on which a user looks for a value: its own, or its key's when it opens a block below.
int line_of_value(const YamlNode& value, int key_line) {
  return value.kind == Kind::scalar ? value.line : key_line;
}

struct ParsedInteger {
  bool is_integer = false;
  bool is_in_64_bits = false;
  std::uint64_t value = 0;
};

ParsedInteger parse_integer(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  const int base = text.starts_with("0x") || text.starts_with("0X") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  // 010 is eight to some YAML readers and ten to others: to none here.
  if (base == 10 && text.size() > 1 && text.front() == '0') return {};
  ParsedInteger result;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result.value, base);
  result.is_integer = error != std::errc::invalid_argument && end == text.data() + text.size();
  result.is_in_64_bits = error == std::errc{} && !is_negative;
  return result;
}

}  // namespace

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map";
    case Kind::scalar:
      return fmt::format(fmt::runtime(node.plain ? "{}" : "the quoted text \"{}\""), printable(node.text));
    case Kind::null:
    case Kind::refused:
      break;
  }
  return "nothing";
}

void report_wrong_type(const Field& field, std::string_view allowed) {
  if (field.node->kind == Kind::refused) return;
  field.error(fmt::format("must be {}, not {}", allowed, describe(*field.node)));
}

bool is_map_of(std::span<const std::string_view> keys, const YamlNode& tree, Findings& findings) {
  if (tree.kind == YamlNode::Kind::map) return true;
  report_wrong_type({&tree, {tree.line, "file"}, &findings},
                    fmt::format("a map with the keys {}", fmt::join(keys, ", ")));
  return false;
}

MapReader::MapReader(Field field, std::span<const std::string_view> keys)
    : field_(std::move(field)), keys_(keys) {
  if (!is_map()) {
    const Kind kind = field_.node->kind;
    // A value is not repeated: it may be a password that was written one level too high.
    if (kind != Kind::refused)
      field_.error(fmt::format("must be a map with the keys {}, not {}", fmt::join(keys_, ", "),
                               kind == Kind::scalar ? "a single value" : describe(*field_.node)));
    return;
  }
  std::unordered_map<std::string_view, int> first_line;
  for (const auto& key : field_.node->keys) {
    const auto [first, is_new] = first_line.try_emplace(key.text, key.line);
    if (!is_new) {
      field_.findings->error({key.line, path_of(key.text)},
                             fmt::format("given twice, first on line {}: keep one", first->second));
    } else if (std::ranges::find(keys_, key.text) == keys_.end()) {
      report_unknown(key);
    }
  }
}

void MapReader::report_unknown(const YamlKey& key) const {
  const auto nearest = nearest_key(key.text, keys_);
  field_.findings->error(
      {key.line, path_of(key.text)},
      fmt::format("unknown key{}; allowed here: {}",
                  nearest.empty() ? "" : fmt::format(", did you mean {}?", nearest), fmt::join(keys_, ", ")));
}

std::string MapReader::path_of(std::string_view key) const {
  const auto& path = field_.place.path;
  return path.empty() ? printable(key) : fmt::format("{}.{}", path, printable(key));
}

std::optional<Field> MapReader::find(std::string_view key) const {
  if (!is_map()) return std::nullopt;
  const auto& keys = field_.node->keys;
  const auto found = std::ranges::find(keys, key, &YamlKey::text);
  if (found == keys.end()) return std::nullopt;
  const auto& value = field_.node->items[static_cast<std::size_t>(found - keys.begin())];
  return Field{&value, {line_of_value(value, found->line), path_of(key)}, field_.findings};
}

std::optional<Field> MapReader::require(std::string_view key, std::string_view what) const {
  auto field = find(key);
  if (!field && is_map())
    field_.findings->error({field_.place.line, path_of(key)}, fmt::format("is required: {}", what));
  return field;
}

std::optional<std::vector<Field>> read_list(const Field& field, std::string_view allowed) {
  if (field.node->kind != Kind::list) {
    report_wrong_type(field, allowed);
    return std::nullopt;
  }
  std::vector<Field> elements;
  for (const auto& item : field.node->items) {
    auto path = fmt::format("{}[{}]", field.place.path, elements.size());
    elements.push_back({&item, {item.line, std::move(path)}, field.findings});
  }
  return elements;
}

std::optional<std::uint64_t> read_integer(const Field& field, const IntegerRule& rule) {
  const auto range =
      fmt::format("{} to {}{}{}", rule.least, rule.most, rule.unit.empty() ? "" : " ", rule.unit);
  const bool is_plain_text = field.node->kind == Kind::scalar && field.node->plain;
  const auto parsed = is_plain_text ? parse_integer(field.node->text) : ParsedInteger{};
  if (!parsed.is_integer) {
    report_wrong_type(field, fmt::format("{}an integer from {}", rule.words, range));
    return std::nullopt;
  }
  if (!parsed.is_in_64_bits || parsed.value < rule.least || parsed.value > rule.most) {
    field.error(fmt::format("{} is out of range: allowed are {}", printable(field.node->text), range));
    return std::nullopt;
  }
  return parsed.value;
}

std::optional<bool> read_boolean(const Field& field, std::string_view allowed) {
  const auto& node = *field.node;
  if (node.kind == Kind::scalar && node.plain && (node.text == "true" || node.text == "false"))
    return node.text == "true";
  report_wrong_type(field, allowed);
  return std::nullopt;
}

void read_boolean_into(const std::optional<Field>& field, bool& target) {
  if (field) target = read_boolean(*field, "true or false").value_or(target);
}

std::optional<std::string_view> read_text(const Field& field, std::string_view allowed) {
  if (field.node->kind == Kind::scalar) return field.node->text;
  report_wrong_type(field, allowed);
  return std::nullopt;
}

std::optional<wire::MacAddress> read_station_mac(const Field& field) {
  constexpr std::string_view kAllowed = "a MAC address such as \"02:00:00:00:00:0a\"";
  const auto text = read_text(field, kAllowed);
  if (!text) return std::nullopt;
  const auto mac = wire::parse_mac(*text);
  if (!mac)
    report_wrong_type(field, kAllowed);
  else if (!mac->is_station()) {
    field.error(
        fmt::format("{} is the address of no single station: the first octet must be even, and not all zero",
                    wire::to_string(*mac)));
  } else {
    return mac;
  }
  return std::nullopt;
}

std::optional<wire::Ipv4Address> read_host_address(const Field& field) {
  constexpr std::string_view kAllowed = "an IPv4 address such as 203.0.113.9";
  const auto text = read_text(field, kAllowed);
  if (!text) return std::nullopt;
  const auto address = wire::parse_ipv4_address(*text);
  constexpr std::uint32_t kBroadcast = 0xffffffff;
  if (!address)
    report_wrong_type(field, kAllowed);
  else if (address->value == 0 || address->value == kBroadcast || address->value >> 28 == 0xe) {
    field.error(fmt::format("{} is the address of no single host: not 0.0.0.0, multicast or broadcast",
                            wire::to_string(*address)));
  } else {
    return address;
  }
  return std::nullopt;
}

}  // namespace narrows::app
