#include "bench/runtime/system.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

#include <unistd.h>

namespace posbench::runtime {

void FileDescriptor::close() noexcept {
    if (number_ >= 0) ::close(release());
}

std::optional<std::uint64_t> process_start_time(std::int64_t pid) {
    constexpr int start_time = 22;
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    const std::string line{std::istreambuf_iterator<char>(file), {}};
    // Field 2, the name, may hold blanks and parentheses itself; the last one closes it.
    const auto name_end = line.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream rest(line.substr(name_end + 1));
    std::string field;
    for (int number = 3; number <= start_time; ++number) rest >> field;
    std::istringstream digits(field);
    std::uint64_t ticks = 0;
    if (!rest || !(digits >> ticks)) return std::nullopt;
    return ticks;
}

std::optional<ProcessorUse> processor_use() {
    std::ifstream file("/proc/thread-self/schedstat");
    std::int64_t ran = 0, waited = 0;
    if (!(file >> ran >> waited)) return std::nullopt;
    return ProcessorUse{Duration(ran), Duration(waited)};
}

}  // namespace posbench::runtime
