// SPDX-License-Identifier: BSD-3-Clause
/// The control socket of HttpServer; over TCP: http_server_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "narrows/control/http_server.h"

namespace narrows::control {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SocketTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(::mkdtemp(directory.data()), nullptr); }
  void TearDown() override { std::filesystem::remove_all(directory); }

  [[nodiscard]] std::string path() const { return directory + "/sub/narrows.sock"; }
  std::unique_ptr<HttpServer> make() {
    return std::make_unique<HttpServer>(
        ControlSocket{path(), ""}, HttpSources{.report = [] { return stats::Report{}; },
                                               .healthy = [] { return true; },
                                               .config = {},
                                               .events = {},
                                               .act =
                                                   [this](const Action& action) {
                                                     asked.push_back(action.session);
                                                     return ActionResult{action.session == "isp", "said"};
                                                   },
                                               .capture =
                                                   [](const CaptureParameters& parameter) {
                                                     return offer(parameter("filter").value_or("none"));
                                                   }});
  }
  static CaptureOffer offer(const std::string& filter) {
    using Status = CaptureOffer::Status;
    if (filter == "tcp[") return {Status::mistaken, "no filter", {}};
    if (filter == "full") return {Status::refused, "no room", {}};
    return {Status::accepted, "", [filter](int socket) {
              static_cast<void>(::send(socket, filter.data(), filter.size(), MSG_NOSIGNAL));
              ::close(socket);
            }};
  }
  int connect() {
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const timeval patience{15, 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return descriptor;
  }
  std::string request(const std::string& text) {
    const int descriptor = connect();
    EXPECT_EQ(::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    std::string answer;
    char octets[4096];
    for (ssize_t got = 0; (got = ::recv(descriptor, octets, sizeof(octets), 0)) > 0;)
      answer.append(octets, static_cast<std::size_t>(got));
    ::close(descriptor);
    return answer;
  }
  std::string post(const std::string& url) {
    return request("POST " + url + " HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n");
  }

  std::string directory = "/tmp/narrows_socket_XXXXXX";
  std::vector<std::string> asked;
};

TEST_F(SocketTest, ACaptureTakesTheConnectionOver) {
  const auto server = make();
  ASSERT_EQ(server->start(), std::nullopt);
  const auto answer = post("/api/v1/capture?filter=tcp%20port%2080");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/x-pcapng\r\n"));
  EXPECT_THAT(answer, testing::Not(HasSubstr("Content-Length"))) << "nobody knows";
  EXPECT_THAT(answer, EndsWith("\r\n\r\ntcp port 80"));
  EXPECT_THAT(post("/api/v1/capture?filter=tcp%5b"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(post("/api/v1/capture?filter=full"), HasSubstr("\"error\": \"no room\""));
  EXPECT_THAT(post("/api/v1/capture?filter=full"), StartsWith("HTTP/1.1 409 "));
  EXPECT_THAT(post("/api/v1/sessions/isp/drop"), EndsWith("}\n")) << "the thread serves others as before";
}

TEST_F(SocketTest, TakesActions) {
  const auto server = make();
  ASSERT_EQ(server->start(), std::nullopt);
  EXPECT_THAT(post("/api/v1/sessions/isp/drop"), StartsWith("HTTP/1.1 200 "));
  const auto refused = post("/api/v1/sessions/a/b/redial");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 409 "));
  EXPECT_THAT(refused, HasSubstr("\"message\": \"said\""));
  EXPECT_THAT(post("/api/v1/reload"), StartsWith("HTTP/1.1 409 "));
  EXPECT_EQ(asked, (std::vector<std::string>{"isp", "a/b", ""}));
  for (const char* wrong : {"/api/v1/sessions/isp/explode", "/api/v1/sessions/redial/", "/metrics", "/"})
    EXPECT_THAT(post(wrong), StartsWith("HTTP/1.1 404 ")) << wrong;
  EXPECT_EQ(asked.size(), 3u);
}

TEST_F(SocketTest, IsForOwnerAndGroupAndGoneAtTheEnd) {
  auto server = make();
  ASSERT_EQ(server->start(), std::nullopt);
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777u, 0660u);
  server->stop();
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(SocketTest, ReplacesWhatNobodyListensOnOnly) {
  auto first = make();
  ASSERT_EQ(first->start(), std::nullopt);
  EXPECT_THAT(make()->start().value_or(""), HasSubstr("another Narrows listens there"));
  EXPECT_THAT(request("GET /healthz HTTP/1.0\r\n\r\n"), EndsWith("ok\n")) << "the first one is still there";
  const int left = ::dup(connect());
  ::close(left);
  first->stop();
  // As after a crash: a file without a listener.
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path().copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ::close(descriptor);
  auto second = make();
  EXPECT_EQ(second->start(), std::nullopt);
  second->stop();
  std::ofstream(path()) << "precious";
  EXPECT_THAT(make()->start().value_or(""), HasSubstr("is no socket"));
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(SocketTest, AGroupThatIsNotThereIsSaid) {
  HttpServer server(ControlSocket{directory + "/x.sock", "no-such-group"}, {});
  EXPECT_THAT(server.start().value_or(""), HasSubstr("there is no group no-such-group"));
  EXPECT_FALSE(std::filesystem::exists(directory + "/x.sock"));
}

TEST_F(SocketTest, SlowClientsAreCutOffHereToo) {
  const auto server = make();
  ASSERT_EQ(server->start(), std::nullopt);
  std::vector<int> slow;
  for (int client = 0; client < 6; ++client) {
    slow.push_back(connect());
    EXPECT_EQ(::send(slow.back(), "GET /", 5, MSG_NOSIGNAL), 5);
  }
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(request("GET /healthz HTTP/1.0\r\n\r\n"), EndsWith("ok\n"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
  for (const int descriptor : slow) ::close(descriptor);
}

}  // namespace
}  // namespace narrows::control
