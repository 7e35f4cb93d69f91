// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/capture_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstring>
#include <ctime>
#include <memory>
#include <optional>
#include <stdexcept>

#include "narrows/app/http_stream.h"
#include "narrows/app/status_client.h"
#include "narrows/app/status_command.h"
#include "narrows/control/pcapng.h"

namespace narrows::app {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kMostBlockOctets = 16u << 20;
/// Of the other end, once it was told to end.
constexpr auto kPatience = 5s;

struct Options {
  StatusTarget target;
  std::string port = "both";
  std::string point = "both";
  std::string filter;
  std::string count;
  std::string duration;
  std::string snaplen;
  std::string output;
};

template <typename Integer>
Integer load(std::string_view octets, std::size_t at) {
  Integer value;
  std::memcpy(&value, octets.data() + at, sizeof(value));
  return value;
}

volatile std::sig_atomic_t interrupts = 0;

/// The signals by which a user has had enough: they arrive only in wait().
class Interrupts {
 public:
  Interrupts() {
    sigset_t blocked;
    sigemptyset(&blocked);
    struct sigaction action {};
    action.sa_handler = [](int) { interrupts = interrupts + 1; };
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
      sigaddset(&blocked, signal);
      sigaction(signal, &action, nullptr);
    }
    pthread_sigmask(SIG_BLOCK, &blocked, &before_);
    std::signal(SIGPIPE, SIG_IGN);
  }

  /// Whether the descriptor is ready; false: a signal came, or `patience` is over.
  [[nodiscard]] bool wait(int descriptor, short events,
                          std::optional<std::chrono::milliseconds> patience) const {
    pollfd one{descriptor, events, 0};
    timespec time{};
    if (patience) time = {patience->count() / 1000, patience->count() % 1000 * 1'000'000};
    return ::ppoll(&one, 1, patience ? &time : nullptr, &before_) > 0;
  }

 private:
  sigset_t before_{};
};

/// Where the capture goes: a file of the user's, or standard output.
class Output {
 public:
  explicit Output(const std::string& name)
      : name_(name == "-" ? "standard output" : name), file_(open(name)) {
    struct stat status {};
    is_file_ = ::fstat(file_.value(), &status) == 0 && S_ISREG(status.st_mode);
  }

  /// Whether the reader still wants more. A pipe is given as much as it takes without a wait, so that a
  /// signal is heeded however slow its reader is.
  bool write(std::string_view octets, const Interrupts& signals) {
    while (!octets.empty()) {
      if (interrupts > 1) return false;
      if (!is_file_ && !signals.wait(file_.value(), POLLOUT, std::nullopt)) continue;
      const std::size_t most = is_file_ ? octets.size() : std::size_t{PIPE_BUF};
      const ssize_t count = ::write(file_.value(), octets.data(), std::min(octets.size(), most));
      if (count < 0 && errno == EPIPE) return false;
      if (count < 0 && errno != EINTR && errno != EAGAIN)
        throw std::runtime_error(fmt::format("cannot write {}: {}", name_, std::strerror(errno)));
      if (count > 0) octets.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

 private:
  static Descriptor open(const std::string& name) {
    constexpr mode_t kOwnerOnly = 0600;  // it shows what users say to each other
    if (name == "-") return Descriptor(::dup(STDOUT_FILENO));
    const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnerOnly);
    if (file < 0) throw std::runtime_error(fmt::format("cannot write {}: {}", name, std::strerror(errno)));
    return Descriptor(file);
  }

  std::string name_;
  Descriptor file_;
  bool is_file_ = false;
};

std::string in_url(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      result += c;
    else
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return result;
}

std::string request_of(const Options& options) {
  std::string path =
      fmt::format("/api/v1/capture?port={}&point={}", in_url(options.port), in_url(options.point));
  const std::array<std::pair<std::string_view, const std::string*>, 4> rest{{{"filter", &options.filter},
                                                                             {"count", &options.count},
                                                                             {"duration", &options.duration},
                                                                             {"snaplen", &options.snaplen}}};
  for (const auto& [key, value] : rest)
    if (!value->empty()) path += fmt::format("&{}={}", key, in_url(*value));
  return path;
}

HttpStream begin(const Options& options) {
  HttpStream stream = open_stream(find_endpoint(options.target), request_of(options));
  if (stream.status == 200) return stream;
  throw std::runtime_error(message_of({stream.status, read_rest(stream)}));
}

/// Copies until either end has had enough.
void copy(HttpStream& stream, PcapngBlockReader& reader, Output& output) {
  const Interrupts signals;
  const int socket = stream.socket.value();
  std::optional<Clock::time_point> deadline;
  reader.feed(stream.octets);
  std::array<char, 65536> octets;
  while (output.write(reader.take(), signals)) {
    if (interrupts != 0 && !deadline) {
      deadline = Clock::now() + kPatience;
      ::shutdown(socket, SHUT_WR);
    }
    std::optional<std::chrono::milliseconds> patience;
    if (deadline) patience = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now());
    if (interrupts > 1 || (patience && *patience <= 0ms)) return;
    if (!signals.wait(socket, POLLIN, patience)) continue;
    const ssize_t got = ::recv(socket, octets.data(), octets.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return;
    if (got > 0) reader.feed({octets.data(), static_cast<std::size_t>(got)});
  }
}

int capture(const Options& options) {
  if (options.output == "-" && ::isatty(STDOUT_FILENO) == 1)
    throw std::runtime_error("-w -: a terminal cannot show it; write -w - | tshark -r -, or -w FILE");
  HttpStream stream = begin(options);
  Output output(options.output);
  fmt::print(stderr, "narrows: capturing; Ctrl-C ends it\n");
  PcapngBlockReader reader;
  copy(stream, reader, output);
  fmt::print(stderr, "narrows: {} frames, {} lost by a full buffer{}\n", reader.frames(), reader.lost(),
             reader.lost() == 0 ? "" : "; a narrower --filter or a smaller --snaplen loses fewer");
  return 0;
}

}  // namespace

std::string PcapngBlockReader::take() {
  constexpr std::uint32_t kLeastBlockOctets = 12;
  std::size_t whole = 0;
  while (octets_.size() - whole >= kLeastBlockOctets) {
    const auto length = load<std::uint32_t>(octets_, whole + sizeof(std::uint32_t));
    if (length < kLeastBlockOctets || length % 4 != 0 || length > kMostBlockOctets)
      throw std::runtime_error(
          "what comes is no capture: is narrows capture as old as the Narrows that runs?");
    if (octets_.size() - whole < length) break;
    look(std::string_view(octets_).substr(whole, length));
    whole += length;
  }
  std::string blocks = octets_.substr(0, whole);
  octets_.erase(0, whole);
  return blocks;
}

/// @param block  complete. Options follow an interface's number and the time (draft-ietf-opsawg-pcapng §4.6).
void PcapngBlockReader::look(std::string_view block) {
  constexpr std::size_t kOptions = 20;
  constexpr std::uint16_t kDropped = 5;
  const auto type = load<std::uint32_t>(block, 0);
  if (type == control::PcapngBlocks::kPacketBlock) ++frames_;
  if (type != control::PcapngBlocks::kStatisticsBlock) return;
  complete_ = true;
  for (std::size_t at = kOptions; at + 4 <= block.size() - 4;) {
    const auto code = load<std::uint16_t>(block, at);
    const std::size_t length = load<std::uint16_t>(block, at + 2);
    if (at + 4 + length > block.size() - 4) return;
    if (code == kDropped && length == sizeof(std::uint64_t)) lost_ += load<std::uint64_t>(block, at + 4);
    at += 4 + (length + 3) / 4 * 4;
  }
}

void add_capture_command(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("capture", "show frames of a running Narrows, and what becomes of them");
  add_config_and_socket(*command, options->target);
  command
      ->add_option("--port", options->port,
                   "frames that it receives and sends; default: both. Of narrows ac: core, line")
      ->type_name("PORT")
      ->check(CLI::IsMember({"lan", "wan", "core", "line", "both"}));
  command->add_option("--point", options->point, "before: as received; after: as sent; default: both")
      ->type_name("POINT")
      ->check(CLI::IsMember({"before", "after", "both"}));
  command->add_option("--filter", options->filter, "which frames, as pcap-filter(7) has it; default: all")
      ->type_name("FILTER");
  command->add_option("--count", options->count, "end after so many frames")->type_name("N");
  command->add_option("--duration", options->duration, "end after so many seconds")->type_name("S");
  command->add_option("--snaplen", options->snaplen, "keep so many octets of a frame; default: all")
      ->type_name("N");
  command->add_option("-w,--write", options->output, "where to write it, as pcapng; -: standard output")
      ->type_name("FILE")
      ->required();
  command->callback([options, &exit_code] { exit_code = capture(*options); });
}

}  // namespace narrows::app
