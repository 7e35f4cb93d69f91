// SPDX-License-Identifier: BSD-3-Clause
/// The routes: what each path of the HTTP server answers. docs/api.md and openapi.json say the same.
#pragma once

#include <functional>
#include <string>

#include <httplib.h>

#include "narrows/control/http_server.h"

namespace narrows::control {

class HttpApi {
 public:
  /// @param access  none: the control socket, whose file says who may ask, and which takes actions.
  HttpApi(HttpSources sources, std::optional<HttpAccess> access);

  /// What becomes of a connection behind its answer; empty: it is closed.
  using Takeover = std::function<void(int socket)>;

  /// Answers any request; what the sources throw passes through.
  void answer(const httplib::Request& request, httplib::Response& response, Takeover& takeover) const;

 private:
  [[nodiscard]] bool admits(const httplib::Request& request, httplib::Response& response) const;
  void read(const httplib::Request& request, httplib::Response& response) const;
  void act(const httplib::Request& request, httplib::Response& response, Takeover& takeover) const;
  void capture(const httplib::Request& request, httplib::Response& response, Takeover& takeover) const;
  void health(httplib::Response& response) const;
  void events(const httplib::Request& request, httplib::Response& response) const;

  HttpSources sources_;
  std::optional<HttpAccess> access_;
  std::string own_name_;
};

}  // namespace narrows::control
