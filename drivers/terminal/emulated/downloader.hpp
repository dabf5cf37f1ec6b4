#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "drivers/terminal/emulated/downloads.hpp"
#include "drivers/terminal/emulated/end.hpp"
#include "drivers/terminal/emulated/online.hpp"

namespace posbench::terminal {

/// The download that a reply's header wants; none: it wants no download.
std::optional<Download> wanted(Requirement requirement) noexcept;

/// Fetches from the host what the terminal works with.
class Downloader {
  public:
    /// @param settings what downloads change
    Downloader(Panel& panel, Journal& journal, Online& online, TerminalSettings& settings)
        : panel_(panel), journal_(journal), online_(online), settings_(settings) {}

    /// 360; 370 to 372; 380 to 382: fetched whole, checked, stored in one write, and then in force. What the
    /// host has none of leaves what there is, and so does a download that ends before its end. When nobody
    /// answers that the terminal has everything (372, 382), it is in force all the same, and fails.
    runtime::Task<End> download(Download what);

  private:
    runtime::Task<Result<iso8583::Message, End>> ask(std::string_view function, Bytes field62);
    End failed(const DownloadFault& fault) const;
    runtime::Task<End> download_parameters();
    runtime::Task<End> download_set(Download what);
    /// Adds the names of all that the host lists to `names`, each as a request for it has it.
    runtime::Task<Step> list(Download what, std::vector<Bytes>& names);
    /// Adds the data objects of each of `names` to `set`.
    runtime::Task<Step> fetch(Download what, const std::vector<Bytes>& names, Bytes& set);
    /// Stores it in one write and puts it in force; nothing of that when it cannot be.
    runtime::Task<std::optional<DownloadFault>> adopt(Download what, Bytes octets);

    Panel& panel_;
    Journal& journal_;
    Online& online_;
    TerminalSettings& settings_;
};

}  // namespace posbench::terminal
