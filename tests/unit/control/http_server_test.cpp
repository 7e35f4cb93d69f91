// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "narrows/control/report_json.h"
#include "report_fixture.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Clock = std::chrono::steady_clock;

/// A client that speaks plain octets.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{60, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool send(const std::string& text) {
    return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  /// Everything until the server closes.
  std::string receive() {
    std::string text;
    char octets[4096];
    ssize_t got = 0;
    while ((got = ::recv(socket_, octets, sizeof(octets), 0)) > 0)
      text.append(octets, static_cast<std::size_t>(got));
    closed = got == 0 || errno == ECONNRESET;
    return text;
  }
  bool connected = false;
  bool closed = false;  ///< by the server, as receive() found

 private:
  int socket_;
};

/// A box that does nothing.
HttpSources nothing() {
  return {.report = [] { return stats::Report{}; },
          .healthy = [] { return true; },
          .config = {},
          .events = {},
          .act = {}};
}

class HttpServerTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(server.start(), std::nullopt); }

  std::string request(const std::string& text) {
    Client client(server.port());
    client.send(text);
    return client.receive();
  }
  std::string get(const std::string& path) {
    return request("GET " + path + " HTTP/1.1\r\nHost: narrows\r\n\r\n");
  }

  std::atomic<bool> healthy = true;
  std::atomic<bool> broken = false;
  HttpServer server{config::Statistics::Listen{"127.0.0.1", 0},
                    {.report =
                         [this] {
                           if (broken) throw std::runtime_error("no counters");
                           return full_report();
                         },
                     .healthy = [this] { return healthy.load(); },
                     .config = {},
                     .events = {},
                     .act = {}},
                    {"", {"narrows"}}};
};

TEST_F(HttpServerTest, Metrics) {
  const auto answer = get("/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, HasSubstr("\n# TYPE narrows_packets_total counter\n"));
}

TEST_F(HttpServerTest, Json) {
  const auto answer = get("/api/v1/stats");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n" + report_json(full_report())));
}

TEST_F(HttpServerTest, Health) {
  EXPECT_THAT(get("/healthz"), EndsWith("\r\n\r\nok\n"));
  healthy = false;
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 503 "));
}

TEST_F(HttpServerTest, PageAndMissingPages) {
  EXPECT_THAT(get("/"), HasSubstr("Content-Security-Policy: default-src 'none'; "));
  EXPECT_THAT(get("/metrics?x=1"), StartsWith("HTTP/1.1 200 "));
  for (const auto path : {"/metrics/", "/api", "/../etc/passwd", "/%00"})
    EXPECT_THAT(get(path), StartsWith("HTTP/1.1 404 ")) << path;
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  const auto answer = request("HEAD /healthz HTTP/1.1\r\nHost: narrows\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HttpServerTest, OnlyGetAndHead) {
  for (const std::string& method : std::vector<std::string>{"POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    const auto answer =
        request(method + " /metrics HTTP/1.1\r\nHost: narrows\r\nContent-Length: 3\r\n\r\nabc");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n"));
    EXPECT_EQ(answer.find("control socket") != std::string::npos, method == "POST");
  }
}

TEST_F(HttpServerTest, GarbageIsRefusedAndHarmless) {
  for (const std::string& garbage : {std::string("\x16\x03\x01\x02\r\n\r\n", 8), std::string("GET\r\n\r\n"),
                                     std::string("\0\0\0\r\n\r\n", 7), std::string("GET / HTTP/9.9\r\n\r\n")})
    EXPECT_THAT(request(garbage), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, ALongRequestIsRefused) {
  EXPECT_THAT(request("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x')), StartsWith("HTTP/1.1 400 "));
  std::string headers;
  for (int header = 0; header < 10'000; ++header) headers += "X: y\r\n";
  EXPECT_THAT(request("GET / HTTP/1.1\r\n" + headers + "\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(HttpServerTest, RangesDoNotMultiplyTheAnswer) {
  std::string ranges = "0-";
  for (int range = 0; range < 200; ++range) ranges += ",0-";
  const auto answer =
      request("GET /metrics HTTP/1.1\r\nHost: narrows\r\nRange: bytes=" + ranges + "\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_LT(answer.size(), 2 * get("/metrics").size());
}

TEST_F(HttpServerTest, NothingIsCompressed) {
  EXPECT_THAT(request("GET /metrics HTTP/1.1\r\nHost: narrows\r\nAccept-Encoding: gzip, br\r\n\r\n"),
              Not(HasSubstr("Content-Encoding")));
}

TEST_F(HttpServerTest, AFailingReportIsAnError) {
  broken = true;
  const auto answer = get("/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(answer, Not(HasSubstr("no counters")));
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 "));
}

// A client that keeps sending, one octet at a time, is cut off when its time is up, not when it stops.
TEST_F(HttpServerTest, ASlowRequestIsCutOff) {
  Client slow(server.port());
  const auto begin = Clock::now();
  bool open = true;
  while (open && Clock::now() - begin < 30s) {
    open = slow.send("G");
    std::this_thread::sleep_for(200ms);
  }
  EXPECT_FALSE(open);
}

// They stay connected, so without a cut-off nobody else would ever be answered.
TEST_F(HttpServerTest, SlowClientsDoNotBlockOthers) {
  std::vector<std::unique_ptr<Client>> slow;
  for (int client = 0; client < 6; ++client) {
    slow.push_back(std::make_unique<Client>(server.port()));
    slow.back()->send("GET /metrics");
  }
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, StoppingDoesNotWaitForThoseInTheQueue) {
  std::vector<std::unique_ptr<Client>> idle;
  for (int client = 0; client < 35; ++client) idle.push_back(std::make_unique<Client>(server.port()));
  const auto begin = Clock::now();
  const auto port = server.port();
  server.stop();
  EXPECT_LT(Clock::now() - begin, 12s);  // 2 s for those being served, 24 s if it waited for all
  EXPECT_FALSE(Client(port).connected);
}

TEST_F(HttpServerTest, StoppingTwiceIsHarmless) {
  server.stop();
  server.stop();
}

TEST_F(HttpServerTest, APortTakenIsSaidInOneLine) {
  HttpServer second(config::Statistics::Listen{"127.0.0.1", server.port()}, nothing());
  EXPECT_EQ(second.start(), "statistics.listen 127.0.0.1:" + std::to_string(server.port()) +
                                ": address in use; choose another port or set statistics.listen: off");
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200 "));
}

// Three are served and 32 wait; no clock decides who is who: those served wait for the test.
TEST(HttpServerQueue, TooManyConnectionsAreClosedUnserved) {
  constexpr int kServed = 3;
  constexpr int kWaiting = 32;
  std::atomic<int> begun = 0;
  std::promise<void> released;
  auto sources = nothing();
  sources.report = [&begun, release = released.get_future().share()] {
    ++begun;
    begun.notify_one();
    release.wait();
    return full_report();
  };
  HttpServer server(config::Statistics::Listen{"127.0.0.1", 0}, sources, {"", {"narrows"}});
  ASSERT_EQ(server.start(), std::nullopt);
  std::vector<std::unique_ptr<Client>> clients;
  const auto ask = [&] {
    clients.push_back(std::make_unique<Client>(server.port()));
    clients.back()->send("GET /metrics HTTP/1.1\r\nHost: narrows\r\n\r\n");
  };
  for (int client = 0; client < kServed; ++client) {
    ask();
    begun.wait(client);
  }
  for (int client = 0; client < kWaiting + 5; ++client) ask();
  for (int refused = 0; refused < 5; ++refused) {
    EXPECT_EQ(clients.back()->receive(), "");
    EXPECT_TRUE(clients.back()->closed);
    clients.pop_back();
  }
  released.set_value();
  for (const auto& client : clients) EXPECT_THAT(client->receive(), StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServerStart, AnAddressOfAnotherMachineIsSaid) {
  HttpServer server(config::Statistics::Listen{"192.0.2.1", 9480}, nothing());
  EXPECT_THAT(server.start().value_or(""), StartsWith("statistics.listen 192.0.2.1:9480: "));
}

TEST(HttpServerStart, ANameIsNoAddress) {
  HttpServer server(config::Statistics::Listen{"localhost", 9480}, nothing());
  EXPECT_THAT(server.start().value_or(""), HasSubstr("not a numeric address"));
}

TEST(HttpServerStart, ListensOnIpv6) {
  HttpServer server(config::Statistics::Listen{"::1", 0}, nothing());
  const auto error = server.start();
  if (error && error->find("Cannot assign") != std::string::npos) GTEST_SKIP() << "no IPv6 loopback here";
  EXPECT_EQ(error, std::nullopt);
  EXPECT_NE(server.port(), 0);
}

TEST(HttpServerStart, StartsAgainOnTheSamePortAtOnce) {
  std::uint16_t port = 0;
  for (int round = 0; round < 3; ++round) {
    HttpServer server(config::Statistics::Listen{"127.0.0.1", port}, nothing());
    ASSERT_EQ(server.start(), std::nullopt);
    port = server.port();
    Client client(port);
    client.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_THAT(client.receive(), StartsWith("HTTP/1.1 200 "));
  }
}

}  // namespace
}  // namespace narrows::control
