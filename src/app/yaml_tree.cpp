// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace narrows::app {
namespace {

using Kind = YamlNode::Kind;

// The schema needs 4 levels; 4094 sessions with every key need about 150,000 nodes.
constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxNodes = 500'000;
// yaml-cpp reads a bracketed value to its end before it hands out the first token of it, so the number of
// possible tokens has to be bounded before it starts.
constexpr std::ptrdiff_t kMaxStructuralOctets = 2'000'000;

int line_of(const YAML::Mark& mark) {
  return std::max(mark.line + 1, 1);
}

Place yaml_place(int line) {
  return {line, "yaml"};
}

/// Builds the tree from the parser's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Findings& findings) : findings_(findings) {}

  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(start(Kind::null, mark, {}, anchor), mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    findings_.error(yaml_place(line_of(mark)), "an alias (*name) is not allowed: write the value itself");
    add(start(Kind::refused, mark, {}, 0), mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = start(Kind::scalar, mark, tag, anchor);
    node.plain = tag == "?";
    node.text = value;
    add(std::move(node), mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(start(Kind::list, mark, tag, anchor), mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(start(Kind::map, mark, tag, anchor), mark);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    std::optional<YamlKey> key;  ///< of a map: the key whose value comes next
    bool key_is_refused = false;
    bool is_refused = false;  ///< the node turns into Kind::refused when it is complete
  };

  YamlNode start(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    YamlNode node;
    node.kind = kind;
    node.line = line_of(mark);
    if (anchor != 0)
      findings_.error(yaml_place(node.line), "an anchor (&name) is not allowed: write the value alone");
    // "?" is what the parser calls a plain scalar, "!" a quoted one.
    if (!tag.empty() && tag != "?" && tag != "!") {
      findings_.error(yaml_place(node.line),
                      fmt::format("a tag ({}) is not allowed: write the value alone", printable(tag)));
      node.kind = Kind::refused;
    }
    return node;
  }

  void open(YamlNode node, const YAML::Mark& mark) {
    if (stack_.size() == kMaxDepth)
      throw YAML::ParserException(mark,
                                  fmt::format("lists and maps are nested deeper than {} levels", kMaxDepth));
    const bool is_refused = node.kind == Kind::refused;
    // The parser goes on to send the contents: they need a container, whatever becomes of it.
    if (is_refused) node.kind = Kind::list;
    stack_.push_back({std::move(node), std::nullopt, false, is_refused});
    count(mark);
  }

  void close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    if (done.is_refused) done.node.kind = Kind::refused;
    attach(std::move(done.node));
  }

  void add(YamlNode node, const YAML::Mark& mark) {
    count(mark);
    attach(std::move(node));
  }

  void attach(YamlNode node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = stack_.back();
    if (parent.is_refused) return;
    if (parent.node.kind == Kind::map && !parent.key) {
      take_key(parent, std::move(node));
      return;
    }
    if (parent.node.kind == Kind::map) {
      if (!parent.key_is_refused) {
        parent.node.keys.push_back(std::move(*parent.key));
        parent.node.items.push_back(std::move(node));
      }
      parent.key.reset();
      return;
    }
    parent.node.items.push_back(std::move(node));
  }

  void take_key(Open& parent, YamlNode node) {
    parent.key_is_refused = node.kind != Kind::scalar;
    if (parent.key_is_refused && node.kind != Kind::refused)
      findings_.error(yaml_place(node.line), "a key must be a word followed by a colon");
    parent.key = YamlKey{std::move(node.text), node.line};
  }

  void count(const YAML::Mark& mark) {
    if (++nodes_ > kMaxNodes)
      throw YAML::ParserException(mark, fmt::format("more than {} values in one file", kMaxNodes));
  }

  Findings& findings_;
  YamlNode root_;
  std::vector<Open> stack_;
  std::size_t nodes_ = 0;
};

/// Octets that YAML forbids, one of which (0x04) yaml-cpp would take for the end of the file.
bool refuse_control_characters(std::string_view text, Findings& findings) {
  const auto is_forbidden = [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet < 0x20 && c != '\t' && c != '\n' && c != '\r') || octet == 0x7f;
  };
  const auto found = std::ranges::find_if(text, is_forbidden);
  if (found == text.end()) return false;
  findings.error(yaml_place(static_cast<int>(std::count(text.begin(), found, '\n')) + 1),
                 fmt::format("control character 0x{:02x}: the file must be plain text in UTF-8",
                             static_cast<unsigned char>(*found)));
  return true;
}

bool refuse_too_many_brackets(std::string_view text, Findings& findings) {
  const auto structural = std::ranges::count_if(
      text, [](char c) { return std::string_view("[]{},:").find(c) != std::string_view::npos; });
  if (structural <= kMaxStructuralOctets) return false;
  findings.error(yaml_place(1), fmt::format("{} brackets, commas and colons: at most {} are allowed",
                                            structural, kMaxStructuralOctets));
  return true;
}

}  // namespace

std::optional<YamlNode> parse_yaml(std::string_view text, Findings& findings) {
  if (refuse_control_characters(text, findings) || refuse_too_many_brackets(text, findings))
    return std::nullopt;
  try {
    // A quoted text without its closing quote ends, for yaml-cpp, with the last line break: take that away,
    // and it is the error it should be.
    std::istringstream stream{std::string(text.substr(0, text.find_last_not_of(" \t\r\n") + 1))};
    YAML::Parser parser(stream);
    TreeBuilder builder(findings);
    if (!parser.HandleNextDocument(builder)) return YamlNode{};
    YamlNode root = builder.take_root();
    TreeBuilder second(findings);
    if (parser.HandleNextDocument(second)) {
      findings.error(
          yaml_place(second.take_root().line),
          "text behind the end of the document: the file must hold one document, without a second ---");
      return std::nullopt;
    }
    return root;
  } catch (const YAML::Exception& error) {
    findings.error(yaml_place(line_of(error.mark)), fmt::format("not valid YAML: {}", printable(error.msg)));
  } catch (const std::exception& error) {
    findings.error(yaml_place(1), fmt::format("not readable as YAML: {}", printable(error.what())));
  }
  return std::nullopt;
}

}  // namespace narrows::app
