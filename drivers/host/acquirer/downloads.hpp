#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/reader.hpp"
#include "bench/runtime/bytes.hpp"
#include "bench/runtime/money.hpp"

namespace posbench::host {

/// What a reply asks of its terminal, by the low digit of the header's third octet ("processing
/// requirement").
enum class Requirement : std::uint8_t {
    none = 0,
    parameters = 1,      ///< download parameters: 360
    sign_in = 3,         ///< sign in anew
    authority_keys = 4,  ///< download authorities' public keys: 370 to 372
    applications = 5,    ///< download parameters of chip applications: 380 to 382
};
inline constexpr std::size_t requirement_count = 6;  ///< values of the digit, unused ones counted

/// One of several things that a terminal downloads, as field 62 carries it.
struct DownloadEntry {
    Bytes name;    ///< by which it is asked for: 9F06 and 9F22 of a key, 9F06 of an application
    Bytes listed;  ///< in the list: the name, and DF05 of a key that ends
    Bytes whole;   ///< all its data objects
};

/// What terminals download (drivers/host/README.md, "Downloads").
struct Downloads {
    Bytes parameters;  ///< numbered entries; empty: none
    std::vector<DownloadEntry> authority_keys;
    std::vector<DownloadEntry> applications;
};

/// [parameters], [[authority_key]] and [[application]] of a host profile. @throws config::ConfigError
Downloads read_downloads(config::Reader& profile, Currency currency);

/// The answer to a download message.
struct Downloaded {
    std::string_view code;  ///< field 39
    Bytes field62;
    /// What the terminal has fetched to its end by this message.
    Requirement fetched = Requirement::none;
};

/// Answers 360, 370 to 372 and 380 to 382 (field 60.3); none for other functions.
std::optional<Downloaded> download(const Downloads& downloads, std::string_view function, ByteView field62);

}  // namespace posbench::host
