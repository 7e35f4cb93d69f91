// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <utility>

#include "narrows/app/private_file.h"
#include "narrows/app/yaml_sections.h"

namespace narrows::app {
namespace {

using config::AuthMethod;

constexpr std::size_t kMaxTagOctets = 255;
constexpr std::size_t kMaxHostUniqOctets = 64;

void read_line_into(const std::optional<Field>& field, std::string& target) {
  if (!field) return;
  if (auto text = read_line(*field, 0, kMaxTagOctets)) target = std::move(*text);
}

// --- the password: no message repeats what the file says here, lest it be the password itself ---

/// Reports what is wrong with a password, wherever it came from.
void take_password(const Field& field, std::string password, std::string& target) {
  if (password.empty())
    field.error("holds nothing: a password of 1 to 255 octets is needed");
  else if (password.size() > kMaxCredentialOctets)
    field.error("holds more than the 255 octets that a password may have");
  else if (std::ranges::any_of(password, is_control))
    field.error("holds control characters or more than one line: only the password is allowed");
  else
    target = std::move(password);
}

void read_password_file(const Field& field, std::string& password) {
  // Room for one line end and one octet too many.
  auto content = read_private_file(field, "a file with the password", kMaxCredentialOctets + 3);
  if (!content) return;
  std::string text = std::move(*content);
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  take_password(field, std::move(text), password);
}

void read_password_variable(const Field& field, std::string& password) {
  const auto name = read_text(field, "the name of an environment variable");
  if (!name) return;
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (name->empty() || !std::ranges::all_of(*name, is_allowed)) {
    return field.error(
        "must be the name of an environment variable: A-Z a-z 0-9 _, and not the password itself");
  }
  const char* value = std::getenv(std::string(*name).c_str());
  if (value == nullptr) return field.error("the environment variable of this name is not set");
  take_password(field, value, password);
}

void read_password(const MapReader& map, bool with_secrets, std::string& password) {
  constexpr std::string_view kWhat =
      "a file that only its owner can read; or, in its place, password_env: the name of an environment "
      "variable";
  const auto variable = map.find("password_env");
  const auto file = variable ? map.find("password_file") : map.require("password_file", kWhat);
  if (variable && file) variable->error("not allowed beside password_file: keep one");
  if (!with_secrets) return;
  if (file) read_password_file(*file, password);
  if (variable && !file) read_password_variable(*variable, password);
}

// --- the rest ---

void read_auth(const std::optional<Field>& field, std::vector<AuthMethod>& methods) {
  constexpr std::string_view kAllowed = "a list of 1 to 3 of chap-md5, mschapv2, pap";
  const auto elements = field ? read_list(*field, kAllowed) : std::nullopt;
  if (!elements) return;
  if (elements->empty()) return field->error(fmt::format("must be {}, not an empty one", kAllowed));
  methods.clear();
  for (const auto& element : *elements) {
    const auto method = read_word<AuthMethod>(element, kAuthWords);
    if (!method) continue;
    if (std::ranges::find(methods, *method) == methods.end())
      methods.push_back(*method);
    else
      element.error(fmt::format("{} is given twice: keep one", element.node->text));
  }
}

void read_redial(const std::optional<Field>& field, config::ClientSession& client) {
  constexpr std::array<std::string_view, 2> kKeys{"first_s", "max_s"};
  constexpr IntegerRule kRule{1, 3600, "seconds"};
  if (!field) return;
  const MapReader map(*field, kKeys);
  const auto first = map.find("first_s");
  const auto most = map.find("max_s");
  read_integer_into(first, kRule, client.redial_first_s);
  read_integer_into(most, kRule, client.redial_max_s);
  if (client.redial_first_s <= client.redial_max_s) return;
  if (most)
    most->error(fmt::format("{} is less than first_s, which is {}: allowed are {} to {} seconds",
                            client.redial_max_s, client.redial_first_s, client.redial_first_s, kRule.most));
  else if (first)
    first->error(fmt::format("{} is more than max_s, which is {} where it is not given: give max_s too",
                             client.redial_first_s, client.redial_max_s));
}

/// Nothing when it is not hexadecimal digits in pairs.
std::optional<std::vector<std::uint8_t>> parse_hex(std::string_view digits) {
  const auto value_of = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  std::vector<std::uint8_t> octets;
  if (digits.size() % 2 != 0) return std::nullopt;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    const int high = value_of(digits[at]);
    const int low = value_of(digits[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    octets.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return octets;
}

void read_host_uniq(const std::optional<Field>& field, std::optional<std::vector<std::uint8_t>>& host_uniq) {
  constexpr std::string_view kAllowed =
      "auto, or 0x and an even number of hexadecimal digits, 1 to 64 octets, such as 0x0123abcd";
  const auto text = field ? read_text(*field, kAllowed) : std::nullopt;
  if (!text || *text == "auto") return;
  auto octets = text->starts_with("0x") ? parse_hex(text->substr(2)) : std::nullopt;
  if (octets && !octets->empty() && octets->size() <= kMaxHostUniqOctets)
    host_uniq = std::move(octets);
  else
    field->error(fmt::format("must be {}", kAllowed));  // the value is as secret as a right one
}

}  // namespace

/// Text of at least `least` octets without control characters.
std::optional<std::string> read_line(const Field& field, std::size_t least, std::size_t most) {
  const auto allowed = fmt::format("text of {} to {} octets without control characters", least, most);
  const auto text = read_text(field, allowed);
  if (!text) return std::nullopt;
  if (text->size() >= least && text->size() <= most && std::ranges::none_of(*text, is_control))
    return std::string(*text);
  report_wrong_type(field, allowed);
  return std::nullopt;
}

void read_echo(const std::optional<Field>& field, std::uint16_t& interval_s, std::uint16_t& most_failures) {
  constexpr std::array<std::string_view, 2> kKeys{"interval_s", "failures"};
  if (!field) return;
  const MapReader map(*field, kKeys);
  const auto failures = map.find("failures");
  read_integer_into(map.find("interval_s"), {0, 3600, "seconds (0: off)"}, interval_s);
  read_integer_into(failures, {1, 100}, most_failures);
  if (failures && interval_s == 0) failures->warning("has no effect: with interval_s 0 no echo is sent");
}

void read_client(const Field& field, bool with_secrets, config::ClientSession& client) {
  constexpr std::array<std::string_view, 10> kKeys{
      "username", "password_file", "password_env", "service_name", "ac_name",
      "auth",     "max_payload",   "echo",         "redial",       "host_uniq"};
  constexpr std::array<Word<bool>, 2> kMaxPayload{{{"auto", true}, {"off", false}}};
  const MapReader map(field, kKeys);
  const auto username = map.require("username", "the name that the provider gave, such as \"user@isp\"");
  if (username) client.username = read_line(*username, 1, kMaxCredentialOctets).value_or("");
  read_password(map, with_secrets, client.password);
  read_line_into(map.find("service_name"), client.service_name);
  read_line_into(map.find("ac_name"), client.ac_name);
  read_auth(map.find("auth"), client.auth);
  if (const auto max_payload = map.find("max_payload"))
    client.max_payload = read_word<bool>(*max_payload, kMaxPayload).value_or(client.max_payload);
  read_echo(map.find("echo"), client.echo_interval_s, client.echo_failures);
  read_redial(map.find("redial"), client);
  read_host_uniq(map.find("host_uniq"), client.host_uniq);
}

}  // namespace narrows::app
