// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/http_server.h"

#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>

#include "bounded_connection.h"
#include "bounded_pool.h"
#include "http_api.h"
#include "http_listener.h"

namespace narrows::control {
namespace {

/// Of the connection that this thread serves.
thread_local HttpApi::Takeover takeover;

}  // namespace

class HttpServer::Server : public httplib::Server {
 public:
  explicit Server(HttpApi api) : api_(std::move(api)) {
    new_task_queue = [] { return new BoundedPool; };
    // Everything is answered here: no body is ever read, no pattern matched.
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      api_.answer(request, response, takeover);
      return HandlerResponse::Handled;
    });
    set_exception_handler(
        [](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
          response.status = 500;
          response.set_content("the statistics could not be collected\n", "text/plain; charset=utf-8");
        });
  }

  [[nodiscard]] std::optional<std::string> open(const Listening& listening) {
    if (!listening.problem.empty()) return listening.problem;
    port_ = listening.port;
    svr_sock_ = listening.descriptor;
    acceptor_ = std::thread([this] { listen_after_bind(); });
    // stop() does nothing before the loop runs.
    while (!is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return std::nullopt;
  }

  /// @return whether it was open.
  bool close() {
    if (!acceptor_.joinable()) return false;
    stop();
    acceptor_.join();
    return true;
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  bool process_and_close_socket(socket_t socket) override {
    if (!BoundedPool::refuses()) {
      BoundedConnection connection(socket);
      bool closed = false;
      const bool served = process_request(connection, true, closed, [](httplib::Request& request) {
        // A list of ranges multiplies the answer, and compressing costs more than the loopback saves.
        request.ranges.clear();
        request.headers.erase("Range");
        request.headers.erase("Accept-Encoding");
      });
      if (const auto take_over = std::exchange(takeover, nullptr); take_over && served) {
        take_over(socket);
        return true;
      }
      ::shutdown(socket, SHUT_WR);
      connection.discard_input();
    }
    ::close(socket);
    return true;
  }

 private:
  HttpApi api_;
  std::thread acceptor_;
  std::uint16_t port_ = 0;
};

HttpServer::HttpServer(Listen listen, HttpSources sources, HttpAccess access)
    : where_(std::move(listen)),
      server_(std::make_unique<Server>(HttpApi(std::move(sources), std::move(access)))) {}

HttpServer::HttpServer(ControlSocket socket, HttpSources sources)
    : where_(std::move(socket)),
      server_(std::make_unique<Server>(HttpApi(std::move(sources), std::nullopt))) {}

HttpServer::~HttpServer() {
  stop();
}

std::optional<std::string> HttpServer::start() {
  const auto* socket = std::get_if<ControlSocket>(&where_);
  return server_->open(socket != nullptr ? listen_on_unix(*socket) : listen_on_tcp(std::get<Listen>(where_)));
}

void HttpServer::stop() {
  const bool was_open = server_->close();
  if (const auto* socket = std::get_if<ControlSocket>(&where_); was_open && socket != nullptr)
    ::unlink(socket->path.c_str());
}

void HttpServer::serve(int connection) {
  server_->process_and_close_socket(connection);
}

std::uint16_t HttpServer::port() const noexcept {
  return server_->port();
}

}  // namespace narrows::control
