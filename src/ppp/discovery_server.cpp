// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/discovery_server.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "narrows/wire/pppoe.h"
#include "printable.h"

namespace narrows::ppp {
namespace {

using wire::PppoeTags;

/// What goes back as it came (RFC 2516 appendix A). @return whether it all fits.
bool echo(wire::PppoeTagWriter& answer, const PppoeTags& request) {
  bool complete = true;
  for (const std::uint16_t type : {wire::kTagHostUniq, wire::kTagRelaySessionId})
    if (const auto value = request.find(type)) complete = answer.add(type, *value) && complete;
  return complete;
}

}  // namespace

DiscoveryServer::DiscoveryServer(DiscoveryServerSettings settings, Allocate allocate, DiscoverySink& sink,
                                 Random& random)
    : settings_(std::move(settings)), allocate_(std::move(allocate)), sink_(sink) {
  random.fill(secret_);
}

DiscoveryServer::Outcome DiscoveryServer::receive(const wire::MacAddress& source,
                                                  std::span<const std::uint8_t> payload, Time now) {
  const auto packet = wire::parse_pppoe_discovery(payload);
  if (!packet || packet->session_id != 0 || !source.is_station()) return Outcome::ignored;
  if (packet->code == wire::kPppoePadi) return offer(source, packet->tags);
  if (packet->code == wire::kPppoePadr) return confirm(source, packet->tags, now);
  return Outcome::ignored;
}

DiscoveryServer::Outcome DiscoveryServer::offer(const wire::MacAddress& client, const PppoeTags& padi) {
  // A PADI that cannot be served MUST NOT be answered (RFC 2516 §5.2).
  if (!serves(padi)) return Outcome::ignored;
  wire::PppoeTagWriter pado;
  bool complete = pado.add(wire::kTagAcName, settings_.ac_name);
  const auto wanted = *padi.find(wire::kTagServiceName);
  complete = pado.add(wire::kTagServiceName, wanted) && complete;
  complete = pado.add(wire::kTagAcCookie, cookie_of(client)) && complete;
  complete = echo(pado, padi) && complete;
  if (const auto payload = granted_payload(padi); payload != 0)
    complete = pado.add(wire::kTagPppMaxPayload, payload) && complete;
  if (!complete) return Outcome::ignored;
  for (const std::string& service : settings_.services)
    if (service != text_of(wanted)) pado.add(wire::kTagServiceName, service);
  sink_.send(client, wire::kPppoePado, 0, pado.octets());
  return Outcome::offered;
}

DiscoveryServer::Outcome DiscoveryServer::confirm(const wire::MacAddress& client, const PppoeTags& padr,
                                                  Time now) {
  if (!has_cookie(client, padr)) return Outcome::ignored;
  forget_old(now);
  if (!serves(padr)) return refuse(client, padr, wire::kTagServiceNameError, "no such service");

  const auto host_uniq = padr.find(wire::kTagHostUniq).value_or(std::span<const std::uint8_t>{});
  const auto payload = granted_payload(padr);
  wire::PppoeTagWriter pads;
  bool complete = pads.add(wire::kTagServiceName, *padr.find(wire::kTagServiceName));
  complete = echo(pads, padr) && complete;
  if (payload != 0) complete = pads.add(wire::kTagPppMaxPayload, payload) && complete;
  if (!complete) return Outcome::ignored;

  const Attempt attempt{client, {host_uniq.begin(), host_uniq.end()}};
  const auto known = grants_.find(attempt);
  const bool repeated = known != grants_.end();
  const auto id = repeated ? known->second.session_id : allocate_({client, host_uniq, payload});
  if (!wire::is_session_id(id)) return refuse(client, padr, wire::kTagAcSystemError, "no session available");
  if (!repeated) {
    grants_[attempt] = {id, now + kRepeatWindow};
    oldest_.emplace_back(now + kRepeatWindow, attempt);
  }
  sink_.send(client, wire::kPppoePads, id, pads.octets());
  return repeated ? Outcome::repeated : Outcome::confirmed;
}

DiscoveryServer::Outcome DiscoveryServer::refuse(const wire::MacAddress& client, const PppoeTags& padr,
                                                 std::uint16_t error_tag, std::string_view reason) {
  wire::PppoeTagWriter pads;
  const auto service = padr.find(wire::kTagServiceName).value_or(std::span<const std::uint8_t>{});
  bool complete = pads.add(wire::kTagServiceName, service);
  complete = echo(pads, padr) && complete;
  complete = pads.add(error_tag, reason) && complete;
  if (!complete) return Outcome::ignored;
  sink_.send(client, wire::kPppoePads, 0, pads.octets());
  return Outcome::refused;
}

/// A request names exactly one service (RFC 2516 §5.1, §5.3); an empty name is any.
bool DiscoveryServer::serves(const PppoeTags& request) const {
  if (request.count(wire::kTagServiceName) != 1) return false;
  const auto wanted = text_of(*request.find(wire::kTagServiceName));
  return wanted.empty() || settings_.services.empty() ||
         std::find(settings_.services.begin(), settings_.services.end(), wanted) != settings_.services.end();
}

/// Never more than was asked for, nor than this end can carry.
std::uint16_t DiscoveryServer::granted_payload(const PppoeTags& request) const {
  const auto payload = std::min(wire::ppp_max_payload(request), settings_.max_payload);
  return payload > wire::kPppoeMtu ? payload : std::uint16_t{0};
}

DiscoveryServer::Cookie DiscoveryServer::cookie_of(const wire::MacAddress& client) const {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  if (HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), client.octets.data(),
           client.octets.size(), digest.data(), nullptr) == nullptr)
    throw std::runtime_error("OpenSSL gives no HMAC");
  Cookie cookie;
  std::copy_n(digest.begin(), cookie.size(), cookie.begin());
  return cookie;
}

bool DiscoveryServer::has_cookie(const wire::MacAddress& client, const PppoeTags& padr) const {
  const auto shown = padr.find(wire::kTagAcCookie);
  const Cookie right = cookie_of(client);
  return shown && shown->size() == right.size() &&
         CRYPTO_memcmp(shown->data(), right.data(), right.size()) == 0;
}

void DiscoveryServer::forget(std::uint16_t session_id) {
  std::erase_if(grants_, [&](const auto& each) { return each.second.session_id == session_id; });
}

void DiscoveryServer::forget_old(Time now) {
  while (!oldest_.empty() && oldest_.front().first <= now) {
    // Unless it was forgotten and granted again since.
    const auto grant = grants_.find(oldest_.front().second);
    if (grant != grants_.end() && grant->second.until <= now) grants_.erase(grant);
    oldest_.pop_front();
  }
}

}  // namespace narrows::ppp
