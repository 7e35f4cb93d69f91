// SPDX-License-Identifier: BSD-3-Clause
/// Typed, strict reading of a YamlNode: each function returns the value, or reports what is wrong and what
/// is allowed and returns nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/app/yaml_tree.h"
#include "narrows/wire/ipv4_address.h"
#include "narrows/wire/mac_address.h"

namespace narrows::app {

/// One value and where it stands. Refers to the tree and the findings.
struct Field {
  const YamlNode* node = nullptr;
  Place place;
  Findings* findings = nullptr;

  void error(std::string text) const { findings->error(place, std::move(text)); }
  void warning(std::string text) const { findings->warning(place, std::move(text)); }
};

/// "the text \"abc\"", "a list", "nothing": the value for a message.
[[nodiscard]] std::string describe(const YamlNode& node);

/// Reports that the value should be `allowed`, and the value it is instead.
void report_wrong_type(const Field& field, std::string_view allowed);

/// Whether the whole file is a map; else an error of the file itself.
/// @param keys  that belong there.
[[nodiscard]] bool is_map_of(std::span<const std::string_view> keys, const YamlNode& tree,
                             Findings& findings);

/// A map with a fixed set of keys. Construction reports a value that is no map, unknown and duplicate keys.
class MapReader {
 public:
  /// @param keys  the allowed keys; must outlive the reader.
  MapReader(Field field, std::span<const std::string_view> keys);

  /// The value of a key, the first if it is given twice.
  [[nodiscard]] std::optional<Field> find(std::string_view key) const;

  /// The same; reports its absence. `what` completes "is required: ".
  [[nodiscard]] std::optional<Field> require(std::string_view key, std::string_view what) const;

  [[nodiscard]] const Place& place() const { return field_.place; }

 private:
  [[nodiscard]] std::string path_of(std::string_view key) const;
  void report_unknown(const YamlKey& key) const;
  [[nodiscard]] bool is_map() const { return field_.node->kind == YamlNode::Kind::map; }

  Field field_;
  std::span<const std::string_view> keys_;
};

/// The elements of a list, "path[0]" onwards; nothing when the value is no list (reported).
[[nodiscard]] std::optional<std::vector<Field>> read_list(const Field& field, std::string_view allowed);

/// An integer in decimal or, with 0x, hexadecimal.
struct IntegerRule {
  std::uint64_t least;
  std::uint64_t most;
  std::string_view unit = {};   ///< "octets"
  std::string_view words = {};  ///< "auto, off or ": what the caller takes besides
};
[[nodiscard]] std::optional<std::uint64_t> read_integer(const Field& field, const IntegerRule& rule);

template <typename Integer>
void read_integer_into(const std::optional<Field>& field, const IntegerRule& rule, Integer& target) {
  if (!field) return;
  if (const auto value = read_integer(*field, rule)) target = static_cast<Integer>(*value);
}

/// `true` or `false`, without quotes. `allowed` completes "must be ".
[[nodiscard]] std::optional<bool> read_boolean(const Field& field, std::string_view allowed);
void read_boolean_into(const std::optional<Field>& field, bool& target);

/// Text, quoted or not. `allowed` completes "must be ".
[[nodiscard]] std::optional<std::string_view> read_text(const Field& field, std::string_view allowed);

/// The MAC address of one station: neither a multicast address nor zero.
[[nodiscard]] std::optional<wire::MacAddress> read_station_mac(const Field& field);

/// The IPv4 address of one host.
[[nodiscard]] std::optional<wire::Ipv4Address> read_host_address(const Field& field);

/// One of a few words.
template <typename Value>
struct Word {
  std::string_view text;
  Value value;
};
template <typename Value>
[[nodiscard]] std::optional<Value> read_word(const Field& field, std::span<const Word<Value>> words) {
  std::string allowed;
  for (const auto& word : words) {
    if (field.node->kind == YamlNode::Kind::scalar && field.node->text == word.text) return word.value;
    allowed.append(allowed.empty() ? "" : " or ").append(word.text);
  }
  report_wrong_type(field, allowed);
  return std::nullopt;
}

}  // namespace narrows::app
