#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

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

/// A request and the answer to it, if one came.
struct RecordedExchange {
    std::int64_t connection = 0;  ///< number of the connection, from 1
    runtime::Duration at{};       ///< of the request, since the recording began
    KeptMessage request;
    std::optional<KeptMessage> reply;
    runtime::Duration took{};  ///< from request to reply
    bool operator==(const RecordedExchange&) const = default;
};

/// One line, without its line end:
/// {"at_ns":0,"connection":1,"request":{"mti":"0200","tpdu":"6000060000","header":"603100311003",
/// "fields":{"3":"000000"},"hidden":[35],"pan":"621094******0011"},"reply":{…},"took_ns":80000000}
std::string to_line(const RecordedExchange& exchange);
/// @return what is wrong with the line: JSON, a key, a type
Result<RecordedExchange> parse_recorded(std::string_view line);

}  // namespace posbench::host
