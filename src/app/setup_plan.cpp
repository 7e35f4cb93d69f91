// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/setup_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <system_error>

namespace narrows::app {
namespace {

namespace fs = std::filesystem;
using Kind = SetupStep::Kind;

constexpr const char* kGroup = "narrows";
constexpr const char* kHugepages = "/proc/sys/vm/nr_hugepages";
constexpr const char* kHugepagesFile = "/etc/sysctl.d/60-narrows.conf";
constexpr const char* kNoIommu = "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode";

/// Plans against a machine that it only reads.
class Planner {
 public:
  Planner(const SetupNeeds& needs, const SetupOptions& options) : needs_(needs), options_(options) {
    // Asked for once, it holds at every start.
    without_iommu_ = options.no_iommu || exists(module_options_file());
  }

  SetupPlan plan;

  [[nodiscard]] fs::path at(const std::string& path) const {
    return options_.root / fs::path(path).relative_path();
  }
  [[nodiscard]] bool exists(const std::string& path) const {
    std::error_code error;
    return fs::exists(at(path), error);
  }
  [[nodiscard]] std::string read(const std::string& path) const {
    std::ifstream file(at(path));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  [[nodiscard]] std::size_t read_number(const std::string& path) const {
    std::ifstream file(at(path));
    std::size_t number = 0;
    file >> number;
    return number;
  }
  [[nodiscard]] bool has_program(const std::string& name) const {
    return std::ranges::any_of(std::array{"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"},
                               [&](const std::string& place) { return exists(place + name); });
  }

  void set(const std::string& path, const std::string& text) {
    plan.steps.push_back({.kind = Kind::set_value, .path = path, .text = text});
  }
  void run(std::vector<std::string> words) {
    plan.steps.push_back({.kind = Kind::run, .words = std::move(words)});
  }
  void keep(const std::string& path, const std::string& text) {
    if (read(path) != text) plan.steps.push_back({.kind = Kind::write_file, .path = path, .text = text});
  }
  void remove(const std::string& path) {
    if (exists(path)) plan.steps.push_back({.kind = Kind::remove, .path = path});
  }

  // --- what is planned ---

  void check_card(const PciDevice& card, const std::map<std::string, std::string>& used);
  void load_vfio();
  void bind(const PciDevice& card);
  void give_back(const PciDevice& card);
  void open_to_service(const PciDevice& card);
  void reserve_hugepages(std::size_t pages);
  void no_iommu_service();

  [[nodiscard]] std::string modules_file() const {
    return fmt::format("/etc/modules-load.d/narrows-{}.conf", needs_.name);
  }
  [[nodiscard]] std::string module_options_file() const {
    return fmt::format("/etc/modprobe.d/narrows-{}.conf", needs_.name);
  }
  [[nodiscard]] std::string drop_in() const {
    return fmt::format("/etc/systemd/system/narrows@{}.service.d/noiommu.conf", needs_.name);
  }
  [[nodiscard]] std::string boot_service() const {
    return fmt::format("narrows-setup@{}.service", needs_.name);
  }
  [[nodiscard]] std::string boot_link() const {
    return fmt::format("/etc/systemd/system/narrows@{}.service.wants/{}", needs_.name, boot_service());
  }
  [[nodiscard]] std::size_t pages_needed() const;
  [[nodiscard]] bool without_iommu() const { return without_iommu_; }
  [[nodiscard]] bool has_iommu() const {
    std::error_code error;
    return fs::directory_iterator(at("/sys/kernel/iommu_groups"), error) != fs::directory_iterator();
  }

 private:
  const SetupNeeds& needs_;
  const SetupOptions& options_;
  bool without_iommu_ = false;
};

/// Hugepages of the default size; as many on each NUMA node, between which the kernel divides them evenly.
std::size_t Planner::pages_needed() const {
  std::size_t page_kb = 2048;
  std::ifstream file(at("/proc/meminfo"));
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("Hugepagesize:")) std::istringstream(line.substr(line.find(':') + 1)) >> page_kb;
  std::size_t nodes = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(at("/sys/devices/system/node"), error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("node") && name.find_first_not_of("0123456789", 4) == std::string::npos) ++nodes;
  }
  const std::size_t a_node = (needs_.memory_mb * 1024 + page_kb - 1) / page_kb;
  return a_node * std::max<std::size_t>(nodes, 1);
}

void Planner::check_card(const PciDevice& card, const std::map<std::string, std::string>& used) {
  if (!card.is_present) {
    plan.errors.push_back(fmt::format("no PCI device {} here; lspci -D lists them", card.address));
    return;
  }
  if (is_driver_for_dpdk(card.driver)) return;
  for (const auto& interface : card.interfaces)
    if (const auto found = used.find(interface); found != used.end() && !options_.force)
      plan.errors.push_back(fmt::format("{} is {}, which {}: it would be gone; --force takes it all the same",
                                        card.address, interface, found->second));
  for (const auto& companion : card.companions)
    if (std::ranges::find(needs_.pci, companion) == needs_.pci.end())
      plan.errors.push_back(fmt::format(
          "{} shares IOMMU group {} with {}, which the kernel uses: unbind that too, or put the card "
          "into another slot",
          card.address, card.iommu_group, companion));
}

void Planner::load_vfio() {
  if (!has_iommu() && !without_iommu_) {
    plan.errors.emplace_back(
        "there is no IOMMU: switch it on in the firmware (VT-d, AMD-Vi) and boot with intel_iommu=on "
        "iommu=pt; or "
        "--noiommu, with which a card can write to all memory");
    return;
  }
  if (!options_.boot) keep(modules_file(), "vfio-pci\n");
  if (without_iommu_ && !options_.boot)
    keep(module_options_file(), "options vfio enable_unsafe_noiommu_mode=1\n");
  if (!exists("/sys/bus/pci/drivers/vfio-pci")) run({"modprobe", "vfio-pci"});
  if (without_iommu_ && !read(kNoIommu).starts_with('Y')) set(kNoIommu, "1");
}

void Planner::bind(const PciDevice& card) {
  if (!options_.boot && has_program("driverctl")) {
    if (!read("/etc/driverctl.d/" + card.address).starts_with("vfio-pci"))
      run({"driverctl", "set-override", card.address, "vfio-pci"});
    return;
  }
  if (card.driver == "vfio-pci") return;
  const std::string device = "/sys/bus/pci/devices/" + card.address;
  set(device + "/driver_override", "vfio-pci");
  if (!card.driver.empty()) set(device + "/driver/unbind", card.address);
  set("/sys/bus/pci/drivers_probe", card.address);
}

void Planner::give_back(const PciDevice& card) {
  if (exists("/etc/driverctl.d/" + card.address)) return run({"driverctl", "unset-override", card.address});
  const std::string device = "/sys/bus/pci/devices/" + card.address;
  if (!read(device + "/driver_override").starts_with("vfio-pci")) return;  // not ours
  set(device + "/driver_override", "");
  if (!card.driver.empty()) set(device + "/driver/unbind", card.address);
  set("/sys/bus/pci/drivers_probe", card.address);
}

void Planner::open_to_service(const PciDevice& card) {
  if (card.iommu_group.empty() || group_id(options_.root, kGroup) < 0) return;
  const std::string file = "/dev/vfio/" + card.iommu_group;
  std::error_code error;
  const auto permissions = fs::status(at(file), error).permissions();
  if (card.driver == "vfio-pci" && (permissions & fs::perms::group_write) != fs::perms::none) return;
  plan.steps.push_back({.kind = Kind::give_group, .path = file, .text = kGroup});
}

/// One file for all configurations, since there is one number: "# NAME PAGES" for each, and their sum above
/// what there was before the first.
void Planner::reserve_hugepages(std::size_t pages) {
  std::map<std::string, std::size_t> shares;
  std::size_t before = read_number(kHugepages);
  std::istringstream lines(read(kHugepagesFile));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string mark;
    std::string name;
    std::size_t number = 0;
    if (!(words >> mark >> name >> number) || mark != "#") continue;
    if (name == "before:")
      before = number;
    else
      shares[name] = number;
  }
  if (pages != 0)
    shares[needs_.name] = pages;
  else
    shares.erase(needs_.name);
  std::string text = fmt::format("# before: {}\n", before);
  std::size_t total = before;
  for (const auto& [name, share] : shares) {
    text += fmt::format("# {} {}\n", name, share);
    total += share;
  }
  text += fmt::format("vm.nr_hugepages = {}\n", total);
  const bool is_known = exists(kHugepagesFile);
  if (!options_.boot && shares.empty()) remove(kHugepagesFile);
  if (!options_.boot && !shares.empty()) keep(kHugepagesFile, text);
  if ((pages != 0 || is_known) && read_number(kHugepages) != total) set(kHugepages, std::to_string(total));
}

/// The kernel opens a device without an IOMMU, and tells physical addresses, to these capabilities only.
void Planner::no_iommu_service() {
  const std::string capabilities = "CAP_SYS_RAWIO CAP_SYS_ADMIN CAP_IPC_LOCK CAP_NET_ADMIN CAP_NET_RAW";
  keep(drop_in(), fmt::format("[Service]\nUser=root\nGroup=root\nAmbientCapabilities=\n"
                              "CapabilityBoundingSet=\nCapabilityBoundingSet={}\n",
                              capabilities));
  run({"systemctl", "daemon-reload"});
}

}  // namespace

SetupPlan plan_setup(const SetupNeeds& needs, const SetupOptions& options,
                     const std::map<std::string, std::string>& used) {
  Planner planner(needs, options);
  std::vector<PciDevice> cards;
  for (const auto& address : needs.pci) {
    cards.push_back(inspect_pci_device(options.root, address));
    planner.check_card(cards.back(), used);
  }
  // Some cards stay with their kernel driver, beside which DPDK drives them.
  std::erase_if(cards, [](const PciDevice& card) { return is_shared_driver(card.driver); });
  if (!cards.empty()) planner.load_vfio();
  if (!planner.plan.errors.empty()) return std::move(planner.plan);
  for (const auto& card : cards) planner.bind(card);
  if (!planner.without_iommu())
    for (const auto& card : cards) planner.open_to_service(card);
  planner.reserve_hugepages(planner.pages_needed());
  if (cards.empty() || options.boot) return std::move(planner.plan);
  if (planner.without_iommu() && !planner.exists(planner.drop_in())) planner.no_iommu_service();
  std::error_code error;
  if (!fs::is_symlink(planner.at(planner.boot_link()), error) && planner.has_program("systemctl"))
    planner.run({"systemctl", "enable", planner.boot_service()});
  return std::move(planner.plan);
}

SetupPlan plan_undo(const SetupNeeds& needs, const SetupOptions& options) {
  Planner planner(needs, options);
  std::error_code error;
  if (fs::is_symlink(planner.at(planner.boot_link()), error))
    planner.run({"systemctl", "disable", planner.boot_service()});
  for (const auto& address : needs.pci) {
    const PciDevice card = inspect_pci_device(options.root, address);
    if (card.is_present) planner.give_back(card);
  }
  if (planner.exists(kNoIommu) && planner.exists(planner.module_options_file())) planner.set(kNoIommu, "0");
  planner.remove(planner.module_options_file());
  planner.remove(planner.modules_file());
  if (planner.exists(planner.drop_in())) {
    planner.remove(planner.drop_in());
    planner.run({"systemctl", "daemon-reload"});
  }
  planner.reserve_hugepages(0);
  return std::move(planner.plan);
}

}  // namespace narrows::app
