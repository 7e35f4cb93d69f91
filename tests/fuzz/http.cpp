// SPDX-License-Identifier: BSD-3-Clause
/// A client of the HTTP server, over TCP with and without a token or over the control socket, that says
/// anything and hangs up.
///
/// Input: which server (1 octet), then what the client says.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "control/report_fixture.h"
#include "input.h"
#include "narrows/control/http_server.h"

namespace narrows::fuzz {
namespace {

using control::HttpServer;

unsigned actions = 0;

control::HttpSources sources() {
  return {.report = [] { return control::full_report(); },
          .healthy = [] { return true; },
          .config = [] { return std::string("{}"); },
          .events =
              [](std::uint64_t) {
                return std::vector<control::Event>{{1, 0.5, {}, "isp", "up"}};
              },
          .act =
              [](const control::Action&) {
                ++actions;
                return control::ActionResult{true, "done"};
              }};
}

HttpServer& server(unsigned which) {
  static const HttpServer::Listen kListen{"127.0.0.1", 0};
  static HttpServer open(kListen, sources(), {"", {"narrows"}});
  static HttpServer closed(kListen, sources(), {"Sesame", {}});
  static HttpServer socket(control::ControlSocket{"/nowhere", ""}, sources());
  return which == 0 ? open : which == 1 ? closed : socket;
}

std::string talk(HttpServer& with, const std::string& said) {
  std::array<int, 2> ends{};
  expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0, "there are sockets");
  expect(send(ends[0], said.data(), said.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(said.size()),
         "a request fits a socket's buffer");
  shutdown(ends[0], SHUT_WR);
  with.serve(ends[1]);
  std::string answer;
  std::array<char, 65536> octets{};
  for (ssize_t got = 0; (got = recv(ends[0], octets.data(), octets.size(), 0)) > 0;)
    answer.append(octets.data(), static_cast<std::size_t>(got));
  close(ends[0]);
  return answer;
}

bool contains(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

/// One answer, whole, whose body is as long as it says.
void judge(const std::string& answer, const std::string& said) {
  if (answer.empty()) return;
  static constexpr std::array kStatuses{"200", "400", "401", "404", "405", "409", "414", "416", "421"};
  expect(answer.starts_with("HTTP/1.1 "), "an answer has a status line");
  const std::string status = answer.substr(9, 3);
  expect(std::ranges::find(kStatuses, status) != kStatuses.end(), "a status is one that docs/api.md has");
  const auto head = answer.find("\r\n\r\n");
  expect(head != std::string::npos, "the head is whole");
  const auto length = answer.find("Content-Length: ");
  expect(length < head, "the length is said");
  const auto body = answer.size() - head - 4;
  const bool is_head = said.starts_with("HEAD");
  expect(is_head ? body == 0 : body == std::stoul(answer.substr(length + 16)), "the body is as long as that");
}

}  // namespace

void run(Input input) {
  constexpr std::size_t kMostSaid = 64 << 10;
  const unsigned which = input.octet() % 3;
  const auto rest = input.rest();
  const std::string said(rest.begin(),
                         rest.begin() + static_cast<std::ptrdiff_t>(std::min(rest.size(), kMostSaid)));
  actions = 0;
  const std::string answer = talk(server(which), said);
  judge(answer, said);
  const bool is_granted = answer.starts_with("HTTP/1.1 200");
  const bool is_page = contains(answer, "Content-Type: text/html");
  expect(which != 1 || !is_granted || is_page || contains(said, "Sesame"),
         "who has no token is told nothing but how to give it");
  expect(actions == 0 || (which == 2 && said.starts_with("POST ")), "actions are for the control socket");
}

}  // namespace narrows::fuzz
