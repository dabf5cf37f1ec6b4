#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/result.hpp"
#include "bench/trace/query.hpp"

namespace posbench::trace {

/// A word of a query's text.
struct Token {
    enum class Type : std::uint8_t {
        word,     ///< letters, digits, '_' and '.': a kind, a field, name.field, a keyword
        text,     ///< '…', `value` is what stands between the quotes
        integer,  ///< `number`
        symbol,   ///< == != < <= > >= ( ) [ ] ,
        end,
    };
    Type type = Type::end;
    std::size_t offset = 0;  ///< octets from the start of the query
    std::size_t end = 0;     ///< after its last octet
    std::string value;
    std::int64_t number = 0;

    bool is(std::string_view word_or_symbol) const noexcept {
        return (type == Type::word || type == Type::symbol) && value == word_or_symbol;
    }
};

/// The words of `text`, an `end` last.
Result<std::vector<Token>, QueryError> tokenise(std::string_view text);

}  // namespace posbench::trace
