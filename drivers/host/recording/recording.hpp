#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/result.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/host/recording/wiretap.hpp"

/// What passed between terminals and an acquirer, without card data: a file of JSON Lines.
namespace posbench::host {

/// A message as it is kept. Fields that hold card data or keys are named and not kept, except that a PAN
/// leaves its first six and last four digits.
struct KeptMessage {
    std::string mti;
    std::string tpdu, header;           ///< hexadecimal
    std::map<int, std::string> fields;  ///< characters; of binary fields hexadecimal
    std::set<int> hidden;               ///< fields that were there and are not kept
    std::string pan;                    ///< of field 2, or of track 2: "621094******0011"

    std::string_view get(int field) const noexcept;
    bool operator==(const KeptMessage&) const = default;
};

KeptMessage keep(const iso8583::Dialect& dialect, const Wiretap::Heard& heard);

/// Puts a field as it is kept into a message again. @throws std::invalid_argument when it is octets, and
/// `value` no hexadecimal
void set_kept(iso8583::Message& message, const iso8583::Dialect& dialect, int field,
              const std::string& value);

/// A request and the answer to it, if one came.
struct RecordedExchange {
    std::int64_t connection = 0;  ///< number of the connection, from 1
    runtime::Duration at{};       ///< of the request, since the recording began
    KeptMessage request;
    std::optional<KeptMessage> reply;
    runtime::Duration took{};  ///< from request to reply
    /// From the request to the end of the connection, when the acquirer ended it without a reply.
    std::optional<runtime::Duration> closed{};
    bool operator==(const RecordedExchange&) const = default;
};

/// One line, without its line end:
/// {"at_ns":0,"connection":1,"request":{"mti":"0200","tpdu":"6000060000","header":"603100311003",
/// "fields":{"3":"000000"},"hidden":[35],"pan":"621094******0011"},"reply":{…},"took_ns":80000000}
/// Without "reply" and "took_ns" there was no answer; "closed_ns" then says that the acquirer hung up, and
/// after how long.
std::string to_line(const RecordedExchange& exchange);
/// @return what is wrong with the line: JSON, a key, a type, a time of more than a day
Result<RecordedExchange> parse_recorded(std::string_view line);

struct Recorded {
    RecordedExchange exchange;
    std::size_t line = 0;  ///< of the file, from 1
};
using Recording = std::vector<Recorded>;

/// A file of at most 256 MiB, in the order of its lines; empty ones are passed over.
/// @throws std::system_error when it cannot be read, std::invalid_argument naming the line that is no
/// exchange, or whose reply is no message of the dialect, and what is wrong with it
Recording load_recording(const std::filesystem::path& file, const iso8583::Dialect& dialect);

}  // namespace posbench::host
