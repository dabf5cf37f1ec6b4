#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "drivers/terminal/emulated/settings.hpp"
#include "drivers/terminal/emulated/texts.hpp"

/// What the terminal downloads, as field 62 brings it and as the flash keeps it (drivers/host/README.md,
/// "Downloads").
namespace posbench::terminal {

enum class Download : std::uint8_t { parameters, authority_keys, applications, count_ };
/// Also the name of its cell in the flash.
std::string_view to_string(Download what) noexcept;

/// What is wrong with a download.
struct DownloadFault {
    std::string_view reason;  ///< as terminal.outcome names it
    Text text{};
    std::string place{};  ///< "A000000333 80 DF03": which entry, and which object of it; empty: the whole
};

/// Which part of a list an answer to 370 or 380 is: its first octet.
enum class ListPart : std::uint8_t { nothing = '0', all = '1', more_follow = '2', last = '3' };

/// Two digits count the entries that the terminal has got so far.
inline constexpr std::size_t most_listed = 99;

/// Adds the names that field 62 lists to `names`: 9F06 and 9F22 of each key (DF05 may follow), 9F06 of each
/// application. A part that brings nothing new, a name twice, more than most_listed or any other object is a
/// fault.
Result<ListPart, DownloadFault> read_list(Download what, ByteView field62, std::vector<Bytes>& names);

/// The data objects of the one entry that an answer to 371 or 381 brings, checked.
/// @param name with which they begin
Result<Bytes, DownloadFault> read_entry(Download what, ByteView field62, ByteView name,
                                        const TerminalSettings& settings);

/// Puts a download in force, in place of what `settings` had of that kind: numbered entries of parameters,
/// which leave what they do not name, or the data objects of all keys or applications, one entry behind the
/// other, each beginning with 9F06. All or nothing: after a fault `settings` is as it was.
std::optional<DownloadFault> apply_download(Download what, ByteView octets, TerminalSettings& settings);

}  // namespace posbench::terminal
