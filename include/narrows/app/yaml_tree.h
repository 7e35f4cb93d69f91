// SPDX-License-Identifier: BSD-3-Clause
/// A YAML document as a tree that keeps what a strict reader needs and YAML::Node forgets: the line of each
/// key, keys given twice, and whether a scalar was quoted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/app/finding.h"

namespace narrows::app {

struct YamlNode;

struct YamlKey {
  std::string text;
  int line = 1;
};

struct YamlNode {
  enum class Kind {
    null,    ///< nothing, ~ or null
    scalar,  ///< text
    list,
    map,
    refused,  ///< an alias, a tag, a key that is no word: already reported, readers pass over it
  };
  Kind kind = Kind::null;
  int line = 1;
  bool plain = false;           ///< scalar without quotes
  std::string text;             ///< scalar
  std::vector<YamlKey> keys;    ///< map, in the order of the file, one for each of `items`
  std::vector<YamlNode> items;  ///< elements of a list, values of a map
};

/// The single document in `text`. No value: it could not be read and `findings` says why. Nothing in the
/// text makes it throw or use memory out of proportion: aliases, deep nesting and oceans of brackets are
/// refused.
[[nodiscard]] std::optional<YamlNode> parse_yaml(std::string_view text, Findings& findings);

}  // namespace narrows::app
