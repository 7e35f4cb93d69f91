// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/capture_server.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace narrows::control {
namespace {

/// A filter in a line of the log, whatever was written.
std::string in_one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return std::iscntrl(c) != 0; }, ' ');
  return text;
}

}  // namespace

/// One of Captures::kMost, taken from the offer to the capture's end.
class CaptureServer::Place {
 public:
  /// Null: there is none left.
  static std::shared_ptr<Place> take(std::atomic<std::size_t>& taken) {
    auto place = std::make_shared<Place>(taken);
    return taken.load() <= worker::Captures::kMost ? place : nullptr;
  }
  explicit Place(std::atomic<std::size_t>& taken) : taken_(taken) { taken_.fetch_add(1); }
  ~Place() { taken_.fetch_sub(1); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::atomic<std::size_t>& taken_;
};

CaptureServer::CaptureServer(CaptureSources sources)
    : sources_(std::move(sources)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (stop_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

CaptureServer::~CaptureServer() {
  stop();
  ::close(stop_);
}

CaptureOffer CaptureServer::offer(const CaptureParameters& parameter) {
  const auto parsed = parse_capture_request(parameter, sources_.ports);
  if (const auto* problem = std::get_if<std::string>(&parsed))
    return {CaptureOffer::Status::mistaken, *problem, {}};
  const auto& request = std::get<CaptureRequest>(parsed);
  try {
    const auto stream = std::make_shared<CaptureStream>(sources_, request);
    const auto place = Place::take(places_taken_);
    if (place == nullptr)
      return {CaptureOffer::Status::refused,
              fmt::format("{} captures run already: end one of them first", worker::Captures::kMost),
              {}};
    return {CaptureOffer::Status::accepted, "",
            [this, place, stream, filter = in_one_line(request.filter)](int socket) {
              sources_.log(fmt::format("capture begins: {}", filter.empty() ? "all frames" : filter));
              begin(place, stream, socket);
            }};
  } catch (const std::runtime_error& error) {
    return {CaptureOffer::Status::mistaken, error.what(), {}};
  }
}

void CaptureServer::begin(const std::shared_ptr<Place>& place, const std::shared_ptr<CaptureStream>& stream,
                          int socket) {
  const std::lock_guard lock(mutex_);
  join_ended();
  Running& running = running_.emplace_back();
  try {
    running.thread = std::thread([this, &running, place, stream, socket] {
      stream->run(socket, stop_);
      ::close(socket);
      running.is_over.store(true);
    });
  } catch (const std::system_error& error) {
    sources_.log(fmt::format("no capture: {}", error.what()));
    running_.pop_back();
    ::close(socket);
  }
}

void CaptureServer::join_ended() {
  std::erase_if(running_, [](Running& one) {
    if (!one.is_over.load()) return false;
    one.thread.join();
    return true;
  });
}

void CaptureServer::stop() {
  constexpr std::uint64_t kOne = 1;
  if (::write(stop_, &kOne, sizeof(kOne)) < 0) return;
  const std::lock_guard lock(mutex_);
  for (auto& one : running_) one.thread.join();
  running_.clear();
}

}  // namespace narrows::control
