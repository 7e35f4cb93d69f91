// SPDX-License-Identifier: BSD-3-Clause
#include "discovery_errors.h"

#include "printable.h"

namespace narrows::ppp {
namespace {

const char* name_of_error(std::uint16_t tag_type) {
  switch (tag_type) {
    case wire::kTagServiceNameError:
      return "Service-Name-Error";
    case wire::kTagAcSystemError:
      return "AC-System-Error";
    case wire::kTagGenericError:
      return "Generic-Error";
    default:
      return nullptr;
  }
}

}  // namespace

std::optional<std::string> error_text(const wire::PppoeTags& tags) {
  std::string all;
  for (const wire::PppoeTag& tag : tags) {
    const char* const name = name_of_error(tag.type);
    if (name == nullptr) continue;
    if (!all.empty()) all += "; ";
    all += name;
    // Text that begins with a NUL is none (RFC 2516 appendix A).
    if (const auto text = printable(tag.value); !text.empty()) all += ": " + text;
    if (all.size() >= kMostPrintable) break;
  }
  if (all.empty()) return std::nullopt;
  return all.substr(0, kMostPrintable);
}

}  // namespace narrows::ppp
