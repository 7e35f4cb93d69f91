// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <httplib.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "bounded_connection.h"
#include "narrows/control/report_json.h"
#include "narrows/control/report_prometheus.h"

namespace narrows::control {
namespace {

constexpr std::size_t kThreads = 3;
constexpr std::size_t kMaxWaiting = 32;
constexpr int kBacklog = 128;

constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kIndex =
    "Narrows: PPPoE and MSS clamping, statistics\n\n"
    "/metrics       Prometheus text format\n"
    "/api/v1/stats  the same numbers as JSON\n"
    "/healthz       200 while frames are being forwarded\n";

/// Set while a connection is to be closed unserved: the queue is full.
thread_local bool refuse_connection = false;

/// cpp-httplib's own pool queues without a limit, a descriptor for each waiting connection.
class BoundedPool : public httplib::TaskQueue {
 public:
  BoundedPool() {
    for (std::size_t thread = 0; thread < kThreads; ++thread) threads_.emplace_back([this] { serve(); });
  }

  void enqueue(std::function<void()> job) override {
    {
      const std::lock_guard lock(mutex_);
      if (jobs_.size() < kMaxWaiting) {
        jobs_.push_back(std::move(job));
        changed_.notify_one();
        return;
      }
    }
    refuse_connection = true;
    job();
    refuse_connection = false;
  }

  void shutdown() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

 private:
  void serve() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      const auto job = std::move(jobs_.front());
      jobs_.pop_front();
      // Those still waiting at the end are closed, not served: stop() is not to wait for them all.
      refuse_connection = stopping_;
      lock.unlock();
      job();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

std::string endpoint_text(const config::Statistics::Listen& listen) {
  const bool ipv6 = listen.address.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(ipv6 ? "[{}]:{}" : "{}:{}"), listen.address, listen.port);
}

std::string bind_error(const config::Statistics::Listen& listen, int error) {
  const char* advice = "check statistics.listen or set it to off";
  if (error == EADDRINUSE) advice = "choose another port or set statistics.listen: off";
  if (error == EADDRNOTAVAIL) advice = "use an address of this machine or set statistics.listen: off";
  if (error == EACCES) advice = "use a port above 1023 or run as root";
  const auto what =
      error == EADDRINUSE ? std::string("address in use") : std::generic_category().message(error);
  return fmt::format("statistics.listen {}: {}; {}", endpoint_text(listen), what, advice);
}

std::uint16_t bound_port(int descriptor) {
  sockaddr_storage address{};
  socklen_t octets = sizeof(address);
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &octets) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

}  // namespace

class HttpServer::Server : public httplib::Server {
 public:
  Server(ReportSource report, Health healthy) : report_(std::move(report)), healthy_(std::move(healthy)) {
    new_task_queue = [] { return new BoundedPool; };
    // Everything is answered here: no body is ever read, no pattern matched.
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      answer(request, response);
      return HandlerResponse::Handled;
    });
    set_exception_handler(
        [](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
          response.status = 500;
          response.set_content("the statistics could not be collected\n", kText);
        });
  }

  /// Not httplib's own bind: that sets SO_REUSEPORT, with which a second process shares the port without a
  /// word, and it does not say why it failed.
  [[nodiscard]] std::optional<std::string> open(const config::Statistics::Listen& listen) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(listen.address.c_str(), std::to_string(listen.port).c_str(), &hints, &found) != 0)
      return fmt::format("statistics.listen {}: not a numeric address; write 127.0.0.1:9480 or [::1]:9480",
                         endpoint_text(listen));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> address(found, &::freeaddrinfo);
    const int descriptor = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return bind_error(listen, errno);
    const int yes = 1;  // a restart need not wait for the old connections to time out
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (::bind(descriptor, address->ai_addr, address->ai_addrlen) != 0 ||
        ::listen(descriptor, kBacklog) != 0) {
      const int error = errno;
      ::close(descriptor);
      return bind_error(listen, error);
    }
    port_ = bound_port(descriptor);
    svr_sock_ = descriptor;
    acceptor_ = std::thread([this] { listen_after_bind(); });
    // stop() does nothing before the loop runs.
    while (!is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return std::nullopt;
  }

  void close() {
    if (!acceptor_.joinable()) return;
    stop();
    acceptor_.join();
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  bool process_and_close_socket(socket_t socket) override {
    if (!refuse_connection) {
      BoundedConnection connection(socket);
      bool closed = false;
      process_request(connection, true, closed, [](httplib::Request& request) {
        // A list of ranges multiplies the answer, and compressing costs more than the loopback saves.
        request.ranges.clear();
        request.headers.erase("Range");
        request.headers.erase("Accept-Encoding");
      });
      ::shutdown(socket, SHUT_WR);
      connection.discard_input();
    }
    ::close(socket);
    return true;
  }

  void answer(const httplib::Request& request, httplib::Response& response) {
    response.set_header("Accept-Ranges", "none");
    response.set_header("Cache-Control", "no-store");
    response.status = 200;
    if (request.method != "GET" && request.method != "HEAD") {
      response.status = 405;
      response.set_header("Allow", "GET, HEAD");
      response.set_content("only GET and HEAD\n", kText);
    } else if (request.path == "/metrics") {
      const auto format = choose_exposition(request.get_header_value("Accept"));
      response.set_content(report_prometheus(report_(), format), content_type(format));
    } else if (request.path == "/api/v1/stats") {
      response.set_content(report_json(report_()), "application/json");
    } else if (request.path == "/healthz") {
      const bool healthy = healthy_();
      if (!healthy) response.status = 503;
      response.set_content(healthy ? "ok\n" : "not forwarding\n", kText);
    } else if (request.path == "/") {
      response.set_content(kIndex, kText);
    } else {
      response.status = 404;
      response.set_content(fmt::format("no such page\n\n{}", kIndex), kText);
    }
  }

  ReportSource report_;
  Health healthy_;
  std::thread acceptor_;
  std::uint16_t port_ = 0;
};

HttpServer::HttpServer(config::Statistics::Listen listen, ReportSource report, Health healthy)
    : listen_(std::move(listen)), server_(std::make_unique<Server>(std::move(report), std::move(healthy))) {}

HttpServer::~HttpServer() {
  stop();
}

std::optional<std::string> HttpServer::start() {
  return server_->open(listen_);
}

void HttpServer::stop() {
  server_->close();
}

std::uint16_t HttpServer::port() const noexcept {
  return server_->port();
}

}  // namespace narrows::control
