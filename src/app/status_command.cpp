// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/status_command.h"

#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "narrows/app/status_client.h"
#include "narrows/app/status_text.h"

namespace narrows::app {
namespace {

using namespace std::chrono_literals;

constexpr int kShownSessions = 20;

struct Options {
  StatusTarget target;
  std::string token_file;
  bool json = false;
};

std::string read_token(const std::string& path) {
  if (path.empty()) return "";
  std::ifstream file(path);
  std::string token;
  if (!std::getline(file, token))
    throw std::runtime_error(fmt::format("--token-file {}: cannot be read", path));
  return token;
}

std::string get(const std::string& endpoint, const std::string& path, const std::string& token) {
  HttpAnswer answer = ask(endpoint, "GET", path, token);
  if (answer.status == 200) return std::move(answer.body);
  throw std::runtime_error(fmt::format("{} answers {}: {}", endpoint, answer.status, message_of(answer)));
}

Snapshot look(const std::string& endpoint, const std::string& token) {
  return {get(endpoint, "/api/v1/stats?sessions=off", token),
          get(endpoint, fmt::format("/api/v1/sessions?limit={}", kShownSessions), token),
          get(endpoint, "/api/v1/events", token)};
}

/// A terminal in which keys come at once and are not echoed, on its other screen; as it was afterwards.
class Screen {
 public:
  Screen() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);  // Ctrl-C is a key here
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    put("\x1b[?1049h\x1b[?25l");
  }
  ~Screen() {
    put("\x1b[?25h\x1b[?1049l");
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  static void show(const std::string& text) {
    std::string out = "\x1b[H";
    for (const char c : text) out += c == '\n' ? std::string("\x1b[K\n") : std::string(1, c);
    put(out + "\x1b[J");
  }

  /// Waits a second. @return whether somebody wants to leave.
  static bool wait() {
    pollfd keys{STDIN_FILENO, POLLIN, 0};
    if (::poll(&keys, 1, 1000) <= 0) return false;
    char key = 0;
    constexpr char kControlC = 3;
    return ::read(STDIN_FILENO, &key, 1) <= 0 || key == 'q' || key == 'Q' || key == kControlC;
  }

 private:
  static void put(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }
  termios before_{};
};

bool is_smart_terminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 && term != nullptr &&
         std::string_view(term) != "dumb" && *term != '\0';
}

volatile std::sig_atomic_t ended = 0;

int top(const Options& options) {
  const std::string endpoint = find_endpoint(options.target);
  const std::string token = read_token(options.token_file);
  std::optional<Snapshot> before = look(endpoint, token);
  if (!is_smart_terminal()) {
    std::this_thread::sleep_for(1s);
    fmt::print("{}", status_text(look(endpoint, token), before));
    return 0;
  }
  for (const int signal : {SIGTERM, SIGHUP, SIGINT}) std::signal(signal, [](int) { ended = 1; });
  const Screen screen;
  std::string text = status_text(*before, std::nullopt);
  while (ended == 0) {
    Screen::show(text + "\nq: quit\n");
    if (Screen::wait()) break;
    // It may be away for a moment, as in a restart.
    try {
      Snapshot now = look(endpoint, token);
      text = status_text(now, before);
      before = std::move(now);
    } catch (const std::runtime_error& error) {
      text = fmt::format("no connection: {}\n", error.what());
    }
  }
  return 0;
}

int status(const Options& options) {
  const std::string endpoint = find_endpoint(options.target);
  const std::string token = read_token(options.token_file);
  const Snapshot now = look(endpoint, token);
  fmt::print("{}", options.json ? status_json(now) : status_text(now, std::nullopt));
  return 0;
}

/// Only over the control socket: elsewhere nothing can be done.
int reload(const StatusTarget& target) {
  const HttpAnswer answer = ask(find_endpoint(target), "POST", "/api/v1/reload");
  if (answer.status != 200) throw std::runtime_error(message_of(answer));
  fmt::print("{}\n", message_of(answer));
  return 0;
}

void add_target(CLI::App& command, Options& options) {
  add_config_and_socket(command, options.target);
  command.add_option("--url", options.target.url, "where its HTTP answers: http://ADDRESS:PORT")
      ->type_name("URL")
      ->excludes("--config")
      ->excludes("--socket");
  command.add_option("--token-file", options.token_file, "file with the token of statistics.token_file")
      ->type_name("FILE");
}

}  // namespace

void add_config_and_socket(CLI::App& command, StatusTarget& target) {
  auto* config = command.add_option("-c,--config", target.config, "the Narrows that runs with this file")
                     ->type_name("FILE");
  auto* socket = command.add_option("--socket", target.socket, "its control socket")->type_name("PATH");
  config->excludes(socket);
}

std::string control_socket_of(const config::Statistics& statistics, const std::string& config_path) {
  if (statistics.socket && !statistics.socket->empty()) return *statistics.socket;
  return std::filesystem::path(kSocketDirectory) /
         std::filesystem::path(config_path).filename().replace_extension(".sock");
}

void add_status_commands(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  auto* once = app.add_subcommand("status", "print how a running Narrows is doing");
  add_target(*once, *options);
  once->add_flag("--json", options->json, "as JSON");
  once->callback([options, &exit_code] { exit_code = status(*options); });
  auto* live = app.add_subcommand("top", "the same with rates, every second, until q");
  add_target(*live, *options);
  live->callback([options, &exit_code] { exit_code = top(*options); });
  auto* again = app.add_subcommand("reload", "have a running Narrows read its configuration again");
  add_config_and_socket(*again, options->target);
  again->callback([options, &exit_code] { exit_code = reload(options->target); });
}

}  // namespace narrows::app
