// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/capture_stream.h"

#include <fmt/format.h>
#include <poll.h>
#include <rte_cycles.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>

namespace narrows::control {
namespace {

using namespace std::chrono_literals;
using worker::CaptureFate;
using worker::CapturePlace;
using worker::CaptureRecord;

constexpr std::size_t kMostWaitingOctets = 256u << 10;  // to be sent, before more is taken out of the rings
constexpr double kNsPerSecond = 1e9;
constexpr std::array<std::string_view, worker::kCapturePlaces> kPlaceNames{"in", "out"};

std::size_t ring_octets(std::uint16_t workers) {
  return std::max(CaptureStream::kLeastRingOctets, std::bit_floor(CaptureStream::kRingsOctets / workers));
}

template <typename With>
void for_each_point(const worker::ByCapturePoint<bool>& points, With with) {
  for (const auto side : {Side::lan, Side::wan})
    for (const auto place : {CapturePlace::received, CapturePlace::sent})
      if (points[index_of(side)][index_of(place)]) with(side, place);
}

}  // namespace

void TickClock::look() noexcept {
  ns_per_tick_ = kNsPerSecond / static_cast<double>(rte_get_tsc_hz());
  ticks_ = rte_rdtsc();
  ns_ = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch() / 1ns);
}

std::uint64_t TickClock::ns_of(std::uint64_t ticks) const noexcept {
  const auto since = static_cast<double>(static_cast<std::int64_t>(ticks - ticks_)) * ns_per_tick_;
  return ns_ + static_cast<std::uint64_t>(static_cast<std::int64_t>(since));
}

CaptureStream::CaptureStream(const CaptureSources& sources, const CaptureRequest& request)
    : sources_(sources),
      request_(request),
      capture_(request.filter, request.points, request.snap_octets, sources.workers,
               ring_octets(sources.workers)),
      clock_looked_(Clock::now()) {}

void CaptureStream::run(int socket, int stop) {
  const auto deadline = Clock::now() + request_.duration;
  if (!sources_.captures.add(capture_)) return;  // whoever made this one sees to it that there is room
  write_head();
  while (state_ == State::runs) {
    const bool is_busy = drain();
    flush(socket);
    if (has_enough() || (request_.duration != 0s && Clock::now() >= deadline))
      state_ = std::max(state_, State::over);
    if (state_ == State::runs) wait(socket, stop, is_busy);
  }
  sources_.captures.remove(capture_);
  if (state_ == State::over) finish(socket);
}

void CaptureStream::write_head() {
  blocks_.section(sources_.program);
  std::uint32_t number = 0;
  for_each_point(request_.points, [&](Side side, CapturePlace place) {
    interfaces_[index_of(side)][index_of(place)] = number++;
    blocks_.interface(fmt::format("{} {}", sources_.ports[index_of(side)], kPlaceNames[index_of(place)]),
                      sources_.devices[index_of(side)], request_.filter, request_.snap_octets);
  });
}

/// Takes what is in the rings, the oldest first, as far as it can be kept. Returns whether there was
/// anything.
bool CaptureStream::drain() {
  if (const auto now = Clock::now(); now - clock_looked_ >= 1s) {
    clock_looked_ = now;
    clock_.look();
  }
  bool any = false;
  while (waiting() < kMostWaitingOctets && !has_enough()) {
    worker::CaptureRing* oldest = nullptr;
    std::uint64_t ticks = 0;
    for (std::uint16_t worker = 0; worker < capture_.workers(); ++worker) {
      const CaptureRecord* record = capture_.ring(worker).front();
      if (record == nullptr || (oldest != nullptr && record->ticks >= ticks)) continue;
      oldest = &capture_.ring(worker);
      ticks = record->ticks;
    }
    if (oldest == nullptr) break;
    write(*oldest->front());
    oldest->pop();
    any = true;
  }
  return any;
}

void CaptureStream::write(const CaptureRecord& record) {
  const std::size_t side = index_of(record.side);
  const std::size_t place = index_of(record.place);
  blocks_.packet(interfaces_[side][place], clock_.ns_of(record.ticks), record.octets(), record.frame_octets,
                 comment_of(record));
  ++shown_[side][place];
  ++written_;
}

std::string CaptureStream::comment_of(const CaptureRecord& record) const {
  const std::string_view other = sources_.ports[1 - index_of(record.side)];
  std::string text;
  switch (record.fate) {
    case CaptureFate::forwarded:
      return fmt::format("forwarded to {}", other);
    case CaptureFate::fragmented:
      return fmt::format("forwarded to {} in {} fragments", other, record.fragments);
    case CaptureFate::punted:
      return "punted to the control thread";
    case CaptureFate::dropped: {
      const auto& reason = stats::kDropReasonTexts[index_of(record.reason)];
      return fmt::format("dropped: {} ({})", reason.name, reason.help);
    }
    case CaptureFate::originated:
      return "from the control thread";
    case CaptureFate::sent:
    case CaptureFate::unsent:
    case CaptureFate::filler:
      break;
  }
  return fmt::format("from {}{}{}", other, record.fragment ? ", a fragment" : "",
                     record.checksum_by_port ? "; TCP checksum left to the port" : "");
}

void CaptureStream::write_statistics() {
  std::uint64_t all_lost = 0;
  for_each_point(request_.points, [&](Side side, CapturePlace place) {
    std::uint64_t lost = 0;
    for (std::uint16_t worker = 0; worker < capture_.workers(); ++worker)
      lost += capture_.ring(worker).lost(side, place);
    blocks_.statistics(interfaces_[index_of(side)][index_of(place)], clock_.ns_of(rte_rdtsc()),
                       {.received = shown_[index_of(side)][index_of(place)] + lost, .dropped = lost});
    all_lost += lost;
  });
  sources_.log(fmt::format("capture ended: {} frames, {} lost by a full buffer", written_, all_lost));
}

/// Sends what the client takes at once.
void CaptureStream::flush(int socket) {
  std::string& octets = blocks_.octets();
  while (waiting() != 0) {
    const ssize_t count = ::send(socket, octets.data() + sent_, waiting(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count < 0) {
      state_ = State::gone;
      return;
    }
    sent_ += static_cast<std::size_t>(count);
  }
  octets.clear();
  sent_ = 0;
}

/// For more frames, which nobody announces, for room to send, or for the end.
void CaptureStream::wait(int socket, int stop, bool is_busy) {
  const bool is_full = waiting() != 0;
  const auto patience = is_full ? 100ms : is_busy ? 1ms : 10ms;
  std::array<pollfd, 2> descriptors{
      {{socket, static_cast<short>(is_full ? POLLIN | POLLOUT : POLLIN), 0}, {stop, POLLIN, 0}}};
  if (::poll(descriptors.data(), descriptors.size(), static_cast<int>(patience.count())) <= 0) return;
  if (descriptors[1].revents != 0) state_ = State::over;
  if ((descriptors[0].revents & (POLLIN | POLLHUP | POLLERR)) == 0) return;
  std::array<char, 256> ignored;
  const ssize_t got = ::recv(socket, ignored.data(), ignored.size(), MSG_DONTWAIT);
  if (got == 0) state_ = State::over;
  if (got < 0 && errno != EAGAIN && errno != EINTR) state_ = State::gone;
}

/// What is still in the rings, then the counts.
void CaptureStream::finish(int socket) {
  const auto deadline = Clock::now() + kPatience;
  bool all_written = false;
  while (state_ != State::gone) {
    if (!all_written && !drain() && waiting() < kMostWaitingOctets) {
      write_statistics();
      all_written = true;
    }
    flush(socket);
    if (all_written && waiting() == 0) return;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd descriptor{socket, POLLOUT, 0};
    if (left <= 0ms || (waiting() != 0 && ::poll(&descriptor, 1, static_cast<int>(left.count())) == 0))
      return;
  }
}

}  // namespace narrows::control
