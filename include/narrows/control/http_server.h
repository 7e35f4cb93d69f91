// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/control/actions.h"
#include "narrows/control/capture_request.h"
#include "narrows/control/event_log.h"
#include "narrows/stats/report.h"

namespace narrows::control {

/// Where the server gets what it answers with. All are called by the server's threads, several at a time;
/// those that are empty have nothing to say.
struct HttpSources {
  std::function<stats::Report()> report;
  std::function<bool()> healthy;
  std::function<std::string()> config;  ///< config_json()
  std::function<std::vector<Event>(std::uint64_t since)> events;
  std::function<ActionResult(Action)> act;  ///< may take a while; only over the control socket
  std::function<CaptureOffer(const CaptureParameters&)> capture{};  ///< only over the control socket
};

/// What a TCP client has to bring along.
struct HttpAccess {
  std::string token;  ///< as in "Authorization: Bearer TOKEN"; empty: nothing
  std::vector<std::string>
      hosts;  ///< names allowed in Host besides IP addresses, localhost and this machine's
};

/// A stream socket in the file system; its file's mode says who may use it.
struct ControlSocket {
  std::string path;
  std::string group;  ///< whose members may use it; empty: the process's own group
};

/// What Narrows has to say over HTTP: the status page, /metrics, /healthz and /api/v1 (docs/api.md). Over TCP
/// it is only read; the control socket takes actions too.
///
/// One request a connection. What a client can cost is bounded: a few threads, a request of at most 8 KiB
/// within two seconds, an answer taken within five, a short queue behind which connections are closed
/// unserved. The threads run on the CPUs of the thread that calls start(), the control thread's: never on a
/// worker's.
class HttpServer {
 public:
  using Listen = config::Statistics::Listen;

  HttpServer(Listen listen, HttpSources sources, HttpAccess access = {});
  HttpServer(ControlSocket socket, HttpSources sources);
  ~HttpServer();  ///< stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Returns nothing when the server listens, else one line that says what is wrong and what to do. A
  /// socket's directory is made if it is missing; a file that nobody listens on any more is replaced.
  [[nodiscard]] std::optional<std::string> start();

  /// Refuses further requests, waits for those being served (at most seven seconds for a stalled client),
  /// joins the threads, removes the socket's file. Does nothing when not started.
  void stop();

  /// Serves one connection that somebody else accepted, in the calling thread, and closes it; started or not.
  void serve(int connection);

  /// The port listened on, host order: with port 0 configured, the system's choice. 0 when not started.
  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  class Server;
  std::variant<Listen, ControlSocket> where_;
  std::unique_ptr<Server> server_;
};

}  // namespace narrows::control
