// SPDX-License-Identifier: BSD-3-Clause
/// DPDK's af_packet driver asks the kernel to put IPv4 fragments together before it hands them over
/// (PACKET_FANOUT_FLAG_DEFRAG, packet(7)), and takes no argument against it. The datagram that comes of them
/// is no frame of the wire: too long for the driver's ring, which cuts it. So every fragmented datagram of a
/// LAN host would be lost. Here the program's own setsockopt(), which is what the driver calls, leaves that
/// flag out; all else is the C library's.
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace {

constexpr int kDefragment = PACKET_FANOUT_FLAG_DEFRAG << 16;

bool joins_fanout(int level, int name, const void* value, socklen_t size) noexcept {
  return level == SOL_PACKET && name == PACKET_FANOUT && value != nullptr && size == sizeof(int);
}

}  // namespace

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the header's are reserved names
extern "C" int setsockopt(int socket, int level, int name, const void* value, socklen_t size) noexcept {
  int fanout = 0;
  if (joins_fanout(level, name, value, size)) {
    std::memcpy(&fanout, value, sizeof(fanout));
    fanout &= ~kDefragment;
    value = &fanout;
  }
  return static_cast<int>(syscall(SYS_setsockopt, socket, level, name, value, size));
}
