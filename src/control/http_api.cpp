// SPDX-License-Identifier: BSD-3-Clause
#include "http_api.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "embedded.h"
#include "narrows/control/api_json.h"
#include "narrows/control/http_access.h"
#include "narrows/control/report_json.h"
#include "narrows/control/report_prometheus.h"

namespace narrows::control {
namespace {

constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kJson = "application/json";
/// Nothing from elsewhere, and nobody's frame; the page's own style and script are inline.
constexpr const char* kPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
constexpr std::string_view kSessions = "/api/v1/sessions/";

std::string own_host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

void refuse(httplib::Response& response, int status, const std::string& why) {
  response.status = status;
  response.set_content(error_json(why), kJson);
}

/// A parameter that is a number; nothing: it is no number. @param absent  where it is not given.
std::optional<std::uint64_t> number(const httplib::Request& request, const char* key, std::uint64_t absent) {
  if (!request.has_param(key)) return absent;
  const std::string text = request.get_param_value(key);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

void sessions(const httplib::Request& request, httplib::Response& response, const stats::Report& report) {
  const auto offset = number(request, "offset", 0);
  const auto limit = number(request, "limit", SessionQuery{}.limit);
  const std::string state = request.get_param_value("state");
  const auto is_state = [&state](const char* name) { return state == name; };
  if (!offset || !limit || *limit == 0 || *limit > SessionQuery::kMostAtOnce)
    return refuse(
        response, 400,
        fmt::format("offset is a number from 0, limit one from 1 to {}", SessionQuery::kMostAtOnce));
  if (!state.empty() && state != "not_up" && std::ranges::none_of(stats::kSessionStateNames, is_state))
    return refuse(response, 400, "state is one of down, discovery, lcp, authentication, network, up, not_up");
  response.set_content(sessions_json(report, {*offset, *limit, state}), kJson);
}

}  // namespace

HttpApi::HttpApi(HttpSources sources, std::optional<HttpAccess> access)
    : sources_(std::move(sources)), access_(std::move(access)), own_name_(own_host_name()) {}

void HttpApi::answer(const httplib::Request& request, httplib::Response& response, Takeover& takeover) const {
  response.set_header("Accept-Ranges", "none");
  response.set_header("Cache-Control", "no-store");
  response.set_header("X-Content-Type-Options", "nosniff");
  response.status = 200;
  if (!admits(request, response)) return;
  if (request.method == "GET" || request.method == "HEAD") return read(request, response);
  if (request.method == "POST" && !access_) return act(request, response, takeover);
  response.set_header("Allow", "GET, HEAD");
  if (request.method == "POST")
    return refuse(response, 405, "actions are taken over the control socket only (statistics.socket)");
  refuse(response, 405, "only GET and HEAD");
}

bool HttpApi::admits(const httplib::Request& request, httplib::Response& response) const {
  if (!access_) return true;
  if (!is_known_host(request.get_header_value("Host"), own_name_, access_->hosts)) {
    refuse(response, 421, "not a name of this machine: use its address, or add the name to statistics.hosts");
    return false;
  }
  // The page itself says nothing of this box, and asks its reader for the token.
  if (access_->token.empty() || request.path == "/" ||
      is_authorized(request.get_header_value("Authorization"), access_->token))
    return true;
  response.set_header("WWW-Authenticate", "Bearer realm=\"narrows\"");
  refuse(response, 401, "a token is needed: Authorization: Bearer TOKEN (statistics.token_file)");
  return false;
}

void HttpApi::read(const httplib::Request& request, httplib::Response& response) const {
  const std::string& path = request.path;
  if (path == "/") {
    response.set_header("Content-Security-Policy", kPagePolicy);
    response.set_header("Referrer-Policy", "no-referrer");
    response.set_content(std::string(kStatusPage), "text/html; charset=utf-8");
  } else if (path == "/metrics") {
    const auto format = choose_exposition(request.get_header_value("Accept"));
    response.set_content(report_prometheus(sources_.report(), format), content_type(format));
  } else if (path == "/healthz") {
    const bool healthy = sources_.healthy();
    if (!healthy) response.status = 503;
    response.set_content(healthy ? "ok\n" : "not forwarding\n", kText);
  } else if (path == "/api/v1/stats") {
    auto report = sources_.report();
    response.set_content(
        request.get_param_value("sessions") == "off" ? totals_json(report) : report_json(report), kJson);
  } else if (path == "/api/v1/sessions") {
    sessions(request, response, sources_.report());
  } else if (path == "/api/v1/config" && sources_.config) {
    response.set_content(sources_.config(), kJson);
  } else if (path == "/api/v1/events" && sources_.events) {
    events(request, response);
  } else if (path == "/api/v1/health") {
    health(response);
  } else if (path == "/api/v1/openapi.json") {
    response.set_content(std::string(kOpenApi), kJson);
  } else {
    refuse(response, 404, "no such page: /api/v1/openapi.json says which there are");
  }
}

void HttpApi::health(httplib::Response& response) const {
  const bool healthy = sources_.healthy();
  if (!healthy) response.status = 503;
  response.set_content(health_json(sources_.report(), healthy), kJson);
}

void HttpApi::events(const httplib::Request& request, httplib::Response& response) const {
  const auto since = number(request, "since", 0);
  if (!since) return refuse(response, 400, "since is the id of an event, a number");
  response.set_content(events_json(sources_.events(*since)), kJson);
}

/// An answer without an end of its own: what follows is the capture's, which takes the connection over.
void HttpApi::capture(const httplib::Request& request, httplib::Response& response,
                      Takeover& takeover) const {
  if (!sources_.capture) return refuse(response, 409, "not done: nothing can be captured here");
  auto offer = sources_.capture([&](const char* key) {
    return request.has_param(key) ? std::optional(request.get_param_value(key)) : std::nullopt;
  });
  if (offer.status != CaptureOffer::Status::accepted)
    return refuse(response, offer.status == CaptureOffer::Status::mistaken ? 400 : 409, offer.problem);
  takeover = std::move(offer.begin);
  response.set_content_provider("application/x-pcapng", [](std::size_t, httplib::DataSink& sink) {
    sink.done();
    return true;
  });
}

void HttpApi::act(const httplib::Request& request, httplib::Response& response, Takeover& takeover) const {
  if (request.path == "/api/v1/capture") return capture(request, response, takeover);
  Action action;
  std::string_view path = request.path;
  if (path.starts_with(kSessions)) {
    path.remove_prefix(kSessions.size());
    const auto slash = path.rfind('/');
    const auto verb = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    if (verb != "redial" && verb != "drop") return refuse(response, 404, "actions are redial and drop");
    action = {verb == "drop" ? Action::Kind::drop : Action::Kind::redial, std::string(path.substr(0, slash))};
  } else if (path != "/api/v1/reload") {
    return refuse(response, 404, "no such action: /api/v1/openapi.json says which there are");
  }
  if (!sources_.act) return refuse(response, 409, "not done: nothing can be done here");
  const ActionResult result = sources_.act(std::move(action));
  if (!result.done) response.status = 409;
  response.set_content(action_json(result), kJson);
}

}  // namespace narrows::control
