// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "narrows/config/config.h"
#include "narrows/stats/report.h"

namespace narrows::control {

/// The statistics over HTTP: /metrics (Prometheus), /api/v1/stats (JSON), /healthz and a short index at /.
///
/// GET and HEAD only, one request a connection. What a client can cost is bounded: a few threads, a request
/// of at most 8 KiB within two seconds, an answer taken within five, a short queue behind which connections
/// are closed unserved. The threads run on the CPUs of the thread that calls start(), the control thread's:
/// never on a worker's.
class HttpServer {
 public:
  using ReportSource = std::function<stats::Report()>;
  using Health = std::function<bool()>;

  /// Both functions are called by the server's threads, several at a time.
  HttpServer(config::Statistics::Listen listen, ReportSource report, Health healthy);
  ~HttpServer();  ///< stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Returns nothing when the server listens, else one line that says what is wrong and what to do.
  [[nodiscard]] std::optional<std::string> start();

  /// Refuses further requests, waits for those being served (at most seven seconds for a stalled client),
  /// joins the threads. Does nothing when not started.
  void stop();

  /// The port listened on, host order: with port 0 configured, the system's choice. 0 when not started.
  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  class Server;
  config::Statistics::Listen listen_;
  std::unique_ptr<Server> server_;
};

}  // namespace narrows::control
