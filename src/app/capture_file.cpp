// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/capture_file.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "narrows/app/pcapng_reader.h"
#include "narrows/control/pcapng.h"

namespace narrows::app {
namespace {

constexpr std::uint32_t kSnapLength = 262144;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

// pcap with nanoseconds.
constexpr std::uint32_t kPcapNanosecondMagic = 0xa1b23c4d;

/// Fields one behind the other, in host byte order, as the magic number announces.
class Octets {
 public:
  template <typename Value>
  Octets& add(Value value) {
    octets_.append(reinterpret_cast<const char*>(&value), sizeof(value));
    return *this;
  }
  [[nodiscard]] std::string_view view() const { return octets_; }

 private:
  std::string octets_;
};

}  // namespace

void CaptureReader::Closer::operator()(pcap* handle) const noexcept {
  pcap_close(handle);
}

CaptureReader::~CaptureReader() = default;
CaptureReader::CaptureReader(CaptureReader&& other) noexcept = default;

CaptureReader::CaptureReader(const std::string& path) : path_(path) {
  if (PcapngReader::is_pcapng(path)) {
    pcapng_ = std::make_unique<PcapngReader>(path);
    return;
  }
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  handle_.reset(
      pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error.data()));
  if (handle_ == nullptr) throw std::runtime_error(fmt::format("cannot read {}: {}", path, error.data()));
  require_ethernet(path, pcap_datalink(handle_.get()));
}

void require_ethernet(const std::string& path, int link_type) {
  if (link_type == DLT_EN10MB) return;
  const char* name = pcap_datalink_val_to_name(link_type);
  throw std::runtime_error(fmt::format("{}: link type {}, but only Ethernet can be read", path,
                                       name == nullptr ? "unknown" : name));
}

bool CaptureReader::next(CapturedFrame& frame) {
  if (pcapng_ != nullptr) return pcapng_->next(frame);
  pcap_pkthdr* header = nullptr;
  const u_char* octets = nullptr;
  const int result = pcap_next_ex(handle_.get(), &header, &octets);
  if (result == PCAP_ERROR_BREAK) return false;
  if (result != 1) throw std::runtime_error(fmt::format("{}: {}", path_, pcap_geterr(handle_.get())));
  // With nanosecond precision tv_usec holds nanoseconds (pcap_open_offline(3PCAP)).
  frame = {.octets = {octets, header->caplen},
           .time = std::chrono::seconds(header->ts.tv_sec) + CaptureTime(header->ts.tv_usec),
           .wire_octets = header->len,
           .interface = {},
           .comment = {}};
  return true;
}

CaptureWriter::CaptureWriter(const std::string& path)
    : path_(path), pcapng_(path.ends_with(".pcapng")), file_(std::fopen(path.c_str(), "wb")) {
  if (file_ == nullptr)
    throw std::runtime_error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  if (pcapng_) {
    control::PcapngBlocks blocks;
    blocks.section("");
    blocks.interface("", "", "", kSnapLength);
    put(blocks.octets());
    return;
  }
  put(Octets()
          .add(kPcapNanosecondMagic)
          .add(std::uint16_t{PCAP_VERSION_MAJOR})
          .add(std::uint16_t{PCAP_VERSION_MINOR})
          .add(std::uint64_t{0})
          .add(kSnapLength)
          .add(std::uint32_t{DLT_EN10MB})
          .view());
}

void CaptureWriter::write(std::span<const std::uint8_t> frame, CaptureTime time) {
  const auto length = static_cast<std::uint32_t>(frame.size());
  if (pcapng_) {
    control::PcapngBlocks blocks;
    blocks.packet(0, static_cast<std::uint64_t>(time.count()), frame, length, "");
    put(blocks.octets());
    return;
  }
  Octets header;
  header.add(static_cast<std::uint32_t>(time.count() / kNanosecondsPerSecond));
  header.add(static_cast<std::uint32_t>(time.count() % kNanosecondsPerSecond)).add(length).add(length);
  put(header.view());
  put({reinterpret_cast<const char*>(frame.data()), frame.size()});
}

void CaptureWriter::put(std::string_view octets) {
  if (std::fwrite(octets.data(), 1, octets.size(), file_.get()) != octets.size())
    throw std::runtime_error(fmt::format("cannot write {}: {}", path_, std::strerror(errno)));
}

void CaptureWriter::close() {
  if (std::fclose(file_.release()) != 0)
    throw std::runtime_error(fmt::format("cannot write {}: {}", path_, std::strerror(errno)));
}

}  // namespace narrows::app
