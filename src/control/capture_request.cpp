// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/capture_request.h"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

namespace narrows::control {
namespace {

constexpr std::uint64_t kMostSeconds = 31'536'000;  // a year
constexpr std::uint64_t kMostFrames = 1'000'000'000'000;

std::uint64_t number(const CaptureParameters& parameter, const char* key, std::uint64_t absent,
                     std::uint64_t most) {
  const auto text = parameter(key);
  if (!text) return absent;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value == 0 || value > most)
    throw std::invalid_argument(fmt::format("{} {}: write a number from 1 to {}", key, *text, most));
  return value;
}

/// Which of two: one by its name, or both.
std::array<bool, 2> choose(const CaptureParameters& parameter, const char* key,
                           const std::array<std::string_view, 2>& names) {
  const auto text = parameter(key).value_or("both");
  if (text == "both") return {true, true};
  if (text == names[0]) return {true, false};
  if (text == names[1]) return {false, true};
  throw std::invalid_argument(fmt::format("{} {}: write {}, {} or both", key, text, names[0], names[1]));
}

CaptureRequest read(const CaptureParameters& parameter, const std::array<std::string_view, kSides>& ports) {
  CaptureRequest request;
  const auto sides = choose(parameter, "port", ports);
  const auto places = choose(parameter, "point", {"before", "after"});
  for (std::size_t side = 0; side < kSides; ++side)
    for (std::size_t place = 0; place < worker::kCapturePlaces; ++place)
      request.points[side][place] = sides[side] && places[place];
  request.filter = parameter("filter").value_or("");
  request.frames = number(parameter, "count", 0, kMostFrames);
  request.duration =
      std::chrono::seconds(static_cast<std::int64_t>(number(parameter, "duration", 0, kMostSeconds)));
  request.snap_octets = static_cast<std::uint32_t>(
      number(parameter, "snaplen", CaptureRequest::kMostSnapOctets, CaptureRequest::kMostSnapOctets));
  return request;
}

}  // namespace

std::variant<CaptureRequest, std::string> parse_capture_request(
    const CaptureParameters& parameter, const std::array<std::string_view, kSides>& ports) {
  try {
    return read(parameter, ports);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

}  // namespace narrows::control
