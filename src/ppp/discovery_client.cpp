// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/discovery_client.h"

#include <algorithm>
#include <array>
#include <utility>

#include "discovery_errors.h"
#include "narrows/wire/pppoe.h"
#include "printable.h"

namespace narrows::ppp {
namespace {

using std::chrono::milliseconds;
using wire::PppoeTags;

/// How long each PADI and each PADR is waited for: doubled each time (RFC 2516 §8), but for the last PADI,
/// which would make a session without a line wait for too long.
constexpr std::array<Time, 6> kPadiWaits{milliseconds(250),  milliseconds(500),  milliseconds(1000),
                                         milliseconds(2000), milliseconds(4000), milliseconds(2000)};
constexpr std::array<Time, 5> kPadrWaits{milliseconds(250), milliseconds(500), milliseconds(1000),
                                         milliseconds(2000), milliseconds(4000)};

constexpr std::size_t kMostOffers = 9;  // the one that is asked first, and 8 to turn to
constexpr std::size_t kRandomHostUniqOctets = 8;
/// What a session carries without RFC 4638.

}  // namespace

DiscoveryClient::DiscoveryClient(DiscoverySettings settings, DiscoverySink& sink, Random& random)
    : settings_(std::move(settings)), sink_(sink), random_(random) {}

void DiscoveryClient::start(Time now) {
  stop();
  host_uniq_ = settings_.host_uniq.value_or(std::vector<std::uint8_t>(kRandomHostUniqOctets));
  if (!settings_.host_uniq) random_.fill(host_uniq_);

  wire::PppoeTagWriter padi(wire::kMostPadiTagOctets);
  bool complete = padi.add(wire::kTagServiceName, settings_.service_name);
  complete = padi.add(wire::kTagHostUniq, host_uniq_) && complete;
  if (settings_.max_payload > wire::kPppoeMtu)
    complete = padi.add(wire::kTagPppMaxPayload, settings_.max_payload) && complete;
  if (!complete) {
    message_ = "service name and Host-Uniq do not fit a PADI";
    return fail(Failure::no_offer);
  }
  padi_tags_ = padi.octets();
  status_ = Status::searching;
  send(now);
}

void DiscoveryClient::stop() {
  status_ = Status::idle;
  failure_ = Failure::none;
  refused_ = false;
  message_.clear();
  session_ = {};
  offers_.clear();
  requested_ = 0;
  tries_ = 0;
  deadline_ = kNever;
}

bool DiscoveryClient::receive(const wire::MacAddress& source, std::span<const std::uint8_t> payload,
                              Time now) {
  if (status_ == Status::idle || status_ == Status::failed) return false;
  if (!source.is_station()) return false;
  const auto packet = wire::parse_pppoe_discovery(payload);
  if (!packet || !is_ours(packet->tags)) return false;
  switch (packet->code) {
    case wire::kPppoePado:
      return handle_offer(source, *packet, now);
    case wire::kPppoePads:
      return handle_confirmation(source, *packet, now);
    default:
      return false;  // PADM, PADN and what else there may be; PADT is the session's owner's
  }
}

bool DiscoveryClient::is_ours(const PppoeTags& tags) const {
  const auto host_uniq = tags.find(wire::kTagHostUniq);
  return host_uniq && std::equal(host_uniq->begin(), host_uniq->end(), host_uniq_.begin(), host_uniq_.end());
}

bool DiscoveryClient::handle_offer(const wire::MacAddress& source, const wire::PppoeDiscovery& pado,
                                   Time now) {
  if (pado.session_id != 0) return false;
  if (status_ == Status::confirmed) return true;  // late
  if (status_ == Status::searching) note_error(pado.tags);
  if (error_text(pado.tags) || !fits(pado.tags)) return true;
  const bool known =
      std::any_of(offers_.begin(), offers_.end(), [&](const Offer& offer) { return offer.ac_mac == source; });
  if (known || offers_.size() >= kMostOffers) return true;
  auto padr = padr_tags(pado.tags);
  if (!padr) return true;
  offers_.push_back({source, printable(*pado.tags.find(wire::kTagAcName)), std::move(*padr)});
  if (status_ != Status::searching) return true;
  status_ = Status::requesting;
  refused_ = false;  // whoever sent an error before was not the one that is asked now
  message_.clear();
  tries_ = 0;
  send(now);
  return true;
}

/// An offer names its concentrator and the service that was asked for (RFC 2516 §5.2).
bool DiscoveryClient::fits(const PppoeTags& tags) const {
  const auto is = [](const wire::PppoeTag& tag, std::uint16_t type, const std::string& wanted) {
    return tag.type == type && (wanted.empty() || text_of(tag.value) == wanted);
  };
  bool right_ac = false;
  bool right_service = false;
  for (const wire::PppoeTag& tag : tags) {
    right_ac = right_ac || is(tag, wire::kTagAcName, settings_.ac_name);
    right_service = right_service || is(tag, wire::kTagServiceName, settings_.service_name);
  }
  return right_ac && right_service;
}

/// Nothing when they would not fit a packet: an offer that cannot be accepted.
std::optional<std::vector<std::uint8_t>> DiscoveryClient::padr_tags(const PppoeTags& offer) const {
  wire::PppoeTagWriter padr;
  bool complete = padr.add(wire::kTagServiceName, settings_.service_name);
  complete = padr.add(wire::kTagHostUniq, host_uniq_) && complete;
  if (settings_.max_payload > wire::kPppoeMtu)
    complete = padr.add(wire::kTagPppMaxPayload, settings_.max_payload) && complete;
  // What MUST come back as it was (RFC 2516 appendix A).
  for (const std::uint16_t type : {wire::kTagAcCookie, wire::kTagRelaySessionId})
    if (const auto value = offer.find(type)) complete = padr.add(type, *value) && complete;
  if (!complete) return std::nullopt;
  return padr.octets();
}

bool DiscoveryClient::handle_confirmation(const wire::MacAddress& source, const wire::PppoeDiscovery& pads,
                                          Time now) {
  if (!asked(source)) return false;
  const bool awaited = status_ == Status::requesting && offers_[requested_].ac_mac == source;
  const bool opened = wire::is_session_id(pads.session_id) && !error_text(pads.tags);
  if (!awaited) {
    if (opened) close_surplus(source, pads.session_id);
    return true;
  }
  if (opened) {
    confirm(pads);
    return true;
  }
  refused_ = true;
  note_error(pads.tags);
  request_next(now);
  return true;
}

bool DiscoveryClient::asked(const wire::MacAddress& ac_mac) const {
  const auto count = std::min(offers_.size(), requested_ + 1);
  return std::any_of(offers_.begin(), offers_.begin() + static_cast<std::ptrdiff_t>(count),
                     [&](const Offer& offer) { return offer.ac_mac == ac_mac; });
}

/// A concentrator may open a second session for a repeated PADR, or open one after we turned to another.
/// Left open it would count against the line's number of sessions. Only with a Host-Uniq of this attempt
/// alone: a configured one may be another client's as well, and the session its.
void DiscoveryClient::close_surplus(const wire::MacAddress& ac_mac, std::uint16_t id) {
  const bool is_used = status_ == Status::confirmed && session_.ac_mac == ac_mac && session_.id == id;
  if (is_used || settings_.host_uniq) return;
  sink_.send(ac_mac, wire::kPppoePadt, id, {});
}

void DiscoveryClient::note_error(const PppoeTags& tags) {
  const auto text = error_text(tags);
  if (!text) return;
  refused_ = true;
  message_ = *text;
}

/// Turns to the next offer, or gives up.
void DiscoveryClient::request_next(Time now) {
  if (requested_ + 1 >= offers_.size()) return fail(refused_ ? Failure::refused : Failure::no_answer);
  ++requested_;
  tries_ = 0;
  send(now);
}

void DiscoveryClient::confirm(const wire::PppoeDiscovery& pads) {
  const Offer& offer = offers_[requested_];
  const std::uint16_t echoed = wire::ppp_max_payload(pads.tags);
  const bool larger = settings_.max_payload > wire::kPppoeMtu && echoed > wire::kPppoeMtu;
  session_ = {offer.ac_mac, pads.session_id, offer.ac_name,
              larger ? std::min(echoed, settings_.max_payload) : std::uint16_t{0}};
  status_ = Status::confirmed;
  message_.clear();
  deadline_ = kNever;
}

void DiscoveryClient::fail(Failure failure) {
  status_ = Status::failed;
  failure_ = failure;
  deadline_ = kNever;
}

void DiscoveryClient::poll(Time now) {
  if (now < deadline_) return;
  if (status_ == Status::searching) {
    if (tries_ < kPadiWaits.size()) return send(now);
    return fail(refused_ ? Failure::refused : Failure::no_offer);
  }
  if (tries_ < kPadrWaits.size()) return send(now);
  request_next(now);
}

/// Sends the PADI or the PADR, whichever it is time for, once more.
void DiscoveryClient::send(Time now) {
  const bool searching = status_ == Status::searching;
  deadline_ = now + jittered(searching ? kPadiWaits[tries_] : kPadrWaits[tries_]);
  ++tries_;
  if (searching) return sink_.send(wire::kBroadcastMac, wire::kPppoePadi, 0, padi_tags_);
  const Offer offer = offers_[requested_];  // a copy: the sink may bring the answer before it returns
  sink_.send(offer.ac_mac, wire::kPppoePadr, 0, offer.padr_tags);
}

/// Between 7/8 and 9/8 of it, so that lines that came up together do not keep asking together.
Time DiscoveryClient::jittered(Time wait) {
  std::array<std::uint8_t, 2> random{};
  random_.fill(random);
  const std::int64_t fraction = random[0] << 8 | random[1];
  return wait - wait / 8 + wait / 4 * fraction / 0x10000;
}

Time DiscoveryClient::next_deadline() const {
  return deadline_;
}
DiscoveryClient::Status DiscoveryClient::status() const {
  return status_;
}
DiscoveryClient::Failure DiscoveryClient::failure() const {
  return failure_;
}
const std::string& DiscoveryClient::message() const {
  return message_;
}
const DiscoveredSession& DiscoveryClient::session() const {
  return session_;
}

}  // namespace narrows::ppp
