// SPDX-License-Identifier: BSD-3-Clause
/// Files that others wrote: captures (pcap, pcapng) and the list of sessions that an earlier run left open.
///
/// Input: which of them (1 octet), then the file.
#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "input.h"
#include "narrows/app/capture_file.h"
#include "narrows/control/state_file.h"

namespace narrows::fuzz {
namespace {

/// A file in memory.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::uint8_t> octets)
      : descriptor_(memfd_create("input", MFD_CLOEXEC)) {
    expect(descriptor_ >= 0, "there is room for a file");
    expect(write(descriptor_, octets.data(), octets.size()) == static_cast<ssize_t>(octets.size()),
           "it takes all");
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

void read_capture(const MemoryFile& file) try {
  app::CaptureReader reader(file.path());
  app::CapturedFrame frame;
  unsigned sum = 0;
  while (reader.next(frame))
    for (const std::uint8_t octet : frame.octets) sum += octet;
  volatile unsigned read = sum;
  static_cast<void>(read);
} catch (const std::runtime_error& error) {
  const std::string what = error.what();
  expect(!what.empty() && what.find('\n') == std::string::npos, "an error is one line");
}

void read_state(const MemoryFile& file) {
  const auto sessions = control::StateFile(file.path()).load();
  for (const auto& session : sessions) {
    expect(session.id != 0 && session.id != 0xffff, "a session has an id");
    expect(session.wan_vlans.size() <= 2, "a session has two tags at most");
    expect((session.ac_mac.octets[0] & 1) == 0 && (session.wan_mac.octets[0] & 1) == 0,
           "both ends are one station");
  }
  const std::string path = "/dev/shm/narrows-fuzz-" + std::to_string(getpid());
  const control::StateFile kept(path);
  expect(kept.save(sessions), "it can be kept");
  expect(kept.load() == sessions, "what is kept is what was read");
  unlink(path.c_str());
}

}  // namespace

void run(Input input) {
  const bool is_state = input.octet() % 2 == 0;
  const MemoryFile file(input.rest());
  if (is_state)
    read_state(file);
  else
    read_capture(file);
}

}  // namespace narrows::fuzz
