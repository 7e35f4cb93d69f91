// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/app/setup_steps.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

namespace narrows::app {
namespace {

namespace fs = std::filesystem;

fs::path below(const fs::path& root, const std::string& path) {
  return root / fs::path(path).relative_path();
}

std::string failure(const SetupStep& step) {
  return fmt::format("{}: {}", step.path, std::system_category().message(errno));
}

std::string write_file(const SetupStep& step, const fs::path& path) {
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  // Beside it first: a crash leaves the old file or the new one.
  const fs::path fresh = path.string() + ".new";
  std::ofstream file(fresh);
  file << step.text;
  file.close();
  if (!file || rename(fresh.c_str(), path.c_str()) != 0) return failure(step);
  return {};
}

/// In one write(2), as sysfs wants it, and never making a file.
std::string set_value(const SetupStep& step, const fs::path& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_TRUNC);
  if (file < 0) return failure(step);
  const std::string line = step.text + "\n";
  const bool done = write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  std::string problem = done ? "" : failure(step);
  close(file);
  return problem;
}

std::string give_group(const SetupStep& step, const fs::path& root) {
  const fs::path path = below(root, step.path);
  const auto group = static_cast<gid_t>(group_id(root, step.text));
  constexpr mode_t kOwnerAndGroup = 0660;
  if (chown(path.c_str(), static_cast<uid_t>(-1), group) != 0 || chmod(path.c_str(), kOwnerAndGroup) != 0)
    return failure(step);
  return {};
}

std::string find_program(const fs::path& root, const std::string& name) {
  constexpr std::array<const char*, 4> kPlaces{"usr/sbin", "usr/bin", "sbin", "bin"};
  for (const char* place : kPlaces)
    if (const auto path = root / place / name; access(path.c_str(), X_OK) == 0) return path;
  return {};
}

std::string run(const SetupStep& step, const fs::path& root) {
  const std::string program = find_program(root, step.words.front());
  if (program.empty()) return fmt::format("{}: there is no such program here", step.words.front());
  std::vector<std::string> words = step.words;
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  int status = 0;
  if (const int error = posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments.data(), environ);
      error != 0)
    return fmt::format("{}: {}", program, std::system_category().message(error));
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fmt::format("{} failed", fmt::join(step.words, " "));
}

std::string indented(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::string all;
  while (std::getline(lines, line)) all += "\n    " + line;
  return all;
}

}  // namespace

long group_id(const fs::path& root, const std::string& name) {
  std::ifstream file(root / "etc/group");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name + ":")) continue;
    const auto at = line.find(':', name.size() + 1);
    long number = -1;
    if (at != std::string::npos && std::istringstream(line.substr(at + 1)) >> number) return number;
  }
  return -1;
}

std::string describe(const SetupStep& step) {
  switch (step.kind) {
    case SetupStep::Kind::write_file:
      return fmt::format("write {}{}", step.path, indented(step.text));
    case SetupStep::Kind::set_value:
      return fmt::format("set {} to {}", step.path, step.text.empty() ? "nothing" : step.text);
    case SetupStep::Kind::remove:
      return fmt::format("remove {}", step.path);
    case SetupStep::Kind::give_group:
      return fmt::format("let group {} use {}", step.text, step.path);
    case SetupStep::Kind::run:
      break;
  }
  return fmt::format("run {}", fmt::join(step.words, " "));
}

std::string perform(const SetupStep& step, const fs::path& root) {
  const fs::path path = below(root, step.path);
  switch (step.kind) {
    case SetupStep::Kind::write_file:
      return write_file(step, path);
    case SetupStep::Kind::set_value:
      return set_value(step, path);
    case SetupStep::Kind::remove:
      return unlink(path.c_str()) == 0 ? "" : failure(step);
    case SetupStep::Kind::give_group:
      return give_group(step, root);
    case SetupStep::Kind::run:
      break;
  }
  return run(step, root);
}

}  // namespace narrows::app
