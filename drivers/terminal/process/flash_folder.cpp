#include "drivers/terminal/process/flash_folder.hpp"

#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/runtime/real_clock.hpp"
#include "bench/runtime/system.hpp"

namespace posbench::terminal::process {

FlashFolder::FlashFolder(runtime::ResourceJournal& journal)
    : journal_(journal),
      path_(journal.folder() / fmt::format("terminal-{}-{}", ::getpid(), runtime::monotonic_ns())) {
    journal_.acquire("folder", path_.native());
    if (::mkdir(path_.c_str(), S_IRWXU) != 0) {
        const std::error_code reason(errno, std::generic_category());
        journal_.release("folder", path_.native());
        throw std::system_error(reason, "making " + path_.string());
    }
}

FlashFolder::~FlashFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
    if (!error) journal_.release("folder", path_.native());
}

}  // namespace posbench::terminal::process
