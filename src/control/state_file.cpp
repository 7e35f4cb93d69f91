// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/state_file.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

#include "narrows/wire/pppoe_discovery.h"

namespace narrows::control {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostSessions = 4094;

Json to_json(const OpenSession& session) {
  return {{"id", session.id},
          {"ac_mac", wire::to_string(session.ac_mac)},
          {"wan_mac", wire::to_string(session.wan_mac)},
          {"wan_vlans", session.wan_vlans}};
}

/// get<std::uint16_t>() would cut what is longer to some other number.
/// @throws nlohmann::json::exception, std::out_of_range when it is no number of 16 bits.
std::uint16_t number_of(const Json& json) {
  const auto number = json.get_ref<const Json::number_unsigned_t&>();
  if (number > 0xffff) throw std::out_of_range("more than 16 bits");
  return static_cast<std::uint16_t>(number);
}

/// @throws nlohmann::json::exception, std::out_of_range, std::bad_optional_access when it is not one.
OpenSession from_json(const Json& json) {
  OpenSession session;
  session.id = number_of(json.at("id"));
  session.ac_mac = wire::parse_mac(json.at("ac_mac").get<std::string>()).value();
  session.wan_mac = wire::parse_mac(json.at("wan_mac").get<std::string>()).value();
  for (const Json& vlan : json.at("wan_vlans").get_ref<const Json::array_t&>())
    session.wan_vlans.push_back(number_of(vlan));
  return session;
}

bool is_usable(const OpenSession& session) {
  if (!wire::is_session_id(session.id) || session.ac_mac.is_multicast() || session.wan_mac.is_multicast() ||
      session.wan_vlans.size() > 2)
    return false;
  for (const auto vlan : session.wan_vlans)
    if (vlan == 0 || vlan > 4094) return false;
  return true;
}

}  // namespace

std::vector<OpenSession> StateFile::load() const {
  std::vector<OpenSession> sessions;
  if (path_.empty()) return sessions;
  try {
    std::ifstream file(path_);
    if (!file) return sessions;
    const Json root = Json::parse(file);
    for (const Json& entry : root.at("sessions")) {
      OpenSession session = from_json(entry);
      if (is_usable(session) && sessions.size() < kMostSessions) sessions.push_back(std::move(session));
    }
  } catch (const std::exception&) {
    // Cut short by a full disk, or somebody else's: what was read so far still counts.
  }
  return sessions;
}

bool StateFile::save(const std::vector<OpenSession>& sessions) const noexcept try {
  if (path_.empty()) return true;
  if (sessions.empty()) {
    std::error_code error;
    std::filesystem::remove(path_, error);
    return !error;
  }
  Json list = Json::array();
  for (const auto& session : sessions) list.push_back(to_json(session));
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path());
  const auto draft = std::filesystem::path(path_) += ".new";
  std::ofstream file(draft);
  file << Json{{"sessions", list}}.dump() << '\n';
  file.close();
  if (!file) return false;
  std::filesystem::rename(draft, path_);
  return true;
} catch (const std::exception&) {
  return false;
}

}  // namespace narrows::control
